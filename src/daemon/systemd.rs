//! systemd's protocol: ready, reloading, stopping, watchdog (sd_notify(3)). Silent where there is no systemd.

use std::time::Duration;

use sd_notify::NotifyState;
use tracing::debug;

/// Says that the daemon is ready, with one line for `systemctl status`.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Changes the line for `systemctl status`.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// Says that the configuration is being read again.
pub fn reloading() {
    // Newer systemd fails the reload without the monotonic time.
    match NotifyState::monotonic_usec_now() {
        Ok(monotonic) => tell(&[NotifyState::Reloading, monotonic]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Says that the daemon is stopping.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Feeds the watchdog.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often the watchdog must be fed; none where it is off.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        debug!("systemd was not told: {error}");
    }
}
