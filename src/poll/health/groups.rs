//! Silence of an owner or of a language: its feeds together, so that what nobody notices of one quiet
//! feed is seen of ten. (mediacloud/backend#471: all stories that were not English were missing for a
//! week, and a researcher noticed.)

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Change;
use crate::config::Feed;
use crate::poll::memory::Memory;

/// Below this share of what is usual a group is silent; it has to come back above twice that to speak.
const SILENT_SHARE: f64 = 0.1;
/// Items that must be usual for a group in a day or so: fewer may be chance.
const ITEMS_MIN: f64 = 30.0;
/// One feed alone is told of by itself.
const FEEDS_MIN: usize = 2;

/// Which groups are silent, as it was told last. Outlives the daemon, so that what fell silent while it was
/// down is told, and what was told is not told again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    silent: BTreeSet<String>,
}

#[derive(Default)]
struct Sum {
    feeds: usize,
    items: f64,
    expected: f64,
    last_new: Option<Timestamp>,
}

impl Groups {
    /// Looks at all feeds. `guess`: items an hour that are expected of a feed of which nothing is known.
    pub fn look<'a>(
        &mut self,
        feeds: impl Iterator<Item = (&'a Feed, &'a Memory)>,
        guess: impl Fn(&Memory) -> f64,
        now: Timestamp,
    ) -> Vec<Change> {
        let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
        for (feed, memory) in feeds {
            let Some(upto) = memory.rhythm.upto() else {
                continue;
            };
            let recent = memory.recent.faded(now);
            // A feed that was asked and cannot be read publishes nothing for us. One that was not asked,
            // because the daemon was down, does not count as silent.
            let asked = memory.last_poll.unwrap_or(upto);
            let unread = memory.rhythm.expected(upto, asked, guess(memory));
            let language = feed
                .language
                .iter()
                .map(|language| format!("language {language}"));
            let publisher = feed
                .publisher
                .iter()
                .map(|publisher| format!("publisher {publisher}"));
            for group in language.chain(publisher) {
                let sum = sums.entry(group).or_default();
                sum.feeds += 1;
                sum.items += recent.items;
                sum.expected += recent.expected + unread;
                sum.last_new = sum.last_new.max(memory.last_new);
            }
        }
        // Who is in no configuration any more needs no recovery.
        self.silent.retain(|group| sums.contains_key(group));
        sums.into_iter()
            .filter_map(|(group, sum)| self.judge(group, &sum, now))
            .collect()
    }

    fn judge(&mut self, group: String, sum: &Sum, now: Timestamp) -> Option<Change> {
        let is_known = sum.feeds >= FEEDS_MIN && sum.expected >= ITEMS_MIN;
        let share = sum.items / sum.expected.max(1.0);
        let detail = format!(
            "{group}: {:.0} items of late in {} feeds, where {:.0} are usual",
            sum.items, sum.feeds, sum.expected
        );
        if is_known && share < SILENT_SHARE && !self.silent.contains(&group) {
            self.silent.insert(group);
            return Some(Change {
                kind: "silent",
                since: sum.last_new,
                until: None,
                detail,
            });
        }
        if share >= 2.0 * SILENT_SHARE && self.silent.remove(&group) {
            return Some(Change {
                kind: "recovered",
                since: None,
                until: Some(now),
                detail,
            });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_772_409_600 + hours * 3600).unwrap()
    }

    fn sum(items: f64, expected: f64) -> Sum {
        Sum {
            feeds: 4,
            items,
            expected,
            last_new: Some(at(0)),
        }
    }

    #[test]
    fn a_silent_group_is_told_of_once_until_it_speaks() {
        let mut groups = Groups::default();
        let mut told = |items, expected| {
            groups
                .judge("language tg".into(), &sum(items, expected), at(1))
                .map(|change| change.kind)
        };
        assert_eq!(told(40.0, 50.0), None);
        assert_eq!(told(2.0, 50.0), Some("silent"));
        assert_eq!(told(2.0, 50.0), None);
        assert_eq!(told(6.0, 50.0), None);
        assert_eq!(told(20.0, 50.0), Some("recovered"));
        assert_eq!(told(0.0, 5.0), None);
    }
}
