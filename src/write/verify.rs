//! Checks an output directory against its manifest and its schemas.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::manifest::{self, Entry, Manifest};
use super::record::{Kind, Record};
use super::{compact, deep, files, lock_of, read};
use crate::lock::Lock;

/// Faults that are named; further ones are only counted.
const FAULTS_NAMED_MAX: usize = 200;
/// A seal puts its files in place, then names them; how long and how often that is waited for.
const PAUSE: Duration = Duration::from_millis(50);
const LOOKS_MAX: u32 = 200;

/// Something in the directory that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Relative to the directory.
    pub path: String,
    pub what: String,
}

/// What was checked and found.
#[derive(Debug, Default)]
pub struct Verified {
    pub files: u64,
    pub rows: HashMap<&'static str, u64>,
    pub last_seq: u64,
    pub faults: Vec<Fault>,
    /// Faults beyond those named.
    pub further_faults: u64,
}

/// Reads every sealed file. An error means that the directory itself could not be read; everything
/// else is a [`Fault`].
///
/// A directory that is written to meanwhile is checked as it was when this began.
pub fn verify(dir: &Path) -> io::Result<Verified> {
    let manifest = when_settled(dir, || {
        Manifest::load(dir).map(|manifest| (manifest.torn_bytes == 0, manifest))
    })?;
    let mut check = Check::default();
    if manifest.torn_bytes > 0 {
        let what = format!(
            "{} bytes at the end are not a whole line",
            manifest.torn_bytes
        );
        check.fault(manifest::NAME, what);
    }
    for entry in &manifest.entries {
        check.file(dir, entry);
    }
    check.copies(dir, &manifest);
    check.order(&manifest);
    check.placements();
    let unlisted = when_settled(dir, || {
        unlisted(dir).map(|unlisted| (unlisted.is_empty(), unlisted))
    })?;
    for path in unlisted {
        check.fault(&path, "not in the manifest".into());
    }
    Ok(check.verified)
}

/// As [`verify`], and checks all that can be derived anew from the records.
pub fn verify_deep(dir: &Path) -> io::Result<Verified> {
    let manifest = Manifest::load(dir)?;
    let mut check = Check {
        verified: verify(dir)?,
        ..Check::default()
    };
    if check.verified.faults.is_empty() {
        deep::check(dir, &manifest, &mut |path, what| check.fault(path, what))?;
    }
    Ok(check.verified)
}

/// Looks until it is good, for as long as somebody writes here and is given time to finish.
fn when_settled<T>(dir: &Path, look: impl Fn() -> io::Result<(bool, T)>) -> io::Result<T> {
    for _ in 0..LOOKS_MAX {
        let (is_good, found) = look()?;
        if is_good || !Lock::is_taken(&lock_of(dir)) {
            // What was left may have been finished between the two.
            return Ok(if is_good { found } else { look()?.1 });
        }
        thread::sleep(PAUSE);
    }
    Ok(look()?.1)
}

/// Data files that the manifest does not name.
fn unlisted(dir: &Path) -> io::Result<Vec<String>> {
    // The files first: what is sealed after that is no matter.
    let mut found = compact::files_of(dir)?;
    for kind in Kind::ALL {
        for day in files::names_in(&dir.join(kind.folder()))? {
            let folder = format!("{}/{day}", kind.folder());
            let names = files::names_in(&dir.join(&folder))?;
            found.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
        }
    }
    let manifest = Manifest::load(dir)?;
    let named = manifest.entries.iter().chain(&manifest.removed);
    let named: HashSet<&str> = named.map(|entry| entry.path.as_str()).collect();
    found.retain(|path| !named.contains(path.as_str()));
    Ok(found)
}

#[derive(Default)]
struct Check {
    verified: Verified,
    seqs: Vec<u64>,
    revisions: HashSet<(String, u32)>,
    placed: HashSet<String>,
    /// Files that were removed while others were read.
    removed: Vec<Entry>,
}

impl Check {
    fn fault(&mut self, path: &str, what: String) {
        if self.verified.faults.len() < FAULTS_NAMED_MAX {
            self.verified.faults.push(Fault {
                path: path.to_owned(),
                what,
            });
        } else {
            self.verified.further_faults += 1;
        }
    }

    fn file(&mut self, dir: &Path, entry: &Entry) {
        self.verified.files += 1;
        let path = dir.join(&entry.path);
        match read::digest_of(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A running daemon may have removed it meanwhile.
                if Manifest::load(dir).is_ok_and(|later| later.has_removed(&entry.path)) {
                    self.removed.push(entry.clone());
                } else {
                    self.fault(&entry.path, "missing".into());
                }
                return;
            }
            Err(error) => return self.fault(&entry.path, format!("unreadable: {error}")),
            Ok((bytes, _)) if bytes != entry.bytes => {
                self.fault(
                    &entry.path,
                    format!("{bytes} bytes, the manifest says {}", entry.bytes),
                );
            }
            Ok((_, sha256)) if sha256 != entry.sha256 => {
                self.fault(
                    &entry.path,
                    "altered: its SHA-256 is not the manifest's".into(),
                );
            }
            Ok(_) => {}
        }
        match entry.kind() {
            Some(kind) => self.rows(&path, entry, kind),
            None if entry.columns_of().is_some() => {}
            None => self.fault(&entry.path, "in a folder of no known kind".into()),
        }
    }

    /// A copy in columns holds as many rows as the files that it copies.
    fn copies(&mut self, dir: &Path, manifest: &Manifest) {
        let mut originals: HashMap<(Kind, Option<&str>), Vec<&Entry>> = HashMap::new();
        for entry in &manifest.entries {
            if let Some(kind) = entry.kind() {
                originals
                    .entry((kind, entry.day()))
                    .or_default()
                    .push(entry);
            }
        }
        for copy in &manifest.entries {
            let Some(kind) = copy.columns_of() else {
                continue;
            };
            let of_day = originals
                .get(&(kind, copy.day()))
                .map_or(&[][..], Vec::as_slice);
            let copied = of_day.iter().filter(|entry| {
                entry.first_seq >= copy.first_seq && entry.last_seq <= copy.last_seq
            });
            let rows: u64 = copied.map(|entry| entry.rows).sum();
            match rows_in_columns(&dir.join(&copy.path)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.fault(&copy.path, format!("unreadable: {error}")),
                Ok(found) if found != copy.rows || found != rows => {
                    let what = format!(
                        "{found} rows, the manifest says {}, the lines are {rows}",
                        copy.rows
                    );
                    self.fault(&copy.path, what);
                }
                Ok(_) => {}
            }
        }
    }

    fn rows(&mut self, path: &Path, entry: &Entry, kind: Kind) {
        let mut rows = 0;
        let mut last = entry.first_seq.saturating_sub(1);
        let read = read::lines_of(path, |line| {
            rows += 1;
            match Record::read_json(kind, line) {
                Ok(record) => last = self.record(entry, rows, last, &record),
                Err(error) => self.fault(&entry.path, format!("line {rows}: {error}")),
            }
            Ok(())
        });
        if let Err(error) = read {
            self.fault(&entry.path, format!("torn after line {rows}: {error}"));
        }
        if rows != entry.rows {
            let what = format!("{rows} rows, the manifest says {}", entry.rows);
            self.fault(&entry.path, what);
        }
        *self.verified.rows.entry(kind.name()).or_default() += rows;
    }

    /// Returns the record's `seq`.
    fn record(&mut self, entry: &Entry, row: u64, last: u64, record: &Record) -> u64 {
        let seq = record.seq();
        if seq <= last || seq > entry.last_seq {
            self.fault(
                &entry.path,
                format!("line {row}: seq {seq} is out of order"),
            );
        }
        let day = record.written().strftime("%Y-%m-%d").to_string();
        if entry.day() != Some(day.as_str()) {
            self.fault(&entry.path, format!("line {row}: written on {day}"));
        }
        self.seqs.push(seq);
        match record {
            Record::Article(article) => {
                if !self
                    .revisions
                    .insert((article.id.clone(), article.revision))
                {
                    let what = format!("line {row}: {} is there twice", article.id);
                    self.fault(&entry.path, what);
                }
            }
            Record::Placement(placement) => {
                self.placed.insert(placement.article.clone());
            }
            Record::Story(_) | Record::Event(_) => {}
        }
        seq
    }

    /// `seq` rises by one for each record across the whole directory; what is not there was removed.
    fn order(&mut self, manifest: &Manifest) {
        self.seqs.sort_unstable();
        let meanwhile = std::mem::take(&mut self.removed);
        let removed = manifest.removed.iter().chain(&meanwhile);
        let removed: Vec<&Entry> = removed.filter(|entry| entry.kind().is_some()).collect();
        let rows_removed: u64 = removed.iter().map(|entry| entry.rows).sum();
        let removed = Ranges::of(removed);
        let mut rows_absent = 0;
        self.verified.last_seq = manifest.last_seq();
        let seqs = std::mem::take(&mut self.seqs);
        let mut expected = 1;
        for seq in seqs.into_iter().chain([manifest.last_seq() + 1]) {
            if seq < expected {
                self.fault(manifest::NAME, format!("seq {seq} is there twice"));
                continue;
            }
            if seq > expected {
                rows_absent += seq - expected;
                if !removed.hold(expected, seq - 1) {
                    self.fault(
                        manifest::NAME,
                        format!("seq {expected} to {} are missing", seq - 1),
                    );
                }
            }
            expected = seq + 1;
        }
        if !removed.0.is_empty() && rows_absent != rows_removed {
            let what = format!("{rows_absent} records are missing, {rows_removed} were removed");
            self.fault(manifest::NAME, what);
        }
    }

    fn placements(&mut self) {
        // A revision has no placement of its own.
        let unplaced = self
            .revisions
            .iter()
            .filter(|(id, revision)| *revision == 1 && !self.placed.contains(id))
            .count();
        if unplaced > 0 {
            self.fault(
                "placements",
                format!("{unplaced} articles have no placement"),
            );
        }
    }
}

fn rows_in_columns(path: &Path) -> io::Result<u64> {
    let reader = SerializedFileReader::new(File::open(path)?).map_err(io::Error::other)?;
    Ok(u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0))
}

/// Ranges of `seq`, disjoint and in order.
struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    fn of(mut entries: Vec<&Entry>) -> Self {
        entries.sort_by_key(|entry| entry.first_seq);
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for entry in entries {
            match ranges.last_mut() {
                Some((_, last)) if entry.first_seq <= *last + 1 => {
                    *last = entry.last_seq.max(*last)
                }
                _ => ranges.push((entry.first_seq, entry.last_seq)),
            }
        }
        Self(ranges)
    }

    fn hold(&self, first: u64, last: u64) -> bool {
        let at = self.0.partition_point(|&(start, _)| start <= first);
        at > 0 && self.0[at - 1].1 >= last
    }
}
