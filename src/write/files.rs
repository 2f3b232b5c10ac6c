//! The few file operations that durability hangs on. Whatever changes the output directory goes through
//! here.
//!
//! A rename is durable only once the directory that holds the name is synced (measured on ext4 and
//! xfs: without it the name itself is lost in a power cut). A sync that failed says nothing about the
//! file any more: the kernel may have dropped the pages and call them clean the next time
//! (<https://wiki.postgresql.org/wiki/Fsync_Errors>), so such a file is never synced again but written
//! anew under another inode.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::fault::{self, Op};

/// A file that is being written.
pub(super) struct Handle(File);

impl Handle {
    /// Creates a file; one that stands there already is an error.
    pub fn create_new(path: &Path) -> io::Result<Self> {
        fault::before(Op::Create, None)?;
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .open(path)?;
        Ok(Self(file))
    }

    /// Creates a file in place of one that may stand there.
    pub fn create_anew(path: &Path) -> io::Result<Self> {
        remove_if_there(path)?;
        Self::create_new(path)
    }

    /// Opens a file to append to it, and creates it where it is absent.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        fault::before(Op::Create, None)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    /// Makes the content durable.
    pub fn sync_data(&self) -> io::Result<()> {
        fault::before(Op::Sync, Some(&self.0))?;
        self.0.sync_data()
    }

    /// Makes content and metadata durable.
    pub fn sync_all(&self) -> io::Result<()> {
        fault::before(Op::Sync, Some(&self.0))?;
        self.0.sync_all()
    }

    pub fn set_len(&self, bytes: u64) -> io::Result<()> {
        fault::before(Op::Cut, None)?;
        self.0.set_len(bytes)
    }
}

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = fault::before(Op::Write, None) {
            // Only in tests: a disk that fills up, and a process that dies, take a part.
            let _ = self.0.write(&bytes[..bytes.len() / 2]);
            return Err(error);
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Syncs the names in `dir`.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    fault::before(Op::SyncDir, None)?;
    File::open(dir)?.sync_all()
}

/// Creates `dir` and what is missing above it, and makes each new name durable.
pub(super) fn create_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    create_dir(parent)?;
    fault::before(Op::Create, None)?;
    match fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_dir(parent).inspect_err(|_| {
        // A folder whose name may not be durable must not be there the next time.
        let _ = remove_dir(dir);
    })
}

/// Gives a file another name, which need not be durable.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fault::before(Op::Rename, None)?;
    fs::rename(from, to)
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fault::before(Op::Remove, None)?;
    fs::remove_file(path)
}

/// Removes a file; whether there was one.
pub(super) fn remove_if_there(path: &Path) -> io::Result<bool> {
    match remove(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a folder that is empty.
pub(super) fn remove_dir(dir: &Path) -> io::Result<()> {
    fault::before(Op::Remove, None)?;
    fs::remove_dir(dir)
}

/// The names in a folder; none where it is absent or is no folder.
pub(super) fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_dir(folder) {
        Ok(listing) => listing
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect(),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// Moves a synced file to its final, visible name and makes the name durable. On an error it stands under
/// its old name or nowhere: it is to be written anew.
pub(super) fn publish(from: &Path, to: &Path) -> io::Result<()> {
    rename(from, to)?;
    sync_dir(to.parent().unwrap_or(Path::new("."))).inspect_err(|_| {
        let _ = remove(to);
    })
}

/// Puts a synced file in the place of another and makes that durable.
pub(super) fn exchange(from: &Path, to: &Path) -> io::Result<()> {
    rename(from, to)?;
    sync_dir(to.parent().unwrap_or(Path::new(".")))
}

/// Replaces the whole of a small file, unless it already says the same.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let temporary = path.with_extension("new");
    let mut file = Handle::create_anew(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    exchange(&temporary, path)
}
