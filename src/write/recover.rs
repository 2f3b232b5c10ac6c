//! From a log to sealed files, at a seal and at a start: the same steps, so that a start after a crash
//! at any point ends where the seal would have.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::log::{self, Line};
use super::manifest::{Entry, Manifest};
use super::record::{Kind, Record};
use super::segment::{self, Seal};
use super::{Compression, OPEN_DIR, files, read};
use crate::digest::hex;

/// What a start found and finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Records of a left-over log that are now sealed.
    pub records: u64,
    /// Highest `seq` that the log held.
    pub last_seq: u64,
    /// Bytes of the log that were never acknowledged, or that something damaged.
    pub damaged_bytes: u64,
    /// Files in place that did not check and were moved aside, relative to the directory.
    pub rejected: Vec<String>,
}

/// Completes what an earlier run left: a torn manifest line, a half-done seal, an unsealed log.
pub(super) fn recover(
    dir: &Path,
    manifest: &mut Manifest,
    compression: Compression,
    now: Timestamp,
) -> io::Result<Recovered> {
    let open_dir = dir.join(OPEN_DIR);
    manifest.mend(dir)?;
    segment::remove_temporaries(&open_dir)?;
    let parts = log::left_parts(&open_dir)?;
    if parts.is_empty() {
        return Ok(Recovered::default());
    }
    let seal = Seal::new(dir, open_dir.clone(), compression, now);
    let recovered = seal_parts(dir, &parts, manifest, seal)?;
    for part in &parts {
        files::step();
        fs::remove_file(part)?;
    }
    files::sync_dir(&open_dir)?;
    Ok(recovered)
}

/// Seals what stands in `parts` and is not yet in a sealed file, and commits it.
pub(super) fn seal_parts(
    dir: &Path,
    parts: &[PathBuf],
    manifest: &mut Manifest,
    mut seal: Seal<'_>,
) -> io::Result<Recovered> {
    let span = Span::of(parts)?;
    let mut recovered = Recovered {
        last_seq: span.last,
        damaged_bytes: span.damaged_bytes,
        ..Recovered::default()
    };
    let Some(first) = span.first else {
        return Ok(recovered);
    };
    let mut sealed = adopt(dir, &span, manifest, &mut recovered.rejected)?;
    let covered = covered(dir, first, manifest, &sealed)?;
    log::replay(parts, |line| {
        recovered.records += 1;
        if covered.contains(&line.seq) {
            return Ok(());
        }
        seal.add(line)
    })?;
    sealed.extend(seal.publish()?);
    sealed.sort_by_key(|entry| entry.first_seq);
    manifest.commit(dir, sealed)?;
    Ok(recovered)
}

/// What a log spans.
#[derive(Default)]
struct Span {
    first: Option<u64>,
    last: u64,
    folders: BTreeSet<(Kind, String)>,
    damaged_bytes: u64,
}

impl Span {
    fn of(parts: &[PathBuf]) -> io::Result<Self> {
        let mut span = Self::default();
        span.damaged_bytes = log::replay(parts, |line: Line| {
            span.first.get_or_insert(line.seq);
            span.last = line.seq;
            if !span.folders.contains(&(line.kind, line.day.clone())) {
                span.folders.insert((line.kind, line.day));
            }
            Ok(())
        })?;
        Ok(span)
    }
}

/// Takes files into the manifest that were put in place but not committed. One that does not check is
/// moved to `.open/rejected/`: its records are still in the log.
fn adopt(
    dir: &Path,
    span: &Span,
    manifest: &Manifest,
    rejected: &mut Vec<String>,
) -> io::Result<Vec<Entry>> {
    let known: HashSet<&str> = manifest.entries.iter().map(|e| e.path.as_str()).collect();
    let mut adopted = Vec::new();
    for (kind, day) in &span.folders {
        let folder = format!("{}/date={day}", kind.folder());
        let listing = match fs::read_dir(dir.join(&folder)) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for file in listing {
            let name = file?.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = format!("{folder}/{name}");
            if !read::is_segment(name) || known.contains(path.as_str()) {
                continue;
            }
            match examine(dir, &path, *kind, span) {
                Some(entry) => adopted.push(entry),
                None => {
                    set_aside(dir, &path)?;
                    rejected.push(path);
                }
            }
        }
    }
    Ok(adopted)
}

/// The manifest line of a file, if it is whole and holds records of this log only.
fn examine(dir: &Path, path: &str, kind: Kind, span: &Span) -> Option<Entry> {
    let stored = fs::read(dir.join(path)).ok()?;
    let mut seqs: Vec<u64> = Vec::new();
    read::lines_of(&dir.join(path), |line| {
        let record = Record::read_json(kind, line).map_err(io::Error::from)?;
        seqs.push(record.seq());
        Ok(())
    })
    .ok()?;
    let (&first, &last) = (seqs.first()?, seqs.last()?);
    let whole = seqs.is_sorted_by(|a, b| a < b) && Some(first) >= span.first && last <= span.last;
    whole.then(|| Entry {
        path: path.to_owned(),
        rows: seqs.len() as u64,
        bytes: stored.len() as u64,
        sha256: hex(&Sha256::digest(&stored)),
        first_seq: first,
        last_seq: last,
        sealed: read::sealed_at(path).unwrap_or(Timestamp::UNIX_EPOCH),
        removed: None,
    })
}

/// Moves a file to `.open/rejected/`.
pub(super) fn set_aside(dir: &Path, path: &str) -> io::Result<()> {
    let folder = dir.join(OPEN_DIR).join("rejected");
    fs::create_dir_all(&folder)?;
    fs::rename(dir.join(path), folder.join(path.replace('/', "_")))
}

/// The `seq`s at or above `first` that already stand in a sealed file.
fn covered(
    dir: &Path,
    first: u64,
    manifest: &Manifest,
    adopted: &[Entry],
) -> io::Result<HashSet<u64>> {
    let mut covered = HashSet::new();
    let overlapping = manifest
        .entries
        .iter()
        .chain(adopted)
        .filter(|entry| entry.last_seq >= first);
    for entry in overlapping {
        let Some(kind) = entry.kind() else { continue };
        read::lines_of(&dir.join(&entry.path), |line| {
            covered.insert(Record::read_json(kind, line)?.seq());
            Ok(())
        })?;
    }
    Ok(covered)
}
