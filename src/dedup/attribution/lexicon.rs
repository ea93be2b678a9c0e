//! The words of attribution lines in many languages.
//!
//! Owns reading the lists in `rules/`, and comparing words. Never looks at addresses.

use std::collections::HashMap;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

use crate::dedup::rule_lines::lines;

/// Words behind a label that make it a credit of something else than the text.
pub(super) const CREDIT_WORDS: [&str; 32] = [
    "photo",
    "photos",
    "image",
    "images",
    "picture",
    "foto",
    "gambar",
    "ảnh",
    "hình ảnh",
    "video",
    "code",
    "github",
    "dataset",
    "data",
    "bild",
    "imagen",
    "immagine",
    "фото",
    "зображення",
    "zdjęcie",
    "fotoğraf",
    "写真",
    "图片",
    "圖片",
    "사진",
    "صورة",
    "study",
    "report",
    "infographic",
    "grafik",
    "screenshot",
    "tangkapan layar",
];
/// What stands right before an address and says nothing of it.
pub(super) const LINK_WORDS: [&str; 16] = [
    "link",
    "url",
    "links",
    "web",
    "tautan",
    "pautan",
    "liên kết",
    "đường dẫn",
    "lien",
    "enlace",
    "ссылка",
    "посилання",
    "链接",
    "連結",
    "リンク",
    "링크",
];
/// Headings above lists of references or of other stories.
pub(super) const LIST_HEADINGS: [&str; 22] = [
    "references",
    "reference",
    "referensi",
    "daftar pustaka",
    "further reading",
    "related",
    "related articles",
    "related posts",
    "baca juga",
    "see also",
    "bibliography",
    "notes",
    "footnotes",
    "tài liệu tham khảo",
    "xem thêm",
    "literatur",
    "referencias",
    "références",
    "литература",
    "参考文献",
    "参考资料",
    "lihat juga",
];

/// `text` without `[ad_2]` at its start, in any language: letters, then a number.
pub(super) fn strip_marker(text: &str) -> Option<&str> {
    let (name, rest) = text
        .trim_start()
        .strip_prefix(['[', '［', '【'])?
        .split_once([']', '］', '】'])?;
    let digits = name.trim().trim_start_matches(|c: char| !c.is_ascii_digit());
    let is_marker = name.chars().count() <= 24
        && name.trim().starts_with(char::is_alphabetic)
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit());
    is_marker.then_some(rest)
}

/// `text` behind `label`, letters compared without case; the label ends a word.
pub(super) fn strip_folded<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for want in label.chars() {
        let have = rest.next()?;
        if !is_same_letter(have, want) {
            return None;
        }
    }
    let rest = rest.as_str();
    (!rest.starts_with(char::is_alphanumeric) || rest.starts_with("http")).then_some(rest)
}

/// Equal without case. Every block is compared with every label: ASCII letters never meet others, and go first.
fn is_same_letter(have: char, want: char) -> bool {
    match (have.is_ascii(), want.is_ascii()) {
        (true, true) => have.eq_ignore_ascii_case(&want),
        (false, false) => have == want || have.to_lowercase().eq(want.to_lowercase()),
        (false, true) => is_apostrophe(have) && want == '\'',
        // "Zdroj clanku", "Nguon": typed without its marks.
        (true, false) => base_letter(want).is_some_and(|base| have.eq_ignore_ascii_case(&base)),
    }
}

/// "з'явився", "з’явився", "зʼявився".
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´')
}

/// The letter below the marks of `c`, where it is an ASCII one.
fn base_letter(c: char) -> Option<char> {
    let mut base = None;
    decompose_canonical(c, |part| {
        base.get_or_insert(part);
    });
    match c {
        'đ' | 'Đ' => Some('d'),
        'ł' | 'Ł' => Some('l'),
        'ø' | 'Ø' => Some('o'),
        'ı' => Some('i'),
        _ => base.filter(char::is_ascii),
    }
}

/// A label as the list has it.
#[derive(Clone, Debug)]
pub(super) struct ListedLabel {
    pub(super) text: String,
    /// Whether a publisher's name may follow before the delimiter.
    pub(super) takes_name: bool,
}

/// What stands before the address and may begin with `first`, the longest first.
pub(super) fn labels_from(first: char) -> &'static [ListedLabel] {
    static LABELS: OnceLock<HashMap<char, Vec<ListedLabel>>> = OnceLock::new();
    let labels = LABELS.get_or_init(|| {
        let mut labels: HashMap<char, Vec<ListedLabel>> = HashMap::new();
        for line in lines(include_str!("../rules/labels.txt")) {
            let label = ListedLabel {
                text: line.trim_end_matches([' ', '+']).nfc().collect(),
                takes_name: line.ends_with('+'),
            };
            let Some(first) = label.text.chars().next() else {
                continue;
            };
            // "Źródło" and "Zrodlo".
            let (own, base) = (lower(first), base_letter(first).map(lower));
            if let Some(base) = base.filter(|base| *base != own) {
                labels.entry(base).or_default().push(label.clone());
            }
            labels.entry(own).or_default().push(label);
        }
        // The longest first: "source link" before "source".
        for labels in labels.values_mut() {
            labels.sort_by_key(|label| std::cmp::Reverse(label.text.len()));
        }
        labels
    });
    labels.get(&lower(first)).map(Vec::as_slice).unwrap_or_default()
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// What a footer says that names the page where the text appeared first, in lower case.
pub(super) fn phrases() -> &'static [&'static str] {
    static PHRASES: OnceLock<Vec<&'static str>> = OnceLock::new();
    PHRASES.get_or_init(|| lines(include_str!("../rules/phrases.txt")).collect())
}
