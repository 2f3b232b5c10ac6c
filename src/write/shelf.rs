//! A reader that keeps up with a growing directory and finds single records in it again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::follow::Follower;
use super::manifest::{Entry, Manifest};
use super::read::{Line, Lines, merged};
use super::record::{Kind, Record};

/// What became visible, in order of `seq`, and where each file of it begins.
pub struct Shelf {
    dir: PathBuf,
    follower: Follower,
    /// Files by kind and first `seq`.
    files: BTreeMap<(Kind, u64), Entry>,
}

impl Shelf {
    /// Of the records of files that are sealed at or after `since`; returns those that are there already.
    pub fn open(dir: &Path, since: Timestamp) -> io::Result<(Self, Lines)> {
        let manifest = Manifest::load(dir)?;
        let recent: Vec<&Entry> = manifest
            .entries
            .iter()
            .filter(|entry| entry.sealed >= since)
            .collect();
        let lines = merged(dir, recent.iter().copied(), &Kind::ALL, 0)?;
        let mut shelf = Self {
            dir: dir.to_owned(),
            follower: Follower::new(dir, &Kind::ALL, manifest.last_seq()),
            files: BTreeMap::new(),
        };
        recent
            .into_iter()
            .for_each(|entry| shelf.put(entry.clone()));
        Ok((shelf, lines))
    }

    /// What has become visible since the last call, if anything has.
    pub fn take_new(&mut self) -> io::Result<Option<Lines>> {
        let lines = self.follower.take_new()?;
        for entry in self.follower.taken().to_vec() {
            self.put(entry);
        }
        Ok(lines)
    }

    fn put(&mut self, entry: Entry) {
        if let Some(kind) = entry.kind() {
            self.files.insert((kind, entry.first_seq), entry);
        }
    }

    /// Forgets files that were sealed before `since`.
    pub fn forget(&mut self, since: Timestamp) {
        self.files.retain(|_, entry| entry.sealed >= since);
    }

    /// The records of these `seq`, those that are still there, in no order.
    pub fn find(&self, kind: Kind, mut seqs: Vec<u64>) -> io::Result<Vec<Record>> {
        seqs.sort_unstable();
        seqs.dedup();
        let mut found = Vec::new();
        let mut rest = &seqs[..];
        while let Some(&seq) = rest.first() {
            let file = self.files.range(..=(kind, seq)).next_back();
            let Some((_, file)) =
                file.filter(|((of, _), file)| *of == kind && file.last_seq >= seq)
            else {
                rest = &rest[1..];
                continue;
            };
            let (here, further) = rest.split_at(rest.partition_point(|&seq| seq <= file.last_seq));
            self.read(kind, file, here, &mut found)?;
            rest = further;
        }
        Ok(found)
    }

    fn read(
        &self,
        kind: Kind,
        file: &Entry,
        seqs: &[u64],
        found: &mut Vec<Record>,
    ) -> io::Result<()> {
        let (Some(first), Some(last)) = (seqs.first(), seqs.last()) else {
            return Ok(());
        };
        for line in merged::<Line>(&self.dir, [file].into_iter(), &[kind], first - 1)? {
            let line = line?;
            if seqs.binary_search(&line.seq).is_ok() {
                found.push(Record::read_json(kind, &line.json)?);
            }
            if line.seq >= *last {
                break;
            }
        }
        Ok(())
    }
}
