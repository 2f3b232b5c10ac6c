//! How many polls a host gets: over hours no more than a share of what its spacing allows, and none while
//! it asked for a pause. Pure. (mediacloud/backend#189: 1,155 requests a day to one site through 205 feeds,
//! and the site shut the door.)
//!
//! The distance between two single requests is kept by the client; this is about plans. A generic cell
//! rate algorithm (ITU-T I.371): each host has a time up to which its polls are paid for.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Over time a host is polled at a tenth of the rate that `fetch.spacing` allows: 360 times an hour at
/// one second.
const SHARE: u32 = 10;
/// Polls that may come together, as at a start: an outlet with a feed for each section is no burden.
const BURST: i32 = 20;
/// A pause that one feed's server asked for (429, 503) holds for all feeds of the host, but not longer
/// than this: another customer of the same host must not silence them (FreshRSS CVE-2025-68148).
const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);
/// Hosts remembered before those that are free are let go.
const HOSTS_MAX: usize = 16_384;

/// The budgets of all hosts.
#[derive(Debug)]
pub struct Budgets {
    /// Time that one poll costs.
    cost: SignedDuration,
    hosts: HashMap<String, Budget>,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    paid_until: Timestamp,
    paused_until: Timestamp,
}

impl Budgets {
    /// `spacing`: time between two requests to a host; zero for no budget at all.
    pub fn new(spacing: Duration) -> Self {
        let cost = SignedDuration::try_from(spacing * SHARE).unwrap_or(SignedDuration::MAX);
        Self {
            cost,
            hosts: HashMap::new(),
        }
    }

    /// Books a poll and returns when it may be made: now, or later.
    pub fn book(&mut self, host: &str, now: Timestamp) -> Timestamp {
        if self.cost.is_zero() {
            return now;
        }
        let cost = self.cost;
        let budget = self.of(host, now);
        let from = budget.paid_until.max(now);
        let slot = from.checked_sub(cost * BURST).unwrap_or(Timestamp::MIN);
        budget.paid_until = from.checked_add(cost).unwrap_or(Timestamp::MAX);
        slot.max(budget.paused_until).max(now)
    }

    /// The host asked for a pause.
    pub fn pause(&mut self, host: &str, pause: Duration, now: Timestamp) {
        if self.cost.is_zero() {
            return;
        }
        let pause = SignedDuration::try_from(pause.min(PAUSE_MAX)).unwrap_or_default();
        let until = now.checked_add(pause).unwrap_or(Timestamp::MAX);
        let budget = self.of(host, now);
        budget.paused_until = budget.paused_until.max(until);
    }

    fn of(&mut self, host: &str, now: Timestamp) -> &mut Budget {
        if self.hosts.len() >= HOSTS_MAX && !self.hosts.contains_key(host) {
            self.hosts
                .retain(|_, budget| budget.paid_until.max(budget.paused_until) > now);
        }
        let fresh = Budget {
            paid_until: now,
            paused_until: Timestamp::MIN,
        };
        self.hosts.entry(host.to_owned()).or_insert(fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_772_409_600 + secs).unwrap()
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_pace_is_kept() {
        let mut budgets = Budgets::new(Duration::from_secs(1));
        let slots: Vec<i64> = (0..205)
            .map(|_| budgets.book("h", at(0)).duration_since(at(0)).as_secs())
            .collect();
        assert!(slots[..20].iter().all(|&slot| slot == 0));
        assert_eq!(slots[204], (204 - 20) * 10);
        assert_eq!(budgets.book("other", at(0)), at(0));
    }

    #[test]
    fn a_pause_holds_for_the_host_and_not_for_long() {
        let mut budgets = Budgets::new(Duration::from_secs(1));
        budgets.pause("h", Duration::from_secs(86_400), at(0));
        assert_eq!(budgets.book("h", at(0)), at(900));
        assert_eq!(budgets.book("h", at(901)), at(901));
    }

    #[test]
    fn without_spacing_there_is_no_budget() {
        let mut budgets = Budgets::new(Duration::ZERO);
        budgets.pause("h", Duration::from_secs(60), at(0));
        assert!((0..1000).all(|_| budgets.book("h", at(0)) == at(0)));
    }
}
