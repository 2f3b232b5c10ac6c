//! What waits for the next sync, and the sync.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tracing::error;

use super::{Desk, Error};
use crate::config::Feed;
use crate::daemon::keeper::Kept;
use crate::http::metrics::Write;
use crate::pipeline::Seen;
use crate::poll::health::groups::Groups;
use crate::poll::memory::Memory;
use crate::state::{self, NewItem};

/// Records in a group, at most.
pub(super) const GROUP_RECORDS: usize = 1000;
/// Pause before a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// What waits for the next sync.
#[derive(Default)]
pub(super) struct Group {
    pub items: Vec<(NewItem, bool)>,
    pub seen: Vec<(Arc<Feed>, Seen)>,
    /// Stories, and what they were merged into.
    pub merges: Vec<(String, String)>,
    pub feeds: Vec<(Arc<Feed>, Box<Memory>)>,
    pub groups: Option<Groups>,
    pub waiting: Vec<(oneshot::Sender<Kept>, Kept)>,
}

impl Group {
    fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.seen.is_empty()
            && self.merges.is_empty()
            && self.feeds.is_empty()
            && self.groups.is_none()
            && self.waiting.is_empty()
    }
}

impl Desk {
    /// Makes the group durable, lets the state know, and answers. A disk that is full or gone is waited
    /// for: nothing is acknowledged meanwhile, and nothing is lost.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        let (had, began) = (self.writer.unsynced() > 0, Instant::now());
        while let Err(error) = self.writer.sync() {
            error!(%error, "records cannot be made durable; trying again");
            self.refused();
            if self.stopping.load(Ordering::Relaxed) {
                return Err(error.into());
            }
            self.pause();
        }
        if had {
            self.took(Write::Sync, began);
        }
        if self.group.is_empty() {
            return Ok(());
        }
        let group = std::mem::take(&mut self.group);
        let began = Instant::now();
        while let Err(error) = self.remember(&group) {
            error!(%error, "the state cannot be written; trying again");
            self.refused();
            if self.stopping.load(Ordering::Relaxed) || !error.may_pass() {
                return Err(error.into());
            }
            self.pause();
        }
        self.took(Write::State, began);
        for (done, kept) in group.waiting {
            self.totals.kept.add(kept);
            // The poll may have been cut short by a stop.
            let _ = done.send(kept);
        }
        Ok(())
    }

    fn remember(&mut self, group: &Group) -> Result<(), state::Error> {
        let last_seq = self.writer.next_seq() - 1;
        let today = state::day_of((self.clock)());
        self.state.batch(|batch| {
            for (item, is_new) in &group.items {
                batch.put_item(item, *is_new)?;
            }
            for (feed, seen) in &group.seen {
                batch.learn(feed.outlet(), &seen.item, &seen.learn, &feed.id, today)?;
            }
            for (story, target) in &group.merges {
                batch.put_merge(story, target)?;
            }
            for (feed, memory) in &group.feeds {
                batch.put_feed(&feed.id, memory)?;
            }
            if let Some(groups) = &group.groups {
                batch.put_groups(groups)?;
            }
            batch.absorbed(last_seq)
        })
    }

    pub(super) fn refused(&self) {
        self.signs.metrics.write_failed();
        self.signs.pulse.disk_failed();
    }

    pub(super) fn took(&self, step: Write, began: Instant) {
        self.signs.metrics.wrote(step, began.elapsed());
        self.signs.pulse.disk_works();
    }

    /// Waits before another try; not longer than the daemon is to run.
    fn pause(&self) {
        let end = Instant::now() + RETRY;
        while Instant::now() < end && !self.stopping.load(Ordering::Relaxed) {
            self.signs.pulse.keeper_moved();
            thread::sleep(RETRY / 50);
        }
    }
}
