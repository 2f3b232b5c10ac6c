//! Whether the daemon works: which of its parts make progress, and whether the disk takes what it writes.
//!
//! Alive (`/healthz`, the watchdog) means that every part that has something to do is getting on with it; a
//! daemon that is not should be restarted. Ready (`/readyz`) means besides that it polls, that the disk takes
//! records and that the page knows the window; a restart would not help where that is missing.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

/// The loop that starts polls turns at least every second.
const HOUSE_MAX: Duration = Duration::from_secs(60);
/// The longest piece of the keeper's work without a sign: a day into columns, a seal of many files.
const KEEPER_MAX: Duration = Duration::from_secs(300);
/// The longest document takes seconds.
const STAGES_MAX: Duration = Duration::from_secs(300);
/// A poll of many article pages, spaced as the host's robots.txt asks, takes long; some other one should end
/// meanwhile.
const POLLS_MAX: Duration = Duration::from_secs(3 * 3600);

/// The signs of life of all parts.
#[derive(Debug)]
pub struct Pulse {
    begun: Instant,
    house: Part,
    keeper: Part,
    pub stages: Part,
    pub polls: Part,
    polling: AtomicBool,
    stopping: AtomicBool,
    page_reads: AtomicBool,
    /// When writes began to fail, milliseconds after `begun` and one; 0 while they do not.
    disk_failing: AtomicU64,
}

/// A part with work to do, and when it last got something done.
#[derive(Debug, Default)]
pub struct Part {
    pending: AtomicUsize,
    /// Milliseconds after the pulse began.
    beat: AtomicU64,
}

impl Part {
    /// Pieces of work that are not done.
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Relaxed)
    }

    fn check(&self, name: &'static str, limit: Duration, is_idle: bool, now: u64) -> Check {
        let quiet = now.saturating_sub(self.beat.load(Ordering::Relaxed));
        let detail = match is_idle {
            true => "nothing to do".to_owned(),
            false => format!("last progress {} s ago", quiet / 1000),
        };
        let ok = is_idle || u128::from(quiet) <= limit.as_millis();
        Check { name, ok, detail }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub name: &'static str,
    pub ok: bool,
    pub detail: String,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            house: Part::default(),
            keeper: Part::default(),
            stages: Part::default(),
            polls: Part::default(),
            polling: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            page_reads: AtomicBool::new(false),
            disk_failing: AtomicU64::new(0),
        }
    }
}

impl Pulse {
    /// The loop of the daemon turned.
    pub fn house_turned(&self) {
        self.beat(&self.house);
    }

    /// The keeper did something, or waits for a disk and knows it.
    pub fn keeper_moved(&self) {
        self.beat(&self.keeper);
    }

    /// A piece of work came in.
    pub fn began(&self, part: &Part) {
        if part.pending.fetch_add(1, Ordering::Relaxed) == 0 {
            self.beat(part);
        }
    }

    /// A piece of work was done.
    pub fn ended(&self, part: &Part) {
        part.pending.fetch_sub(1, Ordering::Relaxed);
        self.beat(part);
    }

    /// Polling began.
    pub fn polls_now(&self) {
        self.polling.store(true, Ordering::Relaxed);
    }

    pub fn stops_now(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// The page has read what is visible.
    pub(super) fn page_reads(&self) {
        self.page_reads.store(true, Ordering::Relaxed);
    }

    /// The disk refused a write.
    pub fn disk_failed(&self) {
        let now = self.millis() + 1;
        let _ = self
            .disk_failing
            .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The disk took a write.
    pub fn disk_works(&self) {
        self.disk_failing.store(0, Ordering::Relaxed);
    }

    /// Whether every part makes progress.
    pub fn is_alive(&self) -> bool {
        self.alive().iter().all(|check| check.ok)
    }

    pub(super) fn alive(&self) -> Vec<Check> {
        self.alive_at(self.millis())
    }

    fn alive_at(&self, now: u64) -> Vec<Check> {
        let idle = |part: &Part| part.pending() == 0;
        vec![
            self.house.check("loop", HOUSE_MAX, false, now),
            self.keeper.check("writer", KEEPER_MAX, false, now),
            self.stages
                .check("stages", STAGES_MAX, idle(&self.stages), now),
            self.polls.check("polls", POLLS_MAX, idle(&self.polls), now),
        ]
    }

    pub(super) fn ready(&self) -> Vec<Check> {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let said = |ok, good: &str, bad: &str| (ok, if ok { good } else { bad }.to_owned());
        let disk = match self.disk_failing.load(Ordering::Relaxed) {
            0 => (true, "takes what is written".to_owned()),
            since => (
                false,
                format!(
                    "refuses since {} s; the log says why",
                    self.millis().saturating_sub(since - 1) / 1000
                ),
            ),
        };
        let polling = match is(&self.stopping) {
            true => (false, "is stopping".to_owned()),
            false => said(is(&self.polling), "polls", "does not poll yet"),
        };
        let page = said(
            is(&self.page_reads),
            "knows what is visible",
            "is still reading the window",
        );
        let checks = [("daemon", polling), ("disk", disk), ("page", page)];
        let mut all = self.alive();
        all.extend(checks.map(|(name, (ok, detail))| Check { name, ok, detail }));
        all
    }

    fn beat(&self, part: &Part) {
        part.beat.store(self.millis(), Ordering::Relaxed);
    }

    fn millis(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(checks: &[Check]) -> Vec<&str> {
        let bad = checks.iter().filter(|check| !check.ok);
        bad.map(|check| check.name).collect()
    }

    /// Milliseconds just past a limit.
    fn past(limit: Duration) -> u64 {
        limit.as_millis() as u64 + 1000
    }

    #[test]
    fn a_part_without_work_is_not_stuck_and_one_with_work_is() {
        let pulse = Pulse::default();
        assert!(pulse.is_alive());
        assert_eq!(bad(&pulse.alive_at(past(HOUSE_MAX))), ["loop"]);
        let late = past(KEEPER_MAX.max(STAGES_MAX));
        assert_eq!(bad(&pulse.alive_at(late)), ["loop", "writer"]);
        pulse.began(&pulse.stages);
        assert_eq!(bad(&pulse.alive_at(late)), ["loop", "writer", "stages"]);
        pulse.ended(&pulse.stages);
        assert_eq!(bad(&pulse.alive_at(late)), ["loop", "writer"]);
    }

    #[test]
    fn ready_is_more_than_alive() {
        let pulse = Pulse::default();
        assert_eq!(bad(&pulse.ready()), ["daemon", "page"]);
        pulse.polls_now();
        pulse.page_reads();
        assert_eq!(bad(&pulse.ready()), [""; 0]);
        pulse.disk_failed();
        assert_eq!(bad(&pulse.ready()), ["disk"]);
        assert!(pulse.is_alive());
        pulse.disk_works();
        pulse.stops_now();
        assert_eq!(bad(&pulse.ready()), ["daemon"]);
    }
}
