//! Bytes to text: which character set a document is written in, whatever it declares.
//!
//! Never fails: damage inside a document costs single characters, not the document.

use chardetng::EncodingDetector;
use encoding_rs::Encoding;
use encoding_rs::ISO_2022_JP;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;
use encoding_rs::WINDOWS_1252;

/// Where a declaration may stand: XML's first line, with room for junk before it.
const DECLARATION_WINDOW: usize = 2048;

/// So many valid sequences, and so many for each place that is no UTF-8, outweigh any declaration.
const CERTAIN_SEQUENCES: usize = 16;

/// A document as text.
pub(super) struct Decoded {
    /// The text, without byte order mark.
    pub(super) text: String,
    /// The WHATWG name of the character set, in lower case.
    pub(super) encoding: String,
    /// What was read otherwise than declared.
    pub(super) warning: Option<String>,
}

/// Decodes `bytes`: byte order mark, pattern of zero bytes, a declared seven-bit set, valid UTF-8, HTTP's word, the
/// declaration, a guess; the first that fits.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some(text) = utf32(bytes) {
        return Decoded {
            text,
            encoding: "utf-32".to_owned(),
            warning: None,
        };
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return lossy(bytes.get(length..).unwrap_or_default(), encoding, None);
    }
    if let Some(encoding) = zero_pattern(bytes) {
        return lossy(bytes, encoding, None);
    }
    let declared = declared(bytes);
    if let Some(decoded) = shifted(bytes, content_type) {
        return decoded;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return lossy(bytes, UTF_8, None);
    }
    let text = Utf8Text::of(bytes);
    // A cut character or one quoted from elsewhere: hundreds of valid sequences are no accident of another character set.
    if text.good >= CERTAIN_SEQUENCES && text.good >= CERTAIN_SEQUENCES * text.bad {
        return text.decoded();
    }
    let http = content_type.and_then(charset_of);
    let is_weak = |e: &&'static Encoding| [WINDOWS_1252, UTF_8].contains(e);
    let candidates = [http.filter(|e| !is_weak(e)), declared, http.filter(is_weak)];
    for encoding in candidates.into_iter().flatten() {
        if encoding == UTF_8 || encoding == UTF_16LE || encoding == UTF_16BE {
            continue;
        }
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return Decoded {
                text: text.into_owned(),
                encoding: name(encoding),
                warning: None,
            };
        }
    }
    let may_be_utf8 = declared == Some(UTF_8) || http == Some(UTF_8) || declared.is_none();
    // One valid sequence of several bytes hardly ever happens by chance in another character set.
    if may_be_utf8 && (text.good >= text.bad || text.bad < 4) {
        return text.decoded();
    }
    let guess = guess(bytes);
    lossy(bytes, guess, declared.or(http))
}

/// Seven-bit character sets that shift to others by marks of ASCII, and so are valid UTF-8 as well: read where they are
/// declared and their marks are there (RFC 1468; HZ: RFC 1843, which encoding_rs has no decoder for).
fn shifted(bytes: &[u8], content_type: Option<&str>) -> Option<Decoded> {
    let holds = |marks: [&[u8; 2]; 2]| bytes.windows(2).any(|pair| marks.iter().any(|mark| *mark == pair));
    let named = [content_type.and_then(charset_name), declared_name(bytes)];
    let is_japanese = named.iter().flatten().any(|name| label(name) == Some(ISO_2022_JP));
    if is_japanese && holds([b"\x1b$", b"\x1b("]) {
        return Some(lossy(bytes, ISO_2022_JP, None));
    }
    let is_hz = named
        .iter()
        .flatten()
        .any(|name| ["hz-gb-2312", "hz"].contains(&name.as_str()));
    if is_hz && holds([b"~{", b"~}"]) {
        let warning = "declared hz-gb-2312, which kabar cannot read; ask the publisher for UTF-8";
        return Some(Decoded {
            warning: Some(warning.to_owned()),
            ..lossy(bytes, UTF_8, None)
        });
    }
    None
}

fn lossy(bytes: &[u8], encoding: &'static Encoding, declared: Option<&'static Encoding>) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let warning = declared
        .filter(|declared| *declared != encoding)
        .map(|declared| format!("declared {}, read as {}", name(declared), name(encoding)));
    let text = text.trim_start_matches('\u{feff}').to_owned();
    Decoded {
        text,
        encoding: name(encoding),
        warning,
    }
}

fn name(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

/// A document taken as UTF-8 whose strange bytes are read as windows-1252.
struct Utf8Text {
    text: String,
    /// Valid sequences of several bytes.
    good: usize,
    /// Places that are no UTF-8.
    bad: usize,
}

impl Utf8Text {
    fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len());
        let (mut good, mut bad) = (0_usize, 0_usize);
        for chunk in bytes.utf8_chunks() {
            good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            text.push_str(chunk.valid());
            bad += usize::from(!chunk.invalid().is_empty());
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
        }
        Self { text, good, bad }
    }

    fn decoded(self) -> Decoded {
        Decoded {
            text: self.text,
            encoding: "utf-8".to_owned(),
            warning: Some(format!("{} places are no UTF-8, read as windows-1252", self.bad)),
        }
    }
}

/// The charset parameter of a Content-Type, however it is spaced, quoted or broken.
fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    label(&charset_name(content_type)?)
}

fn charset_name(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset")?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "=:'\"".contains(c));
    let end = rest.find(|c: char| c.is_whitespace() || "'\";,".contains(c));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    label(&declared_name(bytes)?)
}

/// The name in the XML declaration, in lower case.
fn declared_name(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(DECLARATION_WINDOW)];
    let head: String = head.iter().map(|b| char::from(*b)).collect();
    let start = head.find("<?xml")?;
    let declaration = head[start..].split("?>").next()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| c.is_whitespace() || "'\"?>".contains(c));
    Some(value[..end.unwrap_or(value.len())].to_ascii_lowercase())
}

fn label(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes()).or_else(|| {
        let known = label.trim().to_ascii_lowercase().replace('_', "-");
        let known = known
            .strip_prefix("cp")
            .map(|n| format!("windows-{n}"))
            .unwrap_or(known);
        Encoding::for_label(known.as_bytes())
    })
}

fn zero_pattern(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<' | b'{', 0, _, ..] => Some(UTF_16BE),
        [b'<' | b'{', 0, _, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-32, which encoding_rs does not have: by its byte order mark or by three zero bytes beside `<`.
fn utf32(bytes: &[u8]) -> Option<String> {
    let from_bytes: fn([u8; 4]) -> u32 = match bytes {
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => u32::from_be_bytes,
        [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => u32::from_le_bytes,
        _ => return None,
    };
    let units = bytes
        .chunks_exact(4)
        .map(|unit| from_bytes([unit[0], unit[1], unit[2], unit[3]]));
    let text = units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(text.filter(|c| *c != '\u{feff}').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide_before_what_is_declared() {
        let check = |bytes: &[u8], content_type: Option<&str>, expected: (&str, &str)| {
            let decoded = decode(bytes, content_type);
            assert_eq!((decoded.text.as_str(), decoded.encoding.as_str()), expected);
        };
        check("\u{feff}<é/>".as_bytes(), None, ("<é/>", "utf-8"));
        check(
            "<é/>".as_bytes(),
            Some("text/xml; charset=iso-8859-1"),
            ("<é/>", "utf-8"),
        );
        check(
            b"<\xe9/>",
            Some("text/xml; charset = 'ISO-8859-1'"),
            ("<é/>", "windows-1252"),
        );
        check(b"<\0a\0/\0>\0", None, ("<a/>", "utf-16le"));
        check(b"\0\0\0<\0\0\0a", None, ("<a", "utf-32"));
        check(
            "<é>\u{2013} ü".as_bytes(),
            Some("text/xml;"),
            ("<é>\u{2013} ü", "utf-8"),
        );
        check(b"\xc3\xa9 \x96", None, ("é \u{2013}", "utf-8"));
        check(b"", Some("charset:"), ("", "utf-8"));
        let japanese = b"<t>\x1b$BF|K\x5c\x1b(B</t>";
        let http = Some("text/xml; charset=iso-2022-jp");
        check(japanese, http, ("<t>\u{65e5}\u{672c}</t>", "iso-2022-jp"));
        let declaration = "<?xml version='1.0' encoding='ISO-2022-JP'?>";
        let whole = [declaration.as_bytes(), japanese].concat();
        check(
            &whole,
            None,
            (&format!("{declaration}<t>\u{65e5}\u{672c}</t>"), "iso-2022-jp"),
        );
        check(b"<t>plain</t>", http, ("<t>plain</t>", "utf-8"));
        let hz = decode(b"<?xml encoding='HZ-GB-2312'?><t>~{VPND~}</t>", None);
        assert!(hz.warning.is_some_and(|warning| warning.contains("hz-gb-2312")));
        let danish = [b"<?xml encoding='ISO-8859-1'?>", "få ".repeat(16).as_bytes(), b"\xe5"].concat();
        assert!(decode(&danish, None).text.ends_with("få å"));
    }
}
