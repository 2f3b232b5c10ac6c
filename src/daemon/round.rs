//! One poll of one feed, from the request to the moment when what it brought is durable.

use std::collections::HashSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tracing::{info, warn};
use xxhash_rust::xxh3::xxh3_64;

use super::keeper::{Keeper, Kept, Message, Taken};
use super::workers::Workers;
use super::{Clock, Memoranda};
use crate::config::{Feed, Kind};
use crate::document::Document;
use crate::extract::PageAnswer;
use crate::parse::Problem;
use crate::pipeline::identity::Unavailable;
use crate::pipeline::{self, Fresh, Intake, Ready};
use crate::poll::client::{Answer, Client, Failure, Headers};
use crate::poll::health::{self, Change};
use crate::poll::memory::{Memory, Validators};
use crate::poll::schedule::{self, Bounds, Outcome};

/// Items that are handed to the keeper at once: what a crash costs of a long document is at most the
/// pages of so many items.
const PART_ITEMS: usize = 64;
/// Further documents that are read in one poll: children of a sitemap, older pages of a channel.
const FURTHER_MAX: usize = 16;
/// Problems of a document that cost an item, or part of one.
const LOSSES: [&str; 6] =
    ["truncated", "too_many_entries", "unread_rest", "crowded_entry", "empty_entry", "too_many_items"];
/// Detail of an event, bytes.
const DETAIL_BYTES_MAX: usize = 500;

/// What every poll needs.
#[derive(Clone)]
pub struct Shop {
    pub client: Arc<Client>,
    pub workers: Workers<Memoranda>,
    pub keeper: Keeper,
    pub clock: Clock,
    pub bounds: Bounds,
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
    pub memory: Memory,
    pub result: Result,
    pub items: usize,
    pub known: usize,
    pub problems: usize,
}

/// Polls a feed once. Whatever happens, the feed has a next time.
pub async fn poll(shop: &Shop, feed: Arc<Feed>, mut memory: Memory) -> Round {
    if memory.url != feed.url.as_str() {
        memory = Memory { url: feed.url.to_string(), ..Memory::default() };
    }
    let started = (shop.clock)();
    memory.last_poll = Some(started);
    memory.polls += 1;
    match request(shop, &feed, &mut memory).await {
        Ok(Answer::NotModified(headers)) => unchanged(shop, feed, memory, headers).await,
        Ok(Answer::Document(document, headers)) => {
            let body = format!("{:016x}", xxh3_64(&document.body));
            if memory.body.as_ref() == Some(&body) {
                return unchanged(shop, feed, memory, headers).await;
            }
            memory.body = Some(body);
            read(shop, feed, memory, document, headers).await
        }
        Err(failure) => failed(shop, feed, memory, failure).await,
    }
}

/// Asks the address and, while it fails, its alternates.
async fn request(
    shop: &Shop,
    feed: &Feed,
    memory: &mut Memory,
) -> std::result::Result<Answer, Failure> {
    let first = memory.learned_url.clone().unwrap_or_else(|| feed.url.as_str().to_owned());
    let others = feed.alternates.iter().map(|address| address.as_str().to_owned());
    let addresses: Vec<String> = std::iter::once(first).chain(others).collect();
    let current = memory.alternate.min(addresses.len() - 1);
    let order = std::iter::once(current).chain((0..addresses.len()).filter(|&n| n != current));
    let none = Validators::default();
    let mut failure = None;
    for number in order {
        let validators = if number == current { &memory.validators } else { &none };
        let clock = || (shop.clock)();
        match shop.client.poll(feed, &addresses[number], validators, clock).await {
            Ok(answer) => {
                memory.alternate = number;
                return Ok(answer);
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    // A learned address that stopped working is forgotten: the configured one may be alive.
    memory.learned_url = None;
    Err(failure.expect("at least one address was asked"))
}

async fn unchanged(shop: &Shop, feed: Arc<Feed>, mut memory: Memory, headers: Headers) -> Round {
    let now = (shop.clock)();
    let changes: Vec<Change> = succeeded(&mut memory, &headers, now).into_iter().collect();
    if !headers.validators.is_empty() {
        memory.validators = headers.validators;
    }
    memory.unchanged += 1;
    plan(shop, &feed, &mut memory, Outcome::Unchanged, now);
    info!(feed = feed.id, outcome = "unchanged", next = %next_of(&memory), "polled");
    remember(shop, feed, &memory, changes).await;
    Round {
        memory,
        result: Result::Unchanged,
        items: 0,
        known: 0,
        problems: 0,
    }
}

async fn failed(shop: &Shop, feed: Arc<Feed>, mut memory: Memory, failure: Failure) -> Round {
    let now = (shop.clock)();
    let change = health::failed(&mut memory, &failure, now);
    let outcome = Outcome::Failed {
        retry_after: failure.retry_after,
        gone: failure.status == Some(410),
    };
    plan(shop, &feed, &mut memory, outcome, now);
    warn!(
        feed = feed.id,
        outcome = failure.kind,
        reason = failure.message,
        next = %next_of(&memory),
        "polled"
    );
    remember(shop, feed, &memory, change.into_iter().collect()).await;
    Round {
        memory,
        result: Result::Failed,
        items: 0,
        known: 0,
        problems: 0,
    }
}

async fn remember(shop: &Shop, feed: Arc<Feed>, memory: &Memory, changes: Vec<Change>) {
    let memory = Box::new(memory.clone());
    shop.keeper.send(Message::Poll { feed, memory, changes }).await;
}

fn succeeded(memory: &mut Memory, headers: &Headers, now: Timestamp) -> Option<Change> {
    let change = health::worked(memory, now);
    memory.last_success = Some(now);
    memory.asked_secs = headers.fresh_for.map(secs);
    change
}

fn plan(shop: &Shop, feed: &Feed, memory: &mut Memory, outcome: Outcome, now: Timestamp) {
    let bounds = Bounds {
        start: feed.interval.unwrap_or(shop.bounds.start),
        ..shop.bounds
    };
    let pace = schedule::pace(memory, outcome, bounds);
    if !matches!(outcome, Outcome::Failed { .. }) {
        memory.successes += 1;
        memory.pace_secs = Some(pace.as_secs_f64());
    }
    let asked = memory.asked_secs.map(|secs| Duration::from_secs(secs.into()));
    let failures = memory.trouble.as_ref().map_or(0, |trouble| trouble.failures);
    memory.next_poll = Some(schedule::next(&feed.id, pace, asked, outcome, failures, bounds, now));
}

fn secs(duration: Duration) -> u32 {
    duration.as_secs().try_into().unwrap_or(u32::MAX)
}

fn next_of(memory: &Memory) -> String {
    memory.next_poll.map(|at| at.to_string()).unwrap_or_default()
}

/// A document that was not the last one's twin.
async fn read(
    shop: &Shop,
    feed: Arc<Feed>,
    mut memory: Memory,
    document: Document,
    headers: Headers,
) -> Round {
    let before = memory.clone();
    let mut run = Run::new(shop, Arc::clone(&feed));
    let first = match run.take_in(document).await {
        Ok(intake) => intake,
        Err(failure) => {
            // What could not be read was not seen: neither its validators nor its body are kept.
            memory.body = before.body;
            return failed(shop, feed, memory, failure).await;
        }
    };
    let now = (shop.clock)();
    let mut changes: Vec<Change> = succeeded(&mut memory, &headers, now).into_iter().collect();
    changes.extend(health::redirected(&mut memory, headers.moved_to.as_deref(), now));
    memory.validators = headers.validators;
    memory.asked_secs = memory.asked_secs.max(first.hints.ttl_minutes.map(|m| m.saturating_mul(60)));
    changes.extend(noticed(&first, &before, now));
    memory.loss = loss(&first).map(|problem| problem.kind.to_owned());
    let complete = run.handle(first, before.successes > 0).await;
    memory.items = run.items as u32;
    let new = run.handed;
    if new > 0 {
        memory.last_new = Some(now);
    }
    plan(shop, &feed, &mut memory, Outcome::Read { items: run.items, new }, now);
    let kept = match complete {
        Some(()) => run.finish(changes, memory.clone()).await,
        None => None,
    };
    let Some(kept) = kept else {
        // The keeper is gone: nothing is acknowledged, and the next run reads the document again.
        return Round {
            memory: before,
            result: Result::Failed,
            items: 0,
            known: 0,
            problems: 0,
        };
    };
    memory.written += kept.written;
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
        memory,
        result: Result::Read,
        items: run.items,
        known: run.known,
        problems: run.problems,
    }
}

/// What a document says of the feed besides its items.
fn noticed(intake: &Intake, before: &Memory, now: Timestamp) -> Vec<Change> {
    let change = |kind, since, until, detail| Change { kind, since, until, detail };
    let mut changes = Vec::new();
    let edits = intake.fresh.iter().filter(|fresh| fresh.is_edit()).count();
    let met = intake.known.len() + edits;
    if intake.reissued {
        let detail = format!("{} items came back under other identifiers", intake.known.len());
        changes.push(change("reissued", None, None, detail));
    } else if before.successes > 0 && before.items > 0 && intake.items > 0 && met == 0 {
        let detail = format!("none of the {} items was known: there may have been more", intake.items);
        changes.push(change("gap", before.last_success, Some(now), detail));
    }
    if let Some(problem) = loss(intake)
        && before.loss.as_deref() != Some(problem.kind)
    {
        let mut detail = problem.message.clone();
        detail.truncate(detail.floor_char_boundary(DETAIL_BYTES_MAX));
        changes.push(change("unreadable_item", None, None, detail));
    }
    changes
}

/// The first sign that something in the document could not be read as an item.
fn loss(intake: &Intake) -> Option<&Problem> {
    intake.problems.iter().find(|problem| LOSSES.contains(&problem.kind))
}

/// The documents of one poll, and what was handed over of them.
struct Run<'a> {
    shop: &'a Shop,
    feed: Arc<Feed>,
    /// Articles of this poll: documents of one poll may overlap.
    ids: HashSet<(String, bool)>,
    part: Taken,
    kept: Kept,
    items: usize,
    known: usize,
    handed: usize,
    problems: usize,
}

impl<'a> Run<'a> {
    fn new(shop: &'a Shop, feed: Arc<Feed>) -> Self {
        Self {
            shop,
            part: empty_part(&feed),
            feed,
            ids: HashSet::new(),
            kept: Kept::default(),
            items: 0,
            known: 0,
            handed: 0,
            problems: 0,
        }
    }

    async fn take_in(&self, document: Document) -> std::result::Result<Intake, Failure> {
        let feed = Arc::clone(&self.feed);
        let job = move |memoranda: &mut Memoranda| match memoranda.known() {
            Ok(known) => pipeline::intake(&document, &feed, known),
            Err(error) => Err(Unavailable(Box::new(error)).into()),
        };
        let failure = |kind, message: String| Failure { kind, message, status: None, retry_after: None };
        match self.shop.workers.run(job).await {
            Ok(Ok(intake)) => Ok(intake),
            Ok(Err(pipeline::Error::Unreadable(unreadable))) => {
                let mut message = unreadable.message;
                if !unreadable.feeds.is_empty() {
                    message = format!("{message}; the page points at {}", unreadable.feeds.join(", "));
                }
                Err(failure(unreadable.kind, message))
            }
            Ok(Err(error)) => Err(failure("state", error.to_string())),
            Err(panicked) => Err(failure("malformed", panicked.to_string())),
        }
    }

    /// Hands over the items of a document and of those that belong to it. `None`: the keeper is gone.
    async fn handle(&mut self, first: Intake, polled_before: bool) -> Option<()> {
        let mut further: VecDeque<String> = self.wanted(&first, polled_before).into();
        self.hand_over(first).await?;
        let mut read = 0;
        while let Some(address) = further.pop_front()
            && read < FURTHER_MAX
        {
            read += 1;
            let clock = || (self.shop.clock)();
            let answer = self.shop.client.page(&self.feed, &address, clock).await;
            let intake = match answer {
                Ok(document) => self.take_in(document).await,
                Err(failure) => Err(failure),
            };
            match intake {
                Ok(intake) => {
                    further.extend(self.wanted(&intake, polled_before));
                    self.hand_over(intake).await?;
                }
                Err(failure) => {
                    warn!(feed = self.feed.id, address, reason = failure.message, "a further document failed");
                }
            }
        }
        Some(())
    }

    /// A sitemap's children are part of it. Older pages of a channel are wanted only while nothing
    /// known has been met, and not at the first poll.
    fn wanted(&self, intake: &Intake, polled_before: bool) -> Vec<String> {
        let wanted = match self.feed.kind {
            Kind::Sitemap => true,
            Kind::Telegram => polled_before && intake.known.is_empty(),
            Kind::Feed | Kind::Page => false,
        };
        if wanted { intake.more.clone() } else { Vec::new() }
    }

    async fn hand_over(&mut self, intake: Intake) -> Option<()> {
        self.items += intake.items;
        self.known += intake.known.len();
        self.problems += intake.problems.len();
        self.part.seen.extend(intake.known);
        let ids = &mut self.ids;
        let fresh: Vec<Fresh> = intake
            .fresh
            .into_iter()
            .filter(|fresh| ids.insert((fresh.id().to_owned(), fresh.is_edit())))
            .collect();
        self.handed += fresh.len();
        if !self.feed.full_text {
            let ready = self.finish_all(fresh).await?;
            self.part.ready.extend(ready);
            return Some(());
        }
        for fresh in fresh {
            let ready = self.with_page(fresh).await?;
            self.part.ready.push(ready);
            if self.part.ready.len() >= PART_ITEMS {
                self.hand_part(Vec::new(), None).await?;
            }
        }
        Some(())
    }

    async fn finish_all(&self, fresh: Vec<Fresh>) -> Option<Vec<Ready>> {
        if fresh.is_empty() {
            return Some(Vec::new());
        }
        let feed = Arc::clone(&self.feed);
        let job = move |_: &mut Memoranda| {
            let finish = |fresh| pipeline::finish(fresh, PageAnswer::NotAsked, &feed);
            fresh.into_iter().map(finish).collect()
        };
        self.shop.workers.run(job).await.ok()
    }

    async fn with_page(&self, fresh: Fresh) -> Option<Ready> {
        let clock = || (self.shop.clock)();
        let page = match fresh.page_url() {
            Some(url) => Some(self.shop.client.page(&self.feed, url, clock).await),
            None => None,
        };
        let feed = Arc::clone(&self.feed);
        let job = move |_: &mut Memoranda| match &page {
            None => pipeline::finish(fresh, PageAnswer::NotAsked, &feed),
            Some(Ok(document)) => pipeline::finish(fresh, PageAnswer::Came(document), &feed),
            Some(Err(failure)) => pipeline::finish(fresh, PageAnswer::Failed(&reason(failure)), &feed),
        };
        self.shop.workers.run(job).await.ok()
    }

    async fn hand_part(&mut self, changes: Vec<Change>, memory: Option<Memory>) -> Option<()> {
        let mut part = std::mem::replace(&mut self.part, empty_part(&self.feed));
        part.changes = changes;
        part.memory = memory;
        self.kept.add(self.shop.keeper.take(part).await?);
        Some(())
    }

    async fn finish(&mut self, changes: Vec<Change>, memory: Memory) -> Option<Kept> {
        self.hand_part(changes, Some(memory)).await?;
        Some(self.kept)
    }
}

fn empty_part(feed: &Arc<Feed>) -> Taken {
    Taken {
        feed: Arc::clone(feed),
        ready: Vec::new(),
        seen: Vec::new(),
        changes: Vec::new(),
        memory: None,
    }
}

/// `status_403`, `timeout`, …
fn reason(failure: &Failure) -> String {
    match failure.status {
        Some(status) => format!("status_{status}"),
        None => failure.kind.to_owned(),
    }
}
