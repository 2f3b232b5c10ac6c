//! What becomes of days that are closed and of what is remembered of them: the one place where anything goes.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info};

use super::{Desk, Error};
use crate::config::Config;
use crate::poll::memory::Memory;
use crate::state::{self, FeedState};

/// An item is remembered for at least so many days after a document last held it, however little is kept: a feed
/// that was gone for a season and comes back must not be written twice.
const ITEMS_DAYS_MIN: i64 = 90;
/// What is known of a feed that is in no configuration any more is kept for so long after it was last polled.
const FEEDS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

impl Desk {
    /// Copies a closed day into columns and removes a day whose time is over: one each, at most, so that
    /// nobody waits for long. What fails is tried again after the next seal.
    pub(super) fn tidy(&mut self, now: Timestamp) {
        if self.columns {
            match self.writer.compact(now) {
                Ok(copies) if copies.is_empty() => {}
                Ok(copies) => info!(
                    day = copies[0].day(),
                    files = copies.len(),
                    "copied into columns"
                ),
                Err(error) => error!(%error, "cannot copy a closed day into columns"),
            }
        }
        if let Some(keep) = self.keep {
            match self.writer.retain(keep, now) {
                Ok(removed) if removed.is_empty() => {}
                Ok(removed) => {
                    let day = removed[0].day();
                    info!(day, files = removed.len(), "removed: its time was over");
                    if let Some(day) = day.and_then(number_of) {
                        self.forget_items(day, now);
                    }
                }
                Err(error) => error!(%error, "cannot remove a day whose time is over"),
            }
        }
    }

    /// The records of `day` are gone: so goes what is remembered of items that no document held since. Bound to
    /// the directory and not to the clock, which may be wrong, this is tried again with the next day's removal.
    fn forget_items(&mut self, day: i64, now: Timestamp) {
        let today = state::day_of(now);
        let day = day.min(today - ITEMS_DAYS_MIN);
        match self.state.batch(|batch| batch.forget_unseen(day, today)) {
            Ok(0) => {}
            Ok(items) => info!(items, "forgotten: no feed holds them any more"),
            Err(error) => error!(%error, "cannot forget items"),
        }
    }

    /// What is remembered of each feed. Feeds that left the configuration long ago are forgotten.
    pub fn feeds(&mut self, config: &Config) -> Result<FeedState, Error> {
        let mut feeds = self.state.feeds()?;
        let now = (self.clock)();
        let configured: HashSet<&str> = config.feeds.iter().map(|feed| &*feed.id).collect();
        let is_over = |id: &String, memory: &mut Box<Memory>| {
            let age = memory.last_poll.map(|polled| now.duration_since(polled));
            !configured.contains(&**id) && age.is_none_or(|age| age > FEEDS_KEPT)
        };
        let forgotten: Vec<String> = feeds.extract_if(is_over).map(|(id, _)| id).collect();
        self.state
            .batch(|batch| forgotten.iter().try_for_each(|id| batch.forget_feed(id)))?;
        Ok(feeds)
    }
}

/// A UTC day `YYYY-MM-DD` as a number of days since 1970.
fn number_of(day: &str) -> Option<i64> {
    let day: Date = day.parse().ok()?;
    let midnight = day.to_zoned_datetime(TimeZone::UTC).ok()?;
    Some(state::day_of(midnight.timestamp()))
}
