//! The one owner of the index, the writer and the writing side of the state.
//!
//! Everything that is to be remembered arrives here as a message and is answered once it is durable.
//! Messages are taken in as they come and synced in groups: when none is waiting, or when a group is
//! full. This file is what the rest of the daemon sees; the work is done at the desk.

mod desk;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::Clock;
use crate::config::{Config, Feed, Region};
use crate::http::Signs;
use crate::pipeline::{Ready, Seen};
use crate::poll::health::Change;
use crate::poll::health::groups::Groups;
use crate::poll::memory::Memory;
use crate::state;
use crate::write::{self, Kind};

use desk::{Desk, Start};

/// Messages that wait, at most; whoever sends more waits.
const QUEUE: usize = 256;

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
    /// What changed of feeds together, and how they stand now.
    Groups {
        changes: Vec<Change>,
        groups: Groups,
    },
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
    /// Articles that are not there any more.
    pub gone: Vec<Gone>,
    /// Remembered together with the last part of a document.
    pub memory: Option<Memory>,
}

/// An article whose page is gone.
pub struct Gone {
    pub id: String,
    /// One of the keys of its item.
    pub key: i64,
    /// 404 or 410.
    pub status: u16,
    pub at: Timestamp,
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
        let mut desk = Desk::open(config, clock, signs, Start::Remembering)?;
        let feeds = desk.feeds(config)?;
        let groups = desk.groups()?;
        let state_file = desk.state_file();
        let stopping = desk.stopping();
        let (messages, queue) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("keeper".into())
            .spawn(move || desk.run(queue))
            .expect("a thread can be started");
        Ok((
            Self { messages, stopping },
            Started {
                feeds,
                groups,
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
    pub groups: Groups,
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
    let manifest = desk.manifest();
    let articles = manifest
        .entries
        .iter()
        .filter(|entry| entry.kind() == Some(Kind::Article));
    Ok(Rebuilt {
        articles: articles.map(|entry| entry.rows).sum(),
        last_seq: manifest.last_seq(),
    })
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
