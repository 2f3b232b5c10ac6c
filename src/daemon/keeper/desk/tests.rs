//! What the keeper writes, without a network around it.

use jiff::Timestamp;

use super::*;
use crate::document::Document;
use crate::extract::PageAnswer;
use crate::pipeline;
use crate::poll::memory::Memory;
use crate::state::Items;
use crate::write::read::records;
use crate::write::{Kind, verify};

/// A configuration with one feed, and the directories that it names.
struct House {
    dir: tempfile::TempDir,
    config: Config,
    feed: Arc<Feed>,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("khabar.toml");
        let text = "[region]\nkeep = \"all\"\n[[feed]]\nid = \"f\"\nname = \"F\"\nurl = \"https://f.example/\"\n";
        std::fs::write(&file, text).unwrap();
        let mut config = crate::config::load(&file).map_err(|_| "bad").unwrap();
        let feed = Arc::new(config.feeds.remove(0));
        Self { dir, config, feed }
    }

    fn open(&self) -> Desk {
        self.open_on_day(0)
    }

    fn open_on_day(&self, day: i64) -> Desk {
        let clock = Arc::new(move || on_day(day));
        Desk::open(&self.config, clock, Arc::default(), Start::Remembering).unwrap()
    }

    /// A poll of a document with these items; which of them were written.
    fn poll(&self, day: i64, texts: &[(&str, &str)]) -> u64 {
        let mut desk = self.open_on_day(day);
        let taken = self.read(&desk, texts);
        let before = desk.writer.next_seq();
        take(&mut desk, taken);
        desk.commit().unwrap();
        let written = desk.writer.next_seq() - before;
        desk.seal().unwrap();
        written
    }

    /// What a poll makes of a document with these texts, before the keeper knows of it.
    fn read(&self, desk: &Desk, texts: &[(&str, &str)]) -> Taken {
        let items = texts.iter().map(|(guid, text)| {
            format!("<item><guid>{guid}</guid><title>{guid}</title><description>{text}</description></item>")
        });
        let document = Document {
            url: "https://f.example/".into(),
            content_type: None,
            body: format!(
                "<rss><channel>{}</channel></rss>",
                items.collect::<String>()
            )
            .into(),
            fetched: now(),
        };
        let known = Items::open(desk.state.path()).unwrap();
        let intake = pipeline::intake(&document, &self.feed, &known).unwrap();
        let ready = intake
            .fresh
            .into_iter()
            .map(|fresh| pipeline::finish(fresh, PageAnswer::NotAsked, &self.feed));
        Taken {
            feed: Arc::clone(&self.feed),
            ready: ready.collect(),
            seen: intake.known,
            changes: Vec::new(),
            gone: Vec::new(),
            memory: None,
        }
    }

    /// Title, revision and text of every article record.
    fn written(&self) -> Vec<(u32, String)> {
        let dir = self.dir.path().join("out");
        assert_eq!(verify(&dir).unwrap().faults, []);
        let manifest = write::Manifest::load(&dir).unwrap();
        let articles = records(&dir, &manifest, &[Kind::Article], 0, None).unwrap();
        let articles = articles.map(|record| match record.unwrap() {
            Record::Article(article) => (article.revision, article.text.unwrap_or_default()),
            other => panic!("{other:?}"),
        });
        articles.collect()
    }
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn on_day(day: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * day)
}

fn take(desk: &mut Desk, taken: Taken) {
    let (done, _kept) = oneshot::channel();
    desk.take(taken, done).unwrap();
}

fn check(edits: [&str; 2], expected: &[(u32, &str)]) {
    let house = House::new();
    let mut desk = house.open();
    let first = house.read(&desk, &[("a", "one")]);
    take(&mut desk, first);
    desk.commit().unwrap();
    // Both polls look at what is known before either is taken in.
    let [one, two] = edits.map(|text| house.read(&desk, &[("a", text)]));
    take(&mut desk, one);
    take(&mut desk, two);
    desk.commit().unwrap();
    desk.seal().unwrap();
    let written = house.written();
    let written: Vec<(u32, &str)> = written
        .iter()
        .map(|(revision, text)| (*revision, text.as_str()))
        .collect();
    assert_eq!(written, expected);
}

#[test]
fn an_edit_that_is_handed_over_twice_is_written_once() {
    check(["two", "two"], &[(1, "one"), (2, "two")]);
}

#[test]
fn two_edits_of_one_revision_are_two_revisions() {
    check(["two", "three"], &[(1, "one"), (2, "two"), (3, "three")]);
}

#[test]
fn what_keep_removed_is_forgotten_once_no_document_holds_it() {
    let mut house = House::new();
    house.config.output.keep = Keep::For(Duration::from_secs(10 * 24 * 3600));
    let [gone, lasts, stays] = ["gone", "lasts", "stays"].map(|guid| (guid, guid));
    assert_eq!(house.poll(0, &[gone, lasts, stays]), 6);
    // An edit at a time, so that there is a day to be removed at each seal.
    for day in (5..110).step_by(5) {
        let edit = format!("edit of day {day}");
        let edited = ("moves", edit.as_str());
        if day == 50 {
            house.poll(day, &[edited, stays, lasts]);
        } else {
            house.poll(day, &[edited, stays]);
        }
    }
    assert_eq!(house.poll(110, &[stays, lasts]), 0);
    assert_eq!(house.poll(110, &[gone]), 2);
}

#[test]
fn a_feed_that_left_the_configuration_is_forgotten_after_a_season() {
    let mut house = House::new();
    house.config.feeds = vec![(*house.feed).clone()];
    let mut desk = house.open();
    for id in ["f", "left"] {
        let memory = Memory {
            last_poll: Some(now()),
            ..Memory::default()
        };
        desk.state
            .batch(|batch| batch.put_feed(id, &memory))
            .unwrap();
    }
    drop(desk);
    let known = |day| {
        let feeds = house.open_on_day(day).feeds(&house.config).unwrap();
        let mut ids: Vec<String> = feeds.into_keys().collect();
        ids.sort();
        ids
    };
    assert_eq!(known(80), ["f", "left"]);
    assert_eq!(known(100), ["f"]);
    assert_eq!(known(0), ["f"]);
}
