//! What an earlier run left: the state learns what the directory holds beyond it, and the index is filled.

use crate::dedup::Index;
use crate::write::read::records;
use crate::write::record::{Kind, Record};

use super::{Desk, Error};

/// Records that are absorbed in one transaction.
const ABSORB_RECORDS: usize = 1000;

impl Desk {
    /// Everything that the directory holds and the state does not know.
    pub(super) fn absorb(&mut self, last_seq: u64) -> Result<(), Error> {
        let absorbed = self.state.absorbed()?;
        if absorbed >= last_seq {
            return Ok(());
        }
        let articles = records(
            &self.dir,
            self.writer.manifest(),
            &[Kind::Article],
            absorbed,
            None,
        );
        let mut articles = articles.map_err(|source| self.unreadable(source))?;
        loop {
            let mut chunk = Vec::new();
            for record in articles.by_ref().take(ABSORB_RECORDS) {
                if let Record::Article(article) =
                    record.map_err(|source| self.unreadable(source))?
                {
                    chunk.push(*article);
                }
            }
            let done = chunk.len() < ABSORB_RECORDS;
            let upto = chunk
                .last()
                .filter(|_| !done)
                .map_or(last_seq, |article| article.seq);
            self.state.absorb(&chunk, upto)?;
            if done {
                return Ok(());
            }
        }
    }

    /// Fills the index from the directory.
    pub(super) fn load_index(&mut self) -> Result<&mut Index, Error> {
        let mut index = Index::new(self.index_settings);
        let since = (self.clock)().checked_sub(self.index_settings.window).ok();
        let kinds = [Kind::Article, Kind::Placement, Kind::Story];
        let live = records(&self.dir, self.writer.manifest(), &kinds, 0, since);
        for record in live.map_err(|source| self.unreadable(source))? {
            self.signs.pulse.keeper_moved();
            match record.map_err(|source| self.unreadable(source))? {
                Record::Article(article) => index.restore(article.remembered()),
                Record::Story(story) => index.restore(story.remembered()),
                Record::Placement(placement) => {
                    self.placed.insert(placement.article.clone(), placement.seq);
                    index.restore(placement.remembered());
                }
                Record::Event(_) => {}
            }
        }
        Ok(self.index.insert(index))
    }

    fn unreadable(&self, source: std::io::Error) -> Error {
        Error::Read {
            dir: self.dir.clone(),
            source,
        }
    }
}
