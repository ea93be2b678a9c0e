//! `file:` feeds: written by other programs of this machine.
//!
//! Size and time of change stand for validators, so that an unchanged file is not read again.

use std::path::Path;
use std::time::UNIX_EPOCH;

use tokio::io::AsyncReadExt;
use url::Url;

use crate::feed::FailureCause;
use crate::feed::FetchFailure;
use crate::feed::FetchOutcome;
use crate::feed::FetchedBody;
use crate::feed::Freshness;
use crate::feed::Validators;

/// Reads the file behind `url`.
pub(super) async fn fetch(
    url: &Url,
    validators: &Validators,
    body_limit_bytes: u64,
) -> Result<FetchOutcome, FetchFailure> {
    let Ok(path) = url.to_file_path() else {
        return Err(failed(
            FailureCause::File,
            format!("{url}: no file of this machine; write file:///path"),
        ));
    };
    let unreadable = |error: std::io::Error| {
        let what = "check the path and that this user may read it";
        failed(FailureCause::File, format!("{}: {error}; {what}", path.display()))
    };
    let metadata = tokio::fs::metadata(&path).await.map_err(unreadable)?;
    if !metadata.is_file() {
        // Opening a pipe would wait for a writer.
        return Err(failed(
            FailureCause::File,
            format!("{}: not a file; give the path of a feed", path.display()),
        ));
    }
    // Taken before the file is read: a change in between is seen by the next poll.
    let changed = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let etag = Some(format!(
        "\"{}-{}\"",
        metadata.len(),
        changed.unwrap_or_default().as_nanos()
    ));
    if etag == validators.etag {
        return Ok(FetchOutcome::NotModified {
            validators: Validators::default(),
            freshness: Freshness::default(),
            moved_to: None,
        });
    }
    let file = tokio::fs::File::open(&path).await.map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(body_limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .await
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > body_limit_bytes {
        return Err(too_large(&path, body_limit_bytes));
    }
    Ok(FetchOutcome::Fresh(FetchedBody {
        bytes,
        content_type: None,
        final_url: url.clone(),
        validators: Validators {
            etag,
            last_modified: None,
            from: None,
        },
        freshness: Freshness::default(),
        moved_to: None,
    }))
}

fn too_large(path: &Path, limit: u64) -> FetchFailure {
    let what = format!("larger than {limit} bytes; raise `body_limit` in [polling] if that is right");
    failed(FailureCause::TooLarge, format!("{}: {what}", path.display()))
}

fn failed(cause: FailureCause, message: String) -> FetchFailure {
    FetchFailure {
        cause,
        message,
        retry_after: None,
    }
}
