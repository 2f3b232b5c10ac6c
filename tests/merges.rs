//! What becomes of the items of stories that turned out to be one, through the built binary.

mod support;

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use support::house::{House, QUICK, with_feeds};
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
        })
    }

    fn answer(&self, request: &Request) -> Answer {
        let number = request.path.trim_matches(|c: char| !c.is_ascii_digit());
        let number: usize = number.parse().expect("a number");
        let line = &self.lines[number * self.step % self.lines.len()];
        let text = |key: &str| line[key].as_str().expect("a text");
        let date: Timestamp = text("published").parse().expect("a time");
        Answer::feed(format!(
            "<rss version=\"2.0\"><channel><item><guid isPermaLink=\"false\">{}</guid><title>{}</title>\
             <description>{} {}</description><pubDate>{}</pubDate></item></channel></rss>",
            text("id"),
            text("title"),
            text("text"),
            lock(&self.additions)[number],
            date.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        ))
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
