//! When a feed is polled next. Pure: memory, settings and a time in, a time out.
//!
//! The aim is that about half of a feed's window is new at each poll: enough that it never turns over
//! between two (an item that nobody saw), and no request more. Media Cloud, with 180,000 feeds, keeps
//! the share of known items between a third and two thirds. Within the user's bounds, longer where the
//! server asks for it, and never twice at the same second for feeds that were started together.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

use super::memory::{Asked, Memory, Recent};

/// The share of a window that should be new.
const AIM: f64 = 0.5;
/// Standard deviations (of a Poisson process) that must fit between what is expected and a window that
/// turned over: a window of ten is polled every two or three items.
const MARGIN: f64 = 5.0;
/// The window of a feed that never had an item.
const DEPTH_UNKNOWN: f64 = 10.0;
/// A window grows by this share of the difference for each longer document, and shrinks at once.
const DEPTH_GROWTH: f64 = 0.2;
/// A pause is at most so many times the one before: one quiet hour is no proof of a quiet day.
const PACE_GROWTH: f64 = 3.0;
/// Until a whole day was seen, a pause is at most so many times the start: a night says nothing of the day.
const PACE_UNSEEN: f64 = 4.0;
const DAY_HOURS: f64 = 24.0;
/// The most that news is believed to break beyond the usual rate, how much more than expected counts as
/// news breaking (standard deviations), and how fast that is forgotten.
const SURGE_MAX: f64 = 8.0;
const SURGE_FROM: f64 = 3.0;
const SURGE_HALF_LIFE_HOURS: f64 = 2.0;
/// Share of new items in a document above which the document's own `ttl` is not heard: it is often a
/// generator's default, and what is at stake is lost items.
const PRESSED: f64 = 2.0 / 3.0;
/// What was seen of late counts half after a day.
const RECENT_HALF_LIFE_HOURS: f64 = 24.0;
/// The longest pause of a feed fades by this factor with each document that has news.
const LONGEST_PAUSE_FADES: f64 = 0.995;
/// The longest pause after failures, and the most that a server's `Retry-After` is believed: a hostile
/// answer must not end a feed (FreshRSS CVE-2025-68148).
const PAUSE_MAX: Duration = Duration::from_secs(24 * 3600);
/// The first pause after a refusal: who says no is not asked again in a quarter of an hour.
const REFUSED_PAUSE: Duration = Duration::from_secs(3600);
/// A feed that is gone is looked at this often.
const GONE_PAUSE: Duration = Duration::from_secs(7 * 24 * 3600);
/// No plan reaches further than this; a time beyond it was made by a clock that was wrong.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Failures after which doubling the pause stops.
const DOUBLINGS_MAX: u32 = 10;
/// Pauses differ by up to this share, by feed, so that a thousand feeds that started together do not
/// stay together.
const JITTER: f64 = 0.1;
const HOUR_SECS: i64 = 3600;

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
    Read {
        items: usize,
        new: usize,
    },
    Failed {
        retry_after: Option<Duration>,
        /// The server would rather not be asked: 403, a challenge, a geo-block.
        refused: bool,
        /// For good (RFC 9110 §15.5.11), or for weeks.
        gone: bool,
    },
}

/// What a poll that worked says about the feed's rhythm.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrivals<'a> {
    /// Items in the document; 0 where it did not change.
    pub items: usize,
    /// Dates of the items that the feed did not have before.
    pub dates: &'a [Timestamp],
    /// Number of those without a date.
    pub undated: usize,
}

/// Takes a poll that worked into what is known of the feed's rhythm.
pub fn learn(memory: &mut Memory, arrivals: Arrivals<'_>, bounds: Bounds, now: Timestamp) {
    let guess = guess(memory, bounds);
    let new = arrivals.dates.len() + arrivals.undated;
    let from = match memory.rhythm.upto() {
        Some(upto) => {
            let expected = memory.rhythm.expected(upto, now, guess);
            memory.surge = surge(memory, upto, new as f64, expected, now);
            let heard = hearable(arrivals.items, new, expected);
            memory.recent = recent(memory.recent, new as f64, heard, now);
            upto
        }
        None => window_start(arrivals.dates).unwrap_or(now),
    };
    memory
        .rhythm
        .observe(from, now, arrivals.dates, arrivals.undated);
    if arrivals.items > 0 {
        let items = arrivals.items as f64;
        let depth = memory.depth.unwrap_or(items);
        memory.depth = Some(depth.min(items) + DEPTH_GROWTH * (items - depth).max(0.0));
    }
    if new > 0 {
        if let Some(last) = memory.last_new {
            let pause = now.duration_since(last).as_secs_f64();
            memory.longest_pause_secs = pause.max(memory.longest_pause_secs * LONGEST_PAUSE_FADES);
        }
        memory.last_new = Some(now);
    }
}

/// Items an hour that are expected of a feed of which nothing is known: what the start interval suits.
pub fn guess(memory: &Memory, bounds: Bounds) -> f64 {
    let hours = bounds.start.as_secs_f64().max(1e-3) / 3600.0;
    aim(memory.depth) / hours
}

/// The pause that a feed's rhythm asks for, within bounds.
pub fn pace(memory: &Memory, bounds: Bounds, now: Timestamp) -> Duration {
    let items = aim(memory.depth) / memory.surge.unwrap_or(1.0).max(1.0);
    let limit = signed(bounds.max);
    let wanted = memory
        .rhythm
        .time_until(items, now, limit, guess(memory, bounds))
        .as_secs_f64();
    let longest = memory
        .pace_secs
        .map_or(bounds.start.as_secs_f64(), |before| before * PACE_GROWTH);
    let is_seen = memory.rhythm.observed_hours() >= DAY_HOURS;
    let unseen = if is_seen {
        f64::MAX
    } else {
        bounds.start.as_secs_f64() * PACE_UNSEEN
    };
    let secs = wanted
        .min(longest)
        .min(unseen)
        .clamp(bounds.min.as_secs_f64(), bounds.max.as_secs_f64());
    Duration::from_secs_f64(secs)
}

/// When to poll next.
pub fn next(
    feed: &str,
    memory: &Memory,
    outcome: Outcome,
    bounds: Bounds,
    now: Timestamp,
) -> Timestamp {
    let pace = memory
        .pace_secs
        .map_or(bounds.start, Duration::from_secs_f64);
    let pause = match outcome {
        Outcome::Unchanged | Outcome::Read { .. } => {
            let asked = asked(memory, outcome).min(bounds.max);
            let next = after(
                now,
                jittered(feed, pace.max(asked), asked.max(bounds.min), bounds.max),
            );
            return open_hour(feed, &memory.asked, next, after(now, bounds.max));
        }
        Outcome::Failed { gone: true, .. } => GONE_PAUSE,
        Outcome::Failed {
            retry_after,
            refused,
            ..
        } => {
            let failures = memory
                .trouble
                .as_ref()
                .map_or(1, |trouble| trouble.failures);
            let first = if refused {
                bounds.start.max(REFUSED_PAUSE.min(bounds.max))
            } else {
                pace.min(bounds.start)
            };
            let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(DOUBLINGS_MAX));
            let doubled = jittered(feed, doubled.min(PAUSE_MAX), bounds.min, PAUSE_MAX);
            doubled.max(retry_after.unwrap_or_default().min(PAUSE_MAX))
        }
    };
    after(now, pause)
}

/// When a feed that was never polled is first asked, after a start: spread out by feed over `spread`.
pub fn first(feed: &str, spread: Duration, now: Timestamp) -> Timestamp {
    after(now, spread.mul_f64(share_of(feed)))
}

/// A number in 0..1 that belongs to the feed.
pub(super) fn share_of(feed: &str) -> f64 {
    (xxh3_64(feed.as_bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}

/// New items that a poll should find: half of the window, fewer where it is small and chance could turn
/// it over.
fn aim(depth: Option<f64>) -> f64 {
    let depth = depth.unwrap_or(DEPTH_UNKNOWN).max(1.0);
    // The solution of `aim + MARGIN * sqrt(aim) = depth`.
    let root = (MARGIN.mul_add(MARGIN, 4.0 * depth).sqrt() - MARGIN) / 2.0;
    (root * root).min(depth * AIM)
}

/// What the server and the document ask for.
fn asked(memory: &Memory, outcome: Outcome) -> Duration {
    let secs = |secs: Option<u32>| Duration::from_secs(secs.unwrap_or_default().into());
    let is_pressed = match outcome {
        Outcome::Read { items, new } => memory.successes > 1 && new as f64 > items as f64 * PRESSED,
        Outcome::Unchanged | Outcome::Failed { .. } => false,
    };
    let ttl = if is_pressed {
        Duration::ZERO
    } else {
        secs(memory.asked.ttl_secs)
    };
    secs(memory.fresh_secs).max(ttl)
}

fn surge(
    memory: &Memory,
    since: Timestamp,
    new: f64,
    expected: f64,
    now: Timestamp,
) -> Option<f64> {
    let hours = now.duration_since(since).as_secs_f64().max(0.0) / 3600.0;
    let before = memory.surge.unwrap_or(1.0);
    let faded = 1.0 + (before - 1.0) * (-hours / SURGE_HALF_LIFE_HOURS).exp2();
    let is_surprise = new > expected + SURGE_FROM * expected.max(1.0).sqrt();
    let now = if is_surprise {
        (new / expected.max(1.0)).max(faded)
    } else {
        faded
    };
    (now > 1.05)
        .then_some((now * 100.0).round() / 100.0)
        .map(|surge| surge.min(SURGE_MAX))
}

/// Items that a document can have shown of those that were expected: one that is new all over may have
/// turned over many times, and says nothing of silence.
fn hearable(items: usize, new: usize, expected: f64) -> f64 {
    if items > 0 && new >= items {
        expected.min(new as f64)
    } else {
        expected
    }
}

fn recent(before: Recent, items: f64, expected: f64, now: Timestamp) -> Recent {
    let faded = before.faded(now);
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    Recent {
        items: rounded(faded.items + items),
        expected: rounded(faded.expected + expected),
        at: Some(now),
    }
}

impl Recent {
    /// As it counts at another time.
    pub fn faded(self, now: Timestamp) -> Self {
        let hours = self.at.map_or(0.0, |at| {
            now.duration_since(at).as_secs_f64().max(0.0) / 3600.0
        });
        let factor = (-hours / RECENT_HALF_LIFE_HOURS).exp2();
        Self {
            items: self.items * factor,
            expected: self.expected * factor,
            at: Some(now),
        }
    }
}

/// Where a first document's window begins; the oldest tenth may be pinned items, years old.
fn window_start(dates: &[Timestamp]) -> Option<Timestamp> {
    let mut dates = dates.to_vec();
    dates.sort_unstable();
    if dates.len() < 2 {
        return None;
    }
    dates.get(dates.len() / 10).copied()
}

/// Longer by up to a tenth, by feed; shorter where longer would pass the bound.
fn jittered(feed: &str, pause: Duration, shortest: Duration, longest: Duration) -> Duration {
    let share = JITTER * share_of(feed);
    let longer = pause.mul_f64(1.0 + share);
    if longer <= longest {
        return longer;
    }
    pause
        .min(longest)
        .mul_f64(1.0 - share)
        .max(shortest.min(longest))
}

/// The next time that the document does not ask to skip, `latest` at the latest.
fn open_hour(feed: &str, asked: &Asked, next: Timestamp, latest: Timestamp) -> Timestamp {
    let is_skipped = |at: Timestamp| {
        let hour = at.as_second().div_euclid(HOUR_SECS);
        // 1970-01-01 was a Thursday, the fourth day.
        let day = (hour.div_euclid(24) + 3).rem_euclid(7) + 1;
        let is_listed =
            |list: &[u8], value: i64| list.iter().any(|&listed| i64::from(listed) == value);
        is_listed(&asked.skip_hours, hour.rem_euclid(24)) || is_listed(&asked.skip_days, day)
    };
    let mut at = next;
    while is_skipped(at) && at < latest {
        let hour = (at.as_second().div_euclid(HOUR_SECS) + 1) * HOUR_SECS;
        at = Timestamp::from_second(hour).unwrap_or(latest);
    }
    if at == next {
        return next;
    }
    // Not everybody at the stroke of the hour.
    after(at, Duration::from_secs(300).mul_f64(share_of(feed))).min(latest.max(next))
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.checked_add(signed(pause)).unwrap_or(Timestamp::MAX)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests;
