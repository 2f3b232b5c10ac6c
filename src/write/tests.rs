//! The promises of the output directory.

mod copies;
mod crash;
mod deep;
mod disk;
mod evolution;
pub(super) mod faults;
mod growth;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::read::records;
use super::record::{Event, Kind, Record};
use super::*;

const SETTINGS: Settings = Settings {
    seal_after: Duration::from_secs(300),
    seal_bytes: 64 << 20,
    compression: Compression::None,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-24T12:00:00Z")
}

fn event(number: u64) -> Record {
    Record::Event(Box::new(Event::new(
        Some("feed"),
        "gap",
        None,
        None,
        format!("event {number}"),
    )))
}

fn open(dir: &Path) -> (Writer, Recovered) {
    Writer::open(dir, SETTINGS, noon()).unwrap()
}

/// A directory with `sealed` sealed events and `open` synced, unsealed ones.
fn directory(sealed: u64, unsealed: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    (0..sealed).for_each(|n| {
        writer.append(event(n), noon());
    });
    writer.seal(noon()).unwrap();
    (0..unsealed).for_each(|n| {
        writer.append(event(sealed + n), noon());
    });
    writer.sync().unwrap();
    dir
}

fn details(dir: &Path) -> Vec<String> {
    let manifest = Manifest::load(dir).unwrap();
    records(dir, &manifest, &Kind::ALL, 0, None)
        .unwrap()
        .map(|record| match record.unwrap() {
            Record::Event(event) => event.detail,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn expected(count: u64) -> Vec<String> {
    (0..count).map(|n| format!("event {n}")).collect()
}

fn check_whole(dir: &Path, count: u64) {
    assert_eq!(details(dir), expected(count));
    let verified = verify(dir).unwrap();
    assert_eq!(verified.faults, []);
    assert_eq!(verified.last_seq, count);
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for day in fs::read_dir(dir.join("events")).unwrap() {
        for file in fs::read_dir(day.unwrap().path()).unwrap() {
            found.push(file.unwrap().path());
        }
    }
    found.sort();
    found
}

#[test]
fn what_was_synced_and_never_sealed_is_sealed_at_the_next_start() {
    let dir = directory(3, 4);
    let (writer, recovered) = open(dir.path());
    assert_eq!((recovered.records, writer.next_seq()), (4, 8));
    check_whole(dir.path(), 7);
}

#[test]
fn a_start_after_a_clean_stop_changes_nothing() {
    let dir = directory(3, 0);
    let before = segments(dir.path());
    let (_writer, recovered) = open(dir.path());
    assert_eq!(recovered, Recovered::default());
    assert_eq!(segments(dir.path()), before);
}

#[test]
fn a_file_in_place_without_its_manifest_line_is_adopted() {
    let dir = directory(3, 4);
    // As if the machine had stopped between the rename and the append to the manifest.
    let manifest = fs::read(dir.path().join("MANIFEST.jsonl")).unwrap();
    let log = fs::read(dir.path().join(".open/log-00000000")).unwrap();
    drop(open(dir.path()));
    fs::write(dir.path().join("MANIFEST.jsonl"), &manifest).unwrap();
    fs::write(dir.path().join(".open/log-00000000"), &log).unwrap();
    let before = segments(dir.path());
    drop(open(dir.path()));
    assert_eq!(segments(dir.path()), before);
    check_whole(dir.path(), 7);
}

#[test]
fn a_damaged_file_without_its_manifest_line_is_set_aside_and_made_again() {
    let dir = directory(3, 4);
    let stray = segments(dir.path())[0].with_file_name("20261124T120001Z-00000004.jsonl");
    fs::write(&stray, b"{\"record\":\"event\",\"se").unwrap();
    let (_writer, recovered) = open(dir.path());
    assert_eq!(recovered.rejected.len(), 1);
    assert!(!stray.exists());
    check_whole(dir.path(), 7);
}

#[test]
fn a_torn_manifest_line_is_cut_off_and_its_files_are_adopted() {
    let dir = directory(3, 4);
    let log = fs::read(dir.path().join(".open/log-00000000")).unwrap();
    drop(open(dir.path()));
    let manifest = dir.path().join("MANIFEST.jsonl");
    let whole = fs::read(&manifest).unwrap();
    fs::write(&manifest, &whole[..whole.len() - 10]).unwrap();
    fs::write(dir.path().join(".open/log-00000000"), &log).unwrap();
    drop(open(dir.path()));
    check_whole(dir.path(), 7);
}

#[test]
fn files_that_a_manifest_lost_are_adopted_without_a_log() {
    let dir = directory(3, 0);
    let (mut writer, _) = open(dir.path());
    writer.append(event(3), noon());
    writer.seal(noon()).unwrap();
    drop(writer);
    let manifest = dir.path().join("MANIFEST.jsonl");
    for kept in [1, 0] {
        let text = fs::read_to_string(&manifest).unwrap();
        let kept: String = text.split_inclusive('\n').take(kept).collect();
        fs::write(&manifest, kept).unwrap();
        let (writer, recovered) = open(dir.path());
        assert_eq!((recovered, writer.next_seq()), (Recovered::default(), 5));
        check_whole(dir.path(), 4);
    }
}

#[test]
fn a_file_that_repeats_another_is_set_aside() {
    let dir = directory(3, 0);
    let file = segments(dir.path())[0].clone();
    fs::copy(&file, file.with_file_name("copy.jsonl")).unwrap();
    let (_writer, recovered) = open(dir.path());
    assert_eq!(recovered.rejected, ["events/date=2026-11-24/copy.jsonl"]);
    check_whole(dir.path(), 3);
}

#[test]
fn a_log_that_spans_midnight_makes_a_file_for_each_day() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    writer.append(event(0), at("2026-11-24T23:59:59Z"));
    writer.append(event(1), at("2026-11-25T00:00:01Z"));
    let sealed = writer.seal(at("2026-11-25T00:00:02Z")).unwrap();
    let days: Vec<_> = sealed.iter().filter_map(|entry| entry.day()).collect();
    assert_eq!(days, ["2026-11-24", "2026-11-25"]);
    check_whole(dir.path(), 2);
}

#[test]
fn a_clock_that_steps_back_does_not_keep_records_invisible() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    writer.append(event(0), noon());
    assert!(!writer.seal_due(at("2026-11-24T12:04:59Z")));
    assert!(writer.seal_due(at("2026-11-24T12:05:00Z")));
    assert!(writer.seal_due(at("2026-11-23T12:00:00Z")));
}

#[test]
fn zstd_files_read_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        compression: Compression::Zstd,
        ..SETTINGS
    };
    let (mut writer, _) = Writer::open(dir.path(), settings, noon()).unwrap();
    (0..5).for_each(|n| {
        writer.append(event(n), noon());
    });
    let sealed = writer.seal(noon()).unwrap();
    assert!(sealed[0].path.ends_with(".jsonl.zst"));
    check_whole(dir.path(), 5);
}

#[test]
fn a_second_writer_is_refused_and_told_who_holds_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let (_writer, _) = open(dir.path());
    let second = Writer::open(dir.path(), SETTINGS, noon());
    let message = second
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        message.contains(&std::process::id().to_string()),
        "{message}"
    );
}

#[test]
fn verify_names_each_file_that_is_missing_altered_torn_or_unlisted() {
    let dir = directory(3, 0);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).unwrap();
    let fault = |dir: &Path| -> String {
        let faults = verify(dir).unwrap().faults;
        faults
            .into_iter()
            .map(|fault| format!("{}: {}\n", fault.path, fault.what))
            .collect()
    };
    let altered = String::from_utf8(whole.clone())
        .unwrap()
        .replace("event 1", "event 9");
    fs::write(file, altered).unwrap();
    assert!(fault(dir.path()).contains("altered"));
    fs::write(file, &whole[..whole.len() - 5]).unwrap();
    assert!(fault(dir.path()).contains("torn"));
    fs::remove_file(file).unwrap();
    assert!(fault(dir.path()).contains("missing"));
    fs::write(file, &whole).unwrap();
    fs::write(file.with_file_name("other.jsonl"), b"").unwrap();
    assert!(fault(dir.path()).contains("not in the manifest"));
}

#[test]
fn a_directory_that_is_written_to_meanwhile_has_no_faults() {
    let dir = directory(1, 0);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut writer, _) = open(dir.path());
            for number in 1..150 {
                writer.append(event(number), noon());
                writer.seal(noon()).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            assert_eq!(verify(dir.path()).unwrap().faults, []);
        }
    });
    check_whole(dir.path(), 150);
}

#[test]
fn the_directory_keeps_its_identity() {
    let dir = directory(1, 0);
    let (first, _) = open(dir.path());
    let identity = first.directory().to_owned();
    drop(first);
    assert_eq!(open(dir.path()).0.directory(), identity);
}
