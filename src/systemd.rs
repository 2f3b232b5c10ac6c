//! What the service manager is told: ready, reloading, stopping, alive, and a line of status. Without a
//! manager all of it does nothing.

use std::time::Duration;

use sd_notify::NotifyState;

/// The daemon polls.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// A new configuration is being read; [`ready`] ends it.
pub fn reloading() {
    // `Type=notify-reload` wants the monotonic time with it.
    let states: Vec<NotifyState<'_>> = [
        Some(NotifyState::Reloading),
        NotifyState::monotonic_usec_now().ok(),
    ]
    .into_iter()
    .flatten()
    .collect();
    tell(&states);
}

pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// One line for `systemctl status`.
pub fn status(line: &str) {
    tell(&[NotifyState::Status(line)]);
}

pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often [`alive`] must be said, if the manager watches: half the time that it waits.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|timeout| timeout / 2)
}

/// Whether standard error is the journal.
pub fn logs_to_journal() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some()
}

fn tell(states: &[NotifyState<'_>]) {
    // A manager that does not listen is no reason to stop.
    let _ = sd_notify::notify(states);
}
