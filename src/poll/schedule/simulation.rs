//! Weeks of invented time: feeds that publish by their own rhythm, servers that fail, and the schedule as
//! the daemon uses it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;
use crate::poll::budget::Budgets;
use crate::poll::failure::Failure;
use crate::poll::health::{self, State};
use crate::poll::window::{self, Place};

const BOUNDS: Bounds = Bounds {
    start: Duration::from_secs(900),
    min: Duration::from_secs(300),
    max: Duration::from_secs(21_600),
};
const SPACING: Duration = Duration::from_secs(1);
const BEGIN: i64 = 1_772_409_600;
const DAY: i64 = 86_400;
/// Feeds have published for so long when they are first polled.
const BEFORE: i64 = 14 * DAY;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + secs).unwrap()
}

/// A number in 0..1 that belongs to two numbers.
fn chance(a: u64, b: u64) -> f64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&a.to_le_bytes());
    bytes[8..].copy_from_slice(&b.to_le_bytes());
    (xxh3_64(&bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A Poisson number of this mean, by inversion.
fn poisson(mean: f64, chance: f64) -> u64 {
    let (mut term, mut number) = ((-mean).exp(), 0);
    let mut sum = term;
    while chance > sum && number < 500 {
        number += 1;
        term *= mean / number as f64;
        sum += term;
    }
    number
}

/// A feed that is invented as it is asked.
struct Source {
    number: u64,
    window: u64,
    per_day: f64,
    has_bursts: bool,
    has_faults: bool,
    /// Items published before `hour`.
    items: u64,
    hour: i64,
}

impl Source {
    fn new(number: u64, has_bursts: bool, has_faults: bool) -> Self {
        const WINDOWS: [u64; 6] = [10, 15, 20, 30, 50, 100];
        let window = WINDOWS[(chance(number, 1) * 6.0) as usize];
        // From one in two days to 150 a day, the median is 9; no window is shorter than eight hours on
        // the mean of the day.
        let per_day = (0.5 * (chance(number, 2) * 5.7).exp()).min(3.0 * window as f64);
        Self {
            number,
            window,
            per_day,
            has_bursts,
            has_faults,
            items: window,
            hour: 0,
        }
    }

    /// Items published in an hour: quiet nights, half as many on two days of the week, and sometimes
    /// news that breaks for three hours.
    fn published_in(&self, hour: i64) -> u64 {
        let (of_day, day) = (hour.rem_euclid(24), hour.div_euclid(24));
        let by_hour = if (2..14).contains(&of_day) { 1.7 } else { 0.3 };
        let by_day = if matches!(day.rem_euclid(7), 4 | 5) {
            0.5
        } else {
            1.2
        };
        let breaks = self.has_bursts && chance(self.number, 7_000_000 + (hour / 3) as u64) < 0.004;
        let by_news = if breaks { 6.0 } else { 1.0 };
        let mean = self.per_day / 24.0 * by_hour * by_day * by_news;
        poisson(mean, chance(self.number, 1_000_000 + hour as u64))
    }

    /// Items published before a time, which never goes back.
    fn published_before(&mut self, secs: i64) -> u64 {
        while self.hour < secs / 3600 {
            self.items += self.published_in(self.hour);
            self.hour += 1;
        }
        let part = (secs % 3600) as f64 / 3600.0;
        self.items + (self.published_in(self.hour) as f64 * part) as u64
    }

    /// Dates of the newest items before a time: the middle of their hours.
    fn dates(&self, secs: i64, count: u64) -> Vec<Timestamp> {
        let this = secs / 3600;
        let so_far = (self.published_in(this) as f64 * (secs % 3600) as f64 / 3600.0) as u64;
        let number = |hour: i64| {
            if hour == this {
                so_far
            } else {
                self.published_in(hour)
            }
        };
        let items = (0..=this)
            .rev()
            .flat_map(|hour| (0..number(hour)).map(move |_| hour));
        items
            .map(|hour| at((hour * 3600 + 1800).min(secs)))
            .take(count as usize)
            .collect()
    }

    /// What goes wrong at a time, if anything: one feed in five has a bad server, which is down for hours
    /// or days; some refuse, ask for years of patience, or say that they are gone.
    fn fault(&self, secs: i64) -> Option<Failure> {
        if !self.has_faults {
            return None;
        }
        let failure = |kind: &'static str, status, retry_after| Failure {
            status,
            retry_after,
            ..Failure::new(kind, "simulated")
        };
        let is_bad = chance(self.number, 3) < 0.2;
        let half_day = (secs / (DAY / 2)) as u64;
        let is_down = is_bad && chance(self.number, 5_000_000 + half_day) < 0.1;
        let hiccup = chance(self.number, 9_000_000 + (secs / 600) as u64) < 0.01;
        // A whole week of the second half of the time.
        let is_long = chance(self.number, 4) < 0.02 && (28..35).contains(&(secs / DAY));
        let kind = (chance(self.number, 6) * 5.0) as u64;
        match kind {
            _ if !(is_down || hiccup || is_long) => None,
            0 => Some(failure(
                "status",
                Some(503),
                Some(Duration::from_secs(1 << 40)),
            )),
            1 if is_long => Some(failure("status", Some(410), None)),
            2 => Some(failure("challenge", Some(403), None)),
            3 => Some(failure(
                "status",
                Some(429),
                Some(Duration::from_secs(1200)),
            )),
            _ => Some(failure("dns", None, None)),
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    polls: u64,
    failed: u64,
    new: u64,
    gaps: u64,
    unreported: u64,
    reported: u64,
    longest_wait_secs: i64,
}

struct Feed {
    id: String,
    host: String,
    source: Source,
    memory: Memory,
    seen: u64,
    polled: i64,
}

impl Feed {
    fn new(number: u64, hosts: u64, has_bursts: bool, has_faults: bool) -> Self {
        Self {
            id: format!("feed-{number}"),
            host: format!("host-{}", number % hosts),
            source: Source::new(number, has_bursts, has_faults),
            memory: Memory::default(),
            seen: 0,
            polled: BEFORE,
        }
    }

    /// One poll, as the daemon makes it; the time of the next one.
    fn poll(&mut self, secs: i64, tally: &mut Tally) -> (i64, Option<Duration>) {
        let now = at(secs);
        tally.polls += 1;
        tally.longest_wait_secs = tally.longest_wait_secs.max(secs - self.polled);
        self.polled = secs;
        let published = self.source.published_before(secs);
        self.memory.polls += 1;
        let (outcome, pause) = match self.source.fault(secs) {
            Some(failure) => {
                tally.failed += 1;
                let _ = health::failed(&mut self.memory, &failure, now);
                let pause = failure.retry_after.filter(|_| failure.status == Some(429));
                (health::outcome(&self.memory, &failure), pause)
            }
            None => (self.read(published, now, tally), None),
        };
        let next = next(&self.id, &self.memory, outcome, BOUNDS, now);
        (next.as_second() - BEGIN, pause)
    }

    fn read(&mut self, published: u64, now: Timestamp, tally: &mut Tally) -> Outcome {
        let _ = health::worked(&mut self.memory, now);
        let window = self.source.window;
        let is_first = self.memory.successes == 0;
        let new = (published - self.seen).min(window);
        let outcome = if new == 0 {
            learn(&mut self.memory, Arrivals::default(), BOUNDS, now);
            Outcome::Unchanged
        } else {
            let document: Vec<Place> = (published - window..published)
                .rev()
                .map(|id| Place {
                    id,
                    published: None,
                })
                .collect();
            let is_gap = !is_first && published - self.seen >= window;
            let is_told =
                window::turned_over(&self.memory.newest, &document, (window - new) as usize);
            tally.gaps += u64::from(is_gap);
            if is_gap {
                println!(
                    "gap {} day {:.2} W {} rate {:.0} pace {:?} aim {:.1} missed {} of {:.1}",
                    self.id,
                    (now.as_second() - BEGIN - BEFORE) as f64 / 86400.0,
                    window,
                    self.source.per_day,
                    self.memory.pace_secs,
                    aim(self.memory.depth),
                    published - self.seen,
                    self.memory
                        .rhythm
                        .expected(self.memory.rhythm.upto().unwrap(), now, 1.0)
                );
            }
            tally.reported += u64::from(is_told && !is_first);
            tally.unreported += u64::from(is_gap && !is_told);
            self.memory.newest = window::newest(&document);
            let dates = self.source.dates(self.polled, new);
            let undated = new as usize - dates.len();
            let arrivals = Arrivals {
                items: window as usize,
                dates: &dates,
                undated,
            };
            learn(&mut self.memory, arrivals, BOUNDS, now);
            if !is_first {
                tally.new += published - self.seen;
            }
            Outcome::Read {
                items: window as usize,
                new: new as usize,
            }
        };
        self.seen = published;
        self.memory.pace_secs = Some(pace(&self.memory, BOUNDS, now).as_secs_f64());
        self.memory.successes += 1;
        self.memory.last_success = Some(now);
        outcome
    }
}

/// Polls all feeds until `days` have passed; the polls of the busiest hour of any host are counted too.
fn simulate(feeds: &mut [Feed], days: i64) -> (Tally, usize) {
    let mut tally = Tally::default();
    let mut budgets = Budgets::new(SPACING);
    let spread = Duration::from_secs(120);
    let mut due: BinaryHeap<Reverse<(i64, usize, bool)>> = (0..feeds.len())
        .map(|index| {
            Reverse((
                first(&feeds[index].id, spread, at(BEFORE)).as_second() - BEGIN,
                index,
                false,
            ))
        })
        .collect();
    let mut in_hour: std::collections::HashMap<(u64, i64), usize> = Default::default();
    while let Some(Reverse((secs, index, is_booked))) = due.pop() {
        if secs >= BEFORE + days * DAY {
            break;
        }
        if !is_booked {
            let slot = budgets.book(&feeds[index].host, at(secs)).as_second() - BEGIN;
            if slot > secs {
                due.push(Reverse((slot, index, true)));
                continue;
            }
        }
        *in_hour
            .entry((xxh3_64(feeds[index].host.as_bytes()), secs / 3600))
            .or_default() += 1;
        let (next, pause) = feeds[index].poll(secs, &mut tally);
        if let Some(pause) = pause {
            budgets.pause(&feeds[index].host, pause, at(secs));
        }
        assert!(
            next > secs && next <= secs + AHEAD_MAX.as_secs(),
            "{next} after {secs}"
        );
        due.push(Reverse((next, index, false)));
    }
    (tally, in_hour.into_values().max().unwrap_or_default())
}

/// Polls of a scheduler that knows every publication beforehand, reads half a window at most at a time
/// and keeps to the same bounds.
fn omniscient(mut source: Source, days: i64) -> u64 {
    let (mut polls, mut last, mut seen) = (1, BEFORE, source.published_before(BEFORE));
    let step = 60;
    let mut secs = BEFORE;
    while secs < BEFORE + days * DAY {
        secs += step;
        let is_full = source.published_before(secs) - seen > source.window / 2;
        let is_late = secs - last >= BOUNDS.max.as_secs() as i64;
        if (is_full || is_late) && secs - last >= BOUNDS.min.as_secs() as i64 {
            polls += 1;
            last = secs;
            seen = source.published_before(secs);
        }
    }
    polls
}

#[test]
fn hardly_a_gap_and_few_requests_more_than_a_seer_makes() {
    const FEEDS: u64 = 1_600;
    let mut feeds: Vec<Feed> = (0..FEEDS)
        .map(|n| Feed::new(n, FEEDS, false, false))
        .collect();
    let (tally, _) = simulate(&mut feeds, 28);
    let seer: u64 = (0..FEEDS)
        .map(|n| omniscient(Source::new(n, false, false), 28))
        .sum();
    let ratio = tally.polls as f64 / seer as f64;
    println!("{tally:?}; {ratio:.3} of the seer's {seer} requests");
    // Known to fall short of none: chance alone turns a window of ten over now and then, and a rate is
    // learned while it is needed. It is 14 to 25 in 256,000 polls, as chance and the last digit of a
    // constant have it; each is told.
    assert!(tally.gaps <= 25, "{} gaps", tally.gaps);
    assert_eq!(tally.unreported, 0);
    assert!(ratio <= 1.3, "{ratio}");
}

#[test]
fn ten_thousand_feeds_with_faults_for_a_month() {
    const FEEDS: u64 = 10_000;
    let start = std::time::Instant::now();
    let mut feeds: Vec<Feed> = (0..FEEDS)
        .map(|n| Feed::new(n, 3_000, true, true))
        .collect();
    // One host has 205 feeds.
    for feed in &mut feeds[..205] {
        feed.host = "crowded".into();
    }
    let (tally, busiest) = simulate(&mut feeds, 30);
    println!(
        "{tally:?}; busiest hour of a host: {busiest} polls; {:?}",
        start.elapsed()
    );
    assert_eq!(tally.unreported, 0);
    assert_eq!(
        tally.gaps, tally.reported,
        "a gap is told where there was none"
    );
    assert!(busiest <= 360 + 20, "{busiest}");
    let lost: Vec<&str> = feeds
        .iter()
        .filter(|feed| feed.polled < BEFORE + 22 * DAY)
        .map(|feed| feed.id.as_str())
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    let well = feeds
        .iter()
        .filter(|feed| State::of(&feed.memory) <= State::Degraded)
        .count();
    assert!(well > 9_500, "{well}");
    assert!(tally.gaps < tally.polls / 200, "{} gaps", tally.gaps);
}
