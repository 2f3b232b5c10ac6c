//! Records as they become visible: each once, in order of `seq`, whatever was sealed, copied into columns
//! or removed meanwhile.

use std::io;
use std::path::{Path, PathBuf};

use super::manifest::{Entry, Tail};
use super::read::{self, Lines};
use super::record::Kind;

/// Looks at a manifest that ends in the middle of a seal, at most, before what is there is taken as all
/// there is. A seal is one append; a reader sees it whole unless it looks at that very moment.
const LOOKS_MAX: u32 = 10;

/// A reader of a growing directory. It remembers where it is for as long as it lives, and no longer.
pub struct Follower {
    dir: PathBuf,
    kinds: Vec<Kind>,
    tail: Tail,
    /// Files that hold something above `after`.
    pending: Vec<Entry>,
    /// Files of the last answer.
    taken: Vec<Entry>,
    /// Rows of all files and their highest `seq`: equal where no file is wanting.
    rows: u64,
    last_seq: u64,
    after: u64,
    looks: u32,
}

impl Follower {
    /// Of the records of `kinds` with a `seq` above `after`.
    pub fn new(dir: &Path, kinds: &[Kind], after: u64) -> Self {
        Self {
            dir: dir.to_owned(),
            kinds: kinds.to_vec(),
            tail: Tail::new(dir),
            pending: Vec::new(),
            taken: Vec::new(),
            rows: 0,
            last_seq: 0,
            after,
            looks: 0,
        }
    }

    /// Of the records that are not visible yet.
    pub fn from_now(dir: &Path, kinds: &[Kind]) -> io::Result<Self> {
        let mut follower = Self::new(dir, kinds, 0);
        follower.look()?;
        follower.after = follower.last_seq;
        follower.pending.clear();
        Ok(follower)
    }

    /// What has become visible since the last call, if anything has.
    pub fn take_new(&mut self) -> io::Result<Option<Lines>> {
        self.taken.clear();
        self.look()?;
        if self.last_seq <= self.after {
            return Ok(None);
        }
        if self.rows != self.last_seq && self.looks < LOOKS_MAX {
            self.looks += 1;
            return Ok(None);
        }
        self.looks = 0;
        let lines = read::merged(&self.dir, self.pending.iter(), &self.kinds, self.after)?;
        self.after = self.last_seq;
        self.taken = std::mem::take(&mut self.pending);
        Ok(Some(lines))
    }

    /// The files that the last answer came from.
    pub fn taken(&self) -> &[Entry] {
        &self.taken
    }

    fn look(&mut self) -> io::Result<()> {
        let growth = self.tail.read()?;
        if growth.anew {
            self.pending.clear();
            (self.rows, self.last_seq) = (0, 0);
        }
        for entry in growth.lines {
            if entry.removed.is_some() {
                self.pending.retain(|pending| pending.path != entry.path);
            } else if entry.kind().is_some() {
                self.rows += entry.rows;
                self.last_seq = self.last_seq.max(entry.last_seq);
                if entry.last_seq > self.after {
                    self.pending.push(entry);
                }
            }
        }
        Ok(())
    }
}
