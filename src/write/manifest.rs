//! `MANIFEST.jsonl`: one line for each sealed file. Appending to it is the commit of a seal; it only
//! grows.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::files;
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
}

impl Entry {
    /// The kind of record that the file holds, by its folder; `None` for a folder of a later version.
    pub fn kind(&self) -> Option<Kind> {
        let folder = self.path.split('/').next()?;
        Kind::ALL.into_iter().find(|kind| kind.folder() == folder)
    }

    /// The `date=` of the path, `YYYY-MM-DD`.
    pub fn day(&self) -> Option<&str> {
        self.path
            .split('/')
            .find_map(|part| part.strip_prefix("date="))
    }
}

/// The manifest as read from the disk.
#[derive(Debug, Default)]
pub struct Manifest {
    pub entries: Vec<Entry>,
    /// Bytes at the end that are not a whole line: an append that a power cut tore.
    pub torn_bytes: u64,
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
        let whole = content.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
        let mut entries = Vec::new();
        for (number, line) in content[..whole].split(|&b| b == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let entry = serde_json::from_slice(line).map_err(|error| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("{NAME} line {}: {error}", number + 1),
                )
            })?;
            entries.push(entry);
        }
        Ok(Self {
            entries,
            torn_bytes: (content.len() - whole) as u64,
        })
    }

    /// The highest `seq` in any sealed file, 0 where there is none.
    pub fn last_seq(&self) -> u64 {
        self.entries.iter().map(|e| e.last_seq).max().unwrap_or(0)
    }

    /// Cuts a torn tail off, so that the next append starts a line of its own.
    pub(super) fn mend(&mut self, dir: &Path) -> io::Result<()> {
        if self.torn_bytes == 0 {
            return Ok(());
        }
        let file = OpenOptions::new().write(true).open(dir.join(NAME))?;
        let whole = file.metadata()?.len() - self.torn_bytes;
        file.set_len(whole)?;
        file.sync_all()?;
        self.torn_bytes = 0;
        Ok(())
    }

    /// Commits sealed files: one append, synced.
    pub(super) fn commit(&mut self, dir: &Path, sealed: Vec<Entry>) -> io::Result<()> {
        let path = dir.join(NAME);
        let mut lines = Vec::new();
        for entry in &sealed {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let (mut file, new) = open_to_append(&path)?;
        let before = file.metadata()?.len();
        if let Err(error) = file.write_all(&lines).and_then(|()| file.sync_all()) {
            // What is not known to be on disk must not be believed by the next reader.
            let _ = file.set_len(before);
            return Err(error);
        }
        if new {
            files::sync_dir(dir)?;
        }
        self.entries.extend(sealed);
        Ok(())
    }
}

fn open_to_append(path: &PathBuf) -> io::Result<(File, bool)> {
    let new = !path.exists();
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok((file, new))
}
