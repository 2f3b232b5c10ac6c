//! A process that dies at every step of its work loses nothing that it had acknowledged and writes
//! nothing twice.
//!
//! The test runs itself as a child for each step; the child ends at that step without any cleaning up.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::ToSpan;

use super::*;

const DIR: &str = "KHABAR_TEST_CRASH_DIR";
const STEP: &str = "KHABAR_TEST_CRASH_STEP";
const RUN: &str = "KHABAR_TEST_CRASH_RUN";
/// Days that are kept.
const KEEP_DAYS: u64 = 2;
/// Runs in a day of the test's clock.
const RUNS_A_DAY: i64 = 3;
/// Kills that the test must come to; more are taken as they come.
const KILLS_MIN: u32 = 60;

/// Steps until the process ends; 0 in every process but the child.
static STEPS_LEFT: AtomicU32 = AtomicU32::new(0);

/// Called by the writer before and after each change that it makes.
pub(in crate::write) fn step() {
    // Other tests never count: only the child has steps left, and it runs one test.
    let last = STEPS_LEFT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    });
    if last == Ok(1) {
        std::process::abort();
    }
}

fn variable(name: &str) -> Option<i64> {
    std::env::var(name).ok()?.parse().ok()
}

/// One run of a daemon: two groups, a seal, a closed day, a day whose time is over.
#[test]
fn child() {
    let (Some(dir), Some(run), Some(steps)) =
        (std::env::var_os(DIR), variable(RUN), variable(STEP))
    else {
        return;
    };
    let dir = PathBuf::from(dir);
    STEPS_LEFT.store(u32::try_from(steps).unwrap(), Ordering::Relaxed);
    let now = noon() + (run * 24 / RUNS_A_DAY).hours();
    let (mut writer, _) = Writer::open(&dir.join("out"), SETTINGS, now).unwrap();
    for _ in 0..2 {
        for _ in 0..3 {
            writer.append(event(writer.next_seq() - 1), now);
        }
        let seq = writer.next_seq();
        writer.append_pair(event(seq - 1), event(seq), now);
        writer.sync().unwrap();
        let mut acknowledged = fs::File::options()
            .create(true)
            .append(true)
            .open(dir.join("acknowledged"))
            .unwrap();
        writeln!(acknowledged, "{}", writer.next_seq() - 1).unwrap();
    }
    writer.seal(now).unwrap();
    writer.compact(now).unwrap();
    writer
        .retain(Duration::from_secs(KEEP_DAYS * 86_400), now)
        .unwrap();
}

/// Runs the child until it ends or comes to `steps`; whether it ended by itself.
fn run_child(dir: &Path, run: u32, steps: u32) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(
            ["--exact", concat!(module_path!(), "::child")]
                .map(|name| name.trim_start_matches("khabar::")),
        )
        .env(DIR, dir)
        .env(RUN, run.to_string())
        .env(STEP, steps.to_string())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    status.success()
}

/// What was acknowledged is there or was removed in its time, once, and every file is as it should be.
fn check(dir: &Path) {
    let out = dir.join("out");
    let verified = verify(&out).unwrap();
    assert_eq!(verified.faults, []);
    let acknowledged = fs::read_to_string(dir.join("acknowledged")).unwrap_or_default();
    let acknowledged: u64 = acknowledged
        .lines()
        .last()
        .map_or(0, |seq| seq.parse().unwrap());
    assert!(
        verified.last_seq >= acknowledged,
        "{acknowledged} was acknowledged, {} is there",
        verified.last_seq
    );
    let manifest = Manifest::load(&out).unwrap();
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
    assert_eq!(details(&out), expected);
}

#[test]
fn a_kill_at_any_step_loses_nothing_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut kills = 0;
    let mut step = 1;
    let mut run = 0;
    // A run that comes to its end had fewer steps than it was given: then every step has had its kill. What
    // a run has to do depends on what the last one left, so the steps are gone through again until enough
    // kills have come together.
    while kills < KILLS_MIN || step > 1 {
        run += 1;
        if run_child(dir.path(), run, step) {
            step = 1;
        } else {
            kills += 1;
            step += 1;
        }
        // The next start mends what the kill left.
        drop(
            Writer::open(
                &dir.path().join("out"),
                SETTINGS,
                noon() + (i64::from(run) * 24 / RUNS_A_DAY).hours(),
            )
            .unwrap(),
        );
        check(dir.path());
    }
    let manifest = Manifest::load(&dir.path().join("out")).unwrap();
    assert!(
        manifest
            .entries
            .iter()
            .any(|entry| entry.columns_of().is_some()),
        "no day was copied"
    );
    assert!(!manifest.removed.is_empty(), "no day was removed");
}
