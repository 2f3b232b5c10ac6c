//! Whether a server's validators can be believed.
//!
//! Some servers answer 304 for ever while the feed goes on (miniflux-legacy#218, FreshRSS#1020). So every
//! feed is asked without validators once a day, and what comes is compared: news under validators that
//! did not change would have been kept from us. Who was caught is asked without validators until it has
//! behaved for a while.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::memory::Validators;
use super::schedule::share_of;

/// A feed is asked without validators after 20 to 24 hours, by feed: once a day at least, and not all of
/// them at once.
const CHECK_HOURS: f64 = 24.0;
const CHECK_SPREAD: f64 = 1.0 / 6.0;
/// Documents with news in a row, each under new validators, after which a liar is believed again.
const BELIEVED_AFTER: u32 = 20;

/// What was found out about a server's validators.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Honesty {
    /// Documents that could be compared with the one before.
    pub checks: u32,
    /// Those that had news under validators that had not changed.
    pub lies: u32,
    /// Documents with news since the last lie, each under new validators.
    pub kept: u32,
    /// When the feed was last asked without validators and answered.
    pub last_check: Option<Timestamp>,
}

impl Honesty {
    /// The share of checks that found nothing wrong, 0 to 1; 1 before the first.
    pub fn score(&self) -> f64 {
        1.0 - f64::from(self.lies) / f64::from(self.checks.max(1))
    }

    /// Whether a 304 of this server is believed.
    pub fn is_believed(&self) -> bool {
        self.lies == 0 || self.kept >= BELIEVED_AFTER
    }

    /// Whether the next request should go without validators.
    pub fn asks_openly(&self, feed: &str, now: Timestamp) -> bool {
        let hours = CHECK_HOURS * (1.0 - CHECK_SPREAD * share_of(feed));
        let pause = SignedDuration::from_secs_f64(hours * 3600.0);
        let is_due = self
            .last_check
            .is_none_or(|last| now.duration_since(last) >= pause);
        is_due || !self.is_believed()
    }

    /// Takes in a document: the validators that came with it and with the one before, and whether it
    /// brought news.
    pub fn compare(&mut self, before: &Validators, after: &Validators, has_news: bool) {
        if before.is_empty() || after.is_empty() {
            return;
        }
        self.checks = self.checks.saturating_add(1);
        if has_news && before == after {
            self.lies = self.lies.saturating_add(1);
            self.kept = 0;
        } else if has_news {
            self.kept = self.kept.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etag(tag: &str) -> Validators {
        Validators {
            etag: Some(tag.into()),
            last_modified: None,
        }
    }

    #[test]
    fn news_under_an_old_validator_is_a_lie_and_is_forgiven_slowly() {
        let mut honesty = Honesty::default();
        honesty.compare(&etag("a"), &etag("a"), false);
        honesty.compare(&etag("a"), &etag("b"), true);
        assert!(honesty.is_believed());
        honesty.compare(&etag("b"), &etag("b"), true);
        assert!(!honesty.is_believed());
        assert!((honesty.score() - 2.0 / 3.0).abs() < 1e-9);
        for _ in 0..BELIEVED_AFTER {
            honesty.compare(&etag("b"), &etag("c"), true);
        }
        assert!(honesty.is_believed());
    }

    #[test]
    fn a_server_without_validators_is_not_judged() {
        let mut honesty = Honesty::default();
        honesty.compare(&Validators::default(), &Validators::default(), true);
        assert_eq!((honesty.checks, honesty.score()), (0, 1.0));
    }

    #[test]
    fn every_feed_is_asked_openly_once_a_day() {
        let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
        let honesty = Honesty {
            last_check: Some(at(0)),
            ..Honesty::default()
        };
        assert!(Honesty::default().asks_openly("f", at(0)));
        assert!(!honesty.asks_openly("f", at(19)));
        assert!(honesty.asks_openly("f", at(24)));
    }
}
