//! What is known of stories after a restart, through the built binary: of those that turned out to be one, and
//! of those that are still moving.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use support::house::{House, QUICK, copy_dir, with_feeds};
use support::server::{Answer, Request, Server, lock};

/// Orders of arrival that are tried until one of them has two stories merged.
const STEPS: [usize; 6] = [1, 5, 7, 11, 13, 3];
/// A window that has passed after [`PAUSE`].
const SHORT: &str = "[stories]\nwindow = \"1s\"\n";
const PAUSE: Duration = Duration::from_millis(2100);

/// Tellings of a few events, each from an outlet of its own, and what their outlets added to them.
struct Tellings {
    lines: Vec<Value>,
    step: usize,
    additions: Mutex<Vec<String>>,
    /// Tellings that the feed of all outlets has by now.
    shown: AtomicUsize,
}

impl Tellings {
    fn new(step: usize) -> Arc<Self> {
        let lines = include_str!("data/stories/stream.jsonl").lines();
        let lines: Vec<Value> = lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let additions = Mutex::new(vec![String::new(); lines.len()]);
        Arc::new(Self {
            lines,
            step,
            additions,
            shown: AtomicUsize::new(0),
        })
    }

    /// The feed of one outlet, or of all of them in their order.
    fn answer(&self, request: &Request) -> Answer {
        let number = request.path.trim_matches(|c: char| !c.is_ascii_digit());
        let items: String = match number.parse() {
            Ok(number) => self.item(number),
            Err(_) => (0..self.shown.load(Ordering::Relaxed))
                .map(|number| self.item(number))
                .collect(),
        };
        Answer::feed(format!(
            "<rss version=\"2.0\"><channel>{items}</channel></rss>"
        ))
    }

    fn item(&self, number: usize) -> String {
        let line = &self.lines[number * self.step % self.lines.len()];
        let text = |key: &str| line[key].as_str().expect("a text");
        let date: Timestamp = text("published").parse().expect("a time");
        format!(
            "<item><guid isPermaLink=\"false\">{}</guid><title>{}</title><description>{} {}</description>\
             <pubDate>{}</pubDate></item>",
            text("id"),
            text("title"),
            text("text"),
            lock(&self.additions)[number],
            date.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        )
    }

    /// Of one feed with everything that is shown, in one order.
    fn one_feed(server: &Server, more: &str) -> String {
        let lines = format!("url = \"{}\"", server.url("/all.xml"));
        with_feeds(&format!("{more}{QUICK}"), &[("all", lines)])
    }

    fn configuration(&self, server: &Server, more: &str) -> String {
        let feeds: Vec<(String, String)> = (0..self.lines.len())
            .map(|n| {
                (
                    format!("o{n}"),
                    format!("url = \"{}\"", server.url(&format!("/{n}.xml"))),
                )
            })
            .collect();
        let feeds: Vec<(&str, String)> = feeds
            .iter()
            .map(|(id, lines)| (id.as_str(), lines.clone()))
            .collect();
        with_feeds(&format!("{more}{QUICK}"), &feeds)
    }
}

/// A house in which stories were merged: those that are no more, with what they became.
fn merged() -> (Arc<Tellings>, Server, House, Vec<(String, String)>) {
    for step in STEPS {
        let tellings = Tellings::new(step);
        let shared = Arc::clone(&tellings);
        let server = Server::start("127.0.0.1", move |request| shared.answer(request));
        // The articles are years old and come together.
        let house = House::new(&tellings.configuration(&server, ""));
        house.once();
        let merges: Vec<(String, String)> = house
            .records()
            .of("story")
            .into_iter()
            .filter_map(|story| {
                let id = story["id"].as_str()?.to_owned();
                Some((id, story["merged_into"].as_str()?.to_owned()))
            })
            .collect();
        if !merges.is_empty() {
            return (tellings, server, house, merges);
        }
    }
    panic!("no two stories were merged in any order of arrival");
}

fn survivor<'a>(merges: &'a [(String, String)], story: &'a str) -> &'a str {
    let next = merges.iter().find(|(from, _)| from == story);
    next.map_or(story, |(_, into)| survivor(merges, into))
}

/// Edits every item long after its window, and looks at where the revisions stand.
fn check(forget: impl FnOnce(&House)) {
    let (tellings, server, house, merges) = merged();
    forget(&house);
    house.configure(&tellings.configuration(&server, SHORT));
    thread::sleep(PAUSE);
    for addition in lock(&tellings.additions).iter_mut() {
        *addition = "Corrected.".into();
    }
    house.once();
    house.verified();
    let records = house.records();
    let mut moved = 0;
    for revision in records.articles() {
        if revision["revision"] == 1 {
            continue;
        }
        let first = records
            .articles()
            .into_iter()
            .find(|first| first["id"] == revision["id"])
            .expect("a first revision");
        let story = |article: &Value| article["story"]["id"].as_str().expect("an id").to_owned();
        let expected = survivor(&merges, &story(first)).to_owned();
        moved += usize::from(expected != story(first));
        assert_eq!(story(revision), expected, "{}", revision["guid"]);
    }
    assert!(moved > 0, "no item of a merged story was edited");
}

#[test]
fn a_late_revision_stands_in_the_story_that_is_left() {
    check(|_| {});
}

#[test]
fn a_state_made_anew_knows_what_was_merged() {
    check(|house| fs::remove_dir_all(house.path("state")).expect("a state"));
}

/// A house that has seen the first tellings, and the rest of them waiting.
fn half_way() -> (Arc<Tellings>, Server, House) {
    let tellings = Tellings::new(STEPS[1]);
    tellings
        .shown
        .store(tellings.lines.len() / 2, Ordering::Relaxed);
    let shared = Arc::clone(&tellings);
    let server = Server::start("127.0.0.1", move |request| shared.answer(request));
    let house = House::new(&Tellings::one_feed(&server, ""));
    house.once();
    tellings
        .shown
        .store(tellings.lines.len(), Ordering::Relaxed);
    (tellings, server, house)
}

/// Where the articles of the second pass were placed, by GUID, and what was said.
fn second_pass(house: &House) -> (BTreeMap<String, Value>, String) {
    let before = house.records().last_seq();
    let (_, said) = house.once();
    house.verified();
    let records = house.records();
    records.assert_whole();
    let articles = records.articles().into_iter();
    let new = articles.filter(|article| article["seq"].as_u64() > Some(before));
    let placed = new.map(|article| {
        let guid = article["guid"].as_str().expect("a GUID").to_owned();
        (guid, article["story"].clone())
    });
    (placed.collect(), said)
}

const TAKEN: &str = "took the index of an earlier run";
const NOT_TAKEN: &str = "the index of an earlier run cannot be used";

/// The same house elsewhere, after something was done to it.
fn altered(house: &House, alter: impl FnOnce(&House)) -> House {
    let copy = House::new("");
    copy_dir(&house.path(""), &copy.path(""));
    alter(&copy);
    copy
}

fn alter(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("a file");
    change(&mut bytes);
    fs::write(path, bytes).expect("a file");
}

#[test]
fn the_index_of_an_earlier_run_places_as_the_records_do() {
    let (_tellings, _server, house) = half_way();
    let without = altered(&house, |copy| {
        fs::remove_file(copy.path("state/index")).expect("an index");
    });
    let (expected, said) = second_pass(&without);
    assert!(!said.contains(TAKEN) && !said.contains(NOT_TAKEN), "{said}");
    assert!(expected.len() > 10 && expected.values().any(|story| story["relation"] != "first"));
    let (placed, said) = second_pass(&house);
    assert!(said.contains(TAKEN), "{said}");
    assert_eq!(placed, expected);
}

#[test]
fn an_index_that_does_not_fit_is_ignored_and_the_records_are_read() {
    let (_tellings, server, house) = half_way();
    let expected = second_pass(&altered(&house, |_| {})).0;
    let file = "state/index";
    type Alter<'a> = Box<dyn FnOnce(&House) + 'a>;
    let cases: [(&str, Alter<'_>); 6] = [
        (
            "a bit that turned",
            Box::new(|copy| {
                alter(&copy.path(file), |bytes| {
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 4;
                });
            }),
        ),
        (
            "an end that is wanting",
            Box::new(|copy| {
                alter(&copy.path(file), |bytes| {
                    bytes.truncate(bytes.len() * 2 / 3)
                })
            }),
        ),
        (
            "nothing in it",
            Box::new(|copy| alter(&copy.path(file), Vec::clear)),
        ),
        (
            "another build",
            Box::new(|copy| {
                alter(&copy.path(file), |bytes| {
                    let text = b"\"fingerprint\":";
                    let at = bytes.windows(text.len()).position(|window| window == text);
                    let digit = at.expect("a fingerprint") + text.len();
                    bytes[digit] = if bytes[digit] == b'1' { b'2' } else { b'1' };
                });
            }),
        ),
        (
            "a wider window",
            Box::new(|copy| {
                copy.configure(&Tellings::one_feed(&server, "[stories]\nwindow = \"9d\"\n"));
            }),
        ),
        (
            "another directory",
            Box::new(|copy| {
                let (_tellings, _server, other) = half_way();
                fs::copy(other.path(file), copy.path(file)).expect("an index");
            }),
        ),
    ];
    for (name, alter) in cases {
        println!("{name}");
        let (placed, said) = second_pass(&altered(&house, alter));
        assert!(said.contains(NOT_TAKEN), "{name}: {said}");
        assert_eq!(placed, expected, "{name}");
    }
}

#[test]
fn records_that_came_after_the_index_are_read_with_it() {
    let (tellings, _server, house) = half_way();
    let count = tellings.lines.len();
    let old = fs::read(house.path("state/index")).expect("an index");
    tellings.shown.store(count * 3 / 4, Ordering::Relaxed);
    house.once();
    fs::write(house.path("state/index"), old).expect("an index");
    tellings
        .shown
        .store(tellings.lines.len(), Ordering::Relaxed);
    let without = altered(&house, |copy| {
        fs::remove_file(copy.path("state/index")).expect("an index");
    });
    let expected = second_pass(&without).0;
    let (placed, said) = second_pass(&house);
    assert!(said.contains(TAKEN), "{said}");
    assert_eq!(placed, expected);
}

#[test]
fn a_rebuild_forgets_the_index() {
    let (_tellings, _server, house) = half_way();
    house.must(&["rebuild"]);
    assert!(!house.path("state/index").exists());
}
