//! What only `verify --deep` finds: files that are as the manifest says and say something wrong.

use super::evolution::{V1, copy_dir};
use super::*;

/// Changes the first file of a folder, and the manifest with it; returns what is found.
fn faults(folder: &str, change: impl Fn(&str) -> String) -> String {
    let dir = tempfile::tempdir().unwrap();
    copy_dir(Path::new(V1), dir.path());
    let manifest = Manifest::load(dir.path()).unwrap();
    let mut entries = manifest.entries.iter();
    let entry = entries
        .find(|entry| entry.path.starts_with(folder))
        .unwrap();
    let path = dir.path().join(&entry.path);
    let before = fs::read_to_string(&path).unwrap();
    let after = change(&before);
    assert_ne!(before, after);
    fs::write(&path, after).unwrap();
    let (bytes, sha256) = read::digest_of(&path).unwrap();
    let path = dir.path().join("MANIFEST.jsonl");
    let lines = fs::read_to_string(&path).unwrap();
    let lines = lines.replace(&entry.sha256, &sha256).replace(
        &format!("\"bytes\":{},", entry.bytes),
        &format!("\"bytes\":{bytes},"),
    );
    fs::write(path, lines).unwrap();
    assert_eq!(verify(dir.path()).unwrap().faults, []);
    let faults = verify_deep(dir.path()).unwrap().faults;
    faults
        .into_iter()
        .map(|fault| format!("{}: {}\n", fault.path, fault.what))
        .collect()
}

fn check(folder: &str, change: impl Fn(&str) -> String, expected: &str) {
    let found = faults(folder, change);
    assert!(found.contains(expected), "{found}");
}

#[test]
fn a_good_directory_has_no_faults() {
    assert_eq!(verify_deep(Path::new(V1)).unwrap().faults, []);
}

#[test]
fn a_line_that_does_not_fit_its_schema_is_named() {
    let change = |text: &str| text.replacen("\"supersedes\":null", "\"superseded\":null", 1);
    check("placements", change, "line 1: /supersedes is missing");
    let change = |text: &str| text.replacen("Z\"", "+00:00\"", 1);
    check("events", change, "line 1: /at is not as the schema says");
}

#[test]
fn a_text_that_is_not_that_of_its_digest_is_named() {
    let change = |text: &str| text.replacen("\"text\":\"", "\"text\":\"x", 1);
    check("articles", change, "text_sha256 is not that of the text");
}

#[test]
fn a_copy_with_another_value_is_named() {
    let change = |text: &str| text.replacen("\"title\":\"", "\"title\":\"x", 1);
    check(
        "articles",
        change,
        "not a copy of its lines: a value differs",
    );
}

#[test]
fn a_story_that_counts_what_is_not_placed_in_it_is_named() {
    let change = |text: &str| text.replace("\"article_count\":1,", "\"article_count\":11,");
    check("stories", change, "counts 11 articles, 1 are placed in it");
}

#[test]
fn a_placement_that_supersedes_another_than_the_last_is_named() {
    let dir = tempfile::tempdir().unwrap();
    copy_dir(Path::new(V1), dir.path());
    let (mut writer, _) = open(dir.path());
    let manifest = Manifest::load(dir.path()).unwrap();
    let mut placements = records(dir.path(), &manifest, &[Kind::Placement], 0, None).unwrap();
    let Some(Ok(Record::Placement(mut again))) = placements.next() else {
        panic!("no placement")
    };
    again.supersedes = Some(1);
    writer.append(Record::Placement(again), noon());
    writer.seal(noon()).unwrap();
    let faults = verify_deep(dir.path()).unwrap().faults;
    assert!(
        faults[0]
            .what
            .contains("supersedes another one than the last"),
        "{faults:?}"
    );
}
