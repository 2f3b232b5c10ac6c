use super::*;
use crate::poll::memory::Trouble;

const BOUNDS: Bounds = Bounds {
    start: Duration::from_secs(900),
    min: Duration::from_secs(300),
    max: Duration::from_secs(21_600),
};

fn at(secs: i64) -> Timestamp {
    // A Monday, midnight.
    Timestamp::from_second(1_772_409_600 + secs).unwrap()
}

fn failing(failures: u32) -> Memory {
    let trouble = Trouble {
        kind: "dns".into(),
        message: String::new(),
        status: None,
        since: at(0),
        failures,
        told: None,
    };
    Memory {
        trouble: Some(trouble),
        ..Memory::default()
    }
}

fn after_secs(memory: &Memory, outcome: Outcome) -> i64 {
    next("feed", memory, outcome, BOUNDS, at(0))
        .duration_since(at(0))
        .as_secs()
}

fn failed(retry_after: Option<u64>) -> Outcome {
    Outcome::Failed {
        retry_after: retry_after.map(Duration::from_secs),
        refused: false,
        gone: false,
    }
}

#[test]
fn a_pause_is_never_shorter_than_the_server_asked() {
    let mut memory = Memory::default();
    assert!((900..=990).contains(&after_secs(&memory, Outcome::Unchanged)));
    memory.fresh_secs = Some(3600);
    assert!((3600..=3960).contains(&after_secs(&memory, Outcome::Unchanged)));
    assert!(after_secs(&failing(1), failed(Some(7200))) >= 7200);
    memory.asked.ttl_secs = Some(7200);
    assert!((7200..=7920).contains(&after_secs(&memory, Outcome::Unchanged)));
}

#[test]
fn a_ttl_does_not_cost_items() {
    let mut memory = Memory {
        successes: 5,
        ..Memory::default()
    };
    memory.asked.ttl_secs = Some(86_400);
    assert!(after_secs(&memory, Outcome::Read { items: 30, new: 3 }) >= 19_000);
    assert!(after_secs(&memory, Outcome::Read { items: 30, new: 29 }) < 1000);
}

#[test]
fn a_hostile_server_cannot_end_a_feed() {
    let mut memory = Memory {
        fresh_secs: Some(u32::MAX),
        ..Memory::default()
    };
    memory.asked.ttl_secs = Some(u32::MAX);
    memory.asked.skip_hours = (0..24).collect();
    memory.asked.skip_days = (1..8).collect();
    assert!(after_secs(&memory, Outcome::Unchanged) <= 21_600);
    assert_eq!(after_secs(&failing(1), failed(Some(u64::MAX))), 86_400);
    assert!(after_secs(&failing(u32::MAX), failed(None)) <= 86_400);
}

#[test]
fn failures_double_the_pause() {
    let (once, twice) = (
        after_secs(&failing(1), failed(None)),
        after_secs(&failing(2), failed(None)),
    );
    assert!((twice - 2 * once).abs() <= 1, "{once} {twice}");
}

#[test]
fn what_is_gone_is_still_looked_at() {
    let gone = Outcome::Failed {
        retry_after: None,
        refused: false,
        gone: true,
    };
    assert_eq!(after_secs(&failing(9), gone), 7 * 86_400);
}

#[test]
fn hours_and_days_that_the_document_names_are_skipped() {
    let mut memory = Memory::default();
    memory.asked.skip_hours = vec![0, 1, 2];
    let pause = after_secs(&memory, Outcome::Unchanged);
    assert!((3 * 3600..=3 * 3600 + 300).contains(&pause), "{pause}");
    memory.asked.skip_hours.clear();
    // Monday for a whole day is beyond the longest pause.
    memory.asked.skip_days = vec![1];
    assert_eq!(after_secs(&memory, Outcome::Unchanged), 21_600);
}

#[test]
fn small_windows_are_polled_with_a_margin() {
    let cases = [
        (2.0, 0.1..0.5),
        (10.0, 2.0..3.0),
        (30.0, 11.0..13.5),
        (100.0, 49.0..50.1),
    ];
    for (depth, expected) in cases {
        assert!(
            expected.contains(&aim(Some(depth))),
            "{depth}: {}",
            aim(Some(depth))
        );
    }
}

#[test]
fn the_first_document_sets_the_pace_but_not_beyond_the_start() {
    let mut memory = Memory::default();
    let busy: Vec<Timestamp> = (1..31).map(|n| at(-n * 60)).collect();
    learn(
        &mut memory,
        Arrivals {
            items: 30,
            dates: &busy,
            undated: 0,
        },
        BOUNDS,
        at(0),
    );
    let pause = pace(&memory, BOUNDS, at(0)).as_secs();
    assert!((360..=900).contains(&pause), "{pause}");
    let mut memory = Memory::default();
    let quiet: Vec<Timestamp> = (0..30).map(|n| at(-n * 86_400 / 4)).collect();
    learn(
        &mut memory,
        Arrivals {
            items: 30,
            dates: &quiet,
            undated: 0,
        },
        BOUNDS,
        at(0),
    );
    assert_eq!(pace(&memory, BOUNDS, at(0)), BOUNDS.start);
    memory.pace_secs = Some(12_000.0);
    assert_eq!(pace(&memory, BOUNDS, at(0)), BOUNDS.max);
}

#[test]
fn breaking_news_is_followed_closely() {
    let mut memory = Memory {
        pace_secs: Some(3600.0),
        ..Memory::default()
    };
    for hour in 0..72 {
        learn(
            &mut memory,
            Arrivals {
                items: 20,
                dates: &[],
                undated: 2,
            },
            BOUNDS,
            at(hour * 3600),
        );
    }
    let usual = pace(&memory, BOUNDS, at(72 * 3600));
    learn(
        &mut memory,
        Arrivals {
            items: 20,
            dates: &[],
            undated: 14,
        },
        BOUNDS,
        at(73 * 3600),
    );
    let breaking = pace(&memory, BOUNDS, at(73 * 3600));
    assert!(breaking < usual / 3, "{usual:?} {breaking:?}");
}

#[test]
fn feeds_that_started_together_drift_apart() {
    let memory = Memory {
        pace_secs: Some(21_600.0),
        ..Memory::default()
    };
    let mut pauses: Vec<i64> = (0..100)
        .map(|n| {
            next(
                &format!("feed-{n}"),
                &memory,
                Outcome::Unchanged,
                BOUNDS,
                at(0),
            )
            .as_second()
        })
        .collect();
    pauses.sort_unstable();
    pauses.dedup();
    assert!(pauses.len() > 90);
}
