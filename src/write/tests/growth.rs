//! What a reader sees of a directory that grows, and from which days are removed.

use super::follow::Follower;
use super::*;

const DAY: Duration = Duration::from_secs(86_400);
const NOTHING: [u64; 0] = [];

fn seal(writer: &mut Writer, numbers: std::ops::Range<u64>, time: &str) {
    for number in numbers {
        writer.append(event(number), at(time));
    }
    writer.seal(at(time)).unwrap();
}

fn taken(follower: &mut Follower) -> Vec<u64> {
    let lines = follower.take_new().unwrap();
    lines
        .into_iter()
        .flatten()
        .map(|line| line.unwrap().seq)
        .collect()
}

#[test]
fn a_follower_gets_each_record_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut follower = Follower::new(dir.path(), &Kind::ALL, 0);
    assert_eq!(taken(&mut follower), NOTHING);
    let (mut writer, _) = open(dir.path());
    seal(&mut writer, 0..3, "2026-11-23T12:00:00Z");
    assert_eq!(taken(&mut follower), [1, 2, 3]);
    assert_eq!(taken(&mut follower), NOTHING);
    seal(&mut writer, 3..4, "2026-11-24T12:00:00Z");
    writer.compact(noon()).unwrap();
    seal(&mut writer, 4..5, "2026-11-24T12:00:00Z");
    assert_eq!(taken(&mut follower), [4, 5]);
    assert_eq!(taken(&mut Follower::new(dir.path(), &Kind::ALL, 3)), [4, 5]);
    assert_eq!(
        taken(&mut Follower::new(dir.path(), &[Kind::Story], 0)),
        NOTHING
    );
    let mut late = Follower::from_now(dir.path(), &Kind::ALL).unwrap();
    seal(&mut writer, 5..6, "2026-11-24T12:00:00Z");
    assert_eq!(taken(&mut late), [6]);
}

#[test]
fn a_follower_waits_for_the_rest_of_a_seal() {
    let dir = directory(2, 0);
    let manifest = dir.path().join("MANIFEST.jsonl");
    let first = fs::read_to_string(&manifest).unwrap();
    let (mut writer, _) = open(dir.path());
    writer.append(event(2), at("2026-11-23T23:59:59Z"));
    writer.append(event(3), noon());
    writer.seal(noon()).unwrap();
    let whole = fs::read_to_string(&manifest).unwrap();
    let mut lines: Vec<&str> = whole[first.len()..].split_inclusive('\n').collect();
    // Only the later file of the seal is there yet.
    lines.reverse();
    fs::write(&manifest, format!("{first}{}", lines[0])).unwrap();
    let mut follower = Follower::new(dir.path(), &Kind::ALL, 2);
    assert_eq!(taken(&mut follower), NOTHING);
    fs::write(&manifest, format!("{first}{}{}", lines[0], lines[1])).unwrap();
    assert_eq!(taken(&mut follower), [3, 4]);
}

#[test]
fn a_day_whose_time_is_over_is_removed_and_the_manifest_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    let mut behind = Follower::new(dir.path(), &Kind::ALL, 0);
    seal(&mut writer, 0..3, "2026-11-21T12:00:00Z");
    seal(&mut writer, 3..5, "2026-11-23T12:00:00Z");
    writer.compact(noon()).unwrap();
    assert_eq!(
        writer.retain(3 * DAY, noon()).unwrap(),
        [],
        "the day ended less than three days ago"
    );
    let removed = writer.retain(2 * DAY, noon()).unwrap();
    let paths: Vec<&str> = removed
        .iter()
        .map(|entry| entry.path.split('/').next().unwrap())
        .collect();
    assert_eq!(paths, ["parquet", "events"]);
    assert!(!dir.path().join("events/date=2026-11-21").exists());
    assert_eq!(writer.retain(2 * DAY, noon()).unwrap(), []);
    drop(writer);
    let (writer, _) = open(dir.path());
    assert_eq!(writer.next_seq(), 6);
    let verified = verify(dir.path()).unwrap();
    assert_eq!((verified.faults, verified.last_seq), (vec![], 5));
    assert_eq!(details(dir.path()), ["event 3", "event 4"]);
    assert_eq!(taken(&mut behind), [4, 5]);
}

#[test]
fn a_reader_of_open_files_is_not_disturbed_by_a_removal() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    for number in 0..4 {
        seal(&mut writer, number..number + 1, "2026-11-21T12:00:00Z");
    }
    seal(&mut writer, 4..5, "2026-11-24T11:00:00Z");
    let mut follower = Follower::new(dir.path(), &Kind::ALL, 0);
    let mut lines = follower.take_new().unwrap().unwrap();
    assert_eq!(lines.next().unwrap().unwrap().seq, 1);
    writer.retain(DAY, noon()).unwrap();
    // One file had been opened ahead; the others are passed over.
    let rest: Vec<u64> = lines.map(|line| line.unwrap().seq).collect();
    assert_eq!(rest, [2, 5]);
}

#[test]
fn a_removal_that_was_cut_short_is_finished_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    seal(&mut writer, 0..3, "2026-11-21T12:00:00Z");
    let file = segments(dir.path())[0].clone();
    let content = fs::read(&file).unwrap();
    writer.retain(DAY, noon()).unwrap();
    drop(writer);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, content).unwrap();
    assert_eq!(verify(dir.path()).unwrap().faults, []);
    drop(open(dir.path()));
    assert!(!file.exists());
}

#[test]
fn what_is_missing_without_having_been_removed_is_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    seal(&mut writer, 0..3, "2026-11-21T12:00:00Z");
    seal(&mut writer, 3..6, "2026-11-23T12:00:00Z");
    writer.retain(2 * DAY, noon()).unwrap();
    fs::remove_dir_all(dir.path().join("events/date=2026-11-23")).unwrap();
    let faults = verify(dir.path()).unwrap().faults;
    assert!(
        faults.iter().any(|fault| fault.what == "missing"),
        "{faults:?}"
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.what == "seq 1 to 6 are missing"),
        "{faults:?}"
    );
}
