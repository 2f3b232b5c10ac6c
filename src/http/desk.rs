//! The one owner of what the page shows: a thread that keeps up with the sealed records and, in between,
//! answers. Whoever wants to know something sends it a job; nobody else holds the model.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tracing::{debug, warn};

use super::Signs;
use super::model::Model;
use crate::config::Feed;
use crate::state::{self, FeedState};
use crate::write::read::Lines;
use crate::write::record::Record;
use crate::write::shelf::Shelf;

/// Questions that wait; more are turned away.
const QUEUE: usize = 64;
/// How often the manifest is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause after a look that failed.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// Records that are taken in between two questions.
const CHUNK: usize = 200;
/// Stack of the thread; rendering does not nest.
const STACK_BYTES: usize = 2 << 20;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where things are.
#[derive(Clone)]
pub struct Places {
    pub output: PathBuf,
    pub state_file: PathBuf,
    /// How far back the page looks.
    pub window: SignedDuration,
    pub clock: Clock,
}

/// A feed as the page names it.
#[derive(Clone, Debug)]
pub struct Source {
    pub id: String,
    pub name: String,
    pub outlet: String,
    pub url: String,
    pub language: Option<String>,
    pub country: Option<String>,
    pub enabled: bool,
}

impl From<&Feed> for Source {
    fn from(feed: &Feed) -> Self {
        Self {
            id: feed.id.clone(),
            name: feed.name.clone(),
            outlet: feed.outlet().to_owned(),
            url: feed.url.to_string(),
            language: feed.language.clone(),
            country: feed.country.clone(),
            enabled: feed.enabled,
        }
    }
}

/// What can be asked of.
pub struct Shown {
    pub model: Model,
    pub sources: Vec<Source>,
    /// Whether everything that was visible at the start has been read.
    pub is_whole: bool,
    places: Places,
    shelf: Option<Shelf>,
    reading: Option<Lines>,
    look_at: Instant,
    signs: Arc<Signs>,
}

type Job = Box<dyn FnOnce(&mut Shown) + Send>;

/// The sending side.
#[derive(Clone)]
pub struct Desk {
    jobs: SyncSender<Job>,
}

/// Too many questions wait, or the one that was asked had no answer.
#[derive(Debug, thiserror::Error)]
#[error("the page is busy")]
pub struct Busy;

impl Desk {
    /// Starts the thread. It ends when the last sender is gone.
    pub fn start(places: Places, sources: Vec<Source>, signs: Arc<Signs>) -> Self {
        let (jobs, inbox) = sync_channel(QUEUE);
        let shown = Shown::new(places, sources, signs);
        thread::Builder::new()
            .name("page".into())
            .stack_size(STACK_BYTES)
            .spawn(move || shown.run(&inbox))
            .expect("a thread can be started");
        Self { jobs }
    }

    /// Asks, and waits for the answer.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Shown) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (done, answer) = oneshot::channel();
        let job: Job = Box::new(move |shown| {
            // The asker may have gone away.
            let _ = done.send(question(shown));
        });
        self.jobs.try_send(job).map_err(|_| Busy)?;
        answer.await.map_err(|_| Busy)
    }

    /// Tells of the feeds of another configuration.
    pub async fn watch(&self, sources: Vec<Source>) {
        if self.ask(|shown| shown.sources = sources).await.is_err() {
            warn!("the page is busy and goes on with the feeds of the old configuration");
        }
    }
}

impl Shown {
    pub(super) fn new(places: Places, sources: Vec<Source>, signs: Arc<Signs>) -> Self {
        Self {
            model: Model::new(places.window),
            sources,
            is_whole: false,
            places,
            shelf: None,
            reading: None,
            look_at: Instant::now(),
            signs,
        }
    }

    pub fn now(&self) -> Timestamp {
        (self.places.clock)()
    }

    /// Where records are found again; nothing before the directory could be read.
    pub fn shelf(&self) -> Option<&Shelf> {
        self.shelf.as_ref()
    }

    /// What is remembered of every feed just now.
    pub fn memories(&self) -> Result<FeedState, state::Error> {
        state::read_only(&self.places.state_file)
    }

    fn run(mut self, inbox: &Receiver<Job>) {
        loop {
            let wait = match self.reading {
                Some(_) => Duration::ZERO,
                None => self.look_at.saturating_duration_since(Instant::now()),
            };
            match inbox.recv_timeout(wait) {
                Ok(job) => {
                    // The panic hook has written where and why; whoever asked learns that nothing came of it.
                    let _ = catch_unwind(AssertUnwindSafe(|| job(&mut self)));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = self.read_on() {
                        warn!(%error, "the page cannot read the records; trying again later");
                        // All is read anew: nobody knows what was passed over.
                        (self.reading, self.shelf, self.is_whole) = (None, None, false);
                        self.look_at = Instant::now() + RETRY_AFTER;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Takes in some of what is visible, or looks whether there is more.
    fn read_on(&mut self) -> io::Result<()> {
        if let Some(mut lines) = self.reading.take() {
            if self.take_chunk(&mut lines)? {
                self.reading = Some(lines);
            } else {
                self.caught_up();
            }
            return Ok(());
        }
        self.look_at = Instant::now() + LOOK_EVERY;
        let now = self.now();
        let since = now
            .checked_sub(self.places.window)
            .unwrap_or(Timestamp::MIN);
        self.reading = match &mut self.shelf {
            Some(shelf) => {
                shelf.forget(since);
                shelf.take_new()?
            }
            none => {
                self.model = Model::new(self.places.window);
                let (shelf, lines) = Shelf::open(&self.places.output, since)?;
                *none = Some(shelf);
                Some(lines)
            }
        };
        self.model.advance(now);
        Ok(())
    }

    /// Whether there is more.
    fn take_chunk(&mut self, lines: &mut Lines) -> io::Result<bool> {
        for _ in 0..CHUNK {
            let Some(line) = lines.next().transpose()? else {
                return Ok(false);
            };
            let record = Record::read_json(line.kind, &line.json)?;
            if let Some(decision) = self.model.take(record)
                && self.is_whole
            {
                self.signs.metrics.decided(&decision);
            }
        }
        Ok(true)
    }

    fn caught_up(&mut self) {
        self.model.advance(self.now());
        if !self.is_whole {
            debug!(
                articles = self.model.article_count(),
                bytes = self.model.bytes(),
                "the page knows the window"
            );
        }
        self.is_whole = true;
        self.signs.pulse.page_reads();
        self.signs
            .metrics
            .page(self.model.article_count(), self.model.bytes());
    }
}
