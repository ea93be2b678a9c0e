//! Recordings behind counters of downloads: "counter.example/e/other.example/track/X/media.example/show/1.mp3".
//!
//! Podcasts put the counters' hosts and paths before the recording's own, without a scheme (Podtrac, Chartable, Podscribe).

use url::Url;

/// Ends of recordings.
const RECORDING_ENDINGS: &[&str] = &[
    "mp3", "m4a", "m4b", "mp4", "m4v", "aac", "ogg", "oga", "opus", "wav", "flac",
];

/// The recording's own address, behind the last host that stands in the path.
pub(super) fn behind_counters(url: &Url) -> Option<String> {
    let path = url.path();
    let (_, ending) = path.rsplit_once('.')?;
    if !RECORDING_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        return None;
    }
    let (folders, _) = path.rsplit_once('/')?;
    let host = folders.split('/').rfind(|segment| is_host(segment))?;
    let at = folders.rfind(host)?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("https://{}{query}", path.get(at..)?))
}

/// "media.example.com": a name below a suffix of the public list.
fn is_host(segment: &str) -> bool {
    segment.contains('.')
        && segment
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && psl::domain(segment.as_bytes()).is_some_and(|domain| domain.suffix().is_known())
}
