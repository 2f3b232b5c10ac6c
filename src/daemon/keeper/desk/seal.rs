//! The seal: stories are looked at again, records become visible, old days are tidied up.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Instant;

use jiff::Timestamp;
use tracing::{error, info};

use super::group::GROUP_RECORDS;
use super::{Desk, Error};
use crate::dedup::{self, Index, Moved, StoryState};
use crate::http::metrics::Write;
use crate::write::record::{self, Record};

impl Desk {
    pub(super) fn seal_if_due(&mut self) -> Result<(), Error> {
        if self.writer.seal_due((self.clock)()) {
            self.commit()?;
            self.seal()?;
        }
        Ok(())
    }

    /// Makes everything in the log visible. A seal that fails is tried again with the next.
    pub fn seal(&mut self) -> Result<(), Error> {
        let now = (self.clock)();
        let moved = self.index.as_mut().map(Index::settle).unwrap_or_default();
        let changed = self
            .index
            .as_mut()
            .map(Index::take_changed)
            .unwrap_or_default();
        self.totals.stories += changed.len() as u64;
        let merges = changed
            .iter()
            .filter_map(|state| Some((state.id.clone(), state.merged_into.clone()?)));
        self.group.merges.extend(merges);
        let unmoved = self.write_merges(moved, changed, now);
        for state in unmoved {
            self.writer
                .append(Record::Story(Box::new(record::Story::new(state))), now);
            // Thousands of stories at once are not held in memory.
            if self.writer.unsynced() >= GROUP_RECORDS {
                self.commit()?;
            }
        }
        self.commit()?;
        if !self.writer.has_log() {
            return Ok(());
        }
        let began = Instant::now();
        match self.writer.seal(now) {
            Ok(sealed) => {
                self.took(Write::Seal, began);
                self.signs.metrics.sealed(now);
                let last_seq = self.writer.next_seq() - 1;
                // What the state does not know of the directory it learns at the next start.
                if let Err(error) = self.state.batch(|batch| batch.absorbed(last_seq)) {
                    error!(%error, "the state cannot be written");
                }
                self.totals.files += sealed.len() as u64;
                info!(files = sealed.len(), last_seq, "sealed");
                if !self.stopping.load(Ordering::Relaxed) {
                    self.save_index_if_due();
                    self.tidy(now);
                }
            }
            Err(error) => {
                error!(%error, "cannot seal; what is in the log stays there until it works");
                self.refused();
            }
        }
        Ok(())
    }

    /// Writes who moved, and the states of the stories that they left and joined: none of it is ever read
    /// back without the rest, so that a crash leaves no story half merged. Returns the other states.
    fn write_merges(
        &mut self,
        moved: Vec<Moved>,
        changed: Vec<StoryState>,
        now: Timestamp,
    ) -> Vec<StoryState> {
        // An article that moved on is told of once, with where it came to stand.
        let mut last: BTreeMap<String, dedup::Placement> = BTreeMap::new();
        let mut stories: HashSet<String> = HashSet::new();
        for Moved {
            article,
            from,
            placement,
        } in moved
        {
            stories.extend([from, placement.story.id.clone()]);
            last.insert(article, placement);
        }
        let (merged, others): (Vec<StoryState>, Vec<StoryState>) = changed
            .into_iter()
            .partition(|state| stories.contains(&state.id));
        let mut records = Vec::with_capacity(last.len() + merged.len());
        let first = self.writer.next_seq();
        for (seq, (article, placement)) in (first..).zip(last) {
            let mut record = record::Placement::new(&article, placement);
            record.supersedes = self.placed.insert(article, seq);
            records.push(Record::Placement(Box::new(record)));
        }
        let states = merged.into_iter().map(record::Story::new);
        records.extend(states.map(|state| Record::Story(Box::new(state))));
        self.writer.append_linked(records, now);
        if let Some(index) = &self.index
            && self.placed.len() > 2 * index.len()
        {
            self.placed.retain(|article, _| index.holds(article));
        }
        others
    }
}
