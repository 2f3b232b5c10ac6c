//! A directory that an earlier version wrote is read, checked and written on by this one.

use super::*;

/// A directory of schema version 1: two days, a copy in columns of the first, every kind of record.
pub(super) const V1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/output/v1");

pub(super) fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn the_first_version_is_read_checked_and_written_on() {
    let dir = tempfile::tempdir().unwrap();
    copy_dir(Path::new(V1), dir.path());
    let before = Manifest::load(dir.path()).unwrap();
    let verified = verify(dir.path()).unwrap();
    assert_eq!(verified.faults, []);
    let read: Vec<Record> = records(dir.path(), &before, &Kind::ALL, 0, None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(read.last().map(Record::seq), Some(before.last_seq()));
    for kind in Kind::ALL {
        assert!(
            read.iter().any(|record| record.kind() == kind),
            "no {}",
            kind.name()
        );
    }
    assert!(
        before
            .entries
            .iter()
            .any(|entry| entry.columns_of().is_some())
    );

    let identity = fs::read_to_string(dir.path().join("datapackage.json")).unwrap();
    let (mut writer, recovered) = open(dir.path());
    assert_eq!(recovered, Recovered::default());
    assert!(identity.contains(writer.directory()));
    assert_eq!(writer.append(event(0), noon()), before.last_seq() + 1);
    writer.seal(noon()).unwrap();
    while !writer.compact(noon()).unwrap().is_empty() {}
    assert_eq!(verify(dir.path()).unwrap().faults, []);
}

/// What a later version of this format may be: further keys, in records and in what they hold.
#[test]
fn fields_that_a_later_version_added_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    copy_dir(Path::new(V1), dir.path());
    let before = verify(dir.path()).unwrap();
    for entry in Manifest::load(dir.path()).unwrap().entries {
        let path = dir.path().join(&entry.path);
        if entry.kind().is_some() {
            let text = fs::read_to_string(&path).unwrap();
            let later = text
                .replace("{\"record\":", "{\"later\":{\"a\":[1,null]},\"record\":")
                .replace("{\"code\":", "{\"later\":true,\"code\":")
                .replace("\"story\":{", "\"story\":{\"later\":\"x\",")
                .replace("\"evidence\":{", "\"evidence\":{\"later\":0.5,")
                .replace("{\"language\":", "{\"later\":[],\"language\":");
            assert_ne!(later, text, "{}", entry.path);
            fs::write(path, later).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    // The files are taken into a manifest anew, as if they had been written so.
    fs::remove_file(dir.path().join("MANIFEST.jsonl")).unwrap();
    let (mut writer, recovered) = open(dir.path());
    assert_eq!(recovered, Recovered::default());
    while !writer.compact(noon()).unwrap().is_empty() {}
    let after = verify(dir.path()).unwrap();
    assert_eq!(after.faults, []);
    assert_eq!((after.rows, after.last_seq), (before.rows, before.last_seq));
}
