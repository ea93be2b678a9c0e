//! An attribution that stands on two lines: its label, and the address below.
//!
//! Owns which lines belong together. Never judges what the address names.

use crate::dedup::attribution::NOISE_CHARS_MAX;
use crate::dedup::attribution::PUBLISHER_WORDS_MAX;
use crate::dedup::attribution::blocks::Block;
use crate::dedup::attribution::blocks::LINK_START;
use crate::dedup::attribution::blocks::Setting;
use crate::dedup::attribution::labels::rest_after_any_label;
use crate::dedup::attribution::lexicon::LINK_WORDS;
use crate::dedup::attribution::lexicon::strip_marker;

/// A label alone on its line, together with the address on the next one; a publisher's name may stand between them.
pub(super) fn joined_with_next(block: &Block, below: &[Block]) -> Option<Block> {
    let label = block.text.trim();
    if let Some(joined) = name_with_next(block, below) {
        return Some(joined);
    }
    let is_short = |block: &Block| block.links.is_empty() && block.text.trim().chars().count() < NOISE_CHARS_MAX;
    let has_colon = label.ends_with([':', '：']);
    let is_label = || rest_after_any_label(strip_marker(label).unwrap_or(label).trim()).is_some_and(str::is_empty);
    if !is_short(block) || !has_colon && !is_label() {
        return None;
    }
    let is_address = |block: &&Block| {
        let text = block.text.trim();
        text.starts_with("http") || text.starts_with(LINK_START)
    };
    // Two cells of one row belong together; a label above a list does not name its one item.
    let is_beside = |other: &Block| other.setting == block.setting && block.setting != Setting::Enclosed;
    let next = match below {
        [next, ..] if is_address(&next) && is_beside(next) => next,
        [name, next, ..]
            if is_short(name) && !name.text.contains(['.', ':']) && is_address(&next) && is_beside(next) =>
        {
            next
        }
        _ => return None,
    };
    Some(Block {
        text: format!("{label} {}", next.text.trim()),
        links: next.links.clone(),
        setting: Setting::Open,
    })
}

/// "Nguồn: Thanh Niên", and on the next line the address itself, or "Link: " and it.
fn name_with_next(block: &Block, below: &[Block]) -> Option<Block> {
    let (name, next) = (block.text.trim(), below.first()?);
    let is_named = block.links.is_empty()
        && name.chars().count() < NOISE_CHARS_MAX
        && rest_after_any_label(strip_marker(name).unwrap_or(name).trim())
            .is_some_and(|rest| rest.split_whitespace().count() <= PUBLISHER_WORDS_MAX && rest.trim().len() > 1);
    let text = next.text.trim();
    let address = match text.split_once([':', '：']) {
        Some((word, address)) if LINK_WORDS.contains(&word.trim().to_lowercase().as_str()) => address.trim_start(),
        _ => text,
    };
    let is_address = address.starts_with("http") || address.len() < text.len() && address.starts_with(LINK_START);
    (is_named && is_address && next.setting == Setting::Open).then(|| Block {
        text: format!("{name} {address}"),
        links: next.links.clone(),
        setting: block.setting,
    })
}
