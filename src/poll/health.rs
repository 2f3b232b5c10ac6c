//! What state a feed is in, and which changes of it someone must hear of.
//!
//! A feed is never given up: it goes from `ok` to `degraded` to `failing` to `gone`, with growing pauses,
//! and is still looked at (miniflux/v2#851, #1628, #3562: feeds that died unnoticed). Silence is trouble
//! too: a feed that publishes far less than it used to is told of, as is an owner or a language
//! ([`groups`]).

pub mod groups;

use jiff::{SignedDuration, Timestamp};

use super::failure::Failure;
use super::memory::{Memory, Moved, Trouble};
use super::schedule::Outcome;

/// Failures in a row from which a feed is `failing` and not just `degraded`: one is a hiccup of the
/// network, two happen at every maintenance.
const FAILING_FROM: u32 = 3;
/// A feed that failed for this long, and so many times, is `gone`.
const GONE_AFTER: SignedDuration = SignedDuration::from_hours(21 * 24);
const GONE_FROM: u32 = 12;
/// Polls over at least [`MOVED_AFTER`] that must follow a permanent redirect to a feed before its target
/// is asked directly (feedbin/feedbin#100: never learned; miniflux/v2#1387: learned at once).
const MOVED_SEEN_MIN: u32 = 3;
const MOVED_AFTER: SignedDuration = SignedDuration::from_hours(2 * 24);
/// Items that a silent feed should have had: by chance none come once in a hundred thousand times.
const SILENT_ITEMS: f64 = 12.0;
/// A pause that is long for this feed, against the longest so far.
const SILENT_PAUSES: f64 = 2.0;
/// No shorter pause is silence.
const SILENT_FOR: SignedDuration = SignedDuration::from_hours(6);
/// Hours that a rhythm must have been observed before its end is noticed.
const OBSERVED_HOURS_MIN: f64 = 72.0;
/// A trickle below this share of the usual rate is silence too, once so many items were expected in a
/// day or so.
const TRICKLE_SHARE: f64 = 0.1;
const TRICKLE_ITEMS: f64 = 24.0;
/// The share above which silence is over, so that a trickle is not told of again and again.
const SPEAKING_SHARE: f64 = 0.25;

/// The state of a feed, the worse the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Disabled,
    Waiting,
    Ok,
    Silent,
    Degraded,
    Failing,
    Blocked,
    Gone,
}

impl State {
    pub fn of(memory: &Memory) -> Self {
        let Some(trouble) = &memory.trouble else {
            return match memory.silent {
                _ if memory.polls == 0 => Self::Waiting,
                Some(_) => Self::Silent,
                None => Self::Ok,
            };
        };
        match event_of(trouble) {
            Some("gone") => Self::Gone,
            Some("blocked") => Self::Blocked,
            Some(_) => Self::Failing,
            None => Self::Degraded,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Waiting => "waiting",
            Self::Ok => "ok",
            Self::Silent => "silent",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
            Self::Gone => "gone",
        }
    }
}

/// A change that a person on duty wants to know of.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// A kind of the event record.
    pub kind: &'static str,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub detail: String,
}

/// Takes a failed poll into the memory.
pub fn failed(memory: &mut Memory, failure: &Failure, now: Timestamp) -> Option<Change> {
    let kind = if failure.status == Some(410) {
        "gone"
    } else {
        failure.kind
    };
    let trouble = memory.trouble.get_or_insert_with(|| Trouble {
        kind: kind.to_owned(),
        message: String::new(),
        status: None,
        since: now,
        failures: 0,
        told: None,
    });
    trouble.failures = trouble.failures.saturating_add(1);
    trouble.kind = kind.to_owned();
    trouble.status = failure.status;
    trouble.message.clone_from(&failure.message);
    let is_lost = trouble.failures >= GONE_FROM && now.duration_since(trouble.since) >= GONE_AFTER;
    let event = if is_lost { "gone" } else { event_of(trouble)? };
    if rank(event) <= trouble.told.as_deref().map_or(0, rank) {
        return None;
    }
    trouble.told = Some(event.to_owned());
    let polls = if trouble.failures == 1 {
        "poll"
    } else {
        "polls in a row"
    };
    Some(Change {
        kind: event,
        since: memory.last_success.or(Some(trouble.since)),
        until: None,
        detail: format!(
            "{} {polls} failed ({kind}): {}",
            trouble.failures, failure.message
        ),
    })
}

/// Takes a poll that worked into the memory.
pub fn worked(memory: &mut Memory, now: Timestamp) -> Option<Change> {
    let trouble = memory.trouble.take()?;
    trouble.told.is_some().then(|| Change {
        kind: "recovered",
        since: Some(trouble.since),
        until: Some(now),
        detail: format!(
            "after {} failed polls ({})",
            trouble.failures, trouble.message
        ),
    })
}

/// What a failed poll, taken in by [`failed`], means for the next one.
pub fn outcome(memory: &Memory, failure: &Failure) -> Outcome {
    let is_told_gone = memory
        .trouble
        .as_ref()
        .is_some_and(|trouble| trouble.told.as_deref() == Some("gone"));
    Outcome::Failed {
        retry_after: failure.retry_after,
        refused: is_refusal(failure.kind, failure.status),
        gone: is_told_gone,
    }
}

/// Whether a feed that can be read has fallen silent, or has ended its silence. `guess`: items an hour
/// that were expected before anything was observed.
pub fn silence(memory: &mut Memory, guess: f64, now: Timestamp) -> Option<Change> {
    let last = memory.last_new?;
    let quiet = now.duration_since(last);
    let expected = memory.rhythm.expected(last, now, guess);
    let is_long =
        quiet >= SILENT_FOR && quiet.as_secs_f64() >= SILENT_PAUSES * memory.longest_pause_secs;
    let recent = memory.recent.faded(now);
    let is_below =
        |share: f64| recent.expected >= TRICKLE_ITEMS && recent.items < share * recent.expected;
    let is_trickle = is_below(TRICKLE_SHARE);
    let is_known = memory.rhythm.observed_hours() >= OBSERVED_HOURS_MIN;
    let is_silent = is_known && ((expected >= SILENT_ITEMS && is_long) || is_trickle);
    match memory.silent {
        None if is_silent => {
            memory.silent = Some(last);
            let hours = quiet.as_hours();
            let detail = if is_trickle && expected < SILENT_ITEMS {
                format!(
                    "{:.0} items of late where {:.0} are usual",
                    recent.items, recent.expected
                )
            } else {
                format!("nothing new for {hours} hours, in which {expected:.0} items are usual")
            };
            Some(Change {
                kind: "silent",
                since: Some(last),
                until: None,
                detail,
            })
        }
        Some(since) if last > since && !is_below(SPEAKING_SHARE) => {
            memory.silent = None;
            let detail = "it publishes again".to_owned();
            Some(Change {
                kind: "recovered",
                since: Some(since),
                until: Some(last),
                detail,
            })
        }
        _ => None,
    }
}

/// Takes in where a chain of permanent redirects led; a feed was found there. The new address is asked
/// directly only once it was seen on several polls over days.
pub fn redirected(memory: &mut Memory, moved_to: Option<&str>, now: Timestamp) -> Option<Change> {
    let Some(to) = moved_to else {
        memory.moved = None;
        return None;
    };
    let moved = match &mut memory.moved {
        Some(moved) if moved.to == to => moved,
        other => other.insert(Moved {
            to: to.to_owned(),
            since: now,
            seen: 0,
        }),
    };
    moved.seen = moved.seen.saturating_add(1);
    let is_stable = now.duration_since(moved.since) >= MOVED_AFTER;
    if moved.seen < MOVED_SEEN_MIN || !is_stable {
        return None;
    }
    let since = moved.since;
    memory.moved = None;
    memory.learned_url = Some(to.to_owned());
    Some(Change {
        kind: "moved",
        since: Some(since),
        until: None,
        detail: format!("permanently redirected to {to}, which is asked directly from now on"),
    })
}

/// The event that a trouble is worth, if it is.
fn event_of(trouble: &Trouble) -> Option<&'static str> {
    let is_run = trouble.failures >= FAILING_FROM;
    match trouble.kind.as_str() {
        _ if trouble.told.as_deref() == Some("gone") => Some("gone"),
        "gone" => Some("gone"),
        // A page that says so is no hiccup.
        "challenge" | "geo_block" => Some("blocked"),
        kind if is_refusal(kind, trouble.status) => is_run.then_some("blocked"),
        _ => is_run.then_some("failing"),
    }
}

fn is_refusal(kind: &str, status: Option<u16>) -> bool {
    matches!(kind, "challenge" | "geo_block" | "login") || matches!(status, Some(401 | 403 | 451))
}

/// Events of one trouble, the graver the higher: a graver one is told, no other.
fn rank(event: &str) -> u8 {
    match event {
        "failing" => 1,
        "blocked" => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests;
