//! Eight weeks of the daemon in minutes: feeds come and go, servers fail, windows turn over, items are edited
//! and given new identifiers, and restarts lie between. Nothing is lost in silence, and nothing grows.
//!
//! `KHABAR_SOAK_WEEKS` says how many weeks; by default it is one, in which nothing can be said of growth.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use support::fast::{Clock, Fast, at};
use support::gauge::Gauge;
use support::house::{House, with_feeds};
use support::press::Press;
use support::records::Records;
use support::server::Server;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds of the clock in one.
const SPEED: f64 = 30_000.0;
const WEEKS: f64 = 1.0;
const HOSTS: u64 = 6;
/// Feeds at a time; each week two others.
const FEEDS: u64 = 24;
const PRESS: Press = Press {
    period_secs: 3.0 * 3600.0,
};
const DAY_SECS: f64 = 86_400.0;
const KEEP_DAYS: f64 = 10.0;
/// The window of stories, what is kept and the first removals: from then on all is as it stays.
const WARM_UP_DAYS: f64 = 21.0;
/// What the allocator may take and give back between two samples, MiB.
const MEMORY_NOISE: f64 = 6.0;
const FILES_NOISE: f64 = 3.0;
const ITEM_BYTES_MAX: u64 = 1_200;

fn weeks() -> f64 {
    let weeks = std::env::var("KHABAR_SOAK_WEEKS").ok();
    weeks.map_or(WEEKS, |weeks| {
        weeks.parse().expect("KHABAR_SOAK_WEEKS is a number")
    })
}

fn settings() -> String {
    format!(
        "[output]\nseal_after = \"1h\"\nkeep = \"{KEEP_DAYS}d\"\n\
         [region]\nkeep = \"all\"\n\
         [fetch]\ntimeout = \"3s\"\nallow_private = [\"127.0.0.0/8\"]\n"
    )
}

/// The feeds of a week.
fn feeds(week: u64, servers: &[Server]) -> Vec<(String, String)> {
    let numbers = 2 * week..2 * week + FEEDS;
    let block = |feed: u64| {
        let url = servers[(feed % HOSTS) as usize].url(&format!("/{feed}"));
        (format!("feed-{feed}"), format!("url = \"{url}\""))
    };
    numbers.map(block).collect()
}

fn configure(house: &House, week: u64, servers: &[Server]) {
    let feeds = feeds(week, servers);
    let feeds: Vec<(&str, String)> = feeds
        .iter()
        .map(|(id, lines)| (id.as_str(), lines.clone()))
        .collect();
    house.configure(&with_feeds(&settings(), &feeds));
}

/// Bytes of a directory.
fn size(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).expect("a directory");
    let sizes = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            size(&path)
        } else {
            fs::metadata(&path).map_or(0, |file| file.len())
        }
    });
    sizes.sum()
}

#[test]
fn weeks_of_changing_feeds_and_faults_lose_nothing_and_grow_nothing() {
    let days = weeks() * 7.0;
    let clock = Clock::start(SPEED);
    let servers: Vec<Server> = (1..=HOSTS)
        .map(|host| {
            let time = clock.clone();
            let answer = move |request: &_| PRESS.answer(request, time.secs());
            Server::forgetful(&format!("127.0.3.{host}"), answer)
        })
        .collect();
    let house = House::new("");
    configure(&house, 0, &servers);
    let mut running = Fast::start(&house, &clock);
    let mut gauge = Gauge::of(std::process::id());
    let (mut sizes, mut week) = (Vec::new(), 0);
    let mut day = 0.0;
    while day < days {
        day += 0.25;
        clock.wait_until_day(day);
        gauge.sample(day);
        if day.fract() == 0.0 {
            sizes.push((size(&house.out()), size(&house.path("state"))));
        }
        if day % 7.0 == 0.0 && day < days {
            week += 1;
            configure(&house, week, &servers);
            // A reload and a restart in turn.
            if week % 2 == 1 {
                running.reload(&house);
            } else {
                running.stop();
                running = Fast::start(&house, &clock);
            }
        }
    }
    running.stop();
    house.verified();
    let records = house.records();
    nothing_is_lost_in_silence(&records, days, week);
    let state = size(&house.path("state"));
    println!("{days} days; directory and state, bytes by day: {sizes:?}");
    assert!(state < (24 << 20) + records.last_seq() * ITEM_BYTES_MAX);
    if days < WARM_UP_DAYS + 14.0 {
        return;
    }
    let (memory, files) = (gauge.memory(WARM_UP_DAYS), gauge.files(WARM_UP_DAYS));
    println!("memory, MiB: {memory:.2?}; files: {files:.2?}");
    let (early, late) = (sizes[WARM_UP_DAYS as usize], sizes[sizes.len() - 1]);
    // The pages of the state are held in memory, up to 12 MiB. It grows until the first items are forgotten.
    let cached = (late.1.saturating_sub(early.1) as f64 / f64::from(1 << 20)).min(12.0);
    assert!(
        memory.growth < cached + MEMORY_NOISE + memory.noise.min(MEMORY_NOISE),
        "{memory:?}, {cached} of them the state's"
    );
    assert!(files.growth < FILES_NOISE + files.noise, "{files:?}");
    // Days come and go; the manifest alone grows, by some lines a day.
    assert!(
        late.0 < early.0 + early.0 / 4 + (1 << 20),
        "{early:?} then {late:?}"
    );
    // Items go 90 days after they came, give or take those that stay in their feeds for long.
    if days > 112.0 {
        let (early, late) = (sizes[105].1, late.1);
        assert!(
            late < early + early / 8,
            "{early} then {late} bytes of state"
        );
    }
}

/// Every item of the last days that a feed had is there once, or a gap says that it may be missing.
fn nothing_is_lost_in_silence(records: &Records, days: f64, week: u64) {
    let (from, to) = ((days - KEEP_DAYS + 2.0).max(1.0), days - 1.0);
    let written = numbers(records);
    let gaps = gaps(records);
    let (mut there, mut missing) = (0, 0);
    // Those that have been polled for a week at least.
    for feed in (2 * week..2 * week + FEEDS - 4).map(|feed| format!("feed-{feed}")) {
        let number: u64 = feed.trim_start_matches("feed-").parse().expect("a number");
        for item in PRESS.published(number, from * DAY_SECS)..PRESS.published(number, to * DAY_SECS)
        {
            if written
                .get(&feed)
                .is_some_and(|items| items.contains(&item))
            {
                there += 1;
                continue;
            }
            missing += 1;
            let published = at(moment_of(number, item));
            let is_told = gaps.get(&feed).is_some_and(|gaps| {
                gaps.iter()
                    .any(|(since, until)| (*since..=*until).contains(&published))
            });
            assert!(
                is_told,
                "{feed}: item {item}, published {published}, is missing: {:?}",
                gaps.get(&feed)
            );
        }
    }
    println!("{there} items are there, {missing} are in gaps that were told");
    assert!(there > 100 && missing < there, "{there}, {missing}");
}

/// The numbers of the articles of each feed; each stands there once.
fn numbers(records: &Records) -> BTreeMap<String, BTreeSet<u64>> {
    let mut numbers: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for article in records.articles() {
        if article["revision"] != 1 {
            continue;
        }
        let feed = article["feed"].as_str().expect("a text").to_owned();
        let number = article["guid"]
            .as_str()
            .and_then(|guid| guid.split('-').nth(1)?.parse().ok());
        let number = number.expect("a number");
        let is_new = numbers.entry(feed.clone()).or_default().insert(number);
        assert!(is_new, "{feed}: item {number} was written twice");
    }
    numbers
}

fn gaps(records: &Records) -> BTreeMap<String, Vec<(Timestamp, Timestamp)>> {
    let mut gaps: BTreeMap<String, Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
    let time = |event: &Value, field: &str| -> Timestamp {
        event[field]
            .as_str()
            .expect("a text")
            .parse()
            .expect("a time")
    };
    for event in records.of("event") {
        if event["kind"] == "gap" {
            let feed = event["feed"].as_str().expect("a text").to_owned();
            let bounds = (time(event, "since"), time(event, "until"));
            gaps.entry(feed).or_default().push(bounds);
        }
    }
    gaps
}

/// When an item was published, seconds.
fn moment_of(feed: u64, item: u64) -> f64 {
    let (mut before, mut after) = (0.0, 400.0 * DAY_SECS);
    while after - before > 1.0 {
        let middle = (before + after) / 2.0;
        if PRESS.published(feed, middle) > item {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}
