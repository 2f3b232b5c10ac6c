//! An article that its outlet has taken back: a further revision says so, with everything that stood in the
//! last one.

use tracing::warn;

use super::{Desk, Error, refill::unreadable};
use crate::config::Feed;
use crate::daemon::keeper::{Gone, Kept};
use crate::http::metrics::Fate;
use crate::pipeline::identity::KnownItem;
use crate::state::NewItem;
use crate::write::read::article_at;
use crate::write::record::{Article, Record};

impl Desk {
    /// Writes that an article is gone, unless that is known.
    pub(super) fn withdraw(
        &mut self,
        feed: &Feed,
        gone: Gone,
        kept: &mut Kept,
    ) -> Result<(), Error> {
        // What came with the same document may be an edit of it.
        self.commit()?;
        let known = self.state.by_key(feed.outlet(), gone.key)?;
        let Some(known) = known.filter(|known| known.id == gone.id && !known.gone) else {
            return Ok(());
        };
        let Some(mut article) = self.last_record(&known)? else {
            return Ok(());
        };
        if let Some(place) = known.story.clone() {
            article.story = self.by_now(place)?;
        }
        article.revision = known.revision + 1;
        article.fetched = gone.at;
        article.withdraw(gone.status);
        let item = NewItem {
            outlet: article.outlet.clone(),
            id: known.id,
            revision: article.revision,
            keys: known.keys,
            published: article.published,
            first_seen: article.first_seen,
            feeds: known.feeds,
            story: Some(article.story.clone()),
            gone: true,
            record: Some(self.writer.next_seq()),
        };
        self.writer
            .append(Record::Article(Box::new(article)), (self.clock)());
        self.group.items.push((item, false));
        kept.written += 1;
        kept.revisions += 1;
        self.signs.metrics.items(Fate::Revision, 1);
        Ok(())
    }

    /// The latest record of an item; none where it was never written, or its time is over.
    fn last_record(&mut self, known: &KnownItem) -> Result<Option<Article>, Error> {
        let Some(seq) = known.record else {
            return Ok(None);
        };
        if seq > self.writer.manifest().last_seq() {
            self.seal()?;
        }
        let read = article_at(&self.dir, self.writer.manifest(), seq);
        let article = read.map_err(|source| unreadable(&self.dir, source))?;
        if article.is_none() {
            warn!(article = known.id, "gone, and so is its last record");
        }
        Ok(article.filter(|article| article.id == known.id))
    }
}
