//! What is remembered between runs, over versions: every state that a khabar ever wrote is brought up with
//! nothing lost, one of a later version is refused, and the records alone make one that fits.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use rusqlite::Connection;
use rusqlite::types::Value;

use support::house::{House, QUICK, copy_dir, texts, with_feeds};
use support::server::{Answer, Request, Server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/state");
/// Versions that a khabar wrote, and what each must hold.
const VERSIONS: [&str; 4] = ["1", "1-last", "3", "4"];
const TAG: &str = "\"first-2\"";
const FEEDS: [&str; 4] = ["tagged", "moved", "broken", "closed"];
/// Bad input data (`sysexits.h`).
const BAD_DATA: i32 = 65;

/// The server that the states of the fixtures know, as it answered last.
fn origin() -> Server {
    Server::start("127.0.1.1", |request| match request.path.as_str() {
        "/tagged" => tagged(request),
        "/moved" => Answer::redirect(301, "/stands"),
        "/stands" => rss(&[item(
            "h1",
            "http://dushanbe.example/1",
            "A bridge near Dushanbe was opened",
            2,
            "The bridge over the Vakhsh near Dushanbe was opened by officials.",
        )]),
        "/broken" => Answer::new(500),
        _ => Answer::new(410),
    })
}

/// Two of the three items changed after the first pass: one has a new identifier, one was edited.
fn tagged(request: &Request) -> Answer {
    let is_known = request.header("If-None-Match") == Some(TAG);
    let items = [
        (1, "g1", ""),
        (2, "g2b", ""),
        (3, "g3", " It was closed at noon."),
    ];
    let items = items.map(|(n, guid, more)| {
        item(
            guid,
            &format!("http://kabul.example/news/{n}"),
            &format!("Convoy {n} left the depot in Kabul"),
            n,
            &format!("Drivers of convoy {n} said in Kabul that the road to Kandahar was open again.{more}"),
        )
    });
    let answer = if is_known {
        Answer::new(304)
    } else {
        rss(&items)
    };
    answer
        .header("ETag", TAG)
        .header("Last-Modified", "Tue, 24 Nov 2026 03:00:00 GMT")
        .header("Cache-Control", "max-age=600")
}

fn item(guid: &str, link: &str, title: &str, hour: u32, text: &str) -> String {
    format!(
        "<item><guid>{guid}</guid><link>{link}</link><title>{title}</title>\
         <pubDate>Tue, 24 Nov 2026 {hour:02}:00:00 GMT</pubDate><description>{text}</description></item>"
    )
}

fn rss(items: &[String]) -> Answer {
    let items = items.concat();
    Answer::feed(format!(
        "<rss version=\"2.0\"><channel><title>T</title><ttl>45</ttl>{items}</channel></rss>"
    ))
}

fn fixture(version: &str) -> PathBuf {
    Path::new(FIXTURES).join(version)
}

/// A house with the records and the state that this version left.
fn house_of(version: &str, origin: &Server) -> House {
    let names = ["Kabul Post", "Dushanbe Post", "Broken", "Closed"];
    let feeds: Vec<(&str, String)> = FEEDS
        .iter()
        .zip(names)
        .map(|(&id, name)| {
            (
                id,
                format!(
                    "name = \"{name}\"\nurl = \"{}\"",
                    origin.url(&format!("/{id}"))
                ),
            )
        })
        .collect();
    let house = House::new(&with_feeds(QUICK, &feeds));
    copy_dir(&fixture(version).join("out"), &house.out());
    let sql = fs::read_to_string(fixture(version).join("state.sql")).expect("a fixture");
    fs::create_dir(house.path("state")).expect("a directory");
    let address = origin.url("");
    state(&house)
        .execute_batch(&sql.replace("{origin}", address.trim_end_matches('/')))
        .expect("the text of a state");
    house
}

fn state(house: &House) -> Connection {
    Connection::open(house.path("state/khabar.sqlite")).expect("a state")
}

fn version_of(house: &House) -> i64 {
    let read = state(house).query_row("PRAGMA user_version", [], |row| row.get(0));
    read.expect("a version")
}

/// The rows of a query, column by column.
fn rows(house: &House, sql: &str) -> Vec<Vec<Value>> {
    let connection = state(house);
    let mut statement = connection.prepare(sql).expect("SQL");
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..columns).map(|column| row.get(column)).collect()
    });
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

/// What a version knew of items, in the columns that the first had.
fn items(house: &House) -> Vec<Vec<Value>> {
    let mut known = rows(
        house,
        "SELECT row, outlet, id, revision, guid, url, text, title, texts, published, first_seen, feeds, story, \
         learned FROM item ORDER BY row",
    );
    known.extend(rows(
        house,
        "SELECT outlet, key, item FROM key ORDER BY outlet, key",
    ));
    known
}

/// The files of the output directory and what is in them.
fn contents(house: &House) -> BTreeMap<String, Vec<u8>> {
    let mut contents = BTreeMap::new();
    for path in house.records().files {
        let content = fs::read(house.out().join(&path)).expect("a file");
        contents.insert(path, content);
    }
    contents
}

/// Nothing is written twice, and nothing is told twice.
fn assert_nothing_new(house: &House, records: &[serde_json::Value], version: &str) {
    let now = house.records();
    let news = &now.all()[records.len()..];
    assert!(news.is_empty(), "{version}: {news:?}");
}

#[test]
fn every_state_that_was_ever_written_is_brought_up_with_nothing_lost() {
    for version in VERSIONS {
        let origin = origin();
        let house = house_of(version, &origin);
        let (known, records) = (items(&house), house.records().all().to_vec());
        // Reading does not change it.
        let was = version_of(&house);
        let feeds = FEEDS.map(|id| house.feed(id));
        assert_eq!(version_of(&house), was, "{version}");
        assert_eq!(feeds[0]["validators"]["etag"], TAG, "{version}");

        house.once();
        assert_eq!(version_of(&house), 4, "{version}");
        assert_eq!(items(&house), known, "{version}");
        assert_nothing_new(&house, &records, version);
        for (id, before) in FEEDS.iter().zip(&feeds) {
            let after = house.feed(id);
            assert_eq!(after["polls"], 4, "{version}: {id}");
            for field in ["state", "written", "last_new", "validators", "learned_url"] {
                assert_eq!(after[field], before[field], "{version}: {id}: {field}");
            }
            assert_eq!(
                after["trouble"]["since"], before["trouble"]["since"],
                "{version}: {id}"
            );
        }
        house.once();
        let asked = origin.requests();
        let last = asked.iter().rfind(|request| request.path == "/tagged");
        assert_eq!(
            last.expect("a request").header("If-None-Match"),
            Some(TAG),
            "{version}"
        );
        assert_nothing_new(&house, &records, version);
        house.verified();
    }
}

#[test]
fn what_was_asked_for_is_still_heard() {
    let origin = origin();
    let house = house_of("1", &origin);
    house.must(&["feeds"]);
    let fresh = "SELECT memory ->> '$.fresh_secs' FROM feed WHERE id = 'tagged'";
    assert_eq!(rows(&house, fresh), [[Value::Null]]);
    // Opened, but nobody is asked: no feed is due.
    state(&house)
        .execute_batch(
            "UPDATE feed SET memory = json_set(memory, '$.next_poll', '2200-01-01T00:00:00Z')",
        )
        .expect("an update");
    house.must(&["once"]);
    assert_eq!(rows(&house, fresh), [[Value::Integer(600)]]);
}

/// It refuses, naming both versions and the way out, and changes nothing.
fn assert_refused(output: &Output, command: &str) {
    let said = texts(output).1;
    assert_eq!(output.status.code(), Some(BAD_DATA), "{command}: {said}");
    for part in [
        "khabar.sqlite",
        "version is 99",
        "knows 4",
        "khabar rebuild",
    ] {
        assert!(
            said.contains(part),
            "{command}: {part:?} is missing: {said}"
        );
    }
}

#[test]
fn a_later_state_is_refused_and_left_alone() {
    let origin = origin();
    let house = house_of("4", &origin);
    state(&house)
        .execute_batch("PRAGMA user_version = 99; ALTER TABLE feed RENAME TO feed_4;")
        .expect("a later state");
    let (file, records) = (house.path("state/khabar.sqlite"), contents(&house));
    let before = fs::read(&file).expect("a state");
    for command in [&["run"][..], &["once", "--all"], &["feeds"]] {
        assert_refused(&house.run(command), command[0]);
    }
    assert!(origin.requests().is_empty());
    assert_eq!(fs::read(&file).expect("a state"), before);
    assert_eq!(contents(&house), records);
}

/// As docs/OPERATIONS.md says.
#[test]
fn the_way_down_is_a_state_made_anew_from_the_records() {
    let origin = origin();
    let house = house_of("4", &origin);
    let records = house.records().all().to_vec();
    state(&house)
        .pragma_update(None, "user_version", 99)
        .expect("a later state");
    fs::rename(house.path("state"), house.path("state.later")).expect("a name");
    house.must(&["rebuild"]);
    assert_eq!(version_of(&house), 4);
    house.once();
    assert_eq!(house.records().articles().len(), 5);
    let news = house.records().all()[records.len()..].to_vec();
    // What was known of polling is gone, so that trouble is told anew.
    assert!(
        news.iter().all(|record| record["record"] == "event"),
        "{news:?}"
    );
    // And the way up again: the later state knows less than the directory holds, and catches up.
    fs::remove_dir_all(house.path("state")).expect("a state");
    fs::rename(house.path("state.later"), house.path("state")).expect("a name");
    state(&house)
        .pragma_update(None, "user_version", 4)
        .expect("the later khabar's own");
    house.once();
    assert_eq!(house.records().articles().len(), 5);
    house.verified();
}
