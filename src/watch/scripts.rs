//! The names of the scripts in which a text is written.
//!
//! Owns a coarse table for notes to people: rules of matching have their own, finer one.

/// Blocks of Unicode by script; source: Unicode 17 Blocks.txt, scripts that write news.
const SCRIPTS: &[(u32, u32, &str)] = &[
    (0x41, 0x24f, "Latin"),
    (0x370, 0x3ff, "Greek"),
    (0x400, 0x52f, "Cyrillic"),
    (0x531, 0x58f, "Armenian"),
    (0x590, 0x5ff, "Hebrew"),
    (0x600, 0x6ff, "Arabic"),
    (0x900, 0x97f, "Devanagari"),
    (0x980, 0x9ff, "Bengali"),
    (0xa00, 0xa7f, "Gurmukhi"),
    (0xa80, 0xaff, "Gujarati"),
    (0xb80, 0xbff, "Tamil"),
    (0xc00, 0xc7f, "Telugu"),
    (0xc80, 0xcff, "Kannada"),
    (0xd00, 0xd7f, "Malayalam"),
    (0xd80, 0xdff, "Sinhala"),
    (0xe00, 0xe7f, "Thai"),
    (0xe80, 0xeff, "Lao"),
    (0x1000, 0x109f, "Burmese"),
    (0x10a0, 0x10ff, "Georgian"),
    (0x1200, 0x137f, "Ethiopic"),
    (0x1780, 0x17ff, "Khmer"),
    (0x1e00, 0x1eff, "Latin"),
    (0x1f00, 0x1fff, "Greek"),
    (0x3041, 0x30ff, "kana"),
    (0x3400, 0x9fff, "Han characters"),
    (0xac00, 0xd7a3, "Hangul"),
];

/// The scripts of the letters of `text`; some more than once.
pub fn script_names(text: &str) -> impl Iterator<Item = &'static str> + '_ {
    text.chars().filter(|c| c.is_alphabetic()).filter_map(|c| {
        let code = u32::from(c);
        let at = SCRIPTS.partition_point(|(_, last, _)| *last < code);
        SCRIPTS
            .get(at)
            .filter(|(first, _, _)| *first <= code)
            .map(|(_, _, name)| *name)
    })
}
