//! The chain itself, as two plain functions: [`intake`] (a document, and what is known of the outlet's
//! items; the new ones and what they need, out) and [`place`] (an item and perhaps its page in; a
//! placed article out).
//!
//! Both are pure. `place` is [`finish`], which may run anywhere, and the index, which has one owner.

pub mod identity;

use std::collections::HashSet;

use jiff::Timestamp;

use crate::config::Feed;
use crate::dedup::{InStory, Index, Placed};
use crate::digest::sha256_hex;
use crate::document::Document;
use crate::extract::{self, PageAnswer, Told};
use crate::normalise::{self, Article, Identity, url};
use crate::parse::{self, Hints, Item, Parsed, Problem, Unreadable};

use identity::{Candidate, Identity as Sighting, Keys, Known, KnownItem, Nothing, Unavailable};

/// What a document brought.
#[derive(Debug)]
pub struct Intake {
    /// Items that are new or edited, in the order of the document.
    pub fresh: Vec<Fresh>,
    /// Items that are known, with what is to be learned of them.
    pub known: Vec<Seen>,
    /// Items that stand in the document a second time.
    pub repeated: usize,
    /// Items in the document.
    pub items: usize,
    /// The articles of the document, in its order.
    pub order: Vec<Standing>,
    /// The whole feed came back under other identifiers.
    pub reissued: bool,
    pub problems: Vec<Problem>,
    pub hints: Hints,
    /// Further documents that belong to this one.
    pub more: Vec<String>,
}

/// An article as it stands in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub id: String,
    /// The key of its text: one by which it is found again.
    pub key: i64,
    pub url: Option<String>,
    /// The date that the item gives.
    pub published: Option<Timestamp>,
}

/// An item that is to be written.
#[derive(Debug)]
pub struct Fresh {
    item: Item,
    told: Told,
    identity: Identity,
    keys: Keys,
    known: Option<KnownItem>,
}

impl Fresh {
    /// The page behind the item.
    pub fn page_url(&self) -> Option<&str> {
        self.item.url.as_deref()
    }

    /// The id that the article will have.
    pub fn id(&self) -> &str {
        &self.identity.id
    }

    pub fn is_edit(&self) -> bool {
        self.known.is_some()
    }

    /// The date that the item gives.
    pub fn published(&self) -> Option<Timestamp> {
        self.item.published.map(|date| date.at)
    }
}

/// A known item, seen again.
#[derive(Debug)]
pub struct Seen {
    pub item: KnownItem,
    /// Keys that it did not have before.
    pub learn: Vec<i64>,
}

/// An article that waits for its place, with what identity must remember of it.
#[derive(Debug)]
pub struct Ready {
    pub article: Article,
    pub keys: Keys,
    /// Nothing is remembered of the item, not even that it was out of the region.
    pub is_unseen: bool,
    /// Where an earlier revision stands.
    pub story: Option<InStory>,
}

/// Why a document was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Reads a document and tells which of its items are new.
pub fn intake(document: &Document, feed: &Feed, known: &dyn Known) -> Result<Intake, Error> {
    let parsed = parse::parse(document, &feed.reading())?;
    let Parsed {
        items,
        problems,
        hints,
        more,
        ..
    } = parsed;
    let sightings: Vec<Sight> = items.into_iter().map(Sight::of).collect();
    let candidates: Vec<Candidate> = sightings.iter().map(Sight::candidate).collect();
    let outlet_is_new = known.is_new(feed.outlet())?;
    let known = if outlet_is_new { &Nothing } else { known };
    let identities = identity::identify(feed.outlet(), &candidates, known)?;
    let mut intake = Intake {
        reissued: identity::is_reissue(&identities),
        items: sightings.len(),
        order: Vec::with_capacity(sightings.len()),
        fresh: Vec::new(),
        known: Vec::new(),
        repeated: 0,
        problems,
        hints,
        more,
    };
    let mut names = Names {
        feed,
        known,
        given: HashSet::new(),
    };
    for (sight, found) in sightings.into_iter().zip(identities) {
        match found {
            Sighting::New => {
                let id = names.name(&sight)?;
                intake.order.push(sight.standing(&id));
                intake.fresh.push(sight.into_first(id, document.fetched));
            }
            Sighting::Edited { item, .. } => {
                intake.order.push(sight.standing(&item.id));
                intake
                    .fresh
                    .push(sight.into_edit(*item, feed, document.fetched));
            }
            Sighting::Known { item, learn, .. } => {
                intake.order.push(sight.standing(&item.id));
                intake.known.push(Seen { item: *item, learn });
            }
            Sighting::Repeated => intake.repeated += 1,
        }
    }
    Ok(intake)
}

/// Joins an item with its page and brings it into the form of an article.
pub fn finish(fresh: Fresh, page: PageAnswer<'_>, feed: &Feed) -> Ready {
    let story = extract::extract(fresh.item, fresh.told, page, &feed.reading());
    Ready {
        article: normalise::normalise(&story, feed, fresh.identity),
        keys: fresh.keys,
        is_unseen: fresh.known.is_none(),
        story: fresh.known.and_then(|known| known.story),
    }
}

/// Takes an item to its place in a story.
pub fn place(
    fresh: Fresh,
    page: PageAnswer<'_>,
    feed: &Feed,
    index: &mut Index,
    now: Timestamp,
) -> Placed {
    let ready = finish(fresh, page, feed);
    index.place(ready.article, ready.story, now)
}

/// An item as identity sees it.
struct Sight {
    item: Item,
    told: Told,
    canonical_url: Option<String>,
    raw_sha256: String,
    keys: Keys,
}

impl Sight {
    fn of(item: Item) -> Self {
        let told = Told::of(&item);
        let canonical_url = item.url.as_deref().and_then(url::canonical);
        let raw_sha256 = sha256_hex(told.raw().as_bytes());
        let keys = Keys::of(
            item.guid.as_deref(),
            canonical_url.as_deref(),
            item.title.as_deref(),
            &raw_sha256,
        );
        Self {
            item,
            told,
            canonical_url,
            raw_sha256,
            keys,
        }
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            keys: self.keys,
            published: self.item.published.map(|date| date.at),
        }
    }

    fn standing(&self, id: &str) -> Standing {
        Standing {
            id: id.to_owned(),
            key: self.keys.text,
            url: self.item.url.clone(),
            published: self.item.published.map(|date| date.at),
        }
    }

    fn into_first(self, id: String, now: Timestamp) -> Fresh {
        let identity = Identity {
            id,
            revision: 1,
            also_in: Vec::new(),
            canonical_url: self.canonical_url,
            raw_sha256: self.raw_sha256,
            first_seen: now,
            fetched: now,
        };
        Fresh {
            item: self.item,
            told: self.told,
            identity,
            keys: self.keys,
            known: None,
        }
    }

    fn into_edit(self, known: KnownItem, feed: &Feed, now: Timestamp) -> Fresh {
        let others = known.feeds.iter().filter(|other| **other != feed.id);
        let identity = Identity {
            id: known.id.clone(),
            revision: known.revision + 1,
            also_in: others.cloned().collect(),
            canonical_url: self.canonical_url,
            raw_sha256: self.raw_sha256,
            first_seen: known.first_seen,
            fetched: now,
        };
        Fresh {
            item: self.item,
            told: self.told,
            identity,
            keys: self.keys,
            known: Some(known),
        }
    }
}

/// Gives new articles their ids.
struct Names<'a> {
    feed: &'a Feed,
    known: &'a dyn Known,
    given: HashSet<String>,
}

impl Names<'_> {
    /// Made from what identifies the item best; made otherwise where an earlier item of the outlet has
    /// that name (two items behind one address).
    fn name(&mut self, sight: &Sight) -> Result<String, Unavailable> {
        let outlet = self.feed.outlet();
        let url = sight
            .canonical_url
            .as_deref()
            .filter(|_| sight.keys.url.is_some());
        let natural =
            identity::article_id(outlet, url, sight.item.guid.as_deref(), &sight.raw_sha256);
        let basis = sight
            .keys
            .url
            .or(sight.keys.guid)
            .unwrap_or(sight.keys.text);
        let holder = self.known.item(outlet, basis)?;
        let taken = self.given.contains(&natural) || holder.is_some_and(|item| item.id == natural);
        let id = if taken {
            identity::further_article_id(&natural, &sight.raw_sha256)
        } else {
            natural
        };
        self.given.insert(id.clone());
        Ok(id)
    }
}
