//! When a feed is polled next. Pure: times and settings in, a time out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

use super::memory::Memory;

/// Share of new items in a document above which the feed is polled faster, and below which slower.
/// Media Cloud keeps the share of items that it has seen between a third and two thirds.
const NEW_SHARE: std::ops::Range<f64> = 1.0 / 3.0..2.0 / 3.0;
const FASTER: f64 = 0.5;
const SLOWER: f64 = 1.5;
/// A feed that did not change is asked a little less often each time.
const UNCHANGED: f64 = 1.25;
/// The longest pause after failures, and the most that a server's `Retry-After` is believed: a hostile
/// answer must not end a feed.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 3600);
/// A feed that was gone is looked at this often.
const GONE_PAUSE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Failures after which doubling the pause stops.
const DOUBLINGS_MAX: u32 = 10;
/// Pauses are stretched by up to this share, by feed, so that a thousand feeds that started together
/// do not stay together.
const JITTER: f64 = 0.1;

/// The bounds that the user set.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub start: Duration,
    pub min: Duration,
    pub max: Duration,
}

/// What the last poll brought, as far as it matters for the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Unchanged,
    /// A document with so many items, of which so many were new.
    Read { items: usize, new: usize },
    Failed {
        retry_after: Option<Duration>,
        /// The server said that the feed is gone for good (RFC 9110 §15.5.11).
        gone: bool,
    },
}

/// The pace that a feed asks for after a poll, within bounds.
pub fn pace(memory: &Memory, outcome: Outcome, bounds: Bounds) -> Duration {
    let now = memory.pace_secs.unwrap_or(bounds.start.as_secs_f64());
    let changed = match outcome {
        Outcome::Unchanged => now * UNCHANGED,
        // The first document is all new and says nothing about the pace.
        Outcome::Read { .. } if memory.successes == 0 => now,
        Outcome::Read { items, new } => {
            let share = new as f64 / items.max(1) as f64;
            if share > NEW_SHARE.end {
                now * FASTER
            } else if share < NEW_SHARE.start {
                now * SLOWER
            } else {
                now
            }
        }
        Outcome::Failed { .. } => now,
    };
    let secs = changed.clamp(bounds.min.as_secs_f64(), bounds.max.as_secs_f64());
    Duration::from_secs_f64(secs)
}

/// When to poll next. `failures`: polls in a row that failed, this one included.
pub fn next(
    feed: &str,
    pace: Duration,
    asked: Option<Duration>,
    outcome: Outcome,
    failures: u32,
    bounds: Bounds,
    now: Timestamp,
) -> Timestamp {
    let asked = asked.unwrap_or_default().min(bounds.max);
    let pause = match outcome {
        Outcome::Unchanged | Outcome::Read { .. } => stretch(feed, pace.max(asked)),
        Outcome::Failed { gone: true, .. } => GONE_PAUSE,
        Outcome::Failed { retry_after, .. } => {
            let doubled = pace.saturating_mul(1 << failures.saturating_sub(1).min(DOUBLINGS_MAX));
            let doubled = stretch(feed, doubled.max(asked)).min(PAUSE_MAX);
            doubled.max(retry_after.unwrap_or_default().min(PAUSE_MAX))
        }
    };
    let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

/// When a feed that was never polled is first asked, after a start: spread out by feed over `spread`.
pub fn first(feed: &str, spread: Duration, now: Timestamp) -> Timestamp {
    let pause = SignedDuration::try_from(spread.mul_f64(share_of(feed))).unwrap_or_default();
    now.checked_add(pause).unwrap_or(now)
}

/// Only ever longer: a pause that the server asked for is never undercut.
fn stretch(feed: &str, pause: Duration) -> Duration {
    pause.mul_f64(1.0 + JITTER * share_of(feed))
}

/// A number in 0..1 that belongs to the feed.
fn share_of(feed: &str) -> f64 {
    (xxh3_64(feed.as_bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        start: Duration::from_secs(900),
        min: Duration::from_secs(300),
        max: Duration::from_secs(21_600),
    };

    fn after(outcome: Outcome, asked: Option<u64>, failures: u32) -> i64 {
        let now = Timestamp::UNIX_EPOCH;
        let asked = asked.map(Duration::from_secs);
        next("feed", BOUNDS.start, asked, outcome, failures, BOUNDS, now).as_second()
    }

    fn failed(retry_after: Option<u64>) -> Outcome {
        Outcome::Failed {
            retry_after: retry_after.map(Duration::from_secs),
            gone: false,
        }
    }

    #[test]
    fn a_pause_is_never_shorter_than_the_server_asked() {
        assert!((900..=990).contains(&after(Outcome::Unchanged, None, 0)));
        assert!((3600..=3960).contains(&after(Outcome::Unchanged, Some(3600), 0)));
        assert!(after(failed(Some(7200)), None, 1) >= 7200);
    }

    #[test]
    fn a_hostile_server_cannot_end_a_feed() {
        assert!(after(Outcome::Unchanged, Some(u64::MAX), 0) <= 21_600 * 11 / 10);
        assert_eq!(after(failed(Some(u64::MAX)), None, 1), 86_400);
        assert_eq!(after(failed(None), None, u32::MAX), 86_400);
    }

    #[test]
    fn failures_double_the_pause() {
        let (once, twice) = (after(failed(None), None, 1), after(failed(None), None, 2));
        assert!((twice - 2 * once).abs() <= 1, "{once} {twice}");
    }

    #[test]
    fn what_is_gone_is_still_looked_at() {
        let gone = Outcome::Failed { retry_after: None, gone: true };
        assert_eq!(after(gone, None, 9), 7 * 86_400);
    }

    #[test]
    fn the_pace_follows_the_feed_within_bounds() {
        let mut memory = Memory { successes: 3, ..Memory::default() };
        let busy = Outcome::Read { items: 30, new: 28 };
        assert_eq!(pace(&memory, busy, BOUNDS).as_secs(), 450);
        let quiet = Outcome::Read { items: 30, new: 1 };
        assert_eq!(pace(&memory, quiet, BOUNDS).as_secs(), 1350);
        memory.pace_secs = Some(1.0);
        assert_eq!(pace(&memory, busy, BOUNDS), BOUNDS.min);
        memory.pace_secs = Some(1e12);
        assert_eq!(pace(&memory, Outcome::Unchanged, BOUNDS), BOUNDS.max);
    }
}
