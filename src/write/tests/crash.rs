//! A process that dies at any change that it makes, and a disk that refuses any of them, lose nothing that
//! was acknowledged, and nothing is written twice.

use std::collections::BTreeSet;

use jiff::ToSpan;

use super::super::fault::Op;
use super::faults::{self, Fault};
use super::*;

/// Days that are kept.
const KEEP: Duration = Duration::from_secs(2 * 86_400);
/// Runs in a day of the test's clock.
const RUNS_A_DAY: i64 = 3;
/// Deaths that the test must come to, unless the environment says another number; more are taken as they
/// come.
const DEATHS_MIN: u32 = 60;
const KILLS: &str = "KHABAR_KILLS";
/// Tries of one thing before a test gives up; a plan has fewer refusals.
const TRIES: usize = 8;

/// A directory, and what its writers were told was durable.
struct World {
    dir: tempfile::TempDir,
    run: i64,
    acknowledged: u64,
}

/// The process is dead: nobody is told anything any more.
struct Dead;

impl World {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            run: 0,
            acknowledged: 0,
        }
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn now(&self) -> Timestamp {
        noon() + (self.run * 24 / RUNS_A_DAY).hours()
    }

    /// One run of a daemon: two groups, a seal, a closed day, a day whose time is over. What fails is tried
    /// again, as the daemon does.
    fn live(&mut self) -> Result<(), Dead> {
        self.run += 1;
        let now = self.now();
        let mut writer = again(|| Writer::open(&self.out(), SETTINGS, now))?.0;
        for _ in 0..2 {
            for _ in 0..3 {
                writer.append(event(writer.next_seq() - 1), now);
            }
            let seq = writer.next_seq();
            let linked = (0..3).map(|n| event(seq - 1 + n)).collect();
            writer.append_linked(linked, now);
            again(|| writer.sync())?;
            self.acknowledged = writer.next_seq() - 1;
        }
        again(|| writer.seal(now))?;
        again(|| writer.compact(now))?;
        again(|| writer.retain(KEEP, now))?;
        Ok(())
    }

    /// The next start mends what was left; then what was acknowledged is there, or was removed in its time,
    /// once, and every file is as it should be.
    fn check(&self) {
        drop(Writer::open(&self.out(), SETTINGS, self.now()).unwrap());
        let verified = verify(&self.out()).unwrap();
        assert_eq!(verified.faults, []);
        assert!(
            verified.last_seq >= self.acknowledged,
            "{} was acknowledged, {} is there",
            self.acknowledged,
            verified.last_seq
        );
        let manifest = Manifest::load(&self.out()).unwrap();
        let removed = manifest
            .removed
            .iter()
            .filter(|entry| entry.kind().is_some());
        let removed: BTreeSet<u64> = removed
            .flat_map(|entry| entry.first_seq..=entry.last_seq)
            .collect();
        let expected: Vec<String> = (1..=verified.last_seq)
            .filter(|seq| !removed.contains(seq))
            .map(|seq| format!("event {}", seq - 1))
            .collect();
        assert_eq!(details(&self.out()), expected);
    }
}

/// Tries until it works.
fn again<T>(mut work: impl FnMut() -> Result<T, Error>) -> Result<T, Dead> {
    let mut last = None;
    for _ in 0..TRIES {
        match work() {
            // A success that the dead process cannot tell anybody.
            _ if faults::is_dead() => return Err(Dead),
            Ok(done) => return Ok(done),
            Err(error) => last = Some(error),
        }
    }
    panic!("it never works again: {last:?}");
}

#[test]
fn a_death_at_any_change_loses_nothing_and_doubles_nothing() {
    let wanted = std::env::var(KILLS).map_or(DEATHS_MIN, |kills| kills.parse().unwrap());
    let mut world = World::new();
    let mut deaths = 0;
    let mut well = 0;
    // A run that comes to its end had fewer changes to make than it was given: then each has had its death.
    // What a run has to do depends on what the last one left, so they are gone through again.
    while deaths < wanted || well > 0 {
        faults::plan(Fault::Death, well, 1);
        let lived = world.live();
        faults::heal();
        match lived {
            Ok(()) => well = 0,
            Err(Dead) => {
                deaths += 1;
                well += 1;
            }
        }
        world.check();
    }
    let manifest = Manifest::load(&world.out()).unwrap();
    let copies = manifest.entries.iter().filter_map(Entry::columns_of);
    assert!(copies.count() > 0, "no day was copied");
    assert!(!manifest.removed.is_empty(), "no day was removed");
    println!("{deaths} deaths");
}

/// Lets each change that can fail in this way fail, once and thrice in a row.
fn refuse_each(fault: Fault, expected: &[Op]) {
    let before = faults::failed();
    for times in [1, 3] {
        let mut world = World::new();
        assert!(world.live().is_ok());
        for well in 0.. {
            faults::plan(fault, well, times);
            assert!(world.live().is_ok(), "nobody died");
            let came = faults::heal();
            faults::lose_pages(&world.out());
            faults::lose_pages(&world.out().join(OPEN_DIR));
            world.check();
            if !came {
                break;
            }
        }
    }
    let failed = faults::failed();
    for op in expected {
        assert!(failed.get(op) > before.get(op), "{op:?} never failed");
    }
}

#[test]
fn a_disk_that_fills_up_at_any_change_loses_nothing() {
    refuse_each(Fault::Full, &[Op::Create, Op::Write, Op::Rename]);
}

#[test]
fn a_disk_that_turns_read_only_at_any_change_loses_nothing() {
    let all = [
        Op::Create,
        Op::Write,
        Op::Sync,
        Op::SyncDir,
        Op::Rename,
        Op::Remove,
    ];
    refuse_each(Fault::ReadOnly, &all);
}

// https://wiki.postgresql.org/wiki/Fsync_Errors
#[test]
fn a_sync_that_fails_is_never_repeated_as_if_the_pages_were_still_there() {
    refuse_each(Fault::Unsynced, &[Op::Sync, Op::SyncDir]);
}

#[test]
fn what_was_acknowledged_before_a_sync_failed_is_written_once_more() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = open(dir.path());
    writer.append(event(0), noon());
    writer.sync().unwrap();
    writer.append(event(1), noon());
    faults::plan(Fault::Unsynced, 0, 1);
    assert!(writer.sync().is_err());
    assert!(faults::heal());
    writer.sync().unwrap();
    assert!(!dir.path().join(".open/log-00000000").exists());
    // The second part holds both, so it is enough.
    drop(writer);
    drop(open(dir.path()));
    check_whole(dir.path(), 2);
}

#[test]
fn a_clock_that_steps_a_day_back_and_forth_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut number = 0;
    for days in [0_i64, -1, 1, 0, -2, 3, 0] {
        let now = noon() + (24 * days).hours();
        let (mut writer, _) = Writer::open(dir.path(), SETTINGS, now).unwrap();
        for step in [0_i64, -24, 24] {
            let now = now + step.hours();
            writer.append(event(number), now);
            number += 1;
            if writer.seal_due(now) {
                writer.seal(now).unwrap();
            }
            writer.compact(now).unwrap();
        }
        writer.sync().unwrap();
    }
    let later = noon() + 240.hours();
    let (mut writer, _) = Writer::open(dir.path(), SETTINGS, later).unwrap();
    while !writer.compact(later).unwrap().is_empty() {}
    check_whole(dir.path(), number);
    let copied: u64 = writer
        .manifest()
        .entries
        .iter()
        .filter(|entry| entry.columns_of().is_some())
        .map(|entry| entry.rows)
        .sum();
    assert_eq!(copied, number);
}
