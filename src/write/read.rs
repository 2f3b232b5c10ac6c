//! Reading the output directory back: only files that the manifest names are believed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tracing::warn;

use super::manifest::{Entry, Manifest};
use super::record::{Article, Kind, Record};
use crate::digest::hex;

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
    reader(path, File::open(path)?)
}

/// Opens a file and says so where it is not as the manifest says. Somebody may have mended it by hand, and
/// to forget what stands in it would be worse than to use it.
fn open_listed(path: &Path, entry: &Entry) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = File::open(path)?;
    if digest(&mut file)? != (entry.bytes, entry.sha256.clone()) {
        warn!(
            path = entry.path,
            "altered: its SHA-256 is not the manifest's; it is read as it stands"
        );
    }
    file.rewind()?;
    reader(path, file)
}

fn reader(path: &Path, file: File) -> io::Result<Box<dyn BufRead + Send>> {
    let reader: Box<dyn Read + Send> = if path.extension().is_some_and(|e| e == "zst") {
        Box::new(zstd::Decoder::new(file)?)
    } else {
        Box::new(file)
    };
    Ok(Box::new(BufReader::with_capacity(1 << 18, reader)))
}

/// Length and SHA-256, in hexadecimal, of a file as it lies on the disk.
pub(super) fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    digest(&mut File::open(path)?)
}

fn digest(file: &mut File) -> io::Result<(u64, String)> {
    let mut sha256 = Sha256::new();
    let mut bytes = 0;
    let mut chunk = vec![0; 1 << 18];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok((bytes, hex(&sha256.finalize()))),
            read => {
                sha256.update(&chunk[..read]);
                bytes += read as u64;
            }
        }
    }
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

/// What a line is read as.
pub trait Parsed: Sized {
    /// Reads a line that is known to be of `kind`.
    fn parse(kind: Kind, json: &[u8]) -> serde_json::Result<Self>;
    fn seq(&self) -> u64;
}

impl Parsed for Record {
    fn parse(kind: Kind, json: &[u8]) -> serde_json::Result<Self> {
        Self::read_json(kind, json)
    }

    fn seq(&self) -> u64 {
        Record::seq(self)
    }
}

/// A line as it stands in its file, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: Kind,
    pub seq: u64,
    pub written: Timestamp,
    pub json: Vec<u8>,
}

#[derive(Deserialize)]
struct Stamp {
    seq: u64,
    #[serde(alias = "written")]
    at: Timestamp,
}

impl Parsed for Line {
    fn parse(kind: Kind, json: &[u8]) -> serde_json::Result<Self> {
        let stamp: Stamp = serde_json::from_slice(json)?;
        Ok(Self {
            kind,
            seq: stamp.seq,
            written: stamp.at,
            json: json.to_vec(),
        })
    }

    fn seq(&self) -> u64 {
        self.seq
    }
}

/// Lines of some kinds, in order of `seq`.
pub struct Merged<T> {
    sources: Vec<Source<T>>,
}

/// Records of some kinds, in order of `seq`.
pub type Records = Merged<Record>;
/// Lines of some kinds, in order of `seq`.
pub type Lines = Merged<Line>;

struct Source<T> {
    dir: PathBuf,
    kind: Kind,
    files: std::vec::IntoIter<Entry>,
    from_seq: u64,
    reader: Option<(PathBuf, Box<dyn BufRead + Send>)>,
    raw: Vec<u8>,
    head: Option<T>,
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
    let sealed = |entry: &&Entry| since.is_none_or(|since| entry.sealed >= since);
    merged(
        dir,
        manifest.entries.iter().filter(sealed),
        kinds,
        after_seq,
    )
}

/// The article record with this `seq`; none where it is another kind's, not sealed yet, or removed.
pub fn article_at(dir: &Path, manifest: &Manifest, seq: u64) -> io::Result<Option<Article>> {
    let holds = |entry: &&Entry| (entry.first_seq..=entry.last_seq).contains(&seq);
    let entries = manifest.entries.iter().filter(holds);
    let first = merged::<Record>(dir, entries, &[Kind::Article], seq - 1)?.next();
    Ok(match first.transpose()? {
        Some(Record::Article(article)) if article.seq == seq => Some(*article),
        _ => None,
    })
}

/// Opens those of `entries` that hold records of `kinds` with a `seq` above `after_seq`. A file whose time
/// is over before it is read is passed over.
pub fn merged<'a, T: Parsed>(
    dir: &Path,
    entries: impl Iterator<Item = &'a Entry>,
    kinds: &[Kind],
    after_seq: u64,
) -> io::Result<Merged<T>> {
    let mut wanted: Vec<(Kind, &Entry)> = entries
        .filter(|entry| entry.last_seq > after_seq)
        .filter_map(|entry| Some((entry.kind()?, entry)))
        .collect();
    wanted.sort_by_key(|(_, entry)| entry.first_seq);
    let mut sources = Vec::new();
    for &kind in kinds {
        let of_kind = wanted.iter().filter(|(other, _)| *other == kind);
        let files: Vec<Entry> = of_kind.map(|&(_, entry)| entry.clone()).collect();
        let mut source = Source {
            dir: dir.to_owned(),
            kind,
            files: files.into_iter(),
            from_seq: after_seq.saturating_add(1),
            reader: None,
            raw: Vec::new(),
            head: None,
        };
        source.advance()?;
        sources.push(source);
    }
    Ok(Merged { sources })
}

impl<T: Parsed> Source<T> {
    fn advance(&mut self) -> io::Result<()> {
        self.head = None;
        while self.head.is_none() {
            if self.reader.is_none() && !self.open_next()? {
                return Ok(());
            }
            self.head = self.next_line()?.filter(|line| line.seq() >= self.from_seq);
        }
        Ok(())
    }

    fn open_next(&mut self) -> io::Result<bool> {
        for entry in self.files.by_ref() {
            let path = self.dir.join(&entry.path);
            match open_listed(&path, &entry) {
                Ok(reader) => {
                    self.reader = Some((path, reader));
                    return Ok(true);
                }
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound
                        && is_removed(&self.dir, &entry.path) => {}
                Err(error) => {
                    return Err(io::Error::new(
                        error.kind(),
                        format!("{}: {error}", path.display()),
                    ));
                }
            }
        }
        Ok(false)
    }

    fn next_line(&mut self) -> io::Result<Option<T>> {
        let Some((path, reader)) = &mut self.reader else {
            return Ok(None);
        };
        self.raw.clear();
        if reader.read_until(b'\n', &mut self.raw)? == 0 {
            self.reader = None;
            return Ok(None);
        }
        let line = self.raw.strip_suffix(b"\n").ok_or_else(|| torn(path))?;
        T::parse(self.kind, line).map(Some).map_err(|error| {
            let message = format!("{}: {error}", path.display());
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    }
}

/// Whether the manifest says by now that the time of this file was over.
fn is_removed(dir: &Path, path: &str) -> bool {
    Manifest::load(dir).is_ok_and(|manifest| manifest.has_removed(path))
}

impl<T: Parsed> Iterator for Merged<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let source = self
            .sources
            .iter_mut()
            .filter(|source| source.head.is_some())
            .min_by_key(|source| source.head.as_ref().map(T::seq))?;
        let line = source.head.take()?;
        match source.advance() {
            Ok(()) => Some(Ok(line)),
            Err(error) => Some(Err(error)),
        }
    }
}
