//! The index between runs: written behind a seal, once enough has come in, and at a stop; read at the first need.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io;
use std::iter;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tracing::{error, info};
use xxhash_rust::xxh3::Xxh3;

use super::Desk;
use crate::dedup::{self, Index};
use crate::state::snapshot::{Heading, Snapshot, Unfinished, discard};
use crate::write::Entry;

/// Articles after which the index is written again: so many, and a share of those in the window. So many must be
/// read from the directory after a crash, and a day writes the whole some four times.
const SAVE_AFTER: usize = 500;
const SAVE_SHARE: usize = 32;
/// One article in so many is left to be read from the directory by the next start: a pass that brought a few
/// articles does not write those of a week.
const LEAVE_SHARE: usize = 100;
/// Files that a snapshot is known by: those of several seals.
const FILES_DIGESTED: usize = 16;

/// What of the index is on the disk.
#[derive(Default)]
pub(super) struct Saved {
    /// Articles that came in since.
    pub unsaved: usize,
    /// Syncs what was written; one at a time.
    syncing: Option<JoinHandle<()>>,
}

impl Desk {
    /// The index of an earlier run, and the `seq` up to which it knows the directory.
    pub(super) fn snapshot(&mut self) -> Option<(Index, u64)> {
        let began = Instant::now();
        match self.read_snapshot() {
            Ok(Some((index, last_seq))) => {
                let articles = index.len();
                info!(articles, last_seq, took = ?began.elapsed(), "took the index of an earlier run");
                Some((index, last_seq))
            }
            Ok(None) => None,
            Err(error) => {
                info!(%error, "the index of an earlier run cannot be used: reading the records");
                None
            }
        }
    }

    fn read_snapshot(&mut self) -> io::Result<Option<(Index, u64)>> {
        let Some(mut snapshot) = Snapshot::open(self.state.dir())? else {
            return Ok(None);
        };
        let last_seq = snapshot.last_seq;
        if snapshot.heading != self.heading(last_seq) {
            return Err(unfit("it is of another version, directory or setting"));
        }
        let seqs = snapshot.frame()?.unwrap_or_default();
        let mut failure = None;
        let chunks = iter::from_fn(|| match snapshot.frame() {
            Ok(chunk) => chunk,
            Err(error) => {
                failure = Some(error);
                None
            }
        });
        let index = Index::of_chunks(self.index_settings, chunks);
        if let Some(error) = failure {
            return Err(error);
        }
        let index = index.ok_or_else(|| unfit("it makes no index"))?;
        let (seqs, rest) = seqs.as_chunks::<8>();
        if seqs.len() != index.len() || !rest.is_empty() {
            return Err(unfit("placements are wanting"));
        }
        let seqs = seqs.iter().map(|seq| u64::from_le_bytes(*seq));
        let placed = index.ids().map(str::to_owned).zip(seqs);
        self.placed = placed.filter(|(_, seq)| *seq > 0).collect();
        Ok(Some((index, last_seq)))
    }

    /// Writes the index if so much has come in that the next start would have much to read.
    pub(super) fn save_index_if_due(&mut self) {
        let articles = self.index.as_ref().map_or(0, Index::len);
        if self.saved.unsaved >= SAVE_AFTER + articles / SAVE_SHARE {
            self.save_index();
        }
    }

    /// Writes the index, as of the last seal, and lets a thread of its own sync it.
    fn save_index(&mut self) {
        let is_idle = self
            .saved
            .syncing
            .as_ref()
            .is_none_or(JoinHandle::is_finished);
        let Some(index) = self
            .index
            .as_ref()
            .filter(|_| is_idle && !self.writer.has_log())
        else {
            return;
        };
        let began = Instant::now();
        match self.write_snapshot(index) {
            Ok(unfinished) => {
                self.saved.unsaved = 0;
                self.saved.syncing = Some(thread::spawn(move || finish(unfinished, began)));
            }
            Err(error) => {
                error!(%error, "cannot write the index");
                discard(self.state.dir());
            }
        }
    }

    /// Writes what the next start needs, and waits until it is on the disk.
    pub(super) fn save_index_at_the_end(&mut self) {
        self.wait_for_the_index();
        let articles = self.index.as_ref().map_or(0, Index::len);
        if self.saved.unsaved > articles / LEAVE_SHARE {
            self.save_index();
            self.wait_for_the_index();
        }
    }

    fn wait_for_the_index(&mut self) {
        if let Some(syncing) = self.saved.syncing.take() {
            // Its panic was told by the panic hook; the next start reads the directory.
            let _ = syncing.join();
        }
    }

    fn write_snapshot(&self, index: &Index) -> io::Result<Unfinished> {
        let last_seq = self.writer.manifest().last_seq();
        let mut unfinished = Unfinished::begin(self.state.dir(), last_seq, self.heading(last_seq))?;
        unfinished.frame(&seqs_of(index, &self.placed))?;
        for chunk in index.chunks() {
            unfinished.frame(&chunk)?;
        }
        Ok(unfinished)
    }

    fn heading(&self, last_seq: u64) -> Heading {
        let dedup::Settings { window, max_memory } = self.index_settings;
        Heading {
            fingerprint: dedup::fingerprint(),
            directory: self.writer.directory().to_owned(),
            segments: digest(&self.writer.manifest().entries, last_seq),
            window_secs: window.as_secs(),
            max_memory,
        }
    }
}

/// The `seq` of the placement of each article, 0 where none is known.
fn seqs_of(index: &Index, placed: &HashMap<String, u64>) -> Vec<u8> {
    let seqs = index.ids().map(|id| placed.get(id).copied().unwrap_or(0));
    seqs.flat_map(u64::to_le_bytes).collect()
}

/// Of the last files of records up to `last_seq`. A directory that went another way since some moment, which a copy
/// that was put back does, has other files after it; what `keep` removes at the other end makes no difference.
fn digest(files: &[Entry], last_seq: u64) -> String {
    let is_known = |file: &&Entry| file.kind().is_some() && file.last_seq <= last_seq;
    let mut files: Vec<&Entry> = files.iter().filter(is_known).collect();
    files.sort_unstable_by_key(|file| Reverse(file.last_seq));
    let mut hash = Xxh3::new();
    for file in files.into_iter().take(FILES_DIGESTED) {
        hash.update(file.path.as_bytes());
        hash.update(file.sha256.as_bytes());
    }
    format!("{:032x}", hash.digest128())
}

fn finish(unfinished: Unfinished, began: Instant) {
    match unfinished.finish() {
        Ok(bytes) => info!(bytes, took = ?began.elapsed(), "wrote the index for the next start"),
        Err(error) => error!(%error, "cannot write the index"),
    }
}

fn unfit(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(numbers: impl Iterator<Item = u64>, content: &str) -> Vec<Entry> {
        let file = |number: u64| Entry {
            path: format!("articles/date=2026-11-24/{number}.jsonl"),
            rows: 1,
            bytes: 1,
            sha256: format!("{content}{number}"),
            first_seq: number,
            last_seq: number,
            sealed: jiff::Timestamp::UNIX_EPOCH,
            removed: None,
        };
        numbers.map(file).collect()
    }

    #[test]
    fn files_that_are_old_or_new_make_no_difference_and_others_do() {
        let expected = digest(&files(1..100, "a"), 90);
        assert_eq!(digest(&files(40..400, "a"), 90), expected);
        assert_ne!(digest(&files(1..90, "a"), 90), expected);
        assert_ne!(digest(&files(1..100, "b"), 90), expected);
    }
}
