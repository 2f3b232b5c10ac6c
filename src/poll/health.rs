//! What state a feed is in, and which changes of it someone must hear of.
//!
//! A feed is never given up: it goes from `ok` to `degraded` to `failing` to `gone`, with growing
//! pauses, and is still looked at.

use jiff::Timestamp;

use super::client::Failure;
use super::memory::{Memory, Moved, Trouble};

/// Failures in a row from which a feed is `failing` and not just `degraded`: one is a hiccup of the
/// network, two happen at every maintenance.
const FAILING_FROM: u32 = 3;
/// Polls over at least [`MOVED_AFTER_SECS`] that must follow a permanent redirect to a feed before its
/// target is asked directly.
const MOVED_SEEN_MIN: u32 = 3;
const MOVED_AFTER_SECS: i64 = 2 * 24 * 3600;

/// The state of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Waiting,
    Ok,
    Degraded,
    Failing,
    Gone,
}

impl State {
    pub fn of(memory: &Memory) -> Self {
        match &memory.trouble {
            None if memory.polls == 0 => Self::Waiting,
            None => Self::Ok,
            Some(trouble) if trouble.kind == "gone" => Self::Gone,
            Some(trouble) if trouble.failures >= FAILING_FROM => Self::Failing,
            Some(_) => Self::Degraded,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
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
    let kind = if failure.status == Some(410) { "gone" } else { failure.kind };
    let trouble = memory.trouble.get_or_insert_with(|| Trouble {
        kind: kind.to_owned(),
        message: String::new(),
        since: now,
        failures: 0,
        reported: false,
    });
    let was_gone = trouble.kind == "gone" && trouble.reported;
    trouble.failures = trouble.failures.saturating_add(1);
    trouble.kind = kind.to_owned();
    trouble.message.clone_from(&failure.message);
    let (since, failures) = (trouble.since, trouble.failures);
    let is_gone = kind == "gone" && !was_gone;
    if !is_gone && (trouble.reported || failures < FAILING_FROM) {
        return None;
    }
    trouble.reported = true;
    Some(Change {
        kind: if is_gone { "gone" } else { "failing" },
        since: memory.last_success.or(Some(since)),
        until: None,
        detail: format!("{failures} polls in a row failed: {}", failure.message),
    })
}

/// Takes a poll that worked into the memory.
pub fn worked(memory: &mut Memory, now: Timestamp) -> Option<Change> {
    let trouble = memory.trouble.take()?;
    trouble.reported.then(|| Change {
        kind: "recovered",
        since: Some(trouble.since),
        until: Some(now),
        detail: format!("after {} failed polls ({})", trouble.failures, trouble.message),
    })
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
        other => other.insert(Moved { to: to.to_owned(), since: now, seen: 0 }),
    };
    moved.seen = moved.seen.saturating_add(1);
    let is_stable = now.duration_since(moved.since).as_secs() >= MOVED_AFTER_SECS;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: &'static str, status: Option<u16>) -> Failure {
        Failure { kind, message: kind.into(), status, retry_after: None }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3600).unwrap()
    }

    #[test]
    fn three_failures_are_told_once_and_so_is_the_recovery() {
        let mut memory = Memory::default();
        let told: Vec<bool> = (1..=5)
            .map(|n| failed(&mut memory, &failure("dns", None), at(n)).is_some())
            .collect();
        assert_eq!(told, [false, false, true, false, false]);
        assert_eq!(State::of(&memory), State::Failing);
        let change = worked(&mut memory, at(9)).expect("a recovery");
        assert_eq!((change.kind, change.since, change.until), ("recovered", Some(at(1)), Some(at(9))));
        assert_eq!(worked(&mut memory, at(10)), None);
    }

    #[test]
    fn a_hiccup_is_not_told() {
        let mut memory = Memory::default();
        assert_eq!(failed(&mut memory, &failure("timeout", None), at(1)), None);
        assert_eq!(worked(&mut memory, at(2)), None);
    }

    #[test]
    fn gone_is_told_at_once() {
        let mut memory = Memory::default();
        let change = failed(&mut memory, &failure("status", Some(410)), at(1)).expect("an event");
        assert_eq!(change.kind, "gone");
        assert_eq!(State::of(&memory), State::Gone);
        assert_eq!(failed(&mut memory, &failure("status", Some(410)), at(2)), None);
    }

    #[test]
    fn a_permanent_redirect_is_learned_after_days_only() {
        let mut memory = Memory::default();
        for hour in [0, 1, 2, 3] {
            assert_eq!(redirected(&mut memory, Some("https://new.example/rss"), at(hour)), None);
        }
        assert_eq!(redirected(&mut memory, None, at(4)), None);
        assert_eq!(redirected(&mut memory, Some("https://new.example/rss"), at(5)), None);
        assert_eq!(redirected(&mut memory, Some("https://new.example/rss"), at(40)), None);
        let change = redirected(&mut memory, Some("https://new.example/rss"), at(60));
        assert_eq!(change.map(|change| change.kind), Some("moved"));
        assert_eq!(memory.learned_url.as_deref(), Some("https://new.example/rss"));
    }
}
