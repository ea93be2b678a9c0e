//! How much fits into one mail.
//!
//! Every story up to `entries_max` is shown if at all possible: snippets shrink before stories are left out.

use crate::digest::render::Content;
use crate::digest::render::Rendered;

/// Bytes of the HTML part. Gmail clips what is longer than about 102 KB and hides the footer with the way to stop.
const HTML_BYTES_MAX: usize = 80_000;
/// Bytes of both parts as they are sent, so that the whole mail stays under 100 KB with its headers.
const SENT_BYTES_MAX: usize = 98_000;
/// Characters of snippets, from all that was kept at intake to none: below a title that does not show what matched, and
/// below one that does, where they can be missed first.
const SNIPPETS: [(usize, usize); 7] = [(400, 400), (200, 200), (160, 90), (140, 0), (110, 0), (80, 0), (0, 0)];

/// Characters of a name: feeds call themselves long things.
pub(super) const NAME_CHARS_MAX: usize = 80;

/// How much of the stories there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Stories; the rest is counted.
    pub(super) stories: usize,
    /// Characters of a snippet below a title that does not show what matched.
    pub(super) snippet_chars: usize,
    /// Characters of a snippet below a title that does.
    pub(super) further_chars: usize,
}

/// All of it.
pub(super) fn first(content: &Content<'_>) -> Room {
    Room {
        stories: content.entries_max.min(content.entries.len()),
        snippet_chars: SNIPPETS[0].0,
        further_chars: SNIPPETS[0].1,
    }
}

/// Less than `room`, where what was rendered in it is too large; none where it fits, or nothing can be left out any more.
pub(super) fn smaller(room: Room, rendered: &Rendered) -> Option<Room> {
    let (html, sent) = (
        rendered.html.len(),
        sent_bytes(&rendered.html) + sent_bytes(&rendered.text),
    );
    if (html <= HTML_BYTES_MAX && sent <= SENT_BYTES_MAX) || room.stories == 0 {
        return None;
    }
    let is_less = |(chars, _): &(usize, usize)| *chars < room.snippet_chars;
    if let Some((snippet_chars, further_chars)) = SNIPPETS.into_iter().find(is_less) {
        return Some(Room {
            snippet_chars,
            further_chars,
            ..room
        });
    }
    let by_html = room.stories * HTML_BYTES_MAX / html;
    let by_sent = room.stories * SENT_BYTES_MAX / sent;
    Some(Room {
        stories: by_html.min(by_sent).min(room.stories - 1),
        ..room
    })
}

/// Bytes of a part as mail carries it: quoted-printable (RFC 2045 section 6.7), or base64 where that is shorter.
fn sent_bytes(text: &str) -> usize {
    let quoted: usize = text.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum();
    // A soft line break of three bytes every 76; base64 makes four bytes of three and breaks lines, too.
    let quoted = quoted + quoted / 73 * 3 + text.bytes().filter(|byte| *byte == b'\n').count();
    let base64 = text.len().div_ceil(3) * 4 * 78 / 76;
    quoted.min(base64)
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n') && byte != b'='
}
