//! `file:` feeds: written by other programs of this machine.
//!
//! Size and time of change stand for validators, so that an unchanged file is not read again.

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
pub(super) async fn fetch(url: &Url, validators: &Validators, body_limit_bytes: u64) -> FetchOutcome {
    read(url, validators, body_limit_bytes)
        .await
        .unwrap_or_else(FetchOutcome::Failed)
}

async fn read(url: &Url, validators: &Validators, body_limit_bytes: u64) -> Result<FetchOutcome, FetchFailure> {
    let failed = |cause, message| FetchFailure {
        cause,
        message,
        retry_after: None,
    };
    let path = url.to_file_path().map_err(|()| {
        failed(
            FailureCause::File,
            format!("{url}: no file of this machine; write file:///path"),
        )
    })?;
    let unreadable = |error: std::io::Error| {
        failed(
            FailureCause::File,
            format!(
                "{}: {error}; check the path and that this user may read it",
                path.display()
            ),
        )
    };
    let file = tokio::fs::File::open(&path).await.map_err(unreadable)?;
    let metadata = file.metadata().await.map_err(unreadable)?;
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
        });
    }
    let mut bytes = Vec::new();
    file.take(body_limit_bytes + 1)
        .read_to_end(&mut bytes)
        .await
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > body_limit_bytes {
        let message = format!(
            "{}: larger than {body_limit_bytes} bytes; raise `body_limit` in [polling] if that is right",
            path.display()
        );
        return Err(failed(FailureCause::TooLarge, message));
    }
    Ok(FetchOutcome::Fresh(FetchedBody {
        bytes,
        content_type: None,
        final_url: url.clone(),
        validators: Validators {
            etag,
            last_modified: None,
        },
        freshness: Freshness::default(),
    }))
}
