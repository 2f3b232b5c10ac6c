//! Checks an output directory against its manifest and its schemas.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::manifest::{self, Entry, Manifest};
use super::record::{Kind, Record};
use super::{hex, read};

/// Faults that are named; further ones are only counted.
const FAULTS_NAMED_MAX: usize = 200;

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
pub fn verify(dir: &Path) -> io::Result<Verified> {
    let manifest = Manifest::load(dir)?;
    let mut check = Check::default();
    if manifest.torn_bytes > 0 {
        let what = format!("{} bytes at the end are not a whole line", manifest.torn_bytes);
        check.fault(manifest::NAME, what);
    }
    for entry in &manifest.entries {
        check.file(dir, entry);
    }
    check.order(&manifest);
    check.placements();
    // Read again: a running daemon may have sealed meanwhile.
    let later = Manifest::load(dir)?;
    check.unlisted(dir, &later)?;
    Ok(check.verified)
}

#[derive(Default)]
struct Check {
    verified: Verified,
    seqs: Vec<u64>,
    revisions: HashSet<(String, u32)>,
    placed: HashSet<String>,
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
        let stored = match fs::read(&path) {
            Ok(stored) => stored,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.fault(&entry.path, "missing".into());
            }
            Err(error) => return self.fault(&entry.path, format!("unreadable: {error}")),
        };
        if stored.len() as u64 != entry.bytes {
            let what = format!("{} bytes, the manifest says {}", stored.len(), entry.bytes);
            self.fault(&entry.path, what);
        } else if hex(&Sha256::digest(&stored)) != entry.sha256 {
            self.fault(&entry.path, "altered: its SHA-256 is not the manifest's".into());
        }
        let Some(kind) = entry.kind() else {
            return self.fault(&entry.path, "in a folder of no known kind".into());
        };
        self.rows(&path, entry, kind);
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
            self.fault(&entry.path, format!("line {row}: seq {seq} is out of order"));
        }
        let day = record.written().strftime("%Y-%m-%d").to_string();
        if entry.day() != Some(day.as_str()) {
            self.fault(&entry.path, format!("line {row}: written on {day}"));
        }
        self.seqs.push(seq);
        match record {
            Record::Article(article) => {
                if !self.revisions.insert((article.id.clone(), article.revision)) {
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

    /// `seq` rises by one for each record across the whole directory.
    fn order(&mut self, manifest: &Manifest) {
        self.seqs.sort_unstable();
        self.verified.last_seq = self.seqs.last().copied().unwrap_or(0);
        let mut expected = 1;
        for index in 0..self.seqs.len() {
            let seq = self.seqs[index];
            if seq < expected {
                self.fault(manifest::NAME, format!("seq {seq} is there twice"));
                continue;
            }
            if seq > expected {
                let what = format!("seq {expected} to {} are missing", seq - 1);
                self.fault(manifest::NAME, what);
            }
            expected = seq + 1;
        }
        if manifest.last_seq() >= expected {
            let what = format!("seq {expected} to {} are missing", manifest.last_seq());
            self.fault(manifest::NAME, what);
        }
    }

    fn placements(&mut self) {
        let unplaced = self
            .revisions
            .iter()
            .filter(|(id, _)| !self.placed.contains(id))
            .count();
        if unplaced > 0 {
            self.fault("placements", format!("{unplaced} articles have no placement"));
        }
    }

    /// Data files that the manifest does not name.
    fn unlisted(&mut self, dir: &Path, manifest: &Manifest) -> io::Result<()> {
        let known: HashSet<&str> = manifest.entries.iter().map(|e| e.path.as_str()).collect();
        for kind in Kind::ALL {
            let Ok(days) = fs::read_dir(dir.join(kind.folder())) else {
                continue;
            };
            for day in days {
                let day = day?.file_name();
                let folder = format!("{}/{}", kind.folder(), day.to_string_lossy());
                let Ok(names) = fs::read_dir(dir.join(&folder)) else {
                    continue;
                };
                for name in names {
                    let path = format!("{folder}/{}", name?.file_name().to_string_lossy());
                    if !known.contains(path.as_str()) {
                        self.fault(&path, "not in the manifest".into());
                    }
                }
            }
        }
        Ok(())
    }
}
