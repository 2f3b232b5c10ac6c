//! A disk that refuses, and a process that dies, at a moment that a test chooses. Each test has its own
//! thread, and each thread its own disk.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use super::super::fault::Op;
use super::super::files;

/// Pages are what a kernel loses when a sync fails, not bytes.
const PAGE: u64 = 4096;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::write) enum Fault {
    /// The process ends: nothing more is done to the disk.
    Death,
    /// No room for anything new.
    Full,
    /// A sync fails; the pages are lost, and the kernel calls them clean.
    Unsynced,
    /// Nothing may be changed.
    ReadOnly,
}

#[derive(Default)]
struct Disk {
    plan: Option<(Fault, u32)>,
    /// Changes to come that go well.
    well: u32,
    dead: bool,
    done: BTreeMap<Op, u32>,
    failed: BTreeMap<Op, u32>,
    /// Length at the last good sync, by inode.
    synced: HashMap<u64, u64>,
    /// Files whose sync failed, by inode, with that length; held open, so that no other file gets the inode.
    lost: HashMap<u64, (File, u64)>,
}

thread_local! {
    static DISK: RefCell<Disk> = RefCell::default();
}

/// After `well` changes that go well, the next `times` ones that can fail in this way do.
pub(in crate::write) fn plan(fault: Fault, well: u32, times: u32) {
    DISK.with_borrow_mut(|disk| {
        disk.plan = Some((fault, times));
        disk.well = well;
        disk.dead = false;
        disk.synced.clear();
    });
}

/// Everything goes well again. Returns whether the plan came to its fault.
pub(in crate::write) fn heal() -> bool {
    DISK.with_borrow_mut(|disk| {
        disk.dead = false;
        disk.plan.take().is_none_or(|(_, times)| times == 0)
    })
}

/// Whether the process is to be thought of as dead.
pub(in crate::write) fn is_dead() -> bool {
    DISK.with_borrow(|disk| disk.dead)
}

/// How often each change failed so far.
pub(in crate::write) fn failed() -> BTreeMap<Op, u32> {
    DISK.with_borrow(|disk| disk.failed.clone())
}

/// What a loss of power does to the files of `dir` whose sync failed: the pages behind the last good one
/// are gone.
pub(in crate::write) fn lose_pages(dir: &Path) {
    let lost = DISK.with_borrow_mut(|disk| std::mem::take(&mut disk.lost));
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let about = file.metadata().unwrap();
        if let Some(&(_, whole)) = lost.get(&about.ino()) {
            let from = whole / PAGE * PAGE;
            let zeros = vec![0; about.len().saturating_sub(from) as usize];
            file.write_all_at(&zeros, from).unwrap();
        }
    }
}

/// Called before each change of the directory.
pub(in crate::write) fn before(op: Op, file: Option<&File>) -> io::Result<()> {
    DISK.with_borrow_mut(|disk| disk.before(op, file))
}

impl Disk {
    fn before(&mut self, op: Op, file: Option<&File>) -> io::Result<()> {
        let refused = self.refused(op);
        if let (Op::Sync, Some(file), false) = (op, file, self.dead) {
            let about = file.metadata()?;
            assert!(
                !self.lost.contains_key(&about.ino()),
                "a file is synced once more whose sync failed"
            );
            if refused.is_none() {
                self.synced.insert(about.ino(), about.len());
            } else {
                let whole = self.synced.get(&about.ino()).copied().unwrap_or(0);
                self.lost.insert(about.ino(), (file.try_clone()?, whole));
            }
        }
        let counted = if refused.is_some() {
            &mut self.failed
        } else {
            &mut self.done
        };
        *counted.entry(op).or_default() += 1;
        refused.map_or(Ok(()), Err)
    }

    fn refused(&mut self, op: Op) -> Option<io::Error> {
        if self.dead {
            return Some(io::Error::other("dead"));
        }
        let (fault, times) = self.plan.as_mut()?;
        let error = match (*fault, op) {
            (Fault::Death, _) => io::Error::other("dead"),
            (Fault::Full, Op::Create | Op::Write | Op::Rename) => io::ErrorKind::StorageFull.into(),
            (Fault::Unsynced, Op::Sync | Op::SyncDir) => io::Error::from_raw_os_error(5),
            (Fault::ReadOnly, _) => io::ErrorKind::ReadOnlyFilesystem.into(),
            (Fault::Full | Fault::Unsynced, _) => return None,
        };
        if self.well > 0 {
            self.well -= 1;
            return None;
        }
        if *times == 0 {
            return None;
        }
        *times -= 1;
        self.dead = *fault == Fault::Death;
        Some(error)
    }
}

/// The module is its own first user: files as the writer writes them.
#[test]
fn a_file_whose_sync_failed_is_not_synced_again() {
    use std::io::Write as _;
    let dir = tempfile::tempdir().unwrap();
    let mut file = files::Handle::create_new(&dir.path().join("file")).unwrap();
    plan(Fault::Unsynced, 0, 1);
    file.write_all(b"text").unwrap();
    assert!(file.sync_data().is_err());
    assert!(heal());
    let again = std::panic::catch_unwind(|| file.sync_data());
    assert!(again.is_err());
}
