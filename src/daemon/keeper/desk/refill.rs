//! What an earlier run left: the state learns what the directory holds beyond it, and the index is filled.

use crate::dedup::Index;
use crate::state::{KINDS, Told};
use crate::write::read::{Parsed, merged, records};
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
        let manifest = self.writer.manifest();
        let told = merged::<Told>(&self.dir, manifest.entries.iter(), &KINDS, absorbed);
        let mut told = told.map_err(|source| self.unreadable(source))?;
        loop {
            let chunk: Result<Vec<Told>, _> = told.by_ref().take(ABSORB_RECORDS).collect();
            let chunk = chunk.map_err(|source| self.unreadable(source))?;
            let upto = match chunk.last() {
                Some(last) if chunk.len() == ABSORB_RECORDS => last.seq(),
                _ => last_seq,
            };
            self.state.absorb(&chunk, upto)?;
            if upto == last_seq {
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
