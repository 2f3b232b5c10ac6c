//! Copies in columns.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

use super::*;

const YESTERDAY: &str = "2026-11-23T12:00:00Z";

/// A directory with events of yesterday, sealed in two files, and one of today.
fn two_days() -> (tempfile::TempDir, Writer) {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    for (number, time) in [
        (0, YESTERDAY),
        (1, YESTERDAY),
        (2, "2026-11-23T23:00:00Z"),
        (3, "2026-11-24T11:00:00Z"),
    ] {
        writer.append(event(number), at(time));
        if number != 0 {
            writer.seal(at(time)).unwrap();
        }
    }
    (dir, writer)
}

/// `seq`s of a file in columns.
fn seqs(dir: &Path, entry: &Entry) -> Vec<i64> {
    let reader = SerializedFileReader::new(fs::File::open(dir.join(&entry.path)).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().get_long(1).unwrap()).collect()
}

#[test]
fn a_closed_day_is_copied_once_and_today_is_not() {
    let (dir, mut writer) = two_days();
    let copies = writer.compact(noon()).unwrap();
    let [copy] = &copies[..] else {
        panic!("{copies:?}")
    };
    assert_eq!(
        copy.path,
        "parquet/events/date=2026-11-23/part-00000001.parquet"
    );
    assert_eq!((copy.rows, copy.first_seq, copy.last_seq), (3, 1, 3));
    assert_eq!(seqs(dir.path(), copy), [1, 2, 3]);
    assert_eq!(writer.compact(noon()).unwrap(), []);
    check_whole(dir.path(), 4);
}

#[test]
fn what_comes_late_goes_to_a_further_part() {
    let (dir, mut writer) = two_days();
    writer.compact(noon()).unwrap();
    writer.append(event(4), at(YESTERDAY));
    writer.seal(noon()).unwrap();
    let copies = writer.compact(noon()).unwrap();
    assert_eq!(
        copies[0].path,
        "parquet/events/date=2026-11-23/part-00000005.parquet"
    );
    assert_eq!(seqs(dir.path(), &copies[0]), [5]);
    check_whole(dir.path(), 5);
}

#[test]
fn nothing_is_copied_while_the_log_may_hold_more_of_the_day() {
    let (_dir, mut writer) = two_days();
    writer.append(event(4), at(YESTERDAY));
    assert_eq!(writer.compact(noon()).unwrap(), []);
}

#[test]
fn a_file_that_was_altered_is_not_copied_and_is_told_once() {
    let (dir, mut writer) = two_days();
    let file = &segments(dir.path())[0];
    let altered = fs::read_to_string(file)
        .unwrap()
        .replace("event 0", "event 9");
    fs::write(file, altered).unwrap();
    let message = writer.compact(noon()).unwrap_err().to_string();
    assert!(message.contains(".jsonl"), "{message}");
    assert_eq!(writer.compact(noon()).unwrap(), []);
    assert!(!dir.path().join("parquet").exists());
}

#[test]
fn a_copy_without_its_manifest_line_is_set_aside() {
    let (dir, mut writer) = two_days();
    let manifest = fs::read(dir.path().join("MANIFEST.jsonl")).unwrap();
    let copies = writer.compact(noon()).unwrap();
    drop(writer);
    // As if the machine had stopped between the rename and the append to the manifest.
    fs::write(dir.path().join("MANIFEST.jsonl"), manifest).unwrap();
    let (mut writer, recovered) = open(dir.path());
    assert_eq!(recovered.rejected, [copies[0].path.clone()]);
    check_whole(dir.path(), 4);
    assert_eq!(writer.compact(noon()).unwrap().len(), 1);
    check_whole(dir.path(), 4);
}

#[test]
fn compressed_lines_are_copied_too() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        compression: Compression::Zstd,
        ..SETTINGS
    };
    let (mut writer, _) = Writer::open(dir.path(), settings, noon()).unwrap();
    writer.append(event(0), at(YESTERDAY));
    writer.seal(noon()).unwrap();
    assert_eq!(seqs(dir.path(), &writer.compact(noon()).unwrap()[0]), [1]);
    check_whole(dir.path(), 1);
}

#[test]
fn verify_names_a_copy_that_is_damaged_missing_or_unlisted() {
    let (dir, mut writer) = two_days();
    let path = dir.path().join(&writer.compact(noon()).unwrap()[0].path);
    let fault = || -> String {
        let faults = verify(dir.path()).unwrap().faults;
        faults
            .into_iter()
            .map(|fault| format!("{}: {}\n", fault.path, fault.what))
            .collect()
    };
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    assert!(
        fault().contains("part-00000001.parquet: unreadable"),
        "{}",
        fault()
    );
    fs::remove_file(&path).unwrap();
    assert!(
        fault().contains("part-00000001.parquet: missing"),
        "{}",
        fault()
    );
    fs::write(&path, &whole).unwrap();
    fs::write(path.with_file_name("part-00000009.parquet"), &whole).unwrap();
    assert!(
        fault().contains("part-00000009.parquet: not in the manifest"),
        "{}",
        fault()
    );
}
