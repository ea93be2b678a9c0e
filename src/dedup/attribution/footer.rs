//! Sentences that name the page where a text appeared first: "The post A appeared first on B.", and links that say "Read the original".
//!
//! Owns which link of such a sentence is the story's. Never judges whose site it is.

use url::Url;

use crate::dedup::attribution::LINE_CHARS_MAX;
use crate::dedup::attribution::Named;
use crate::dedup::attribution::addresses::addresses;
use crate::dedup::attribution::blocks::Block;
use crate::dedup::attribution::blocks::LINK_END;
use crate::dedup::attribution::blocks::LINK_START;
use crate::dedup::attribution::is_credit;
use crate::dedup::attribution::is_web;
use crate::dedup::attribution::labels::is_label_of_original;
use crate::dedup::attribution::labels::says_appeared_first;
use crate::dedup::attribution::labels::speaks_of_text;
use crate::dedup::attribution::lexicon::is_apostrophe;
use crate::dedup::attribution::lexicon::phrases;
use crate::dedup::attribution::site;
use crate::dedup::canonical::unwrapped;
use crate::dedup::canonical::web_url;
use crate::dedup::gate::may_name_story;

/// Characters around the links of a footer: "The post ... appeared first on ..." has 28, its longest translation some 50.
const AROUND_CHARS_MAX: usize = 90;

/// What such a sentence names, or a link that says "Read the original article".
pub(super) fn in_footer(text: &str, block: &Block) -> Option<Named> {
    beside_its_home_page(text, block)
        .map(Named::post)
        .or_else(|| in_first_appeared(text, block).map(Named::text))
        .or_else(|| in_link_to_original(text, block).map(Named::text))
}

/// "This article was first published on <a>Site</a>.": the first address that is no home page is the story.
fn in_first_appeared(text: &str, block: &Block) -> Option<Url> {
    if text.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let folded: String = text
        .chars()
        .map(|c| if is_apostrophe(c) { '\'' } else { c })
        .flat_map(char::to_lowercase)
        .collect();
    let plain = folded.replace([LINK_START, LINK_END], "");
    let at = phrases().iter().find_map(|phrase| plain.find(phrase))?;
    // The title stands before the words, or the line begins with them, or it says that it speaks of a text.
    let before = plain[..at].trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_behind_link = folded.find(LINK_START).is_some_and(|start| start <= at);
    let around = around_links(text);
    if is_credit(&around) || !(before.is_empty() || is_behind_link || speaks_of_text(&around)) {
        return None;
    }
    let written = addresses(text).filter_map(|(_, address)| web_url(&address));
    web_links(block).chain(written).find(may_name_story)
}

/// The words outside the links of `text`.
fn around_links(text: &str) -> String {
    let mut around = String::new();
    for part in text.split(LINK_START) {
        around.push_str(part.rsplit(LINK_END).next().unwrap_or_default());
        around.push(' ');
    }
    around
}

fn web_links(block: &Block) -> impl Iterator<Item = Url> + '_ {
    block
        .links
        .iter()
        .filter(|href| is_web(href))
        .filter_map(|href| web_url(href))
}

/// The footer of WordPress' SEO plugins in any language: a link to the post, one to the home page of its site, and words
/// around them of which one says "first" or "appeared".
fn beside_its_home_page(text: &str, block: &Block) -> Option<Url> {
    let mut links = web_links(block).map(|url| unwrapped(&url));
    let (post, home) = (links.next()?, links.next()?);
    let is_home = !may_name_story(&home) && site(&home) == site(&post);
    if links.next().is_some() || !is_home || !may_name_story(&post) {
        return None;
    }
    let around = around_links(text);
    (around.chars().count() <= AROUND_CHARS_MAX && says_appeared_first(&around) && !is_credit(&around)).then_some(post)
}

/// A link that says "Read the original article", alone or with the publisher's name, wherever it stands in the block.
fn in_link_to_original(text: &str, block: &Block) -> Option<Url> {
    let inside = |part: &str| part.split(LINK_END).next().unwrap_or_default().trim().to_owned();
    let index = text
        .split(LINK_START)
        .skip(1)
        .position(|part| is_label_of_original(&inside(part)))?;
    block
        .links
        .get(index)
        .filter(|href| is_web(href))
        .and_then(|href| web_url(href))
}
