//! The few file operations that durability hangs on.
//!
//! A rename is durable only once the directory that holds the name is synced (measured on ext4 and
//! xfs: without it the name itself is lost in a power cut), so every name that matters goes through
//! here.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

#[cfg(test)]
pub(super) use super::tests::crash::step;

/// A moment between two changes of the directory: here the tests end the process, as a kill would.
#[cfg(not(test))]
pub(super) fn step() {}

/// Syncs the names in `dir`.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Creates `dir` below `root`, and makes each new name durable.
pub(super) fn create_dir(root: &Path, dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent()
        && parent != root
        && parent.starts_with(root)
    {
        create_dir(root, parent)?;
    }
    step();
    match fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_dir(dir.parent().unwrap_or(root))
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

/// Moves a synced file to its final, visible name and makes the name durable.
pub(super) fn publish(from: &Path, to: &Path) -> io::Result<()> {
    step();
    fs::rename(from, to)?;
    step();
    sync_dir(to.parent().unwrap_or(Path::new(".")))
}

/// Replaces the whole of a small file, unless it already says the same.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    publish(&temporary, path)
}
