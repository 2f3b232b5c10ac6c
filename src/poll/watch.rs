//! Items that leave a feed before their time. Most were moved or re-sorted; some were taken back, and only
//! their page can tell. Pure: whom to ask, how often, and what an answer means.
//!
//! An item leaves in its time when what is older leaves with it. One that goes while several older ones stay
//! is asked for, a few at each poll. Items without a date or an address are not watched.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Pages that are asked for in one poll.
const RECHECKS_MAX: usize = 3;
/// Missing items that wait for their turn; of a feed that shows what it likes, the rest is let go.
const MISSING_MAX: usize = 16;
/// Items of a document that are watched, some 150 bytes each in the state.
const STANDING_MAX: usize = 256;
/// Older items that must have stayed: up to three are pinned by some outlets.
const OLDER_MIN: usize = 4;
/// Answers that say nothing after which an item is let go.
const TRIES_MAX: u8 = 3;

/// An item as it stands in a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The article's id.
    pub id: String,
    /// A key by which the state finds it.
    pub key: i64,
    pub url: String,
    pub published: Timestamp,
}

/// What a page says of its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 404 or 410.
    Gone(u16),
    There,
    /// A refusal, an error of the server or of the way.
    Unknown,
}

/// What is remembered of a feed's items between polls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    standing: Vec<Standing>,
    missing: Vec<Missing>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Missing {
    item: Standing,
    tries: u8,
}

impl Watch {
    /// Takes over the items of the next document, which is whole, and notes which are missing.
    pub fn turn(&mut self, mut document: Vec<Standing>) {
        if document.is_empty() {
            return;
        }
        let here: HashSet<&str> = document.iter().map(|item| item.id.as_str()).collect();
        let (stayed, left): (Vec<Standing>, Vec<Standing>) = self
            .standing
            .drain(..)
            .partition(|item| here.contains(item.id.as_str()));
        self.missing
            .retain(|missing| !here.contains(missing.item.id.as_str()));
        let early = left.into_iter().filter(|item| {
            let older = |other: &&Standing| other.published < item.published;
            stayed.iter().filter(older).count() >= OLDER_MIN
        });
        let room = MISSING_MAX.saturating_sub(self.missing.len());
        self.missing
            .extend(early.take(room).map(|item| Missing { item, tries: 0 }));
        document.sort_by_key(|item| std::cmp::Reverse(item.published));
        document.truncate(STANDING_MAX);
        self.standing = document;
    }

    /// The items whose pages are to be asked for now.
    pub fn due(&self) -> Vec<Standing> {
        let due = self.missing.iter().take(RECHECKS_MAX);
        due.map(|missing| missing.item.clone()).collect()
    }

    /// Takes in what the page of an item said. An item that nothing was learned of waits for another turn,
    /// behind the others.
    pub fn answered(&mut self, id: &str, verdict: Verdict) {
        let Some(at) = self
            .missing
            .iter()
            .position(|missing| missing.item.id == id)
        else {
            return;
        };
        let mut missing = self.missing.remove(at);
        missing.tries += 1;
        if verdict == Verdict::Unknown && missing.tries < TRIES_MAX {
            self.missing.push(missing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items of these numbers, dated by their number.
    fn document(numbers: impl IntoIterator<Item = i64>) -> Vec<Standing> {
        let item = |n: i64| Standing {
            id: n.to_string(),
            key: n,
            url: format!("https://outlet.example/{n}"),
            published: Timestamp::from_second(n * 60).unwrap(),
        };
        numbers.into_iter().map(item).collect()
    }

    fn due(watch: &Watch) -> Vec<i64> {
        watch.due().iter().map(|item| item.key).collect()
    }

    #[track_caller]
    fn check(
        before: impl IntoIterator<Item = i64>,
        after: impl IntoIterator<Item = i64>,
        expected: &[i64],
    ) {
        let mut watch = Watch::default();
        watch.turn(document(before));
        watch.turn(document(after));
        assert_eq!(due(&watch), expected);
    }

    #[test]
    fn only_what_leaves_before_what_is_older_is_missing() {
        check(0..20, 5..25, &[]);
        check(0..20, (5..25).filter(|&n| n != 12), &[12]);
        check(0..20, (0..20).filter(|&n| n != 19), &[19]);
        // The oldest ones may as well have left in their time.
        check(0..20, (0..20).filter(|&n| n != 2), &[]);
        check([0, 1, 2, 30, 31, 32], [0, 1, 2, 33, 34, 35], &[]);
        check(0..20, [], &[]);
        check(0..20, 40..60, &[]);
    }

    #[test]
    fn what_comes_back_is_not_asked_for() {
        let mut watch = Watch::default();
        for numbers in [
            &[0, 1, 2, 3, 4, 5][..],
            &[0, 1, 2, 3, 4],
            &[0, 1, 2, 3, 4, 5],
        ] {
            watch.turn(document(numbers.iter().copied()));
        }
        assert!(due(&watch).is_empty());
    }

    #[test]
    fn a_feed_that_shows_what_it_likes_costs_few_requests() {
        let mut watch = Watch::default();
        watch.turn(document(0..100));
        watch.turn(document((0..100).filter(|n| n % 2 == 0)));
        assert_eq!(watch.missing.len(), MISSING_MAX);
        assert_eq!(watch.due().len(), RECHECKS_MAX);
    }

    #[test]
    fn what_nobody_can_tell_is_asked_for_again_and_then_let_go() {
        let mut watch = Watch::default();
        watch.turn(document(0..10));
        watch.turn(document((0..10).filter(|&n| n != 8)));
        for _ in 0..TRIES_MAX {
            assert_eq!(due(&watch), [8]);
            watch.answered("8", Verdict::Unknown);
        }
        assert!(due(&watch).is_empty());
        for verdict in [Verdict::There, Verdict::Gone(410)] {
            watch.turn(document(0..10));
            watch.turn(document((0..10).filter(|&n| n != 8)));
            watch.answered("8", verdict);
            assert!(due(&watch).is_empty());
        }
    }
}
