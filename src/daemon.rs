//! Tasks, channels, reload and orderly stop: the only place that knows all stages.
//!
//! One asynchronous task for each poll in progress; a few threads that compute (`workers`); one thread
//! that owns index, writer and state (`keeper`). All channels are bounded. The clock, the configuration
//! and the wish to stop come in as parameters.

mod documents;
mod keeper;
mod round;
mod workers;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, mpsc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::MissedTickBehavior;
use tracing::{error, info, warn};

use crate::config::{Config, Feed, Proxy};
use crate::http::{Door, Page, Places, Signs, Source};
use crate::poll::budget::Budgets;
use crate::poll::client::Client;
use crate::poll::health::groups::Groups;
use crate::poll::health::{Change, State};
use crate::poll::memory::Memory;
use crate::poll::schedule::{self, Bounds};
use crate::state::{self, FeedState, Items};
use crate::systemd;

use keeper::{Keeper, Message, Started};
use round::{Member, Round, Shop};
use workers::Workers;

pub use keeper::{Error, Kept, Rebuilt, Totals, rebuild};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How long polls in progress may take to end after a stop was asked for. What they had not handed over
/// by then is fetched again after the next start.
const STOP_GRACE: Duration = Duration::from_secs(7);
/// Polls in progress for each request that may be under way: most of them wait for a turn at their host.
const ROUNDS_PER_REQUEST: usize = 4;
/// Longest sleep of the scheduler, so that a clock that was set is noticed.
const NAP_MAX: Duration = Duration::from_secs(30);
/// Feeds that were never polled, or are overdue, are spread over at most this long after a start.
const SPREAD_MAX: Duration = Duration::from_secs(120);

/// A second of a fast clock is not shorter than this.
const SECOND_MIN: Duration = Duration::from_millis(1);

/// How often owners and languages are looked at for silence, by the clock.
const GROUPS_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// A clock that was set back by more than this makes all plans anew.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(10);
/// A poll that panicked is tried again after this.
const AFTER_PANIC: Duration = Duration::from_secs(3600);

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
    orders: mpsc::Receiver<Order>,
) -> Result<Totals, Error> {
    run_at(Speed(1.0), config, clock, orders).await
}

/// How many seconds pass on the clock in each second that is waited for: weeks are tried in minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(pub f64);

impl Speed {
    /// How long to wait until so much has passed on the clock.
    fn wait(self, passes: Duration) -> Duration {
        passes.div_f64(self.0)
    }
}

/// Polls by a clock that runs faster. What is waited for on the network and the disk takes as long as ever.
pub async fn run_at(
    speed: Speed,
    config: Config,
    clock: Clock,
    mut orders: mpsc::Receiver<Order>,
) -> Result<Totals, Error> {
    let door = match config.http.listen {
        Some(address) => Some(Door::open(address).await?),
        None => None,
    };
    let window = SignedDuration::try_from(config.stories.window).unwrap_or(SignedDuration::MAX);
    let mut house = House::open(config, clock)?;
    house.page = door.map(|door| house.show(door, window));
    house.spread();
    systemd::ready();
    house.shop.signs.pulse.polls_now();
    info!(feeds = house.feeds.len(), "polling");
    let second = speed.wait(Duration::from_secs(1)).max(SECOND_MIN);
    let mut second = tokio::time::interval(second);
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watchdog = systemd::watchdog_interval().map(tokio::time::interval);
    loop {
        house.shop.signs.pulse.house_turned();
        house.start_due();
        if house.keeper_ended() {
            break;
        }
        let nap = speed.wait(house.nap());
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Reload(config)) => house.reload(*config).await,
                Some(Order::Refused(why)) => house.refuse(why).await,
                Some(Order::Stop) | None => break,
            },
            Some(rounds) = house.rounds.join_next_with_id() => {
                house.take_back(rounds);
            }
            _ = second.tick() => house.each_second().await,
            () = tick(&mut watchdog) => house.feed_watchdog(),
            () = tokio::time::sleep(nap) => {}
        }
    }
    info!("stopping");
    systemd::stopping();
    house.shop.signs.pulse.stops_now();
    house.close().await
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
        let next = house.feeds[index].memory.next_poll;
        if all
            || next.is_none_or(|next| next <= now || next.duration_since(now) > schedule::AHEAD_MAX)
        {
            house.plan(index, now);
        }
    }
    // Whoever says `once` means now.
    house.budgets = Budgets::new(Duration::ZERO);
    let mut pass = Pass::default();
    let total = house.due.len();
    house.start_due();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            rounds = house.rounds.join_next_with_id() => match rounds {
                Some(rounds) => {
                    house.take_out(rounds, &mut pass);
                    progress(pass.feeds, total.max(pass.feeds));
                }
                None => break,
            },
        }
        if house.keeper_ended() {
            break;
        }
        house.start_due();
    }
    pass.totals = house.close().await?;
    Ok(pass)
}

impl Pass {
    fn count(&mut self, round: &Round) {
        self.feeds += 1;
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

/// What a task that polled came to.
type Joined = Result<(Id, Vec<Round>), JoinError>;

/// Everything that runs.
struct House {
    shop: Shop,
    keeper: Keeper,
    started: Started,
    feeds: Vec<Watched>,
    /// When which feed is polled next, soonest first; an entry that is not the feed's own plan any more
    /// is passed over.
    due: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// Feeds that share an address, by it; for addresses of more than one feed.
    shared: HashMap<String, Vec<usize>>,
    budgets: Budgets,
    groups: Groups,
    groups_looked: Timestamp,
    /// The latest time that the clock showed.
    latest: Timestamp,
    /// Polls in progress, at most.
    rounds_max: usize,
    /// One poll at a time of an outlet: its sections may carry the same items.
    outlets: HashMap<String, Arc<Mutex<()>>>,
    rounds: JoinSet<Vec<Round>>,
    /// The feeds of each task in `rounds`.
    polled: HashMap<Id, Vec<usize>>,
    fixed: Fixed,
    page: Option<Page>,
}

/// Settings that take a restart to change.
#[derive(PartialEq)]
struct Fixed {
    output: PathBuf,
    state: PathBuf,
    listen: Option<SocketAddr>,
    hosts: Vec<String>,
}

impl Fixed {
    fn of(config: &Config) -> Self {
        Self {
            output: config.output.dir.clone(),
            state: config.state.dir.clone(),
            listen: config.http.listen,
            hosts: config.http.hosts.clone(),
        }
    }
}

struct Watched {
    feed: Arc<Feed>,
    memory: Box<Memory>,
    plan: Plan,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    /// In no plan of this pass.
    Idle,
    At(Timestamp),
    /// At this time, which its host's budget has already paid for.
    Booked(Timestamp),
    Polling,
}

impl House {
    fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        let signs: Arc<Signs> = Arc::default();
        let (keeper, mut started) = Keeper::start(&config, Arc::clone(&clock), Arc::clone(&signs))?;
        let memories = std::mem::take(&mut started.feeds);
        let groups = std::mem::take(&mut started.groups);
        let state_file = started.state_file.clone();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let shop = Shop {
            client: Arc::new(Client::new(&config.fetch)),
            workers: Workers::start(threads, Arc::clone(&signs), move || {
                Memoranda::new(state_file.clone())
            }),
            keeper: keeper.clone(),
            clock,
            bounds: bounds(&config),
            signs,
        };
        let now = (shop.clock)();
        let mut house = Self {
            shop,
            keeper,
            started,
            feeds: Vec::new(),
            due: BinaryHeap::new(),
            shared: HashMap::new(),
            budgets: Budgets::new(config.fetch.spacing),
            groups,
            groups_looked: now,
            latest: now,
            rounds_max: rounds_max(&config),
            outlets: HashMap::new(),
            rounds: JoinSet::new(),
            polled: HashMap::new(),
            fixed: Fixed::of(&config),
            page: None,
        };
        house.watch(config.feeds, memories);
        Ok(house)
    }

    fn show(&self, door: Door, window: SignedDuration) -> Page {
        let places = Places {
            output: self.fixed.output.clone(),
            state_file: self.started.state_file.clone(),
            window,
            clock: Arc::clone(&self.shop.clock),
        };
        let signs = Arc::clone(&self.shop.signs);
        door.serve(places, &self.fixed.hosts, self.sources(), signs)
    }

    fn sources(&self) -> Vec<Source> {
        self.feeds
            .iter()
            .map(|watched| Source::from(&*watched.feed))
            .collect()
    }

    fn watch(&mut self, feeds: Vec<Feed>, mut memories: FeedState) {
        for feed in feeds.into_iter().filter(|feed| feed.enabled) {
            let memory = memories.remove(&feed.id).unwrap_or_default();
            self.outlets.entry(feed.outlet().to_owned()).or_default();
            self.feeds.push(Watched {
                memory,
                feed: Arc::new(feed),
                plan: Plan::Idle,
            });
        }
        let mut by_address: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, watched) in self.feeds.iter().enumerate() {
            by_address
                .entry(address_of(&watched.feed))
                .or_default()
                .push(index);
        }
        by_address.retain(|_, feeds| feeds.len() > 1);
        self.shared = by_address;
    }

    fn now(&self) -> Timestamp {
        (self.shop.clock)()
    }

    fn plan(&mut self, index: usize, at: Timestamp) {
        self.feeds[index].plan = Plan::At(at);
        self.due.push(Reverse((at, index)));
    }

    /// Gives a time to feeds that have none, whose time has passed, or whose time no plan can have made;
    /// spread out so that a start does not ask everybody at once.
    fn spread(&mut self) {
        let now = self.now();
        let spread = (self.shop.bounds.start / 3).min(SPREAD_MAX);
        for index in 0..self.feeds.len() {
            let watched = &self.feeds[index];
            if watched.plan == Plan::Polling {
                continue;
            }
            let next = watched.memory.next_poll;
            let later =
                next.filter(|next| *next > now && next.duration_since(now) <= schedule::AHEAD_MAX);
            let due = later.unwrap_or_else(|| schedule::first(&watched.feed.id, spread, now));
            self.plan(index, due);
        }
    }

    fn start_due(&mut self) {
        let now = self.now();
        if self.latest.duration_since(now) > CLOCK_SLACK {
            warn!("the clock was set back; all polls are planned anew");
            self.due.clear();
            self.spread();
            self.latest = now;
        }
        self.latest = self.latest.max(now);
        while self.rounds.len() < self.rounds_max
            && let Some(&Reverse((due, index))) = self.due.peek()
            && due <= now
        {
            self.due.pop();
            match self.feeds[index].plan {
                Plan::At(at) if at == due => {
                    let slot = self.budgets.book(host_of(&self.feeds[index].feed), now);
                    if slot > now {
                        self.feeds[index].plan = Plan::Booked(slot);
                        self.due.push(Reverse((slot, index)));
                    } else {
                        self.start(index);
                    }
                }
                Plan::Booked(at) if at == due => self.start(index),
                _ => {}
            }
        }
    }

    /// Polls a feed, and with it all others that have its address.
    fn start(&mut self, index: usize) {
        let address = address_of(&self.feeds[index].feed);
        let mut indices = vec![index];
        let others = self.shared.get(&address).into_iter().flatten().copied();
        indices.extend(
            others.filter(|&other| other != index && self.feeds[other].plan != Plan::Polling),
        );
        let mut members = Vec::with_capacity(indices.len());
        for &index in &indices {
            let watched = &mut self.feeds[index];
            watched.plan = Plan::Polling;
            members.push(Member {
                feed: Arc::clone(&watched.feed),
                memory: watched.memory.clone(),
                outlet: Arc::clone(&self.outlets[watched.feed.outlet()]),
            });
        }
        let shop = self.shop.clone();
        shop.signs.pulse.began(&shop.signs.pulse.polls);
        let task = self
            .rounds
            .spawn(async move { round::poll_all(&shop, members).await });
        self.polled.insert(task.id(), indices);
    }

    /// The feeds of a task that ended, and what came of each; nothing where it panicked.
    fn ended(&mut self, joined: Joined) -> (Vec<usize>, Vec<Round>) {
        let (id, rounds) = match joined {
            Ok((id, rounds)) => (id, rounds),
            Err(error) => {
                error!(%error, "a poll panicked; it is tried again later");
                (error.id(), Vec::new())
            }
        };
        let pulse = &self.shop.signs.pulse;
        pulse.ended(&pulse.polls);
        (self.polled.remove(&id).unwrap_or_default(), rounds)
    }

    /// Takes feeds back and plans their next polls.
    fn take_back(&mut self, joined: Joined) {
        let now = self.now();
        let (indices, rounds) = self.ended(joined);
        let mut rounds = rounds.into_iter();
        for index in indices {
            let next = match rounds.next() {
                Some(round) => {
                    if let Some(pause) = round.host_pause {
                        self.budgets
                            .pause(host_of(&self.feeds[index].feed), pause, now);
                    }
                    let next = round.memory.next_poll;
                    self.feeds[index].memory = round.memory;
                    next.unwrap_or(now)
                }
                None => now.checked_add(AFTER_PANIC).unwrap_or(now),
            };
            self.plan(index, next);
        }
    }

    /// Takes feeds out of a single pass.
    fn take_out(&mut self, joined: Joined, pass: &mut Pass) {
        let (indices, rounds) = self.ended(joined);
        for round in &rounds {
            pass.count(round);
        }
        pass.feeds += indices.len() - rounds.len();
        pass.failed += indices.len() - rounds.len();
    }

    async fn each_second(&mut self) {
        let now = self.now();
        if now.duration_since(self.groups_looked).abs() >= GROUPS_EVERY {
            self.groups_looked = now;
            self.look_at_groups(now).await;
        }
        let failing = self
            .feeds
            .iter()
            .filter(|w| State::of(&w.memory) >= State::Failing)
            .count();
        let polling = self.rounds.len();
        let Signs { metrics, pulse } = &*self.shop.signs;
        metrics.feeds(self.feeds.iter().map(|w| State::of(&w.memory)));
        metrics.queued("polls", polling);
        metrics.queued("stages", pulse.stages.pending());
        systemd::status(&format!(
            "{} feeds, {failing} failing, {polling} being polled",
            self.feeds.len()
        ));
        self.keeper.send(Message::Tick).await;
    }

    async fn look_at_groups(&mut self, now: Timestamp) {
        let bounds = self.shop.bounds;
        let feeds = self
            .feeds
            .iter()
            .map(|watched| (&*watched.feed, &*watched.memory));
        let guess = |memory: &Memory| schedule::guess(memory, bounds);
        let changes = self.groups.look(feeds, guess, now);
        if changes.is_empty() {
            return;
        }
        for change in &changes {
            warn!(
                kind = change.kind,
                detail = change.detail,
                "a group of feeds changed"
            );
        }
        let groups = self.groups.clone();
        self.keeper.send(Message::Groups { changes, groups }).await;
    }

    /// Time until the next feed is due and there is room for its poll.
    fn nap(&self) -> Duration {
        let now = self.now();
        let next = self
            .due
            .peek()
            .filter(|_| self.rounds.len() < self.rounds_max);
        let nap = next.map_or(SignedDuration::MAX, |Reverse((due, _))| {
            due.duration_since(now)
        });
        Duration::try_from(nap).unwrap_or_default().min(NAP_MAX)
    }

    /// Whoever hangs is restarted: the manager hears nothing while a part with work makes no progress.
    fn feed_watchdog(&self) {
        if self.shop.signs.pulse.is_alive() {
            systemd::alive();
        } else {
            error!("a part of the daemon is stuck: the watchdog is not fed");
        }
    }

    fn keeper_ended(&self) -> bool {
        self.started.thread.is_finished()
    }

    async fn reload(&mut self, config: Config) {
        systemd::reloading();
        if Fixed::of(&config) != self.fixed {
            warn!("output.dir, state.dir and [http] change with a restart only");
        }
        self.let_rounds_end().await;
        let memories = self
            .feeds
            .drain(..)
            .map(|watched| (watched.feed.id.clone(), watched.memory));
        let memories = memories.collect();
        self.due.clear();
        self.shop.client = Arc::new(Client::new(&config.fetch));
        self.shop.bounds = bounds(&config);
        self.rounds_max = rounds_max(&config);
        self.outlets.clear();
        self.budgets = Budgets::new(config.fetch.spacing);
        let region = Message::Region {
            keep: config.region.keep,
            min_relevance: config.region.min_relevance as f32,
        };
        self.keeper.send(region).await;
        self.watch(config.feeds, memories);
        if let Some(page) = &self.page {
            page.watch(self.sources()).await;
        }
        self.spread();
        self.report(format!(
            "configuration reloaded: {} feeds",
            self.feeds.len()
        ))
        .await;
        systemd::ready();
    }

    /// Polls in progress end with the settings that they began with, or are repeated.
    async fn let_rounds_end(&mut self) {
        let ended = tokio::time::timeout(STOP_GRACE, async {
            while let Some(rounds) = self.rounds.join_next_with_id().await {
                self.take_back(rounds);
            }
        });
        if ended.await.is_err() {
            warn!(
                polls = self.rounds.len(),
                "polls in progress were given up; they are repeated"
            );
            let pulse = &self.shop.signs.pulse;
            (0..self.rounds.len()).for_each(|_| pulse.ended(&pulse.polls));
            self.rounds.shutdown().await;
            self.polled.clear();
        }
    }

    async fn refuse(&mut self, why: String) {
        error!(why, "the new configuration is refused; the old one goes on");
        self.report(format!("new configuration refused: {why}"))
            .await;
        systemd::ready();
    }

    async fn report(&self, detail: String) {
        let change = Change {
            kind: "config",
            since: None,
            until: None,
            detail,
        };
        self.keeper.send(Message::Own(change)).await;
    }

    /// Lets polls in progress end, then seals.
    async fn close(mut self) -> Result<Totals, Error> {
        self.let_rounds_end().await;
        self.keeper.stop().await;
        let thread = self.started.thread;
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        match joined {
            Ok(Ok(totals)) => totals,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// What makes two feeds one request: the address, and every setting that shapes the answer
/// (FreshRSS CVE-2025-46339: a cache that forgot the proxy and the certificates).
fn address_of(feed: &Feed) -> String {
    let Feed {
        url,
        proxy,
        headers,
        ca_file,
        user_agent,
        http_version,
        cookies,
        id,
        ..
    } = feed;
    let headers: Vec<(&String, &str)> = headers
        .iter()
        .map(|(name, value)| (name, value.reveal().as_str()))
        .collect();
    let proxy = match proxy {
        Some(Proxy::Via(address)) => address.reveal().as_str(),
        Some(Proxy::Direct) => "direct",
        None => "",
    };
    let jar = if *cookies { id } else { "" };
    format!(
        "{}\n{proxy}\n{headers:?}\n{ca_file:?}\n{user_agent:?}\n{http_version:?}\n{jar}",
        url.as_str()
    )
}

/// As budgets count hosts.
fn host_of(feed: &Feed) -> &str {
    feed.url.host_str().unwrap_or_default()
}

fn bounds(config: &Config) -> Bounds {
    Bounds {
        start: config.poll.interval,
        min: config.poll.min_interval,
        max: config.poll.max_interval,
    }
}

fn rounds_max(config: &Config) -> usize {
    config.fetch.concurrency as usize * ROUNDS_PER_REQUEST
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
