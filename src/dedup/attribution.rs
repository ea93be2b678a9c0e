//! The line at the end of a republished text that names the original: "Sumber: https://...".
//!
//! Owns the forms of that line and what only looks like one. Never takes a photo credit, a citation or the site's own
//! footer for it: no answer is better than a wrong one, which would join two stories.

mod addresses;
mod blocks;
mod footer;
#[cfg(test)]
mod items;
mod joined;
mod labels;
mod lexicon;
mod own_words;

#[cfg(test)]
mod tests;

use unicode_normalization::UnicodeNormalization;
use url::Url;

pub use own_words::own_words;

use crate::dedup::attribution::addresses::addresses;
use crate::dedup::attribution::blocks::Block;
use crate::dedup::attribution::blocks::LINK_END;
use crate::dedup::attribution::blocks::LINK_START;
use crate::dedup::attribution::blocks::Setting;
use crate::dedup::attribution::blocks::blocks;
use crate::dedup::attribution::blocks::decode_entities;
use crate::dedup::attribution::footer::in_footer;
use crate::dedup::attribution::joined::joined_with_next;
use crate::dedup::attribution::labels::Label;
use crate::dedup::attribution::labels::any_label;
use crate::dedup::attribution::labels::rest_after_any_label;
use crate::dedup::attribution::lexicon::CREDIT_WORDS;
use crate::dedup::attribution::lexicon::LINK_WORDS;
use crate::dedup::attribution::lexicon::LIST_HEADINGS;
use crate::dedup::attribution::lexicon::strip_marker;
use crate::dedup::canonical::canonicalize;
use crate::dedup::canonical::unwrapped;
use crate::dedup::canonical::web_url;
use crate::dedup::gate::is_list_of_stories;
use crate::dedup::gate::is_named_original;
use crate::dedup::gate::is_named_post;
use crate::dedup::gate::is_original;

/// How much of a body's end is read: the line and what a theme prints below it (share bars, related links) fit in 8 KiB.
const TAIL_BYTES_MAX: usize = 16 * 1024;
/// Blocks of running text, from the end, in which the line may stand.
const TEXT_BLOCKS_MAX: usize = 3;
/// Short blocks without a link and lists below the line: counters, buttons, tags, related stories.
const NOISE_BLOCKS_MAX: usize = 24;
/// A block without a link that is shorter than this (characters) is noise.
const NOISE_CHARS_MAX: usize = 40;
/// A line that begins with a label is no longer than this (characters): label, publisher, title and address.
const LINE_CHARS_MAX: usize = 500;
/// Words between label and address: the publisher, perhaps the title.
const NAME_CHARS_MAX: usize = 160;
/// A label of one word that no list knows.
const WORD_CHARS_MAX: usize = 24;
/// Words of a publisher's name: "Sumber: The Jakarta Post".
const PUBLISHER_WORDS_MAX: usize = 4;
/// What may follow the address on its line: "Komentar (0)".
const REST_CHARS_MAX: usize = 60;

/// The address of the original that the end of a body names, as it stands there (redirectors unwrapped).
///
/// `item_host` is the host of the page or feed that carried the text: an address on its registrable domain is its own.
/// Reads the last 16 KiB only.
pub fn find_attribution(body_html_or_text: &str, item_host: Option<&str>) -> Option<String> {
    let tail = tail(body_html_or_text);
    let unescaped = (!tail.contains('<') && tail.contains("&lt;")).then(|| decode_entities(tail));
    let blocks = blocks(unescaped.as_deref().unwrap_or(tail));
    let mut found: Option<Url> = None;
    for index in places(&blocks) {
        let Some(url) = original_in(&blocks, index, item_host) else {
            continue;
        };
        match &found {
            Some(known) if !is_same(known, &url) => return None,
            Some(_) => {}
            None => found = Some(url),
        }
    }
    found.map(String::from)
}

fn tail(body: &str) -> &str {
    let mut start = body.len().saturating_sub(TAIL_BYTES_MAX);
    while !body.is_char_boundary(start) {
        start += 1;
    }
    &body[start..]
}

/// Where the line may stand: the last blocks, and the one behind an ad marker.
fn places(blocks: &[Block]) -> Vec<usize> {
    let (mut places, mut texts, mut noise) = (Vec::new(), 0, 0);
    for (index, block) in blocks.iter().enumerate().rev() {
        if texts == TEXT_BLOCKS_MAX || noise == NOISE_BLOCKS_MAX {
            break;
        }
        if is_noise(block) {
            noise += 1
        } else {
            texts += 1
        }
        places.push(index);
    }
    let behind_marker = blocks
        .iter()
        .rposition(|block| strip_marker(&block.text).is_some_and(|rest| rest.trim().is_empty()))
        .map(|marker| marker + 1)
        .filter(|index| *index < blocks.len() && !places.contains(index));
    places.extend(behind_marker);
    places
}

fn is_noise(block: &Block) -> bool {
    block.setting != Setting::Open
        || block.links.is_empty() && !block.text.contains("://") && block.text.trim().chars().count() < NOISE_CHARS_MAX
}

fn is_same(a: &Url, b: &Url) -> bool {
    a == b || canonicalize(a.as_str()).ok().map(|c| c.key) == canonicalize(b.as_str()).ok().map(|c| c.key)
}

/// What a line names, and what it says of it.
struct Named {
    targets: Vec<Url>,
    claim: Claim,
}

/// How much a line says of the address that it names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// A source, of the text or of something in it.
    Source,
    /// The text.
    Text,
    /// The text, with the home page of its site beside it.
    Post,
}

impl Named {
    fn text(target: Url) -> Self {
        Self {
            targets: vec![target],
            claim: Claim::Text,
        }
    }

    fn post(target: Url) -> Self {
        Self {
            targets: vec![target],
            claim: Claim::Post,
        }
    }
}

fn original_in(blocks: &[Block], index: usize, item_host: Option<&str>) -> Option<Url> {
    let block = blocks.get(index)?;
    if block.setting == Setting::Enclosed || is_under_list_heading(blocks, index) {
        return None;
    }
    let joined = joined_with_next(block, blocks.get(index + 1..).unwrap_or_default());
    let block = joined.as_ref().unwrap_or(block);
    let text: String = block.text.nfc().collect();
    let is_behind_marker = strip_marker(&text).is_some()
        || index
            .checked_sub(1)
            .and_then(|before| strip_marker(&blocks[before].text))
            .is_some_and(|rest| rest.trim().is_empty());
    let named = after_label(&text, block)
        .or_else(|| is_behind_marker.then(|| after_any_word(&text, block)).flatten())
        .or_else(|| after_label_in_running_text(&text, block))
        .filter(|named| named.targets.windows(2).all(|pair| is_same(&pair[0], &pair[1])))
        .or_else(|| in_footer(&text, block))?;
    // The source of a quotation is named inside it, too.
    if block.setting == Setting::Alone && named.claim == Claim::Source {
        return None;
    }
    let target = unwrapped(named.targets.first()?);
    let is_story = match named.claim {
        Claim::Source => is_original(&target) && !is_list_of_stories(&target),
        Claim::Text => is_named_original(&target),
        Claim::Post => is_named_post(&target),
    };
    (is_story && is_other_site(&target, item_host)).then_some(target)
}

fn is_under_list_heading(blocks: &[Block], index: usize) -> bool {
    blocks[index.saturating_sub(2)..index].iter().any(|block| {
        let text = block.text.trim().trim_end_matches([':', '：']).to_lowercase();
        LIST_HEADINGS.contains(&text.as_str())
    })
}

/// Compares registrable domains by the public suffix list, private section included.
fn is_other_site(url: &Url, item_host: Option<&str>) -> bool {
    item_host.is_none_or(|item_host| site_of(item_host) != site(url))
}

/// The registrable domain of `url`.
fn site(url: &Url) -> String {
    site_of(url.host_str().unwrap_or_default())
}

fn site_of(host: &str) -> String {
    let host = host.trim_end_matches('.').to_lowercase();
    if host.contains(':') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return host;
    }
    psl::domain_str(&host).map(str::to_owned).unwrap_or(host)
}

/// "Label: address", "Label (link)", and a link whose text is a label. The addresses of the line, first one first.
fn after_label(text: &str, block: &Block) -> Option<Named> {
    if text.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let text = strip_marker(text).unwrap_or(text);
    if text.trim_start().starts_with(['"', '“', '«', '„', '‘']) {
        return None;
    }
    let line = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (label, rest) = any_label(line)?;
    named_behind(label, rest, text, block)
}

fn named_behind(label: Label, rest: &str, text: &str, block: &Block) -> Option<Named> {
    let claim = match label {
        Label::Source => Claim::Source,
        Label::TextSource | Label::Original => Claim::Text,
    };
    targets_behind(rest, text, block).map(|targets| Named { targets, claim })
}

/// `[ad_2] Ffynhonnell: https://...`: behind the marker that autoblog plugins print before their own line, one word of
/// any language is the label.
fn after_any_word(text: &str, block: &Block) -> Option<Named> {
    if text.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let line = strip_marker(text).unwrap_or(text);
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (word, _) = line.split_once([':', '：', LINK_END])?;
    let is_word = word.chars().count() <= WORD_CHARS_MAX && !word.contains([' ', LINK_START]) && !is_credit(word);
    is_word
        .then(|| named_behind(Label::Source, &line[word.len()..], text, block))
        .flatten()
}

/// "... said Peskov. Sumber: https://... Komentar (0)": behind a sentence's end, with a colon.
fn after_label_in_running_text(text: &str, block: &Block) -> Option<Named> {
    // "Source: our correspondent. Read more: ..." is no running text.
    if rest_after_any_label(text).is_some() {
        return None;
    }
    let last_chars = text.char_indices().rev().take(LINE_CHARS_MAX).last()?.0;
    let end = &text[last_chars..];
    let boundaries = end
        .char_indices()
        .rev()
        .filter(|(_, c)| ".!?…。！？)）(（]】|।؟\u{2}".contains(*c));
    for (at, c) in boundaries {
        let line = end[at + c.len_utf8()..].trim_start_matches(|c: char| c.is_whitespace() || c == LINK_START);
        let labelled = any_label(line);
        let has_colon = |rest: &str| rest.trim_start_matches([' ', LINK_END]).starts_with([':', '：']);
        if let Some((label, rest)) = labelled.filter(|(_, rest)| has_colon(rest)) {
            return named_behind(label, rest, text, block);
        }
    }
    None
}

/// The addresses of the line, when nothing behind the label speaks against it.
fn targets_behind(rest: &str, text: &str, block: &Block) -> Option<Vec<Url>> {
    let links_before = text[..text.len() - rest.len()].matches(LINK_START).count();
    // A label inside a link: that link is meant.
    let own_link = links_before.checked_sub(1).filter(|_| is_inside_link(text, rest));
    let mut targets = Vec::new();
    let mut outside = String::new();
    let mut links = block.links.iter().skip(own_link.unwrap_or(links_before));
    if own_link.is_some() {
        targets.extend(links.next().and_then(|href| web_url(href).filter(|_| is_web(href))));
    }
    let mut before_first = None;
    for part in rest.split_inclusive([LINK_START, LINK_END]) {
        if part.ends_with(LINK_END) {
            // The text of a link; often the address, cut.
            outside.push_str(part.trim_end_matches(LINK_END));
            continue;
        }
        for (at, address) in addresses(part) {
            before_first.get_or_insert(outside.len() + at);
            targets.extend(web_url(&address));
        }
        outside.push_str(part.trim_end_matches(LINK_START));
        if part.ends_with(LINK_START) {
            before_first.get_or_insert(outside.len());
            targets.extend(links.next().filter(|href| is_web(href)).and_then(|href| web_url(href)));
        }
    }
    let name = outside.get(..before_first.unwrap_or(0)).unwrap_or_default();
    let has_credit = is_credit(name)
        || own_link.is_none()
            && before_first.is_some_and(|at| is_credit(&without_addresses(outside.get(at..).unwrap_or_default())));
    let is_short = name.chars().count() <= NAME_CHARS_MAX && rest_is_short(rest);
    // "Source (in Spanish): ...".
    let plain_name = name.trim_start();
    let plain_name = plain_name
        .strip_prefix(['(', '（'])
        .and_then(|inside| inside.split_once([')', '）']))
        .map_or(name, |(_, behind)| behind);
    // "Source: officials. More on this: ..." labels something else; "Source: Name. Link: ..." does not.
    let has_other_label = without_link_word(plain_name)
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .contains([':', '：'])
        && own_link.is_none();
    (!targets.is_empty() && !has_credit && !has_other_label && is_short).then_some(targets)
}

/// "Source: Name. Link:" without its last word.
fn without_link_word(name: &str) -> &str {
    let start = name.trim_end().trim_end_matches([':', '：']).trim_end();
    let word = start.rsplit([' ', '.', '(', '|', '\u{a0}']).next().unwrap_or_default();
    if start.len() < name.trim_end().len() && LINK_WORDS.contains(&word.to_lowercase().as_str()) {
        &start[..start.len() - word.len()]
    } else {
        name
    }
}

fn is_web(href: &str) -> bool {
    let start = href.trim_start().get(..7).unwrap_or_default().to_ascii_lowercase();
    start == "http://" || start == "https:/" || href.trim_start().starts_with("//")
}

fn is_inside_link(text: &str, rest: &str) -> bool {
    let before = &text[..text.len() - rest.len()];
    before.rfind(LINK_START) > before.rfind(LINK_END)
}

fn rest_is_short(rest: &str) -> bool {
    let end = rest.rfind(LINK_END).map_or(rest, |at| &rest[at..]);
    let end = addresses(end)
        .last()
        .map_or(end, |(at, address)| end.get(at + address.len()..).unwrap_or_default());
    end.chars().count() <= REST_CHARS_MAX
}

fn is_credit(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| CREDIT_WORDS.contains(&word))
}

fn without_addresses(text: &str) -> String {
    text.split_whitespace()
        .filter(|word| !word.contains("://"))
        .collect::<Vec<_>>()
        .join(" ")
}
