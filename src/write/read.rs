//! Reading the output directory back: only files that the manifest names are believed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::manifest::{Entry, Manifest};
use super::record::{Kind, Record};

/// Hands on each line of a sealed file, decompressed if its name says so.
pub(super) fn lines_of(
    path: &Path,
    mut line: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut reader = open(path)?;
    let mut raw = Vec::new();
    loop {
        raw.clear();
        if reader.read_until(b'\n', &mut raw)? == 0 {
            return Ok(());
        }
        match raw.strip_suffix(b"\n") {
            Some(whole) => line(whole)?,
            None => return Err(torn(path)),
        }
    }
}

fn torn(path: &Path) -> io::Error {
    let message = format!("{} ends in the middle of a line", path.display());
    io::Error::new(io::ErrorKind::UnexpectedEof, message)
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let file = File::open(path)?;
    let reader: Box<dyn Read + Send> = if path.extension().is_some_and(|e| e == "zst") {
        Box::new(zstd::Decoder::new(file)?)
    } else {
        Box::new(file)
    };
    Ok(Box::new(BufReader::with_capacity(1 << 18, reader)))
}

/// Whether a file name is one that a seal gives.
pub(super) fn is_segment(name: &str) -> bool {
    name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")
}

/// The time of sealing that a file name carries.
pub(super) fn sealed_at(path: &str) -> Option<Timestamp> {
    let stamp = path.rsplit('/').next()?.split('-').next()?;
    jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp)
        .ok()?
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// Records of some kinds, in order of `seq`.
pub struct Records {
    sources: Vec<Source>,
}

struct Source {
    kind: Kind,
    files: std::vec::IntoIter<PathBuf>,
    from_seq: u64,
    reader: Option<(PathBuf, Box<dyn BufRead + Send>)>,
    head: Option<Record>,
}

/// Opens the records of `kinds` with a `seq` above `after_seq`, in files that are sealed at or after
/// `since`.
pub fn records(
    dir: &Path,
    manifest: &Manifest,
    kinds: &[Kind],
    after_seq: u64,
    since: Option<Timestamp>,
) -> io::Result<Records> {
    let wanted = |entry: &&Entry| {
        entry.last_seq > after_seq && since.is_none_or(|since| entry.sealed >= since)
    };
    let mut sources = Vec::new();
    for &kind in kinds {
        let mut entries: Vec<&Entry> = manifest
            .entries
            .iter()
            .filter(|entry| entry.kind() == Some(kind))
            .filter(wanted)
            .collect();
        entries.sort_by_key(|entry| entry.first_seq);
        let files: Vec<PathBuf> = entries.iter().map(|entry| dir.join(&entry.path)).collect();
        let mut source = Source {
            kind,
            files: files.into_iter(),
            from_seq: after_seq + 1,
            reader: None,
            head: None,
        };
        source.advance()?;
        sources.push(source);
    }
    Ok(Records { sources })
}

impl Source {
    fn advance(&mut self) -> io::Result<()> {
        self.head = None;
        while self.head.is_none() {
            if self.reader.is_none() {
                let Some(path) = self.files.next() else {
                    return Ok(());
                };
                let reader = open(&path)?;
                self.reader = Some((path, reader));
            }
            self.head = self.next_line()?.filter(|r| r.seq() >= self.from_seq);
        }
        Ok(())
    }

    fn next_line(&mut self) -> io::Result<Option<Record>> {
        let Some((path, reader)) = &mut self.reader else {
            return Ok(None);
        };
        let mut raw = Vec::new();
        if reader.read_until(b'\n', &mut raw)? == 0 {
            self.reader = None;
            return Ok(None);
        }
        let line = raw.strip_suffix(b"\n").ok_or_else(|| torn(path))?;
        Record::read_json(self.kind, line)
            .map(Some)
            .map_err(|error| {
                let message = format!("{}: {error}", path.display());
                io::Error::new(io::ErrorKind::InvalidData, message)
            })
    }
}

impl Iterator for Records {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let source = self
            .sources
            .iter_mut()
            .filter(|source| source.head.is_some())
            .min_by_key(|source| source.head.as_ref().map(Record::seq))?;
        let record = source.head.take()?;
        match source.advance() {
            Ok(()) => Some(Ok(record)),
            Err(error) => Some(Err(error)),
        }
    }
}
