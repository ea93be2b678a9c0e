//! The threads that asynchronous work runs on, for every command that waits for a network.

use tokio::runtime::Builder;
use tokio::runtime::Runtime;

use crate::cli::failure::Failure;

/// The runtime of one command.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("no threads to run on: {error}")))
}
