//! Placed articles and events to durable, visible records: the only place that touches the output
//! directory.
//!
//! 1. [`Writer::append`] gives a record the next `seq`; [`Writer::sync`] makes it durable in the log
//!    under `.open/`. That sync is the acknowledgement.
//! 2. [`Writer::seal`] turns the log into one visible file for each kind and day, and commits them with
//!    one synced append to the manifest.
//! 3. [`Writer::open`] first brings what an earlier run left behind to that same state.
//! 4. [`Writer::compact`] copies closed days into columns, [`Writer::retain`] removes days whose time is
//!    over; both commit to the same manifest.
//!
//! Deliberately absent: any judgement of what is written, and any clock (`now` is a parameter).

pub mod columns;
pub mod compact;
mod convert;
mod deep;
mod describe;
pub mod dump;
mod fault;
mod files;
pub mod follow;
mod log;
mod manifest;
pub mod read;
pub mod record;
mod recover;
mod retain;
mod schema;
mod segment;
pub mod shelf;
#[cfg(test)]
mod tests;
mod verify;

pub use manifest::{Entry, Manifest};
pub use record::{Kind, Record};
pub use recover::Recovered;
pub use verify::{Fault, Verified, verify, verify_deep};

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::lock::{self, Lock};
use log::Log;
use segment::Seal;

/// Where unsealed records live; readers skip it.
const OPEN_DIR: &str = ".open";

/// How sealed files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    #[default]
    None,
    Zstd,
}

impl Compression {
    fn extension(self) -> &'static str {
        match self {
            Self::None => "jsonl",
            Self::Zstd => "jsonl.zst",
        }
    }
}

/// When and how the log is sealed.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub seal_after: Duration,
    pub seal_bytes: u64,
    pub compression: Compression,
}

/// Why the output directory could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Lock(#[from] lock::Error),
    #[error("cannot {doing} {path}: {source}")]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// The one owner of an output directory.
pub struct Writer {
    dir: PathBuf,
    directory: String,
    settings: Settings,
    log: Log,
    manifest: Manifest,
    next_seq: u64,
    /// When the oldest record of the log was appended.
    log_since: Option<Timestamp>,
    /// Days whose files are not as the manifest says; they stay as they are until the next start.
    uncopied: HashSet<String>,
    _lock: Lock,
}

impl Writer {
    /// Takes the directory, creates what is missing, and completes what an earlier run left undone.
    pub fn open(
        dir: &Path,
        settings: Settings,
        now: Timestamp,
    ) -> Result<(Self, Recovered), Error> {
        let open_dir = dir.join(OPEN_DIR);
        files::create_dir(&open_dir).map_err(at("create", &open_dir))?;
        let lock = Lock::take(dir, &lock_of(dir))?;
        let directory = describe::write(dir, now).map_err(at("describe", dir))?;
        let mut manifest = Manifest::load(dir).map_err(at("read the manifest of", dir))?;
        let mut recovered = recover::recover(dir, &mut manifest, settings.compression, now)
            .map_err(at("recover", dir))?;
        recovered
            .rejected
            .extend(compact::set_strays_aside(dir, &manifest).map_err(at("recover", dir))?);
        retain::remove(dir, &manifest.removed).map_err(at("remove files from", dir))?;
        manifest.forget_removed();
        let next_seq = manifest.last_seq().max(recovered.last_seq) + 1;
        let writer = Self {
            dir: dir.to_owned(),
            directory,
            settings,
            log: Log::new(open_dir),
            manifest,
            next_seq,
            log_since: None,
            uncopied: HashSet::new(),
            _lock: lock,
        };
        Ok((writer, recovered))
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The identity of the directory: a state that was made from another one is of no use here.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The `seq` that the next record will get.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Gives the record its `seq` and its time, and queues it for the next sync. Returns the `seq`.
    pub fn append(&mut self, record: Record, now: Timestamp) -> u64 {
        self.push(record, now, false)
    }

    /// Appends records of which none will ever be read back without the others. Returns the first `seq`.
    pub fn append_linked(&mut self, records: Vec<Record>, now: Timestamp) -> u64 {
        let first = self.next_seq;
        let mut records = records.into_iter().peekable();
        while let Some(record) = records.next() {
            self.push(record, now, records.peek().is_some());
        }
        first
    }

    fn push(&mut self, mut record: Record, now: Timestamp, and_next: bool) -> u64 {
        let seq = self.next_seq;
        record.stamp(seq, now);
        self.log
            .push(&record, and_next)
            .expect("records hold nothing that JSON cannot say");
        self.next_seq += 1;
        self.log_since.get_or_insert(now);
        seq
    }

    /// Records that were appended and are not yet durable.
    pub fn unsynced(&self) -> usize {
        self.log.buffered()
    }

    /// Makes every appended record durable. After an error nothing is lost; call again later.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.log.sync().map_err(at("write to", &self.dir))
    }

    /// Whether the log is old or large enough to be sealed.
    pub fn seal_due(&self, now: Timestamp) -> bool {
        let Some(since) = self.log_since else {
            return false;
        };
        let after =
            SignedDuration::try_from(self.settings.seal_after).unwrap_or(SignedDuration::MAX);
        // A clock that stepped back must not keep records invisible.
        now.duration_since(since).abs() >= after || self.log.bytes() >= self.settings.seal_bytes
    }

    /// Whether there is anything to seal.
    pub fn has_log(&self) -> bool {
        !self.log.is_empty()
    }

    /// Syncs, then makes everything in the log visible. After an error nothing is lost; call again
    /// later.
    pub fn seal(&mut self, now: Timestamp) -> Result<Vec<Entry>, Error> {
        self.sync()?;
        if self.log.is_empty() {
            return Ok(Vec::new());
        }
        let open_dir = self.dir.join(OPEN_DIR);
        let mut recovered_manifest = std::mem::take(&mut self.manifest);
        let known = recovered_manifest.entries.len();
        // The same steps as at a start: files that an earlier, failed seal left in place are adopted.
        let result = recover::seal_parts(
            &self.dir,
            self.log.parts(),
            &mut recovered_manifest,
            Seal::new(&self.dir, open_dir, self.settings.compression, now),
        );
        self.manifest = recovered_manifest;
        result.map_err(at("seal into", &self.dir))?;
        self.log_since = None;
        self.log
            .clear()
            .map_err(at("clear the log of", &self.dir))?;
        Ok(self.manifest.entries[known..].to_vec())
    }

    /// Copies the oldest closed day that has no copy yet into columns; returns the files. Nothing is done
    /// while the log holds records, since they may belong to that day.
    ///
    /// A day whose files are not as the manifest says is an error once, and then left alone.
    pub fn compact(&mut self, now: Timestamp) -> Result<Vec<Entry>, Error> {
        let due = compact::due(&self.manifest, now, &self.uncopied);
        let Some(day) = due.filter(|_| self.log.is_empty()).map(str::to_owned) else {
            return Ok(Vec::new());
        };
        let copies = compact::compact(&self.dir, &self.manifest, &day, now).map_err(|error| {
            if error.kind() == io::ErrorKind::InvalidData {
                self.uncopied.insert(day);
            }
            at("make columns in", &self.dir)(error)
        })?;
        self.manifest
            .commit(&self.dir, copies.clone())
            .map_err(at("write the manifest of", &self.dir))?;
        Ok(copies)
    }

    /// Removes the oldest day of which everything has been kept for `keep`; returns the files.
    pub fn retain(&mut self, keep: Duration, now: Timestamp) -> Result<Vec<Entry>, Error> {
        let keep = SignedDuration::try_from(keep).unwrap_or(SignedDuration::MAX);
        let expired = retain::expired(&self.manifest, keep, now);
        if !expired.is_empty() {
            let commit = self.manifest.commit(&self.dir, expired.clone());
            commit.map_err(at("write the manifest of", &self.dir))?;
            self.manifest.forget_removed();
            retain::remove(&self.dir, &expired).map_err(at("remove files from", &self.dir))?;
        }
        Ok(expired)
    }
}

/// The file that the process which writes to `dir` holds.
fn lock_of(dir: &Path) -> PathBuf {
    dir.join(OPEN_DIR).join("lock")
}

fn at<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
