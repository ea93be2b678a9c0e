//! From bytes to text: which character set a document is written in.
//!
//! Precedence: byte order mark, UTF-16 without one, valid UTF-8 (whatever is declared), HTTP, declaration, detection.

use chardetng::EncodingDetector;
use encoding_rs::Encoding;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;
use encoding_rs::WINDOWS_1252;

/// Bytes in which a declaration is looked for (XML 1.0 appendix F reads the first line; some put comments before it).
const DECLARATION_BYTES: usize = 1024;

/// A document as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text, without a byte order mark.
    pub(super) text: String,
    /// The encoding's WHATWG name in lower case.
    pub(super) encoding: String,
    /// What was declared and not true.
    pub(super) warning: Option<String>,
}

/// Decodes `bytes`; never fails, bad bytes become U+FFFD.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    let declared = declaration(bytes);
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => unmarked(bytes, content_type, declared),
    };
    let (text, used, has_bad_bytes) = encoding.decode(bytes);
    let name = used.name().to_ascii_lowercase();
    let warning = match declared {
        Some(declared) if declared != used => Some(format!(
            "declared {}, read as {name}",
            declared.name().to_ascii_lowercase()
        )),
        Some(_) | None if has_bad_bytes => Some(format!("some bytes are no {name} and were replaced")),
        Some(_) | None => None,
    };
    Decoded {
        text: text.into_owned(),
        encoding: name,
        warning,
    }
}

fn unmarked(bytes: &[u8], content_type: Option<&str>, declared: Option<&'static Encoding>) -> &'static Encoding {
    match bytes {
        [b'<', 0, ..] => return UTF_16LE,
        [0, b'<', ..] => return UTF_16BE,
        _ => {}
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let is_telling = |encoding: &&'static Encoding| ![UTF_8, WINDOWS_1252, UTF_16LE, UTF_16BE].contains(encoding);
    let from_http = content_type.and_then(charset);
    from_http
        .filter(is_telling)
        .or(declared.filter(is_telling))
        .unwrap_or_else(|| detect(bytes))
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

/// The `charset` parameter, however it is quoted and spaced.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let value = lower.split("charset").nth(1)?.trim_start().strip_prefix(['=', ':'])?;
    let value = value.split(';').next()?.trim().trim_matches(['"', '\'']);
    Encoding::for_label(value.as_bytes())
}

/// The encoding that an XML declaration names.
fn declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]).into_owned();
    let declaration = head.get(head.find("<?xml")?..)?.split("?>").next()?;
    let value = declaration
        .split("encoding")
        .nth(1)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Encoding::for_label(value.get(1..)?.split(quote).next()?.trim().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_utf_8_is_utf_8_whatever_is_declared() {
        let decoded = decode(
            "<?xml version='1.0' encoding='iso-8859-1'?><a>Путин</a>".as_bytes(),
            None,
        );
        assert_eq!(decoded.encoding, "utf-8");
        assert!(decoded.text.contains("Путин"));
        assert!(decoded.warning.is_some());
    }

    #[test]
    fn a_declared_legacy_encoding_is_believed_where_the_bytes_are_no_utf_8() {
        let bytes = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>\xcf\xf3\xf2\xe8\xed</a>";
        assert!(decode(bytes, None).text.contains("Путин"));
        assert!(
            decode(
                b"<a>\xcf\xf3\xf2\xe8\xed</a>",
                Some("text/xml; charset = 'windows-1251'")
            )
            .text
            .contains("Путин")
        );
    }

    #[test]
    fn utf_16_is_seen_without_a_mark() {
        let bytes: Vec<u8> = "<a>й</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&bytes, None).text, "<a>й</a>");
    }
}
