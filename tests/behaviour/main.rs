//! How servers behave, case by case: what a poll makes of it, in which state the feed is then, which events
//! were told and which articles were written. `docs/POLLING.md` has the same cases, with the reasons.
//!
//! A case is a server and a number of passes of the built binary over it.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod bodies;
mod hints;
mod http2;
mod items;
mod redirects;
mod tls;
mod wire;
mod withdrawn;

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde_json::Value;

use support::house::{House, QUICK, with_feeds};
use support::raw::{Raw, Step};
use support::records::time;
use support::server::{Answer, Request, Server};

/// What a case must come to.
#[derive(Clone, Copy)]
struct Outcome {
    passes: usize,
    state: &'static str,
    /// The kind of the trouble, empty for none.
    trouble: &'static str,
    events: &'static [&'static str],
    articles: usize,
}

/// After two passes all is well: two articles, nothing told.
const WELL: Outcome = Outcome {
    passes: 2,
    state: "ok",
    trouble: "",
    events: &[],
    articles: 2,
};

/// One pass, which fails.
const fn trouble(kind: &'static str) -> Outcome {
    Outcome {
        passes: 1,
        state: "degraded",
        trouble: kind,
        events: &[],
        articles: 0,
    }
}

const fn blocked(kind: &'static str) -> Outcome {
    Outcome {
        state: "blocked",
        events: &["blocked"],
        ..trouble(kind)
    }
}

fn item(number: usize) -> String {
    format!(
        "<item><guid>g{number}</guid><link>http://x.example/{number}</link><title>The bridge number {number} was \
         closed</title><description>Engineers closed bridge {number} on Monday morning.</description></item>"
    )
}

fn rss(items: impl IntoIterator<Item = String>) -> String {
    let items: String = items.into_iter().collect();
    format!(
        "<rss version=\"2.0\"><channel><title>T</title><link>http://x.example/</link>{items}</channel></rss>"
    )
}

fn feed() -> String {
    rss([1, 2].map(item))
}

fn ok() -> Answer {
    Answer::feed(feed())
}

/// Settings under which nothing takes long.
fn settings() -> String {
    format!("{QUICK}timeout = \"2s\"\nmax_body = \"256KiB\"\n")
}

fn house(url: &str) -> House {
    House::new(&with_feeds(
        &settings(),
        &[("f", format!("url = \"{url}\""))],
    ))
}

#[track_caller]
fn holds(name: &str, house: &House, expected: Outcome) {
    for _ in 0..expected.passes {
        house.once();
    }
    let feed = house.feed("f");
    let records = house.records();
    let found = (
        feed["state"].as_str().unwrap_or_default(),
        feed["trouble"]["kind"].as_str().unwrap_or_default(),
        records.events("f"),
        records.articles().len(),
    );
    let expected = (
        expected.state,
        expected.trouble,
        expected
            .events
            .iter()
            .map(|&event| event.to_owned())
            .collect(),
        expected.articles,
    );
    assert_eq!(found, expected, "{name}: {}", feed["trouble"]);
    house.verified();
    let page = include_str!("../../docs/POLLING.md");
    assert!(
        page.contains(&format!("| {name} |")),
        "docs/POLLING.md does not tell of {name:?}"
    );
}

/// A server that answers by the number of the request, and what that must come to.
#[track_caller]
fn case(
    name: &str,
    expected: Outcome,
    answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> (Server, House) {
    let count = AtomicUsize::new(0);
    let server = Server::start("127.0.1.1", move |request| {
        answer(request, count.fetch_add(1, Ordering::Relaxed))
    });
    let house = house(&server.url("/rss"));
    holds(name, &house, expected);
    (server, house)
}

/// A server of bytes.
#[track_caller]
fn raw(name: &str, expected: Outcome, script: Vec<Step>) -> Raw {
    let server = Raw::start("127.0.1.1", vec![script]);
    holds(name, &house(&server.url("/rss")), expected);
    server
}

fn send(head: &str, body: &[u8]) -> Vec<Step> {
    let mut bytes = head.replace('\n', "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    vec![Step::Read, Step::Send(bytes)]
}

fn conditional(request: &Request) -> bool {
    request.header("If-None-Match").is_some() || request.header("If-Modified-Since").is_some()
}

/// Every case of the page is tried here, and the other way round (that is in [`holds`]).
#[test]
fn the_page_tells_of_nothing_that_is_not_tried() {
    let page = include_str!("../../docs/POLLING.md");
    let sources = [
        include_str!("answers.rs"),
        include_str!("bodies.rs"),
        include_str!("hints.rs"),
        include_str!("http2.rs"),
        include_str!("items.rs"),
        include_str!("redirects.rs"),
        include_str!("tls.rs"),
        include_str!("wire.rs"),
        include_str!("withdrawn.rs"),
    ]
    .concat();
    let rows = page.split("| case |").nth(1).expect("a table of cases");
    let names: Vec<&str> = rows
        .lines()
        .skip(2)
        .filter_map(|row| row.strip_prefix("| ")?.split(" | ").next())
        .collect();
    assert!(names.len() >= 100, "{} cases", names.len());
    for name in names {
        assert!(
            sources.contains(&format!("\"{name}\"")),
            "{name} is not tried"
        );
    }
}
