//! The desk at which the keeper works: opened on directory and state, it takes one message after the other.

mod ahead;
mod group;
mod place;
mod refill;
mod seal;
mod snapshot;
#[cfg(test)]
mod tests;
mod tidy;
mod withdraw;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

use super::{Error, Kept, Message, Taken, Totals};
use crate::config::{Config, Feed, Format, Keep, Region};
use crate::daemon::Clock;
use crate::dedup::{self, Index};
use crate::http::Signs;
use crate::poll::health::Change;
use crate::poll::health::groups::Groups;
use crate::state::State;
use crate::write::record::{self, Record};
use crate::write::{self, Manifest, Recovered, Writer};

use group::{GROUP_RECORDS, Group};
use snapshot::Saved;

/// What becomes of the state that an earlier run left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Remembering,
    Afresh,
}

pub struct Desk {
    dir: PathBuf,
    writer: Writer,
    state: State,
    index: Option<Index>,
    index_settings: dedup::Settings,
    saved: Saved,
    /// The latest placement of each article of the index, by its `seq`.
    placed: HashMap<String, u64>,
    region: (Region, f32),
    clock: Clock,
    signs: Arc<Signs>,
    group: Group,
    totals: Totals,
    stopping: Arc<AtomicBool>,
    /// Whether closed days are copied into columns.
    columns: bool,
    /// How long days are kept, where not for ever.
    keep: Option<Duration>,
}

impl Desk {
    pub fn open(
        config: &Config,
        clock: Clock,
        signs: Arc<Signs>,
        start: Start,
    ) -> Result<Self, Error> {
        let dir = config.output.dir.clone();
        let settings = write::Settings {
            seal_after: config.output.seal_after,
            seal_bytes: config.output.seal_bytes,
            compression: config.output.compression.into(),
        };
        let (writer, recovered) = Writer::open(&dir, settings, clock())?;
        tell_recovered(&recovered);
        let state = refill::open_state(&config.state.dir, &writer, start)?;
        let mut desk = Self {
            dir,
            writer,
            state,
            index: None,
            index_settings: dedup::Settings {
                window: SignedDuration::try_from(config.stories.window)
                    .unwrap_or(SignedDuration::MAX),
                max_memory: config.stories.max_memory,
            },
            saved: Saved::default(),
            placed: HashMap::new(),
            region: (config.region.keep, config.region.min_relevance as f32),
            clock,
            signs,
            group: Group::default(),
            totals: Totals::default(),
            stopping: Arc::default(),
            columns: config.output.formats.contains(&Format::Parquet),
            keep: match config.output.keep {
                Keep::Forever => None,
                Keep::For(keep) => Some(keep),
            },
        };
        if recovered.records > 0 {
            // Stories whose state was not written before the crash are written with the next seal.
            desk.load_index()?;
        }
        Ok(desk)
    }

    pub fn groups(&self) -> Result<Groups, Error> {
        Ok(self.state.groups()?)
    }

    pub fn state_file(&self) -> PathBuf {
        self.state.path().to_owned()
    }

    /// Set once the daemon wants to end.
    pub fn stopping(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopping)
    }

    pub fn manifest(&self) -> &Manifest {
        self.writer.manifest()
    }

    /// Works until it is told to stop, or until nobody can say so any more.
    pub fn run(mut self, mut queue: mpsc::Receiver<Message>) -> Result<Totals, Error> {
        // The first documents are still on their way.
        self.tidy((self.clock)());
        loop {
            let message = match queue.try_recv() {
                Ok(message) => message,
                Err(mpsc::error::TryRecvError::Empty) => {
                    self.commit()?;
                    match queue.blocking_recv() {
                        Some(message) => message,
                        None => break,
                    }
                }
                Err(mpsc::error::TryRecvError::Disconnected) => break,
            };
            self.signs.pulse.keeper_moved();
            match message {
                Message::Take(taken, done) => self.take(*taken, done)?,
                Message::Poll {
                    feed,
                    memory,
                    changes,
                } => {
                    self.tell(Some(&feed), changes);
                    self.group.feeds.push((feed, memory));
                }
                Message::Own(change) => self.tell(None, vec![change]),
                Message::Groups { changes, groups } => {
                    self.tell(None, changes);
                    self.group.groups = Some(groups);
                }
                Message::Tick => {
                    self.seal_if_due()?;
                    self.show(queue.len());
                }
                Message::Region {
                    keep,
                    min_relevance,
                } => self.region = (keep, min_relevance),
                Message::Stop => break,
            }
            if self.writer.unsynced() >= GROUP_RECORDS || self.group.feeds.len() >= GROUP_RECORDS {
                self.commit()?;
                self.seal_if_due()?;
            }
        }
        self.commit()?;
        self.seal()?;
        self.save_index_at_the_end();
        self.totals.last_seq = self.writer.next_seq() - 1;
        Ok(self.totals)
    }

    fn show(&self, waiting: usize) {
        let metrics = &self.signs.metrics;
        metrics.queued("keeper", waiting);
        metrics.last_seq.set(self.writer.next_seq() as i64 - 1);
        if let Some(index) = &self.index {
            metrics.index_articles.set(index.len() as i64);
            metrics.index_bytes.set(index.bytes() as i64);
        }
    }

    fn take(&mut self, taken: Taken, done: oneshot::Sender<Kept>) -> Result<(), Error> {
        let feed = taken.feed;
        let mut kept = Kept::default();
        for ready in taken.ready {
            self.place(ready, &mut kept)?;
        }
        for gone in taken.gone {
            self.withdraw(&feed, gone, &mut kept)?;
        }
        self.tell(Some(&feed), taken.changes);
        self.group
            .seen
            .extend(taken.seen.into_iter().map(|seen| (Arc::clone(&feed), seen)));
        if let Some(mut memory) = taken.memory {
            memory.written += kept.written;
            self.group.feeds.push((feed, Box::new(memory)));
        }
        self.group.waiting.push((done, kept));
        Ok(())
    }

    fn tell(&mut self, feed: Option<&Feed>, changes: Vec<Change>) {
        let now = (self.clock)();
        for change in changes {
            let id = feed.map(|feed| feed.id.as_str());
            info!(
                feed = id,
                kind = change.kind,
                detail = change.detail,
                "event"
            );
            let event =
                record::Event::new(id, change.kind, change.since, change.until, change.detail);
            self.signs.metrics.told(&event.kind);
            self.writer.append(Record::Event(Box::new(event)), now);
        }
    }
}

/// What an earlier run had left unfinished, for the log.
fn tell_recovered(recovered: &Recovered) {
    if recovered.records > 0 {
        info!(
            records = recovered.records,
            "sealed what an earlier run had left"
        );
    }
    if recovered.damaged_bytes > 0 {
        warn!(
            bytes = recovered.damaged_bytes,
            "the end of the log was not whole and was left out"
        );
    }
    for path in &recovered.rejected {
        warn!(
            path,
            "a file that was not whole was moved to .open/rejected"
        );
    }
}

impl From<crate::config::Compression> for write::Compression {
    fn from(configured: crate::config::Compression) -> Self {
        match configured {
            crate::config::Compression::None => Self::None,
            crate::config::Compression::Zstd => Self::Zstd,
        }
    }
}
