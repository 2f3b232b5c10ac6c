//! One poll, from the request to the moment when what it brought is durable.

mod ask;
mod notice;
mod recheck;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex;
use tracing::{info, warn};
use xxhash_rust::xxh3::xxh3_64;

use super::documents::{Run, places};
use super::keeper::{Keeper, Message};
use super::workers::Workers;
use super::{Clock, Memoranda};
use crate::config::Feed;
use crate::document::Document;
use crate::http::Signs;
use crate::http::metrics::Polled;
use crate::parse::Hints;
use crate::poll::client::{Answer, Client};
use crate::poll::failure::Failure;
use crate::poll::headers::Headers;
use crate::poll::health::{self, Change};
use crate::poll::memory::{Asked, Memory, Validators};
use crate::poll::schedule::{self, Arrivals, Bounds, Outcome};
use crate::poll::watch::Watch;
use crate::poll::window;

use ask::{Answers, request};
use notice::{loss, noticed};
use recheck::recheck;

pub use notice::losses;

/// What every poll needs.
#[derive(Clone)]
pub struct Shop {
    pub client: Arc<Client>,
    pub workers: Workers<Memoranda>,
    pub keeper: Keeper,
    pub clock: Clock,
    pub bounds: Bounds,
    pub signs: Arc<Signs>,
}

impl Shop {
    /// Asks for a feed's document.
    async fn ask(
        &self,
        feed: &Feed,
        url: &str,
        validators: &Validators,
    ) -> std::result::Result<Answer, Failure> {
        let asked = Instant::now();
        let answer = self
            .client
            .poll(feed, url, validators, || (self.clock)())
            .await;
        let bytes = match &answer {
            Ok(Answer::Document(document, _)) => Some(document.body.len()),
            _ => None,
        };
        self.signs.metrics.answered("feed", asked.elapsed(), bytes);
        answer
    }

    /// Asks for a page that an item points at, or for a further document of a feed.
    pub async fn page(&self, feed: &Feed, url: &str) -> std::result::Result<Document, Failure> {
        let asked = Instant::now();
        let page = self.client.page(feed, url, || (self.clock)()).await;
        let bytes = page.as_ref().ok().map(|document| document.body.len());
        self.signs.metrics.answered("page", asked.elapsed(), bytes);
        page
    }
}

/// What a poll came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Result {
    Unchanged,
    Read,
    Failed,
}

/// The poll's report and the feed's new memory.
#[derive(Debug)]
pub struct Round {
    pub memory: Box<Memory>,
    pub result: Result,
    pub items: usize,
    pub known: usize,
    pub problems: usize,
    /// The host asked to be left alone.
    pub host_pause: Option<Duration>,
}

impl Round {
    fn of(memory: Box<Memory>, result: Result) -> Self {
        Self {
            memory,
            result,
            items: 0,
            known: 0,
            problems: 0,
            host_pause: None,
        }
    }
}

/// A feed and what is remembered of it.
pub struct Member {
    pub feed: Arc<Feed>,
    pub memory: Box<Memory>,
    /// One poll at a time of an outlet: its sections may carry the same items.
    pub outlet: Arc<Mutex<()>>,
}

/// Polls feeds that share an address, one after the other; the address is asked once, unless what one
/// feed was told does not help the next (mediacloud/backend#189: 205 feeds on 36 addresses).
pub async fn poll_all(shop: &Shop, members: Vec<Member>) -> Vec<Round> {
    let mut answers = Answers::of(members.len());
    let mut rounds = Vec::with_capacity(members.len());
    for Member {
        feed,
        memory,
        outlet,
    } in members
    {
        let _outlet = outlet.lock().await;
        rounds.push(poll(shop, feed, memory, &mut answers).await);
    }
    rounds
}

/// Polls a feed once. Whatever happens, the feed has a next time.
async fn poll(
    shop: &Shop,
    feed: Arc<Feed>,
    mut memory: Box<Memory>,
    answers: &mut Answers,
) -> Round {
    if memory.url != feed.url.as_str() {
        *memory = Memory {
            url: feed.url.to_string(),
            ..Memory::default()
        };
    }
    let started = (shop.clock)();
    memory.last_poll = Some(started);
    memory.polls += 1;
    let asks_openly = memory.honesty.asks_openly(&feed.id, started);
    match request(shop, &feed, &mut memory, asks_openly, answers).await {
        Ok(Answer::NotModified(headers)) => unchanged(shop, feed, memory, headers).await,
        Ok(Answer::Document(document, headers)) => {
            if asks_openly {
                memory.honesty.last_check = Some(started);
            }
            let body = format!("{:016x}", xxh3_64(&document.body));
            if memory.body.as_ref() == Some(&body) {
                memory
                    .honesty
                    .compare(&memory.validators, &headers.validators, false);
                return unchanged(shop, feed, memory, headers).await;
            }
            read(shop, feed, memory, document, headers, body).await
        }
        Err(failure) => failed(shop, feed, memory, failure).await,
    }
}

async fn unchanged(
    shop: &Shop,
    feed: Arc<Feed>,
    mut memory: Box<Memory>,
    headers: Headers,
) -> Round {
    let now = (shop.clock)();
    let mut changes: Vec<Change> = succeeded(&mut memory, &headers, now).into_iter().collect();
    if !headers.validators.is_empty() {
        memory.validators = headers.validators;
    }
    memory.unchanged += 1;
    let bounds = bounds_of(shop, &feed);
    schedule::learn(&mut memory, Arrivals::default(), bounds, now);
    changes.extend(silence(&mut memory, bounds, now));
    plan(&feed, &mut memory, Outcome::Unchanged, bounds, now);
    shop.signs.metrics.polled(Polled::Unchanged);
    info!(feed = feed.id, outcome = "unchanged", next = %next_of(&memory), "polled");
    remember(shop, feed, &memory, changes).await;
    Round::of(memory, Result::Unchanged)
}

async fn failed(shop: &Shop, feed: Arc<Feed>, mut memory: Box<Memory>, failure: Failure) -> Round {
    let now = (shop.clock)();
    let change = health::failed(&mut memory, &failure, now);
    let outcome = health::outcome(&memory, &failure);
    plan(&feed, &mut memory, outcome, bounds_of(shop, &feed), now);
    shop.signs.metrics.polled(Polled::Failed(failure.kind));
    warn!(
        feed = feed.id,
        outcome = failure.kind,
        reason = failure.message,
        next = %next_of(&memory),
        "polled"
    );
    remember(shop, feed, &memory, change.into_iter().collect()).await;
    let pause = failure
        .retry_after
        .filter(|_| matches!(failure.status, Some(429 | 503)));
    Round {
        host_pause: pause,
        ..Round::of(memory, Result::Failed)
    }
}

async fn remember(shop: &Shop, feed: Arc<Feed>, memory: &Memory, changes: Vec<Change>) {
    let memory = Box::new(memory.clone());
    shop.keeper
        .send(Message::Poll {
            feed,
            memory,
            changes,
        })
        .await;
}

fn succeeded(memory: &mut Memory, headers: &Headers, now: Timestamp) -> Option<Change> {
    let change = health::worked(memory, now);
    // When it was asked for: what came after that may not be in the document.
    memory.last_success = memory.last_poll;
    memory.fresh_secs = headers.fresh_for.map(secs);
    change
}

fn silence(memory: &mut Memory, bounds: Bounds, now: Timestamp) -> Option<Change> {
    let guess = schedule::guess(memory, bounds);
    health::silence(memory, guess, now)
}

/// The bounds with the feed's own start.
pub fn bounds_of(shop: &Shop, feed: &Feed) -> Bounds {
    Bounds {
        start: feed.interval.unwrap_or(shop.bounds.start),
        ..shop.bounds
    }
}

fn plan(feed: &Feed, memory: &mut Memory, outcome: Outcome, bounds: Bounds, now: Timestamp) {
    if !matches!(outcome, Outcome::Failed { .. }) {
        memory.pace_secs = Some(schedule::pace(memory, bounds, now).as_secs_f64());
        memory.successes += 1;
    }
    memory.next_poll = Some(schedule::next(&feed.id, memory, outcome, bounds, now));
}

fn secs(duration: Duration) -> u32 {
    duration.as_secs().try_into().unwrap_or(u32::MAX)
}

fn next_of(memory: &Memory) -> String {
    memory
        .next_poll
        .map(|at| at.to_string())
        .unwrap_or_default()
}

/// A document that was not the last one's twin.
async fn read(
    shop: &Shop,
    feed: Arc<Feed>,
    mut memory: Box<Memory>,
    document: Document,
    headers: Headers,
    body: String,
) -> Round {
    let before = memory.clone();
    let mut run = Run::new(shop, Arc::clone(&feed));
    let first = match run.take_in(document).await {
        Ok(intake) => intake,
        Err(failure) => {
            // What could not be read was not seen: neither its validators nor its body are kept.
            return failed(shop, feed, memory, failure).await;
        }
    };
    memory.body = Some(body);
    let now = (shop.clock)();
    let mut changes: Vec<Change> = succeeded(&mut memory, &headers, now).into_iter().collect();
    changes.extend(health::redirected(
        &mut memory,
        headers.moved_to.as_deref(),
        now,
    ));
    changes.extend(noticed(&first, &before));
    memory.loss = loss(&first).map(|problem| problem.kind.to_owned());
    memory.asked = asked(&first.hints);
    let (reissued, newest) = (first.reissued, window::newest(&places(&first)));
    let complete = run.handle(first, before.successes > 0).await;
    if !reissued {
        changes.extend(run.gap(&before, now));
    }
    if run.items > 0 {
        memory.newest = newest;
    }
    memory.items = run.items as u32;
    memory.honesty.compare(
        &before.validators,
        &headers.validators,
        run.handed > 0 && before.successes > 0,
    );
    memory.validators = headers.validators;
    let bounds = bounds_of(shop, &feed);
    let arrivals = Arrivals {
        items: run.items,
        dates: &run.dates,
        undated: run.undated,
    };
    let new = run.dates.len() + run.undated;
    schedule::learn(&mut memory, arrivals, bounds, now);
    changes.extend(silence(&mut memory, bounds, now));
    plan(
        &feed,
        &mut memory,
        Outcome::Read {
            items: run.items,
            new,
        },
        bounds,
        now,
    );
    if !feed.recheck {
        memory.watch = Watch::default();
    } else if let Some(document) = run.standing() {
        run.withdraw(recheck(shop, &feed, &mut memory.watch, document).await);
    }
    let kept = match complete {
        Some(()) => run.finish(changes, Memory::clone(&memory)).await,
        None => None,
    };
    let Some(kept) = kept else {
        // The keeper is gone: nothing is acknowledged, and the next run reads the document again.
        return Round::of(before, Result::Failed);
    };
    memory.written += kept.written;
    shop.signs.metrics.polled(Polled::Read);
    info!(
        feed = feed.id,
        outcome = "read",
        items = run.items,
        known = run.known,
        written = kept.written,
        revisions = kept.revisions,
        out_of_region = kept.out_of_region,
        problems = run.problems,
        next = %next_of(&memory),
        "polled"
    );
    Round {
        items: run.items,
        known: run.known,
        problems: run.problems,
        ..Round::of(memory, Result::Read)
    }
}

fn asked(hints: &Hints) -> Asked {
    Asked {
        ttl_secs: hints.ttl_minutes.map(|minutes| minutes.saturating_mul(60)),
        skip_hours: hints.skip_hours.clone(),
        skip_days: hints.skip_days.clone(),
    }
}
