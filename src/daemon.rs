//! Tasks, channels, reload and orderly stop: the only place that knows all stages.
//!
//! One asynchronous task for each poll in progress; a few threads that compute (`workers`); one thread
//! that owns index, writer and state (`keeper`). All channels are bounded. The clock, the configuration
//! and the wish to stop come in as parameters.

mod keeper;
mod round;
mod workers;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use crate::config::{Config, Feed};
use crate::poll::client::Client;
use crate::poll::health::{Change, State};
use crate::poll::memory::Memory;
use crate::poll::schedule::{self, Bounds};
use crate::state::{self, Items};
use crate::systemd;

use keeper::{Keeper, Message, Started};
use round::{Round, Shop};
use workers::Workers;

pub use keeper::{Error, Kept, Totals};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How long polls in progress may take to end after a stop was asked for. What they had not handed over
/// by then is fetched again after the next start.
const STOP_GRACE: Duration = Duration::from_secs(7);
/// Longest sleep of the scheduler, so that a clock that was set is noticed.
const NAP_MAX: Duration = Duration::from_secs(30);
/// Feeds that were never polled, or are overdue, are spread over at most this long after a start.
const SPREAD_MAX: Duration = Duration::from_secs(120);

/// What a daemon is asked to do while it runs.
pub enum Order {
    /// Take over another configuration.
    Reload(Box<Config>),
    /// Another configuration was offered and was no good.
    Refused(String),
    /// Finish what is in hand, seal, end.
    Stop,
}

/// One pass over feeds, as `khabar once` reports it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    pub feeds: usize,
    pub unchanged: usize,
    pub read: usize,
    pub failed: usize,
    pub items: usize,
    pub known: usize,
    pub problems: usize,
    pub totals: Totals,
}

/// Polls on schedule until an order to stop comes.
pub async fn run(
    config: Config,
    clock: Clock,
    mut orders: mpsc::Receiver<Order>,
) -> Result<Totals, Error> {
    let mut house = House::open(config, clock)?;
    house.spread();
    systemd::ready();
    info!(feeds = house.feeds.len(), "polling");
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut watchdog = systemd::watchdog_interval().map(tokio::time::interval);
    loop {
        house.start_due();
        if house.keeper_ended() {
            break;
        }
        let nap = house.nap();
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Reload(config)) => house.reload(*config).await,
                Some(Order::Refused(why)) => house.refuse(why).await,
                Some(Order::Stop) | None => break,
            },
            Some(round) = house.rounds.join_next() => house.take_back(round),
            _ = second.tick() => house.keeper.send(Message::Tick).await,
            () = tick(&mut watchdog) => systemd::alive(),
            () = tokio::time::sleep(nap) => {}
        }
    }
    info!("stopping");
    systemd::stopping();
    house.close(STOP_GRACE).await
}

/// Polls every feed that is due, or all of them, once. `stop` cuts the pass short.
pub async fn once(
    config: Config,
    clock: Clock,
    all: bool,
    stop: impl Future<Output = ()>,
    mut progress: impl FnMut(usize, usize),
) -> Result<Pass, Error> {
    let mut house = House::open(config, clock)?;
    let now = house.now();
    for index in 0..house.feeds.len() {
        let feed = &mut house.feeds[index];
        let due = all || feed.memory.next_poll.is_none_or(|next| next <= now);
        feed.due = due.then_some(now);
    }
    let mut pass = Pass::default();
    house.start_due();
    let total = house.rounds.len();
    let mut stop = std::pin::pin!(stop);
    let mut grace = Duration::from_secs(3600);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => {
                grace = STOP_GRACE;
                break;
            }
            round = house.rounds.join_next() => match round {
                Some(round) => {
                    pass.count(&round);
                    progress(pass.feeds, total);
                }
                None => break,
            },
        }
        if house.keeper_ended() {
            break;
        }
    }
    pass.totals = house.close(grace).await?;
    Ok(pass)
}

impl Pass {
    fn count(&mut self, round: &Result<(usize, Round), tokio::task::JoinError>) {
        self.feeds += 1;
        let Ok((_, round)) = round else {
            self.failed += 1;
            return;
        };
        match round.result {
            round::Result::Unchanged => self.unchanged += 1,
            round::Result::Read => self.read += 1,
            round::Result::Failed => self.failed += 1,
        }
        self.items += round.items;
        self.known += round.known;
        self.problems += round.problems;
    }
}

/// Everything that runs.
struct House {
    shop: Shop,
    keeper: Keeper,
    started: Started,
    feeds: Vec<Watched>,
    /// Polls at a time, and one at a time of an outlet: its sections may carry the same items.
    places: Arc<Semaphore>,
    outlets: HashMap<String, Arc<Mutex<()>>>,
    rounds: JoinSet<(usize, Round)>,
    fixed: Fixed,
}

/// Settings that take a restart to change.
#[derive(PartialEq)]
struct Fixed {
    output: PathBuf,
    state: PathBuf,
}

impl Fixed {
    fn of(config: &Config) -> Self {
        Self {
            output: config.output.dir.clone(),
            state: config.state.dir.clone(),
        }
    }
}

struct Watched {
    feed: Arc<Feed>,
    memory: Memory,
    /// `None` while a poll is in progress, and for a feed that this pass leaves out.
    due: Option<Timestamp>,
    /// No longer in the configuration; its poll in progress is let end.
    retired: bool,
}

impl House {
    fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        let (keeper, mut started) = Keeper::start(&config, Arc::clone(&clock))?;
        let memories = std::mem::take(&mut started.feeds);
        let state_file = started.state_file.clone();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let shop = Shop {
            client: Arc::new(Client::new(&config.fetch)),
            workers: Workers::start(threads, move || Memoranda::new(state_file.clone())),
            keeper: keeper.clone(),
            clock,
            bounds: bounds(&config),
        };
        let mut house = Self {
            shop,
            keeper,
            started,
            feeds: Vec::new(),
            places: Arc::new(Semaphore::new(config.fetch.concurrency as usize)),
            outlets: HashMap::new(),
            rounds: JoinSet::new(),
            fixed: Fixed::of(&config),
        };
        house.watch(config.feeds, memories);
        Ok(house)
    }

    fn watch(&mut self, feeds: Vec<Feed>, mut memories: HashMap<String, Memory>) {
        for feed in feeds.into_iter().filter(|feed| feed.enabled) {
            let memory = memories.remove(&feed.id).unwrap_or_default();
            self.outlets.entry(feed.outlet().to_owned()).or_default();
            self.feeds.push(Watched {
                due: memory.next_poll,
                memory,
                feed: Arc::new(feed),
                retired: false,
            });
        }
    }

    fn now(&self) -> Timestamp {
        (self.shop.clock)()
    }

    /// Gives a time to feeds that have none or whose time has passed, spread out so that a start does
    /// not ask everybody at once.
    fn spread(&mut self) {
        let now = self.now();
        let spread = (self.shop.bounds.start / 3).min(SPREAD_MAX);
        for watched in &mut self.feeds {
            if watched.due.is_none_or(|due| due <= now) {
                watched.due = Some(schedule::first(&watched.feed.id, spread, now));
            }
        }
    }

    fn start_due(&mut self) {
        let now = self.now();
        for index in 0..self.feeds.len() {
            let watched = &mut self.feeds[index];
            if watched.retired || watched.due.is_none_or(|due| due > now) {
                continue;
            }
            watched.due = None;
            let feed = Arc::clone(&watched.feed);
            let memory = watched.memory.clone();
            let shop = self.shop.clone();
            let places = Arc::clone(&self.places);
            let outlet = Arc::clone(&self.outlets[feed.outlet()]);
            self.rounds.spawn(async move {
                let _outlet = outlet.lock().await;
                let _place = places.acquire().await;
                (index, round::poll(&shop, feed, memory).await)
            });
        }
    }

    fn take_back(&mut self, round: Result<(usize, Round), tokio::task::JoinError>) {
        match round {
            Ok((index, round)) => {
                let watched = &mut self.feeds[index];
                watched.due = round.memory.next_poll;
                watched.memory = round.memory;
                let failing = self.feeds.iter().filter(|w| State::of(&w.memory) >= State::Failing).count();
                systemd::status(&format!("{} feeds, {failing} failing", self.feeds.len()));
            }
            Err(error) => error!(%error, "a poll panicked; the feed is polled again after a restart"),
        }
    }

    /// Time until the next feed is due.
    fn nap(&self) -> Duration {
        let now = self.now();
        let next = self.feeds.iter().filter(|w| !w.retired).filter_map(|w| w.due).min();
        let nap = next.map_or(SignedDuration::MAX, |next| next.duration_since(now));
        Duration::try_from(nap).unwrap_or_default().min(NAP_MAX)
    }

    fn keeper_ended(&self) -> bool {
        self.started.thread.is_finished()
    }

    async fn reload(&mut self, config: Config) {
        systemd::reloading();
        if Fixed::of(&config) != self.fixed {
            warn!("output.dir and state.dir change with a restart only");
        }
        let memories: HashMap<String, Memory> = self
            .feeds
            .iter()
            .map(|watched| (watched.feed.id.clone(), watched.memory.clone()))
            .collect();
        // Polls in progress end with the settings that they began with.
        for watched in &mut self.feeds {
            watched.retired = true;
        }
        while let Some(round) = self.rounds.join_next().await {
            self.take_back(round);
        }
        let latest = self.feeds.drain(..).map(|watched| (watched.feed.id.clone(), watched.memory));
        let memories = memories.into_iter().chain(latest).collect();
        self.shop.client = Arc::new(Client::new(&config.fetch));
        self.shop.bounds = bounds(&config);
        self.places = Arc::new(Semaphore::new(config.fetch.concurrency as usize));
        self.outlets.clear();
        let region = Message::Region {
            keep: config.region.keep,
            min_relevance: config.region.min_relevance as f32,
        };
        self.keeper.send(region).await;
        self.watch(config.feeds, memories);
        self.spread();
        self.report(format!("configuration reloaded: {} feeds", self.feeds.len())).await;
        systemd::ready();
    }

    async fn refuse(&mut self, why: String) {
        error!(why, "the new configuration is refused; the old one goes on");
        self.report(format!("new configuration refused: {why}")).await;
        systemd::ready();
    }

    async fn report(&self, detail: String) {
        let change = Change { kind: "config", since: None, until: None, detail };
        self.keeper.send(Message::Own(change)).await;
    }

    /// Lets polls in progress end, then seals.
    async fn close(mut self, grace: Duration) -> Result<Totals, Error> {
        let ended = tokio::time::timeout(grace, async {
            while self.rounds.join_next().await.is_some() && !self.keeper_ended() {}
        });
        if ended.await.is_err() {
            warn!(polls = self.rounds.len(), "polls in progress were given up; they are repeated");
        }
        self.rounds.abort_all();
        self.keeper.send(Message::Stop).await;
        let thread = self.started.thread;
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        match joined {
            Ok(Ok(totals)) => totals,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

fn bounds(config: &Config) -> Bounds {
    Bounds {
        start: config.poll.interval,
        min: config.poll.min_interval,
        max: config.poll.max_interval,
    }
}

async fn tick(interval: &mut Option<tokio::time::Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// A computing thread's view of the seen-table, opened when the first document comes.
pub struct Memoranda {
    file: PathBuf,
    items: Option<Items>,
}

impl Memoranda {
    fn new(file: PathBuf) -> Self {
        Self { file, items: None }
    }

    fn known(&mut self) -> Result<&Items, state::Error> {
        match &mut self.items {
            Some(items) => Ok(items),
            none => Ok(none.insert(Items::open(&self.file)?)),
        }
    }
}
