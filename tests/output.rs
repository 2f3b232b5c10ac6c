//! What readers do with an output directory, through the built binary: follow it, take a part of it, ask it.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use support::house::{House, QUICK, copy_dir, until, with_feeds};
use support::origin::Origin;

const SEED: u64 = 11;
const V1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/output/v1");

/// A house over the directory that the first version wrote.
fn old_house() -> House {
    let house = House::new(&with_feeds(QUICK, &[]));
    copy_dir(Path::new(V1), &house.out());
    house
}

fn house_of(origin: &Origin) -> House {
    let feeds = origin.feeds();
    let feeds: Vec<(&str, String)> = feeds
        .iter()
        .map(|(id, lines)| (id.as_str(), lines.clone()))
        .collect();
    House::new(&with_feeds(QUICK, &feeds))
}

fn seqs(lines: &str) -> Vec<u64> {
    let records = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    records
        .map(|record| record["seq"].as_u64().expect("a number"))
        .collect()
}

/// `khabar follow` at work.
struct Follow {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Follow {
    fn start(house: &House, arguments: &[&str]) -> Self {
        let mut command = house.command(&[&["follow"], arguments].concat());
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, lines }
    }

    fn take(&mut self, count: usize) -> Vec<u64> {
        let mut text = String::new();
        (0..count).for_each(|_| {
            self.lines.read_line(&mut text).expect("a line");
        });
        seqs(&text)
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_follower_gets_every_record_once_in_order_and_resumes() {
    let mut origin = Origin::start(6, 5, SEED);
    let house = house_of(&origin);
    let mut from_the_start = Follow::start(&house, &[]);
    house.once();
    let first = house.records().last_seq();
    assert_eq!(
        from_the_start.take(first as usize),
        (1..=first).collect::<Vec<_>>()
    );
    let mut new = Follow::start(&house, &["--new", "--record", "article"]);
    std::thread::sleep(std::time::Duration::from_secs(1));
    origin.tick();
    house.once();
    let last = house.records().last_seq();
    assert_eq!(
        from_the_start.take((last - first) as usize),
        (first + 1..=last).collect::<Vec<_>>()
    );
    let mut resumed = Follow::start(&house, &["--from", &(first + 1).to_string()]);
    assert_eq!(
        resumed.take((last - first) as usize),
        (first + 1..=last).collect::<Vec<_>>()
    );
    let articles: Vec<u64> = house
        .records()
        .articles()
        .iter()
        .filter_map(|article| article["seq"].as_u64().filter(|&seq| seq > first))
        .collect();
    assert_eq!(new.take(articles.len()), articles);
}

#[test]
fn a_follower_ends_when_its_reader_does() {
    let house = old_house();
    let mut follow = Follow::start(&house, &[]);
    assert_eq!(follow.take(1), [1]);
    // All that there is fits into the pipe: nothing is written any more by which it could notice.
    let (_, pipe) = (
        follow.take(1),
        std::mem::replace(&mut follow.lines, BufReader::new(closed())),
    );
    drop(pipe);
    let mut status = None;
    until("the end of the follower", || {
        status = follow.child.try_wait().expect("it can be asked");
        status.is_some()
    });
    assert_eq!(status.and_then(|status| status.code()), Some(0));
}

/// The end of a pipe that nobody writes to.
fn closed() -> std::process::ChildStdout {
    let mut child = std::process::Command::new("true")
        .stdout(Stdio::piped())
        .spawn()
        .expect("true");
    let stdout = child.stdout.take().expect("a pipe");
    child.wait().expect("it ends");
    stdout
}

#[test]
fn dumps_hold_the_records_of_their_period() {
    let house = old_house();
    let all = house.records();
    let (lines, _) = house.must(&["dump"]);
    assert_eq!(seqs(&lines), (1..=all.last_seq()).collect::<Vec<_>>());
    let (lines, _) = house.must(&["dump", "--record", "article", "--since", "2026-11-23"]);
    let late = |article: &&&Value| article["written"].as_str() >= Some("2026-11-23");
    let articles = all.articles();
    let expected: Vec<u64> = articles
        .iter()
        .filter(late)
        .filter_map(|article| article["seq"].as_u64())
        .collect();
    assert!(!expected.is_empty() && expected.len() < articles.len());
    assert_eq!(seqs(&lines), expected);
    let (lines, _) = house.must(&["dump", "--until", "2026-11-01"]);
    assert_eq!(lines, "");

    let csv = house.path("articles.csv");
    house.must(&[
        "dump",
        "--format",
        "csv",
        "--output",
        csv.to_str().expect("a path"),
    ]);
    let csv = fs::read_to_string(csv).expect("a file");
    assert!(
        csv.starts_with("record,schema,seq,id,revision,written,"),
        "{csv}"
    );
    assert_eq!(csv.matches("\r\narticle,1,").count(), articles.len());

    let parquet = house.path("stories.parquet");
    house.must(&[
        "dump",
        "--format",
        "parquet",
        "--record",
        "story",
        "--output",
        parquet.to_str().expect("a path"),
    ]);
    let mut ends = Vec::new();
    fs::File::open(parquet)
        .and_then(|mut file| file.read_to_end(&mut ends))
        .expect("a file");
    assert!(ends.starts_with(b"PAR1") && ends.ends_with(b"PAR1"));
}

#[test]
fn closed_days_of_an_older_directory_are_copied_by_the_next_pass() {
    let origin = Origin::start(2, 3, SEED);
    let house = house_of(&origin);
    copy_dir(Path::new(V1), &house.out());
    // A later day of that directory has no copy yet; one is made at each seal.
    let copies = |house: &House| {
        house
            .records()
            .files
            .iter()
            .filter(|path| path.starts_with("parquet/"))
            .count()
    };
    let before = copies(&house);
    house.once();
    assert!(copies(&house) > before);
    house.verified();
}

#[test]
fn a_lost_state_is_rebuilt_and_nothing_is_written_twice() {
    let origin = Origin::start(6, 5, SEED);
    let house = house_of(&origin);
    house.once();
    let before = house.records().last_seq();
    fs::remove_dir_all(house.path("state")).expect("the state is there");
    let (said, _) = house.must(&["rebuild"]);
    assert!(said.contains("30 article records"), "{said}");
    house.once();
    assert_eq!(house.records().last_seq(), before);
    house.verified();
}

#[test]
fn a_rebuilt_state_knows_of_items_what_the_lost_one_knew() {
    let mut origin = Origin::start(6, 5, SEED);
    let house = house_of(&origin);
    house.once();
    for _ in 0..4 {
        origin.tick();
        house.once();
    }
    let before = remembered(&house);
    house.must(&["rebuild"]);
    assert!(before.len() > 60);
    assert_eq!(remembered(&house), before);
    let left: Vec<_> = fs::read_dir(house.path("state"))
        .expect("a state")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().ends_with(".new"))
        .collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

/// Everything that the state knows of items, with the keys of each.
fn remembered(house: &House) -> Vec<String> {
    let state = rusqlite::Connection::open(house.path("state/khabar.sqlite")).expect("a state");
    let mut statement = state
        .prepare(
            "SELECT concat_ws(' ', item.outlet, id, revision, guid, url, text, title, hex(texts), published, \
             first_seen, feeds, story, learned, group_concat(key ORDER BY key)) FROM item \
             JOIN key ON item = row GROUP BY row ORDER BY item.outlet, id",
        )
        .expect("a query");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("texts")
}

#[test]
fn rebuild_leaves_a_daemon_alone() {
    let origin = Origin::start(2, 3, SEED);
    let house = house_of(&origin);
    let daemon = house.start(&["run"]);
    daemon.says("polling");
    let refused = house.run(&["rebuild"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains(&daemon.pid().to_string()), "{said}");
}

#[test]
fn stories_are_listed_largest_first_and_from_left_to_right() {
    let house = old_house();
    let (table, _) = house.must(&["stories", "--since", "2026-11-01"]);
    let counts: Vec<u64> = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    assert!(
        counts.len() > 3 && counts.is_sorted_by(|a, b| a >= b),
        "{table}"
    );
    let (persian, _) = house.must(&["stories", "--since", "2026-11-01", "--language", "prs"]);
    assert!(persian.lines().count() > 1, "{persian}");
    for line in persian.lines().skip(1) {
        assert!(
            line.contains('\u{2068}') && line.ends_with('\u{2069}'),
            "{line}"
        );
    }
    let (json, _) = house.must(&[
        "stories",
        "--since",
        "2026-11-01",
        "--country",
        "AFG",
        "--json",
    ]);
    assert!(json.lines().count() > 1);
    for line in json.lines() {
        let story: Value = serde_json::from_str(line).expect("JSON");
        assert!(
            story["countries"]
                .as_array()
                .is_some_and(|codes| codes.iter().any(|code| code == "AFG"))
        );
    }
    let (none, _) = house.must(&["stories", "--since", "1s"]);
    assert_eq!(none.lines().count(), 1);
}

#[test]
fn explain_gives_the_reasons_in_words_and_figures() {
    let house = old_house();
    let records = house.records();
    let copy = records
        .of("placement")
        .into_iter()
        .find(|placement| !placement["of"].is_null())
        .expect("a copy");
    let text = |key: &str| copy[key].as_str().expect("a text").to_owned();
    let (article, original, story) = (text("article"), text("of"), text("story"));
    let (said, _) = house.must(&["explain", &article]);
    for part in [
        &article,
        &original,
        &story,
        "copy of",
        "same words",
        "%",
        "runner-up",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (said, _) = house.must(&["explain", &article, &original]);
    assert!(
        said.starts_with(&format!("The same story: {story}\n")),
        "{said}"
    );
    let (said, _) = house.must(&["explain", &story]);
    assert!(
        said.contains(&article) && said.contains(&original),
        "{said}"
    );
    let other = records
        .of("placement")
        .into_iter()
        .find(|placement| placement["story"] != story.as_str());
    let other = other
        .and_then(|placement| placement["article"].as_str())
        .expect("another story");
    let (said, _) = house.must(&["explain", &article, other]);
    assert!(said.starts_with("Not the same story"), "{said}");
    assert_eq!(house.run(&["explain", "a_nothing"]).status.code(), Some(1));
}
