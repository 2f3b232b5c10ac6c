//! `MANIFEST.jsonl`: one line for each sealed file, and one more when that file is removed. Appending to
//! it is the commit; it only grows.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OPEN_DIR;
use super::files::{self, Handle};
use super::record::Kind;

pub(super) const NAME: &str = "MANIFEST.jsonl";

/// One sealed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Relative to the output directory, with `/`.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    /// Of the file as it lies on the disk, hexadecimal.
    pub sha256: String,
    pub first_seq: u64,
    pub last_seq: u64,
    pub sealed: Timestamp,
    /// When its time was over. Such a line repeats that of the file, which is gone or about to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Timestamp>,
}

/// The folder of the copies in columns.
pub(super) const COLUMNS: &str = "parquet";

impl Entry {
    /// The kind of record that the file holds as JSON Lines, by its folder; `None` for a copy in columns
    /// and for a folder of a later version.
    pub fn kind(&self) -> Option<Kind> {
        kind_of(self.path.split('/').next()?)
    }

    /// The kind of record of which the file is a copy in columns.
    pub fn columns_of(&self) -> Option<Kind> {
        kind_of(
            self.path
                .strip_prefix(COLUMNS)?
                .strip_prefix('/')?
                .split('/')
                .next()?,
        )
    }

    /// The `date=` of the path, `YYYY-MM-DD`.
    pub fn day(&self) -> Option<&str> {
        self.path
            .split('/')
            .find_map(|part| part.strip_prefix("date="))
    }
}

fn kind_of(folder: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.folder() == folder)
}

/// The manifest as read from the disk.
#[derive(Debug, Default)]
pub struct Manifest {
    /// Files that are there.
    pub entries: Vec<Entry>,
    /// Files whose time was over, where they are not forgotten.
    pub removed: Vec<Entry>,
    /// The highest `seq` of those that are.
    forgotten_seq: u64,
    /// Bytes at the end that are not a whole line: an append that a power cut tore.
    pub torn_bytes: u64,
    /// Length of what is committed.
    bytes: u64,
    /// The last sync failed.
    is_suspect: bool,
}

impl Manifest {
    /// Reads the manifest of `dir`; an absent one is empty. A line that is whole but unreadable is an
    /// error: something else wrote here.
    pub fn load(dir: &Path) -> io::Result<Self> {
        let content = match fs::read(dir.join(NAME)) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let whole = whole_lines(&content);
        Ok(Self {
            torn_bytes: (content.len() - whole.len()) as u64,
            bytes: whole.len() as u64,
            ..Self::of(entries_of(whole)?)
        })
    }

    fn of(lines: Vec<Entry>) -> Self {
        let mut manifest = Self::default();
        manifest.take(lines);
        manifest
    }

    fn take(&mut self, lines: Vec<Entry>) {
        let (mut removed, mut entries): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.removed.is_some());
        self.entries.append(&mut entries);
        if !removed.is_empty() {
            let gone: HashSet<&str> = removed.iter().map(|line| line.path.as_str()).collect();
            self.entries
                .retain(|entry| !gone.contains(entry.path.as_str()));
            self.removed.append(&mut removed);
        }
    }

    /// Whether the time of this file was over.
    pub fn has_removed(&self, path: &str) -> bool {
        self.removed.iter().any(|entry| entry.path == path)
    }

    /// The highest `seq` in any sealed file, removed ones included; 0 where there is none.
    pub fn last_seq(&self) -> u64 {
        self.entries
            .iter()
            .chain(&self.removed)
            .map(|e| e.last_seq)
            .max()
            .unwrap_or(0)
            .max(self.forgotten_seq)
    }

    /// Gives up the lines of removed files: they are for whoever finds such a file, and would fill the memory of
    /// a daemon that runs for years.
    pub(super) fn forget_removed(&mut self) {
        self.forgotten_seq = self.last_seq();
        self.removed = Vec::new();
    }

    /// Cuts a torn tail off, so that the next append starts a line of its own.
    pub(super) fn mend(&mut self, dir: &Path) -> io::Result<()> {
        if self.torn_bytes > 0 {
            self.renew(dir)?;
        }
        Ok(())
    }

    /// Puts a copy of what was committed in the place of the file: its end is torn, or its last sync failed,
    /// after which nothing is known of its pages.
    fn renew(&mut self, dir: &Path) -> io::Result<()> {
        let temporary = dir.join(OPEN_DIR).join("manifest.tmp");
        let mut copy = Handle::create_anew(&temporary)?;
        if self.bytes > 0 {
            let copied = io::copy(&mut File::open(dir.join(NAME))?.take(self.bytes), &mut copy)?;
            if copied != self.bytes {
                let message = format!("{NAME} is shorter than what was committed to it");
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        copy.sync_all()?;
        files::exchange(&temporary, &dir.join(NAME))?;
        self.torn_bytes = 0;
        self.is_suspect = false;
        Ok(())
    }

    /// Commits sealed or removed files: one append, synced.
    pub(super) fn commit(&mut self, dir: &Path, changed: Vec<Entry>) -> io::Result<()> {
        let path = dir.join(NAME);
        let mut lines = Vec::new();
        for entry in &changed {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let is_as_committed = fs::metadata(&path).is_ok_and(|file| file.len() == self.bytes);
        if self.is_suspect || !is_as_committed {
            self.renew(dir)?;
        }
        let mut file = Handle::append_to(&path)?;
        let written = file.write_all(&lines);
        if let Err(error) = written.and_then(|()| {
            self.is_suspect = true;
            file.sync_all()
        }) {
            // What is not known to be on disk must not be believed by the next reader.
            let _ = file.set_len(self.bytes);
            return Err(error);
        }
        self.is_suspect = false;
        self.bytes += lines.len() as u64;
        self.take(changed);
        Ok(())
    }
}

/// Reads a manifest while it grows.
pub(super) struct Tail {
    path: PathBuf,
    read_bytes: u64,
}

/// What a manifest gained.
pub(super) struct Growth {
    pub lines: Vec<Entry>,
    /// The lines are all there are, not just those since the last look: the manifest shrank, because an
    /// append was taken back or because another directory stands here now.
    pub anew: bool,
}

impl Tail {
    pub fn new(dir: &Path) -> Self {
        Self {
            path: dir.join(NAME),
            read_bytes: 0,
        }
    }

    /// The whole lines since the last call.
    pub fn read(&mut self) -> io::Result<Growth> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.read_bytes = 0;
                return Ok(Growth {
                    lines: Vec::new(),
                    anew: true,
                });
            }
            Err(error) => return Err(error),
        };
        let anew = file.metadata()?.len() < self.read_bytes;
        if anew {
            self.read_bytes = 0;
        }
        file.seek(SeekFrom::Start(self.read_bytes))?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        let whole = whole_lines(&content);
        let lines = entries_of(whole)?;
        self.read_bytes += whole.len() as u64;
        Ok(Growth { lines, anew })
    }
}

fn whole_lines(content: &[u8]) -> &[u8] {
    &content[..memchr::memrchr(b'\n', content).map_or(0, |end| end + 1)]
}

/// A line that is whole but unreadable is an error: something else wrote here.
fn entries_of(whole: &[u8]) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (number, line) in whole.split(|&b| b == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let entry = serde_json::from_slice(line).map_err(|error| {
            let message = format!("{NAME} line {}: {error}", number + 1);
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        entries.push(entry);
    }
    Ok(entries)
}
