//! An item that was handed over: is it in the region, is it an edit that is known, and where does it stand?

use jiff::Timestamp;
use tracing::warn;

use super::{Desk, Error};
use crate::config::Region;
use crate::daemon::keeper::Kept;
use crate::dedup::{InStory, Placed, Relation};
use crate::http::metrics::Fate;
use crate::pipeline::Ready;
use crate::state::NewItem;
use crate::write::record::{self, Record};

impl Desk {
    pub(super) fn place(&mut self, ready: Ready, kept: &mut Kept) -> Result<(), Error> {
        let now = (self.clock)();
        let article = &ready.article;
        let is_new = article.revision == 1 && ready.is_unseen;
        let mut item = item_of(&ready);
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
        let known = match ready.story {
            Some(story) => Some(self.by_now(story)?),
            None => None,
        };
        let index = match &mut self.index {
            Some(index) => index,
            None => self.load_index()?,
        };
        if article.revision == 1 && index.holds(&article.id) {
            kept.repeated += 1;
            self.signs.metrics.items(Fate::Repeated, 1);
            return Ok(());
        }
        let placed = index.place(ready.article, known, now);
        if index.take_shortened() {
            warn!(
                bytes = index.bytes(),
                "the index reached stories.max_memory: the window was shortened"
            );
        }
        item.story = Some(placed.story().clone());
        self.count(&placed, item.revision, now, kept);
        item.record = Some(self.write(placed, item.revision, now));
        self.group.items.push((item, is_new));
        self.saved.unsaved += 1;
        Ok(())
    }

    /// The place of an earlier revision, where its story may have been merged into another since.
    pub(super) fn by_now(&self, place: InStory) -> Result<InStory, Error> {
        Ok(match self.state.surviving(&place.id)? {
            Some(id) => InStory { id, ..place },
            None => place,
        })
    }

    fn count(&self, placed: &Placed, revision: u32, now: Timestamp, kept: &mut Kept) {
        let (article, relation) = (placed.article(), placed.story().relation);
        kept.written += 1;
        kept.revisions += u64::from(revision > 1);
        kept.copies += u64::from(placed.placement().is_some() && relation != Relation::First);
        let metrics = &self.signs.metrics;
        metrics.items(fate(article.revision, relation), 1);
        if article.revision == 1 && article.published_from != "first_seen" {
            metrics.lagged(article.published, now);
        }
    }

    /// Returns the `seq` of the article.
    fn write(&mut self, placed: Placed, revision: u32, now: Timestamp) -> u64 {
        let (article, story, placement) = placed.into_parts();
        let id = article.id.clone();
        let mut article = record::Article::new(article, story);
        article.revision = revision.max(1);
        let article = Record::Article(Box::new(article));
        match placement {
            Some(placement) => {
                let placement = Record::Placement(Box::new(record::Placement::new(&id, placement)));
                let first = self.writer.append_linked(vec![article, placement], now);
                self.placed.insert(id, first + 1);
                first
            }
            None => self.writer.append(article, now),
        }
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
            Some(known) if known.texts.contains(&item.keys.text) && !known.gone => None,
            Some(known) => Some(known.revision + 1),
            None => Some(item.revision),
        })
    }

    fn is_out_of_region(&self, relevance: f32) -> bool {
        let (keep, min_relevance) = self.region;
        keep == Region::Relevant && relevance < min_relevance
    }
}

fn item_of(ready: &Ready) -> NewItem {
    let article = &ready.article;
    NewItem {
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
        gone: false,
        record: None,
    }
}

fn fate(revision: u32, relation: Relation) -> Fate {
    match relation {
        _ if revision > 1 => Fate::Revision,
        Relation::Copy | Relation::Near => Fate::Duplicate,
        Relation::First | Relation::Rewrite | Relation::Translation => Fate::Written,
    }
}
