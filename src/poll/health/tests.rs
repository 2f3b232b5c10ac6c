use super::*;
use crate::poll::schedule::{Arrivals, Bounds, learn};

fn failure(kind: &'static str, status: Option<u16>) -> Failure {
    Failure {
        status,
        ..Failure::new(kind, kind)
    }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_772_409_600 + hours * 3600).unwrap()
}

/// The events of these failures, one an hour, and the state that they leave.
fn told(failures: &[Failure]) -> (Vec<Option<&'static str>>, State) {
    let mut memory = Memory {
        polls: 1,
        ..Memory::default()
    };
    let hours = (0..).map(at);
    let events = failures
        .iter()
        .zip(hours)
        .map(|(failure, now)| failed(&mut memory, failure, now));
    (
        events
            .map(|change| change.map(|change| change.kind))
            .collect(),
        State::of(&memory),
    )
}

#[test]
fn three_failures_are_told_once_and_so_is_the_recovery() {
    let mut memory = Memory::default();
    let told: Vec<bool> = (1..=5)
        .map(|n| failed(&mut memory, &failure("dns", None), at(n)).is_some())
        .collect();
    assert_eq!(told, [false, false, true, false, false]);
    assert_eq!(State::of(&memory), State::Failing);
    let change = worked(&mut memory, at(9)).expect("a recovery");
    assert_eq!(
        (change.kind, change.since, change.until),
        ("recovered", Some(at(1)), Some(at(9)))
    );
    assert_eq!(worked(&mut memory, at(10)), None);
}

#[test]
fn a_hiccup_is_not_told() {
    let mut memory = Memory::default();
    assert_eq!(failed(&mut memory, &failure("timeout", None), at(1)), None);
    assert_eq!(State::of(&memory), State::Degraded);
    assert_eq!(worked(&mut memory, at(2)), None);
}

#[test]
fn gone_is_told_at_once() {
    let gone = failure("status", Some(410));
    assert_eq!(
        told(&[gone.clone(), gone]),
        (vec![Some("gone"), None], State::Gone)
    );
}

#[test]
fn refusals_are_told_apart_from_failures() {
    let challenge = failure("challenge", Some(200));
    assert_eq!(
        told(&[challenge.clone(), challenge]),
        (vec![Some("blocked"), None], State::Blocked)
    );
    let forbidden = failure("status", Some(403));
    let three = vec![forbidden.clone(), forbidden.clone(), forbidden.clone()];
    assert_eq!(
        told(&three),
        (vec![None, None, Some("blocked")], State::Blocked)
    );
    let legal = failure("geo_block", Some(451));
    assert_eq!(told(&[legal]), (vec![Some("blocked")], State::Blocked));
}

#[test]
fn what_changes_to_and_fro_is_told_once() {
    let (dns, no) = (failure("dns", None), failure("challenge", None));
    let all = [
        dns.clone(),
        dns.clone(),
        dns.clone(),
        no.clone(),
        dns.clone(),
        no,
        dns,
    ];
    let (events, state) = told(&all);
    assert_eq!(
        events,
        [
            None,
            None,
            Some("failing"),
            Some("blocked"),
            None,
            None,
            None
        ]
    );
    assert_eq!(state, State::Failing);
}

#[test]
fn what_failed_for_weeks_is_gone_and_comes_back() {
    let mut memory = Memory::default();
    let mut events = Vec::new();
    for day in 0..40 {
        events.extend(
            failed(&mut memory, &failure("dns", None), at(day * 24)).map(|change| change.kind),
        );
    }
    assert_eq!(events, ["failing", "gone"]);
    assert_eq!(State::of(&memory), State::Gone);
    assert!(matches!(
        outcome(&memory, &failure("dns", None)),
        Outcome::Failed { gone: true, .. }
    ));
    assert_eq!(
        worked(&mut memory, at(41 * 24)).map(|change| change.kind),
        Some("recovered")
    );
}

#[test]
fn a_permanent_redirect_is_learned_after_days_only() {
    let mut memory = Memory::default();
    for hour in [0, 1, 2, 3] {
        assert_eq!(
            redirected(&mut memory, Some("https://new.example/rss"), at(hour)),
            None
        );
    }
    assert_eq!(redirected(&mut memory, None, at(4)), None);
    assert_eq!(
        redirected(&mut memory, Some("https://new.example/rss"), at(5)),
        None
    );
    assert_eq!(
        redirected(&mut memory, Some("https://new.example/rss"), at(40)),
        None
    );
    let change = redirected(&mut memory, Some("https://new.example/rss"), at(60));
    assert_eq!(change.map(|change| change.kind), Some("moved"));
    assert_eq!(
        memory.learned_url.as_deref(),
        Some("https://new.example/rss")
    );
}

const BOUNDS: Bounds = Bounds {
    start: std::time::Duration::from_secs(900),
    min: std::time::Duration::from_secs(300),
    max: std::time::Duration::from_secs(21_600),
};

/// Polls every hour; so many new items at each; the hours at which something was told.
fn lived(
    memory: &mut Memory,
    hours: std::ops::Range<i64>,
    new: impl Fn(i64) -> usize,
) -> Vec<(i64, &'static str)> {
    let mut events = Vec::new();
    for hour in hours {
        let arrivals = Arrivals {
            items: 30,
            dates: &[],
            undated: new(hour),
        };
        learn(memory, arrivals, BOUNDS, at(hour));
        memory.polls += 1;
        events.extend(silence(memory, 1.0, at(hour)).map(|change| (hour, change.kind)));
    }
    events
}

#[test]
fn silence_is_told_once_and_so_is_its_end() {
    let mut memory = Memory::default();
    // By day only.
    let usual = |hour: i64| if (6..18).contains(&(hour % 24)) { 2 } else { 0 };
    assert_eq!(lived(&mut memory, 0..240, usual), []);
    let events = lived(&mut memory, 240..400, |_| 0);
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(
        events[0].1 == "silent" && events[0].0 < 240 + 48,
        "{events:?}"
    );
    assert_eq!(State::of(&memory), State::Silent);
    let events = lived(&mut memory, 400..480, usual);
    assert_eq!(
        events.iter().map(|event| event.1).collect::<Vec<_>>(),
        ["recovered"]
    );
    assert_eq!(State::of(&memory), State::Ok);
}

#[test]
fn a_trickle_is_silence_too() {
    let mut memory = Memory::default();
    lived(&mut memory, 0..240, |_| 3);
    let events = lived(&mut memory, 240..480, |hour| usize::from(hour % 5 == 0));
    assert_eq!(
        events.iter().map(|event| event.1).collect::<Vec<_>>(),
        ["silent"]
    );
}

#[test]
fn a_feed_with_long_pauses_is_not_silent() {
    let mut memory = Memory::default();
    // Ten items every ten days.
    let events = lived(&mut memory, 0..24 * 60, |hour| {
        if hour % 240 == 0 { 10 } else { 0 }
    });
    assert_eq!(events, []);
}
