//! The index of an earlier run, so that a start need not read the texts of the window again.
//!
//! It is a shortcut and never believed over the directory: a file that is damaged, of another build or of another
//! directory, or that was written under other bounds, is ignored, and records that came after it are read.
//!
//! The file is a line of JSON, which says what it belongs to, and frames: length, XXH3-64, bytes. A frame without
//! bytes ends it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

const FILE: &str = "index";
const UNFINISHED: &str = "index.new";
/// Bytes of a frame. Chunks of the index are a megabyte, but for what it has counted of words.
const FRAME_BYTES_MAX: usize = 64 << 20;
/// Bytes of the first line.
const HEADING_BYTES_MAX: u64 = 4096;

/// What a snapshot belongs to. Another heading is another index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// Of the engine and everything that it depends on.
    pub fingerprint: u64,
    /// The output directory.
    pub directory: String,
    /// Of the last sealed files up to `last_seq`.
    pub segments: String,
    pub window_secs: i64,
    pub max_memory: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct FirstLine {
    /// Every record up to here is in it.
    last_seq: u64,
    #[serde(flatten)]
    heading: Heading,
}

/// A snapshot that is being written.
pub struct Unfinished {
    dir: PathBuf,
    file: BufWriter<File>,
}

impl Unfinished {
    pub fn begin(dir: &Path, last_seq: u64, heading: Heading) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 18, File::create(dir.join(UNFINISHED))?);
        serde_json::to_writer(&mut file, &FirstLine { last_seq, heading })?;
        file.write_all(b"\n")?;
        Ok(Self {
            dir: dir.to_owned(),
            file,
        })
    }

    /// Appends what is to be read back as it is.
    pub fn frame(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() || bytes.len() > FRAME_BYTES_MAX {
            let message = format!("a frame of {} bytes", bytes.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.put(bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(&(bytes.len() as u32).to_le_bytes())?;
        self.file.write_all(&xxh3_64(bytes).to_le_bytes())?;
        self.file.write_all(bytes)
    }

    /// Ends the file, syncs it and puts it in the place of the earlier one. Returns its length.
    pub fn finish(self) -> io::Result<u64> {
        let dir = self.dir.clone();
        self.complete().inspect_err(|_| discard(&dir))
    }

    fn complete(mut self) -> io::Result<u64> {
        self.put(&[])?;
        let file = self.file.into_inner().map_err(|error| error.into_error())?;
        file.sync_data()?;
        fs::rename(self.dir.join(UNFINISHED), self.dir.join(FILE))?;
        Ok(file.metadata()?.len())
    }
}

/// A snapshot that is being read.
pub struct Snapshot {
    pub last_seq: u64,
    pub heading: Heading,
    file: BufReader<File>,
}

impl Snapshot {
    /// Opens the snapshot of a state directory; none where there is none.
    pub fn open(dir: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(dir.join(FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut file = BufReader::with_capacity(1 << 18, file);
        let mut line = Vec::new();
        (&mut file)
            .take(HEADING_BYTES_MAX)
            .read_until(b'\n', &mut line)?;
        let FirstLine { last_seq, heading } = serde_json::from_slice(&line)?;
        Ok(Some(Self {
            last_seq,
            heading,
            file,
        }))
    }

    /// The next frame; none at the end. A file that ends elsewhere, or whose bytes are not those that were
    /// written, is an error.
    pub fn frame(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (mut length, mut sum) = ([0; 4], [0; 8]);
        self.file.read_exact(&mut length)?;
        self.file.read_exact(&mut sum)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(damaged("a frame is too long"));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        if xxh3_64(&bytes) != u64::from_le_bytes(sum) {
            return Err(damaged("a checksum does not hold"));
        }
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Removes what could not be finished: the disk may be full of it.
pub fn discard(dir: &Path) {
    // Nothing depends on it, and the next snapshot overwrites it.
    let _ = fs::remove_file(dir.join(UNFINISHED));
}

/// Removes the snapshot of a state directory.
pub(super) fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_file(dir.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading() -> Heading {
        Heading {
            fingerprint: u64::MAX,
            directory: "d".into(),
            segments: "s".into(),
            window_secs: 7,
            max_memory: 1 << 40,
        }
    }

    fn written(frames: &[&[u8]]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut unfinished = Unfinished::begin(dir.path(), 42, heading()).unwrap();
        frames
            .iter()
            .for_each(|frame| unfinished.frame(frame).unwrap());
        unfinished.finish().unwrap();
        dir
    }

    fn read(dir: &Path) -> io::Result<Vec<Vec<u8>>> {
        let mut snapshot = Snapshot::open(dir)?.unwrap();
        assert_eq!((snapshot.last_seq, &snapshot.heading), (42, &heading()));
        let mut frames = Vec::new();
        while let Some(frame) = snapshot.frame()? {
            frames.push(frame);
        }
        Ok(frames)
    }

    #[test]
    fn frames_come_back() {
        let dir = written(&[b"one", b"two"]);
        assert_eq!(read(dir.path()).unwrap(), [b"one", b"two"]);
        remove(dir.path()).unwrap();
        assert!(Snapshot::open(dir.path()).unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_cut_or_altered_anywhere_behind_its_heading_is_an_error() {
        let dir = written(&[b"one", b"two"]);
        let path = dir.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        let start = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for at in start..whole.len() {
            fs::write(&path, &whole[..at]).unwrap();
            assert!(read(dir.path()).is_err(), "cut at {at}");
            let mut altered = whole.clone();
            altered[at] ^= 1;
            fs::write(&path, altered).unwrap();
            assert!(read(dir.path()).is_err(), "altered at {at}");
        }
    }

    #[test]
    fn an_unfinished_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        Unfinished::begin(dir.path(), 1, heading()).unwrap();
        assert!(Snapshot::open(dir.path()).unwrap().is_none());
    }
}
