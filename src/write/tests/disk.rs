//! A disk that is full, at each place where the writer writes.

use std::process::Command;

use super::*;

/// A file system of half a MiB. There is none without root.
struct SmallDisk {
    at: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let at = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k", "khabar-test"])
            .arg(at.path())
            .stderr(std::process::Stdio::null())
            .status();
        let disk = Self { at };
        if mounted.is_ok_and(|status| status.success()) {
            return Some(disk);
        }
        println!("skipped: a small file system can only be mounted by root");
        None
    }

    fn out(&self) -> PathBuf {
        self.at.path().join("out")
    }

    fn ballast(&self) -> PathBuf {
        self.at.path().join("ballast")
    }

    /// Leaves room for this many bytes, roughly.
    fn fill(&self, room: usize) {
        let mut size = 1 << 19;
        while size > 0 && fs::write(self.ballast(), vec![0; size]).is_err() {
            size -= 4096;
        }
        fs::write(self.ballast(), vec![0; size.saturating_sub(room)]).unwrap();
    }

    fn empty(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Fails where nothing was mounted.
        let _ = Command::new("umount")
            .arg(self.at.path())
            .stderr(std::process::Stdio::null())
            .status();
    }
}

fn assert_full<T: std::fmt::Debug>(result: Result<T, Error>) {
    match result {
        Err(Error::Io { source, .. }) => {
            assert_eq!(source.kind(), io::ErrorKind::StorageFull, "{source}")
        }
        other => panic!("the disk was not full: {other:?}"),
    }
}

fn large_event(number: u64) -> Record {
    let detail = format!("event {number}");
    Record::Event(Box::new(Event::new(
        Some(&"x".repeat(20_000)),
        "gap",
        None,
        None,
        detail,
    )))
}

#[test]
fn a_full_disk_loses_nothing_at_any_write() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let (mut writer, _) = open(&disk.out());
    (0..4).for_each(|number| {
        writer.append(large_event(number), at("2026-11-23T12:00:00Z"));
    });

    disk.fill(0);
    assert_full(writer.sync());
    assert_full(writer.sync());
    disk.empty();
    writer.sync().unwrap();

    // Ever more room, until it is enough: the disk fills up at each write of the seal in turn.
    let mut refusals = 0;
    for room in (0..).step_by(4096) {
        disk.fill(room);
        let sealed = writer.seal(noon());
        disk.empty();
        if sealed.is_ok() {
            break;
        }
        assert_full(sealed);
        refusals += 1;
    }
    assert!(refusals > 1, "{refusals}");
    check_whole(&disk.out(), 4);

    writer.append(large_event(4), at("2026-11-23T13:00:00Z"));
    disk.fill(0);
    assert_full(writer.seal(noon()));
    disk.empty();
    writer.seal(noon()).unwrap();
    check_whole(&disk.out(), 5);

    disk.fill(0);
    assert_full(writer.compact(noon()));
    disk.empty();
    assert_eq!(writer.compact(noon()).unwrap().len(), 1);
    check_whole(&disk.out(), 5);
    drop(writer);
    assert_eq!(open(&disk.out()).1, Recovered::default());
    check_whole(&disk.out(), 5);
}
