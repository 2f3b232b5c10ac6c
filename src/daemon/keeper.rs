//! The one owner of the index, the writer and the writing side of the state.
//!
//! Everything that is to be remembered arrives here as a message and is answered once it is durable.
//! Messages are taken in as they come and synced in groups: when none is waiting, or when a group is
//! full.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info, warn};

use super::Clock;
use crate::config::{Config, Feed, Format, Keep, Region};
use crate::dedup::{self, Index, Moved, Relation, StoryState};
use crate::http::Signs;
use crate::http::metrics::{Fate, Write};
use crate::pipeline::{Ready, Seen};
use crate::poll::health::Change;
use crate::poll::memory::Memory;
use crate::state::{self, NewItem, State};
use crate::write::read::records;
use crate::write::record::{self, Kind, Record};
use crate::write::{self, Writer};

#[cfg(test)]
mod tests;

/// Records in a group, at most.
const GROUP_RECORDS: usize = 1000;
/// Messages that wait, at most; whoever sends more waits.
const QUEUE: usize = 256;
/// Records that are absorbed in one transaction.
const ABSORB_RECORDS: usize = 1000;
/// Pause before a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Something to be remembered.
pub enum Message {
    /// What a document brought.
    Take(Box<Taken>, oneshot::Sender<Kept>),
    /// How a feed is polled, where nothing was brought.
    Poll {
        feed: Arc<Feed>,
        memory: Box<Memory>,
        changes: Vec<Change>,
    },
    /// A change that is not a feed's.
    Own(Change),
    /// Time passes: is a seal due?
    Tick,
    /// Other settings of the region.
    Region { keep: Region, min_relevance: f32 },
    /// Sync, seal, end.
    Stop,
}

/// What a document, or a part of one, brought.
pub struct Taken {
    pub feed: Arc<Feed>,
    pub ready: Vec<Ready>,
    pub seen: Vec<Seen>,
    pub changes: Vec<Change>,
    /// Remembered together with the last part of a document.
    pub memory: Option<Memory>,
}

/// What was made of it, once it is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub written: u64,
    pub revisions: u64,
    pub out_of_region: u64,
    pub copies: u64,
    /// Came in twice at once.
    pub repeated: u64,
}

/// Why nothing more can be kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Write(#[from] write::Error),
    #[error(transparent)]
    State(#[from] state::Error),
    #[error(transparent)]
    Http(#[from] crate::http::Error),
    #[error("cannot read {dir} back: {source}")]
    Read {
        dir: PathBuf,
        source: std::io::Error,
    },
}

/// The sending side.
#[derive(Clone)]
pub struct Keeper {
    messages: mpsc::Sender<Message>,
    stopping: Arc<AtomicBool>,
}

/// What was kept over a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub kept: Kept,
    pub stories: u64,
    pub files: u64,
    pub last_seq: u64,
}

impl Keeper {
    /// Opens directory and state, brings them in line with each other, and starts the thread.
    pub fn start(
        config: &Config,
        clock: Clock,
        signs: Arc<Signs>,
    ) -> Result<(Self, Started), Error> {
        let desk = Desk::open(config, clock, signs, Start::Remembering)?;
        let feeds = desk.state.feeds()?;
        let state_file = desk.state.path().to_owned();
        let stopping = Arc::clone(&desk.stopping);
        let (messages, queue) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("keeper".into())
            .spawn(move || desk.run(queue))
            .expect("a thread can be started");
        Ok((
            Self { messages, stopping },
            Started {
                feeds,
                state_file,
                thread,
            },
        ))
    }

    /// Hands over what a document brought, and waits until it is durable.
    pub async fn take(&self, taken: Taken) -> Option<Kept> {
        let (done, kept) = oneshot::channel();
        self.send(Message::Take(Box::new(taken), done)).await;
        kept.await.ok()
    }

    /// Asks for the end: what is in hand is synced and sealed, but a disk that refuses is no longer
    /// waited for.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.send(Message::Stop).await;
    }

    pub async fn send(&self, message: Message) {
        // The keeper ends before its senders only when it failed, and then the daemon ends too.
        let _ = self.messages.send(message).await;
    }
}

/// A keeper that is at work.
pub struct Started {
    pub feeds: state::FeedState,
    pub state_file: PathBuf,
    pub thread: JoinHandle<Result<Totals, Error>>,
}

/// What a rebuilt state was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Article records that are there.
    pub articles: u64,
    pub last_seq: u64,
}

/// Makes what the state knows of items anew from the output directory, which nobody else may be writing.
/// What was known of polling is forgotten.
pub fn rebuild(config: &Config, clock: Clock) -> Result<Rebuilt, Error> {
    let mut desk = Desk::open(config, clock, Arc::default(), Start::Afresh)?;
    // Stories that an earlier run did not come to write.
    desk.seal()?;
    let manifest = desk.writer.manifest();
    let articles = manifest
        .entries
        .iter()
        .filter(|entry| entry.kind() == Some(Kind::Article));
    Ok(Rebuilt {
        articles: articles.map(|entry| entry.rows).sum(),
        last_seq: manifest.last_seq(),
    })
}

/// What becomes of the state that an earlier run left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Remembering,
    Afresh,
}

struct Desk {
    dir: PathBuf,
    writer: Writer,
    state: State,
    index: Option<Index>,
    index_settings: dedup::Settings,
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

/// What waits for the next sync.
#[derive(Default)]
struct Group {
    items: Vec<(NewItem, bool)>,
    seen: Vec<(Arc<Feed>, Seen)>,
    feeds: Vec<(Arc<Feed>, Box<Memory>)>,
    waiting: Vec<(oneshot::Sender<Kept>, Kept)>,
}

impl Group {
    fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.seen.is_empty()
            && self.feeds.is_empty()
            && self.waiting.is_empty()
    }
}

impl Desk {
    fn open(config: &Config, clock: Clock, signs: Arc<Signs>, start: Start) -> Result<Self, Error> {
        let dir = config.output.dir.clone();
        let settings = write::Settings {
            seal_after: config.output.seal_after,
            seal_bytes: config.output.seal_bytes,
            compression: config.output.compression.into(),
        };
        let (writer, recovered) = Writer::open(&dir, settings, clock())?;
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
        let mut state = match start {
            Start::Remembering => State::open(&config.state.dir)?,
            Start::Afresh => State::begin(&config.state.dir)?,
        };
        let last_seq = writer.manifest().last_seq();
        if state.belong_to(writer.directory(), last_seq)? {
            warn!("the state belonged to another output directory and starts afresh");
        }
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
        desk.absorb(last_seq)?;
        if recovered.records > 0 {
            // Stories whose state was not written before the crash are written with the next seal.
            desk.load_index()?;
        }
        Ok(desk)
    }

    /// Everything that the directory holds and the state does not know.
    fn absorb(&mut self, last_seq: u64) -> Result<(), Error> {
        let absorbed = self.state.absorbed()?;
        if absorbed >= last_seq {
            return Ok(());
        }
        let articles = records(
            &self.dir,
            self.writer.manifest(),
            &[Kind::Article],
            absorbed,
            None,
        );
        let mut articles = articles.map_err(|source| self.unreadable(source))?;
        loop {
            let mut chunk = Vec::new();
            for record in articles.by_ref().take(ABSORB_RECORDS) {
                if let Record::Article(article) =
                    record.map_err(|source| self.unreadable(source))?
                {
                    chunk.push(*article);
                }
            }
            let done = chunk.len() < ABSORB_RECORDS;
            let upto = chunk
                .last()
                .filter(|_| !done)
                .map_or(last_seq, |article| article.seq);
            self.state.absorb(&chunk, upto)?;
            if done {
                return Ok(());
            }
        }
    }

    /// Fills the index from the directory.
    fn load_index(&mut self) -> Result<&mut Index, Error> {
        let mut index = Index::new(self.index_settings);
        let since = (self.clock)().checked_sub(self.index_settings.window).ok();
        let kinds = [Kind::Article, Kind::Placement, Kind::Story];
        let live = records(&self.dir, self.writer.manifest(), &kinds, 0, since);
        for record in live.map_err(|source| self.unreadable(source))? {
            self.signs.pulse.keeper_moved();
            match record.map_err(|source| self.unreadable(source))? {
                Record::Article(article) => index.restore(article.remembered()),
                Record::Story(story) => index.restore(story.remembered()),
                Record::Placement(placement) => {
                    self.placed.insert(placement.article.clone(), placement.seq);
                    index.restore(placement.remembered());
                }
                Record::Event(_) => {}
            }
        }
        Ok(self.index.insert(index))
    }

    fn unreadable(&self, source: std::io::Error) -> Error {
        Error::Read {
            dir: self.dir.clone(),
            source,
        }
    }

    fn run(mut self, mut queue: mpsc::Receiver<Message>) -> Result<Totals, Error> {
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

    fn place(&mut self, ready: Ready, kept: &mut Kept) -> Result<(), Error> {
        let now = (self.clock)();
        let article = &ready.article;
        let is_new = article.revision == 1 && ready.is_unseen;
        let mut item = NewItem {
            outlet: article.outlet.clone(),
            id: article.id.clone(),
            revision: article.revision,
            keys: ready.keys,
            published: article.published,
            first_seen: article.first_seen,
            feeds: std::iter::once(&article.feed)
                .chain(&article.also_in)
                .cloned()
                .collect(),
            story: None,
        };
        if article.revision > 1 {
            match self.revision_of(&item)? {
                Some(revision) => item.revision = revision,
                None => {
                    kept.repeated += 1;
                    return Ok(());
                }
            }
        }
        if article.revision == 1 && self.is_out_of_region(article.relevance) {
            kept.out_of_region += 1;
            self.signs.metrics.items(Fate::OutOfRegion, 1);
            item.revision = 0;
            self.group.items.push((item, is_new));
            return Ok(());
        }
        let index = match &mut self.index {
            Some(index) => index,
            None => self.load_index()?,
        };
        if article.revision == 1 && index.holds(&article.id) {
            kept.repeated += 1;
            self.signs.metrics.items(Fate::Repeated, 1);
            return Ok(());
        }
        let placed = index.place(ready.article, ready.story, now);
        if index.take_shortened() {
            warn!(
                bytes = index.bytes(),
                "the index reached stories.max_memory: the window was shortened"
            );
        }
        let (article, story, placement) = placed.into_parts();
        kept.written += 1;
        kept.revisions += u64::from(item.revision > 1);
        kept.copies += u64::from(placement.is_some() && story.relation != Relation::First);
        self.signs
            .metrics
            .items(fate(article.revision, story.relation), 1);
        if article.revision == 1 && article.published_from != "first_seen" {
            self.signs.metrics.lagged(article.published, now);
        }
        item.story = Some(story.clone());
        let id = article.id.clone();
        let mut article = record::Article::new(article, story);
        article.revision = item.revision.max(1);
        let article = Record::Article(Box::new(article));
        match placement {
            Some(placement) => {
                let placement = Record::Placement(Box::new(record::Placement::new(&id, placement)));
                let first = self.writer.append_linked(vec![article, placement], now);
                self.placed.insert(id, first + 1);
            }
            None => {
                self.writer.append(article, now);
            }
        }
        self.group.items.push((item, is_new));
        Ok(())
    }

    /// The revision that an edit becomes; none where it was written meanwhile. A poll that was given up for
    /// a reload may have handed over what its repetition, which could not know of that, brings again.
    fn revision_of(&mut self, item: &NewItem) -> Result<Option<u32>, Error> {
        if self
            .group
            .items
            .iter()
            .any(|(other, _)| other.id == item.id)
        {
            self.commit()?;
        }
        Ok(match self.state.known(item)? {
            Some(known) if known.revision < item.revision => Some(item.revision),
            Some(known) if known.texts.contains(&item.keys.text) => None,
            Some(known) => Some(known.revision + 1),
            None => Some(item.revision),
        })
    }

    fn is_out_of_region(&self, relevance: f32) -> bool {
        let (keep, min_relevance) = self.region;
        keep == Region::Relevant && relevance < min_relevance
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

    /// Makes the group durable, lets the state know, and answers. A disk that is full or gone is waited
    /// for: nothing is acknowledged meanwhile, and nothing is lost.
    fn commit(&mut self) -> Result<(), Error> {
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
        self.state.batch(|batch| {
            for (item, is_new) in &group.items {
                batch.put_item(item, *is_new)?;
            }
            for (feed, seen) in &group.seen {
                batch.learn(feed.outlet(), &seen.item, &seen.learn, &feed.id)?;
            }
            for (feed, memory) in &group.feeds {
                batch.put_feed(&feed.id, memory)?;
            }
            batch.absorbed(last_seq)
        })
    }

    fn refused(&self) {
        self.signs.metrics.write_failed();
        self.signs.pulse.disk_failed();
    }

    fn took(&self, step: Write, began: Instant) {
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

    fn seal_if_due(&mut self) -> Result<(), Error> {
        if self.writer.seal_due((self.clock)()) {
            self.commit()?;
            self.seal()?;
        }
        Ok(())
    }

    fn seal(&mut self) -> Result<(), Error> {
        let now = (self.clock)();
        let moved = self.index.as_mut().map(Index::settle).unwrap_or_default();
        let changed = self
            .index
            .as_mut()
            .map(Index::take_changed)
            .unwrap_or_default();
        self.totals.stories += changed.len() as u64;
        let unmoved = self.write_merges(moved, changed, now);
        for state in unmoved {
            self.writer
                .append(Record::Story(Box::new(record::Story::new(state))), now);
            // Thousands of stories at once are not held in memory.
            if self.writer.unsynced() >= GROUP_RECORDS {
                self.commit()?;
            }
        }
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

    /// Copies a closed day into columns and removes a day whose time is over: one each, at most, so that
    /// nobody waits for long. What fails is tried again after the next seal.
    fn tidy(&mut self, now: Timestamp) {
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
                Ok(removed) => info!(
                    day = removed[0].day(),
                    files = removed.len(),
                    "removed: its time was over"
                ),
                Err(error) => error!(%error, "cannot remove a day whose time is over"),
            }
        }
    }
}

fn fate(revision: u32, relation: Relation) -> Fate {
    match relation {
        _ if revision > 1 => Fate::Revision,
        Relation::Copy | Relation::Near => Fate::Duplicate,
        Relation::First | Relation::Rewrite | Relation::Translation => Fate::Written,
    }
}

impl Kept {
    pub fn add(&mut self, more: Self) {
        self.written += more.written;
        self.revisions += more.revisions;
        self.out_of_region += more.out_of_region;
        self.copies += more.copies;
        self.repeated += more.repeated;
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
