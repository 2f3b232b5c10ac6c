//! The documents of one poll: the first one, what belongs to it, and the pages behind its items.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use tracing::warn;

use super::Memoranda;
use super::keeper::{Gone, Kept, Taken};
use super::round::{Shop, losses};
use crate::config::{Feed, Kind};
use crate::document::Document;
use crate::extract::PageAnswer;
use crate::http::metrics::Fate;
use crate::parse::Unreadable;
use crate::pipeline::identity::Unavailable;
use crate::pipeline::{self, Fresh, Intake, Ready};
use crate::poll::failure::Failure;
use crate::poll::health::Change;
use crate::poll::memory::Memory;
use crate::poll::refusal;
use crate::poll::watch::Standing;
use crate::poll::window::{self, Place};

/// Items that are handed to the keeper at once: what a crash costs of a long document is at most the
/// pages of so many items.
const PART_ITEMS: usize = 64;
/// Further documents that are read in one poll: children of a sitemap, older pages of a channel.
const FURTHER_MAX: usize = 16;

/// The documents of one poll, and what was handed over of them.
pub struct Run<'a> {
    shop: &'a Shop,
    feed: Arc<Feed>,
    /// Articles of this poll: documents of one poll may overlap.
    ids: HashSet<(String, bool)>,
    part: Taken,
    kept: Kept,
    pub items: usize,
    pub known: usize,
    /// New items and edits.
    pub handed: usize,
    pub problems: usize,
    /// What could not be read as an item.
    lost: usize,
    /// Items that the feed did not have before: their dates, and how many have none.
    pub dates: Vec<Timestamp>,
    pub undated: usize,
    /// Items that the feed had before.
    met: usize,
    places: Vec<Place>,
    standing: Vec<Standing>,
}

/// The articles of a document, in its order.
pub fn places(intake: &Intake) -> Vec<Place> {
    intake
        .order
        .iter()
        .map(|standing| Place::new(&standing.id, standing.published))
        .collect()
}

impl<'a> Run<'a> {
    pub fn new(shop: &'a Shop, feed: Arc<Feed>) -> Self {
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
            lost: 0,
            dates: Vec::new(),
            undated: 0,
            met: 0,
            places: Vec::new(),
            standing: Vec::new(),
        }
    }

    /// The items that can be watched; none where not all that the feed holds was read.
    pub fn standing(&mut self) -> Option<Vec<Standing>> {
        let is_whole = matches!(self.feed.kind, Kind::Feed | Kind::Page) && self.lost == 0;
        is_whole.then(|| std::mem::take(&mut self.standing))
    }

    /// Adds articles that are not there any more to what is handed over.
    pub fn withdraw(&mut self, gone: Vec<Gone>) {
        self.part.gone = gone;
    }

    /// Whether items may have been missed since the last document.
    pub fn gap(&self, before: &Memory, now: Timestamp) -> Option<Change> {
        if before.successes == 0 || !window::turned_over(&before.newest, &self.places, self.met) {
            return None;
        }
        let detail = match self.met {
            0 => format!(
                "none of the {} items was known: there may have been more",
                self.items
            ),
            met => format!(
                "only {met} of the {} items were known, and they are old: there may have been more",
                self.items
            ),
        };
        Some(Change {
            kind: "gap",
            since: before.last_success,
            until: Some(now),
            detail,
        })
    }

    pub async fn take_in(&self, document: Document) -> std::result::Result<Intake, Failure> {
        let feed = Arc::clone(&self.feed);
        let job = move |memoranda: &mut Memoranda| {
            let taken = match memoranda.known() {
                Ok(known) => pipeline::intake(&document, &feed, known),
                Err(error) => Err(Unavailable(Box::new(error)).into()),
            };
            taken.map_err(|error| match error {
                pipeline::Error::Unreadable(unreadable) => {
                    unreadable_as(unreadable, &document.body)
                }
                error => Failure::new("state", error.to_string()),
            })
        };
        let taken = self.shop.workers.run(job).await;
        taken.unwrap_or_else(|panicked| Err(Failure::new("malformed", panicked.to_string())))
    }

    /// Hands over the items of a document and of those that belong to it. `None`: the keeper is gone.
    pub async fn handle(&mut self, first: Intake, polled_before: bool) -> Option<()> {
        let mut further: VecDeque<String> = self.wanted(&first, polled_before).into();
        self.hand_over(first).await?;
        let mut read = 0;
        while let Some(address) = further.pop_front()
            && read < FURTHER_MAX
        {
            read += 1;
            let intake = match self.shop.page(&self.feed, &address).await {
                Ok(document) => self.take_in(document).await,
                Err(failure) => Err(failure),
            };
            match intake {
                Ok(intake) => {
                    further.extend(self.wanted(&intake, polled_before));
                    self.hand_over(intake).await?;
                }
                Err(failure) => {
                    warn!(
                        feed = self.feed.id,
                        address,
                        reason = failure.message,
                        "a further document failed"
                    );
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
        if wanted {
            intake.more.clone()
        } else {
            Vec::new()
        }
    }

    async fn hand_over(&mut self, intake: Intake) -> Option<()> {
        self.items += intake.items;
        self.known += intake.known.len();
        self.problems += intake.problems.len();
        let metrics = &self.shop.signs.metrics;
        metrics.items(Fate::Known, intake.known.len() as u64);
        let lost = losses(&intake).count();
        metrics.items(Fate::Unreadable, lost as u64);
        self.lost += lost;
        self.places.extend(places(&intake));
        if self.feed.recheck {
            self.standing
                .extend(intake.order.iter().filter_map(standing));
        }
        self.count(&intake);
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

    /// What is new to this feed: an item may have come through another feed of the outlet before.
    fn count(&mut self, intake: &Intake) {
        for fresh in &intake.fresh {
            match fresh.published() {
                _ if fresh.is_edit() => self.met += 1,
                Some(date) => self.dates.push(date),
                None => self.undated += 1,
            }
        }
        for seen in &intake.known {
            if seen.item.feeds.contains(&self.feed.id) {
                self.met += 1;
            } else {
                self.dates.push(seen.item.published);
            }
        }
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
        let page = match fresh.page_url() {
            Some(url) => Some(self.shop.page(&self.feed, url).await),
            None => None,
        };
        let feed = Arc::clone(&self.feed);
        let job = move |_: &mut Memoranda| match &page {
            None => pipeline::finish(fresh, PageAnswer::NotAsked, &feed),
            Some(Ok(document)) => pipeline::finish(fresh, PageAnswer::Came(document), &feed),
            Some(Err(failure)) => {
                pipeline::finish(fresh, PageAnswer::Failed(&reason(failure)), &feed)
            }
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

    pub async fn finish(&mut self, changes: Vec<Change>, memory: Memory) -> Option<Kept> {
        self.hand_part(changes, Some(memory)).await?;
        Some(self.kept)
    }
}

/// Only what has an address and a date is watched.
fn standing(article: &pipeline::Standing) -> Option<Standing> {
    Some(Standing {
        id: article.id.clone(),
        key: article.key,
        url: article.url.clone()?,
        published: article.published?,
    })
}

fn empty_part(feed: &Arc<Feed>) -> Taken {
    Taken {
        feed: Arc::clone(feed),
        ready: Vec::new(),
        seen: Vec::new(),
        changes: Vec::new(),
        gone: Vec::new(),
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

/// What came instead of a feed.
fn unreadable_as(unreadable: Unreadable, body: &[u8]) -> Failure {
    if let Some((kind, message)) = refusal::of_page(body) {
        return Failure::new(kind, message);
    }
    let mut message = unreadable.message;
    if !unreadable.feeds.is_empty() {
        message = format!(
            "{message}; the page points at {}",
            unreadable.feeds.join(", ")
        );
    }
    Failure::new(unreadable.kind, message)
}
