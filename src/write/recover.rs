//! From a log to sealed files, at a seal and at a start: the same steps, so that a start after a crash
//! at any point ends where the seal would have.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::log::{self, Line};
use super::manifest::{Entry, Manifest};
use super::record::{Kind, Record};
use super::segment::{self, Seal};
use super::{Compression, OPEN_DIR, files, read};

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
    let mut rejected = adopt_strays(dir, manifest)?;
    let parts = log::left_parts(&open_dir)?;
    if parts.is_empty() {
        return Ok(Recovered {
            rejected,
            ..Recovered::default()
        });
    }
    let seal = Seal::new(dir, open_dir.clone(), compression, now);
    let mut recovered = seal_parts(dir, &parts, manifest, seal)?;
    rejected.append(&mut recovered.rejected);
    recovered.rejected = rejected;
    for part in &parts {
        files::remove(part)?;
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
    let span = Span::of(parts, manifest.last_seq())?;
    let mut recovered = Recovered {
        last_seq: span.last,
        damaged_bytes: span.damaged_bytes,
        ..Recovered::default()
    };
    let Some(first) = span.first else {
        return Ok(recovered);
    };
    let mut sealed = adopt(dir, &span, manifest, &mut recovered.rejected)?;
    sync_names(dir, &sealed)?;
    let covered = covered(dir, first, manifest, &sealed)?;
    log::replay(parts, manifest.last_seq(), |line| {
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
    /// Whether a file may have been made of this log.
    fn holds(&self, entry: &Entry) -> bool {
        Some(entry.first_seq) >= self.first && entry.last_seq <= self.last
    }

    fn of(parts: &[PathBuf], sealed: u64) -> io::Result<Self> {
        let mut span = Self::default();
        span.damaged_bytes = log::replay(parts, sealed, |line: Line| {
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
            match examine(dir, &path, *kind).filter(|(entry, _)| span.holds(entry)) {
                Some((entry, _)) => adopted.push(entry),
                None => {
                    set_aside(dir, &path)?;
                    rejected.push(path);
                }
            }
        }
    }
    Ok(adopted)
}

/// Takes files into the manifest that are in place and that it does not name: those of a seal that had no
/// time to commit, and those of a manifest that lost its end. One that is not whole, or holds a `seq` that
/// another has, is set aside; returns the paths of these.
fn adopt_strays(dir: &Path, manifest: &mut Manifest) -> io::Result<Vec<String>> {
    let mut rejected = Vec::new();
    let mut whole = Vec::new();
    for (kind, path) in strays(dir, manifest)? {
        match examine(dir, &path, kind) {
            Some(found) => whole.push(found),
            None => rejected.push(path),
        }
    }
    whole.sort_by_key(|(entry, _)| entry.first_seq);
    let mut adopted = Vec::new();
    if let Some((first, _)) = whole.first() {
        let mut taken = covered(dir, first.first_seq, manifest, &[])?;
        for (entry, seqs) in whole {
            if seqs.iter().any(|seq| taken.contains(seq)) {
                rejected.push(entry.path);
            } else {
                taken.extend(seqs);
                adopted.push(entry);
            }
        }
    }
    for path in &rejected {
        set_aside(dir, path)?;
    }
    if !adopted.is_empty() {
        sync_names(dir, &adopted)?;
        manifest.commit(dir, adopted)?;
    }
    Ok(rejected)
}

/// Makes the names of files durable that a process may have put in place just before it died.
fn sync_names(dir: &Path, entries: &[Entry]) -> io::Result<()> {
    let paths = entries.iter().map(|entry| dir.join(&entry.path));
    let folders: BTreeSet<PathBuf> = paths
        .filter_map(|path| Some(path.parent()?.to_owned()))
        .collect();
    folders
        .iter()
        .try_for_each(|folder| files::sync_dir(folder))
}

/// Files in the folders of records, relative to `dir`, of which the manifest says nothing.
fn strays(dir: &Path, manifest: &Manifest) -> io::Result<Vec<(Kind, String)>> {
    let named = manifest.entries.iter().chain(&manifest.removed);
    let named: HashSet<&str> = named.map(|entry| entry.path.as_str()).collect();
    let mut strays = Vec::new();
    for kind in Kind::ALL {
        for day in files::names_in(&dir.join(kind.folder()))? {
            let folder = format!("{}/{day}", kind.folder());
            for name in files::names_in(&dir.join(&folder))? {
                let path = format!("{folder}/{name}");
                if read::is_segment(&name) && !named.contains(path.as_str()) {
                    strays.push((kind, path));
                }
            }
        }
    }
    Ok(strays)
}

/// The manifest line of a file and its `seq`s, if it is whole.
fn examine(dir: &Path, path: &str, kind: Kind) -> Option<(Entry, Vec<u64>)> {
    let file = dir.join(path);
    let (bytes, sha256) = read::digest_of(&file).ok()?;
    let mut seqs: Vec<u64> = Vec::new();
    read::lines_of(&file, |line| {
        let record = Record::read_json(kind, line).map_err(io::Error::from)?;
        seqs.push(record.seq());
        Ok(())
    })
    .ok()?;
    let entry = Entry {
        path: path.to_owned(),
        rows: seqs.len() as u64,
        bytes,
        sha256,
        first_seq: *seqs.first()?,
        last_seq: *seqs.last()?,
        sealed: read::sealed_at(path).unwrap_or(Timestamp::UNIX_EPOCH),
        removed: None,
    };
    seqs.is_sorted_by(|a, b| a < b).then_some((entry, seqs))
}

/// Moves a file to `.open/rejected/`.
pub(super) fn set_aside(dir: &Path, path: &str) -> io::Result<()> {
    let folder = dir.join(OPEN_DIR).join("rejected");
    files::create_dir(&folder)?;
    files::rename(&dir.join(path), &folder.join(path.replace('/', "_")))
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
