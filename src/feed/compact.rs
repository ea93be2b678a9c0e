//! How the bytes of a document are written in a record: as text where they are text, else in base64.
//!
//! JSON has no bytes, and as an array of numbers they take three and a half times their size. Reads such arrays of
//! earlier records, too.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error;

use crate::base64;

/// Bytes that a control character takes in a JSON string: "\u0000".
const ESCAPED_BYTES: usize = 6;

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Base64 { base64: String },
    Numbers(Vec<u8>),
}

#[derive(Serialize)]
struct Base64 {
    base64: String,
}

/// For `#[serde(with)]`.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match text(bytes) {
        Some(text) => serializer.serialize_str(text),
        None => Base64 {
            base64: base64::encode(bytes),
        }
        .serialize(serializer),
    }
}

/// For `#[serde(with)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    match Written::deserialize(deserializer)? {
        Written::Text(text) => Ok(text.into_bytes()),
        Written::Base64 { base64 } => {
            base64::decode(&base64).ok_or_else(|| D::Error::custom("bytes that are no base64"))
        }
        Written::Numbers(bytes) => Ok(bytes),
    }
}

/// The bytes as text, where that is not longer than base64: control characters are written in six bytes each.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let length: usize = bytes.iter().map(|byte| length_in_json(*byte)).sum();
    (length <= bytes.len().div_ceil(3) * 4).then_some(text)
}

fn length_in_json(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => ESCAPED_BYTES,
        0x20.. => 1,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        #[serde(with = "super")]
        bytes: Vec<u8>,
    }

    fn written(bytes: &[u8]) -> String {
        serde_json::to_string(&Record { bytes: bytes.to_vec() }).unwrap()
    }

    fn read(json: &str) -> Option<Vec<u8>> {
        serde_json::from_str::<Record>(json).ok().map(|record| record.bytes)
    }

    proptest! {
        #[test]
        fn all_bytes_come_back_and_take_a_third_more_at_most(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let json = written(&bytes);
            let around = written(&[0xff]).len() - 4;
            prop_assert!(json.len() <= bytes.len().div_ceil(3) * 4 + around);
            prop_assert_eq!(read(&json), Some(bytes));
        }
    }

    #[test]
    fn text_is_written_as_text_and_the_rest_in_base64() {
        assert_eq!(written("<p>é</p>".as_bytes()), r#"{"bytes":"<p>é</p>"}"#);
        assert_eq!(written(b"\xff"), r#"{"bytes":{"base64":"/w=="}}"#);
        assert!(written(&[0; 3000]).len() < 4100, "control characters are no text");
    }

    #[test]
    fn arrays_of_earlier_records_are_read_and_damage_is_refused() {
        assert_eq!(read(r#"{"bytes":[60,112,233]}"#), Some(vec![60, 112, 233]));
        for damaged in ["Zg", "Z===", "Z!==", "Zg=g", "===="] {
            assert_eq!(
                read(&format!(r#"{{"bytes":{{"base64":"{damaged}"}}}}"#)),
                None,
                "{damaged}"
            );
        }
    }
}
