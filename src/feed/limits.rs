//! What a document may hold before it is given to the parser.
//!
//! About 900 nested `<media:group>` elements (a 25 KB feed) overflow the parser's stack, and that ends the process: no
//! error, no unwinding. So depth and numbers are counted first, by a scan that does not recurse.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::feed::ParseFailure;

/// Levels of elements. The deepest real feed of the corpus has 12 outside of embedded XHTML, 30 with it.
const DEPTH_MAX: usize = 64;
/// Elements of a document; the largest real feed of the corpus has under 50,000.
const ELEMENTS_MAX: usize = 200_000;
/// Entries that are read of one document; more are left out with a warning.
pub(super) const ENTRIES_MAX: usize = 5_000;

/// How many items or entries an XML document seems to hold.
pub(super) fn count_items(text: &str) -> Result<usize, ParseFailure> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let (mut depth, mut elements, mut items) = (0_usize, 0_usize, 0_usize);
    let over = |what: &str, limit: usize| ParseFailure::OverLimit {
        reason: format!("more than {limit} {what}"),
    };
    loop {
        let is_start = match reader.read_event() {
            Ok(Event::Start(start)) => {
                depth += 1;
                Some(start)
            }
            Ok(Event::Empty(empty)) => Some(empty),
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                None
            }
            // What cannot be scanned further is the parser's to refuse.
            Ok(Event::Eof) | Err(_) => return Ok(items),
            Ok(_) => None,
        };
        let Some(start) = is_start else { continue };
        elements += 1;
        items += usize::from(matches!(start.local_name().as_ref(), "item" | "entry"));
        if depth > DEPTH_MAX {
            return Err(over("levels of elements", DEPTH_MAX));
        }
        if elements > ELEMENTS_MAX {
            return Err(over("elements", ELEMENTS_MAX));
        }
    }
}
