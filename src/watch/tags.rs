//! Names of tags that matter to what a person sees.
//!
//! Owns which elements are blocks and which are hidden. Never reads markup.

/// Tags after which a new block begins, in the order of the alphabet; from the HTML standard's flow content that is shown as a block.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];
/// The numbers of [`BLOCKS`], in the same order.
const BLOCK_NUMBERS: [u128; BLOCKS.len()] = {
    let mut numbers = [0; BLOCKS.len()];
    let mut at = 0;
    while at < BLOCKS.len() {
        numbers[at] = TagName::of(BLOCKS[at].as_bytes()).0;
        at += 1;
    }
    numbers
};
/// Where the blocks with each first letter stand: those of letter `n` at `n..n + 1` of it.
const FIRST_BLOCK: [usize; LETTERS + 1] = {
    let mut first = [0; LETTERS + 1];
    let mut letter = 0;
    while letter < LETTERS {
        let mut at = first[letter];
        while at < BLOCKS.len() && BLOCKS[at].as_bytes()[0] as usize == b'a' as usize + letter {
            at += 1;
        }
        letter += 1;
        first[letter] = at;
    }
    first
};
/// Letters of ASCII.
const LETTERS: usize = 26;
/// Elements whose content is not shown, with their ends.
const HIDDEN: &[(TagName, &str)] = &[
    (TagName::SCRIPT, "</script"),
    (TagName::STYLE, "</style"),
    (TagName::of(b"template"), "</template"),
    (TagName::of(b"noscript"), "</noscript"),
    (TagName::of(b"svg"), "</svg"),
    (TagName::of(b"math"), "</math"),
    (TagName::of(b"iframe"), "</iframe"),
    (TagName::of(b"object"), "</object"),
];
/// Letters of the longest tag name that matters here, and some; a longer name is no tag we know.
const TAG_NAME_BYTES_MAX: u32 = 16;

/// The name of a tag in small letters, as one number: names are compared at once, and sort as their letters do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TagName(u128);

impl TagName {
    pub(crate) const BR: Self = Self::of(b"br");
    pub(crate) const SCRIPT: Self = Self::of(b"script");
    pub(crate) const STYLE: Self = Self::of(b"style");

    /// The name at the start of `bytes`; what is longer than any name that matters is cut.
    pub(crate) const fn of(bytes: &[u8]) -> Self {
        let mut number = 0;
        let mut left = TAG_NAME_BYTES_MAX;
        let mut rest = bytes;
        while left > 0
            && let Some((byte, behind)) = rest.split_first()
            && byte.is_ascii_alphanumeric()
        {
            left -= 1;
            number |= (byte.to_ascii_lowercase() as u128) << (8 * left);
            rest = behind;
        }
        Self(number)
    }

    /// Its first letter; 0 where there is none.
    fn first(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// Whether a new block begins at it.
    pub(crate) fn is_block(self) -> bool {
        let letter = usize::from(self.first().wrapping_sub(b'a'));
        let same_letter = FIRST_BLOCK.get(letter).zip(FIRST_BLOCK.get(letter + 1));
        let blocks = same_letter.and_then(|(first, last)| BLOCK_NUMBERS.get(*first..*last));
        blocks.is_some_and(|blocks| blocks.contains(&self.0))
    }

    /// What ends the content of an element that is not shown.
    pub(crate) fn end_of_hidden(self) -> Option<&'static str> {
        if !matches!(self.first(), b'i' | b'm'..=b'o' | b's' | b't') {
            return None;
        }
        let hidden = HIDDEN.iter().find(|(name, _)| *name == self);
        hidden.map(|(_, end)| *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_in_the_order_of_the_alphabet() {
        assert!(BLOCK_NUMBERS.is_sorted());
        assert!(BLOCK_NUMBERS.iter().all(|number| TagName(*number).is_block()));
    }

    #[test]
    fn a_name_ends_before_its_attributes_and_ignores_case() {
        assert!(TagName::of(b"BlockQuote cite=x") == TagName::of(b"blockquote"));
        assert!(TagName::of(b"BLOCKQUOTE>").is_block() && !TagName::of(b"blockquotes>").is_block());
        assert!(TagName::of(b"object").end_of_hidden() == Some("</object"));
    }
}
