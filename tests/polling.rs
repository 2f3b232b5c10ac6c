//! How feeds and pages are asked: what goes over the wire, and what becomes of every kind of answer.
//!
//! Each test is a server that behaves in one way and a pass of the built binary over it. They are named
//! after what went wrong elsewhere; comments name the thread.

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use support::house::{House, QUICK, with_feeds};
use support::records::time;
use support::server::{Answer, Request, Server};

/// A feed of these items; each is the inside of an `<item>`.
fn rss(items: &[&str]) -> String {
    let items: String = items
        .iter()
        .map(|item| format!("<item>{item}</item>"))
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>T</title><link>http://x.example/</link>{items}</channel></rss>"
    )
}

fn item(number: usize) -> String {
    format!(
        "<guid>g{number}</guid><link>http://x.example/{number}</link><title>The bridge number {number} was \
         closed</title><description>Engineers closed bridge {number} on Monday morning.</description>"
    )
}

fn feed() -> String {
    rss(&[&item(1), &item(2)])
}

/// A house with one feed `f` at this address, which has these further lines.
fn house(url: &str, lines: &str) -> House {
    House::quick(&[("f", format!("url = \"{url}\"\n{lines}"))])
}

/// A house with these further lines under `[fetch]`, which QUICK ends with.
fn house_with(settings: &str, url: &str, lines: &str) -> House {
    House::new(&with_feeds(
        &format!("{QUICK}{settings}"),
        &[("f", format!("url = \"{url}\"\n{lines}"))],
    ))
}

/// The trouble of feed `f` after one pass: its kind and its message.
fn trouble(house: &House) -> (String, String) {
    house.once();
    let trouble = &house.feed("f")["trouble"];
    let text = |key: &str| {
        trouble[key]
            .as_str()
            .unwrap_or_else(|| panic!("no trouble: {trouble}"))
            .to_owned()
    };
    (text("kind"), text("message"))
}

// Athou/commafeed#1037, #1746: validator book-keeping fetches everything again for ever.
#[test]
fn validators_are_sent_back_byte_for_byte() {
    // Quotes, spaces, Latin-1 and a date in a form that nobody should write.
    let etags = ["\"a b,c\"", "W/\"0815\"", "no-quotes", "\"caf\u{e9}\""];
    for etag in etags {
        let modified = "Thu, 1 Jan 2026 0:00:00 +0000";
        let answer = move |request: &Request| {
            let answer = match request.header("If-None-Match") {
                Some(_) => Answer::new(304),
                None => Answer::feed(feed()),
            };
            answer
                .header("ETag", etag)
                .header("Last-Modified", modified)
        };
        let server = Server::start("127.0.1.1", answer);
        let house = house(&server.url("/rss"), "");
        for _ in 0..3 {
            house.once();
        }
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        assert_eq!(
            (
                requests[0].header("If-None-Match"),
                requests[0].header("If-Modified-Since")
            ),
            (None, None)
        );
        for request in &requests[1..] {
            assert_eq!(request.header("If-None-Match"), Some(etag));
            assert_eq!(request.header("If-Modified-Since"), Some(modified));
        }
        assert_eq!(house.records().articles().len(), 2);
    }
}

// RFC 9110 §15.4.5: a 304 may bring a new validator.
#[test]
fn a_304_may_change_the_validator() {
    let count = AtomicUsize::new(0);
    let server = Server::start("127.0.1.1", move |_| {
        match count.fetch_add(1, Ordering::Relaxed) {
            0 => Answer::feed(feed()).header("ETag", "\"one\""),
            _ => Answer::new(304).header("ETag", "\"two\""),
        }
    });
    let house = house(&server.url("/rss"), "");
    for _ in 0..3 {
        house.once();
    }
    let asked: Vec<Option<String>> = server
        .requests()
        .iter()
        .map(|request| request.header("If-None-Match").map(str::to_owned))
        .collect();
    assert_eq!(
        asked,
        [None, Some("\"one\"".into()), Some("\"two\"".into())]
    );
}

#[test]
fn a_feed_that_could_not_be_read_is_asked_for_again_whole() {
    let count = AtomicUsize::new(0);
    let server = Server::start("127.0.1.1", move |_| {
        match count.fetch_add(1, Ordering::Relaxed) {
            0 => Answer::feed("<html><body>Please wait</body></html>").header("ETag", "\"bad\""),
            _ => Answer::feed(feed()).header("ETag", "\"good\""),
        }
    });
    let house = house(&server.url("/rss"), "");
    house.once();
    house.once();
    assert_eq!(server.requests()[1].header("If-None-Match"), None);
    assert_eq!(house.records().articles().len(), 2);
}

#[test]
fn a_body_that_did_not_change_is_not_read_again_without_validators_either() {
    let server = Server::paths("127.0.1.1", [("/rss", Answer::feed(feed()))]);
    let house = house(&server.url("/rss"), "");
    house.once();
    let (said, _) = house.once();
    assert!(said.contains("0 read, 1 unchanged"), "{said}");
}

// miniflux/v2#2901: feeds of one host are asked all at once.
#[test]
fn requests_to_one_host_keep_their_distance() {
    let server = Server::start("127.0.1.1", |_| Answer::feed(feed()));
    let feeds: Vec<(String, String)> = (0..4)
        .map(|n| {
            (
                format!("f{n}"),
                format!("url = \"{}\"", server.url(&format!("/{n}"))),
            )
        })
        .collect();
    let feeds: Vec<(&str, String)> = feeds
        .iter()
        .map(|(id, lines)| (id.as_str(), lines.clone()))
        .collect();
    let spacing = Duration::from_millis(150);
    let house = House::new(&with_feeds(&QUICK.replace("\"0s\"", "\"150ms\""), &feeds));
    house.once();
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for pair in requests.windows(2) {
        let pause = pair[1].at - pair[0].at;
        assert!(pause >= spacing, "only {pause:?} between two requests");
    }
}

#[test]
fn one_slow_host_does_not_hold_up_the_others() {
    let slow = Server::start("127.0.1.1", |_| {
        Answer::feed(feed()).delay(Duration::from_secs(2))
    });
    let quick = Server::start("127.0.1.2", |_| Answer::feed(feed()));
    let feeds = [
        ("slow", format!("url = \"{}\"", slow.url("/"))),
        ("quick", format!("url = \"{}\"", quick.url("/"))),
    ];
    let start = Instant::now();
    House::quick(&feeds).once();
    assert!(quick.requests()[0].at - start < Duration::from_secs(2));
}

// miniflux/v2#851: after a few errors a feed is never asked again, and nobody is told.
#[test]
fn a_feed_that_fails_is_told_of_once_and_so_is_its_recovery() {
    let count = AtomicUsize::new(0);
    let server = Server::start("127.0.1.1", move |_| {
        match count.fetch_add(1, Ordering::Relaxed) {
            0..4 => Answer::new(500),
            _ => Answer::feed(feed()),
        }
    });
    let house = house(&server.url("/rss"), "");
    for _ in 0..4 {
        house.once();
    }
    assert_eq!(house.records().events("f"), ["failing"]);
    assert_eq!(house.feed("f")["state"], "failing");
    assert_eq!(house.feed("f")["trouble"]["failures"], 4);
    house.once();
    house.once();
    let records = house.records();
    assert_eq!(records.events("f"), ["failing", "recovered"]);
    let recovered = *records.of("event").last().expect("an event");
    assert!(time(&recovered["since"]) < time(&recovered["until"]));
    assert_eq!(records.articles().len(), 2);
    assert_eq!(house.feed("f")["state"], "ok");
}

#[test]
fn a_feed_that_is_gone_is_told_of_at_once_and_looked_at_a_week_later() {
    let server = Server::paths("127.0.1.1", [("/rss", Answer::new(410))]);
    let house = house(&server.url("/rss"), "");
    house.once();
    house.once();
    assert_eq!(house.records().events("f"), ["gone"]);
    let feed = house.feed("f");
    assert_eq!(feed["state"], "gone");
    let pause = time(&feed["next_poll"])
        .duration_since(time(&feed["last_poll"]))
        .as_hours();
    assert!((24 * 6..=24 * 8).contains(&pause), "{pause} hours");
}

// miniflux/v2#1387: a temporary redirect overwrote the feed's address.
#[test]
fn a_chain_of_redirects_is_followed_and_not_learned_at_once() {
    let server = Server::start("127.0.1.1", |request| match request.path.as_str() {
        "/rss" => Answer::redirect(301, "/two"),
        "/two" => Answer::redirect(308, "three?x=1"),
        "/three?x=1" => Answer::feed(feed()).header("ETag", "\"e\""),
        _ => Answer::new(404),
    });
    let house = house(&server.url("/rss"), "");
    house.once();
    house.once();
    assert_eq!(house.records().articles().len(), 2);
    assert_eq!(
        server.requests_for("/rss").len(),
        2,
        "the address that was configured is asked"
    );
    assert_eq!(house.feed("f")["learned_url"], Value::Null);
}

#[test]
fn a_circle_of_redirects_ends() {
    let server = Server::start("127.0.1.1", |_| Answer::redirect(302, "/again"));
    assert_eq!(trouble(&house(&server.url("/rss"), "")).0, "redirect");
    assert!(server.requests().len() <= 20);
}

// rustsec/advisory-db PR#2665: redirects lead to addresses inside, past the check of names.
#[test]
fn a_redirect_to_an_address_inside_is_not_followed() {
    let inside = Server::start("127.0.9.9", |_| Answer::feed(feed()));
    let port = inside
        .url("")
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let targets = [
        inside.url("/rss"),
        format!("http://2130708745:{port}/rss"),
        format!("http://0x7f.9.9:{port}/rss"),
        format!("http://[::ffff:127.0.9.9]:{port}/rss"),
        format!("//127.0.9.9:{port}/rss"),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ];
    for target in targets {
        let to = target.clone();
        let server = Server::start("127.0.1.1", move |_| Answer::redirect(302, to.clone()));
        let settings = QUICK.replace("127.0.0.0/8", "127.0.1.0/24");
        let house = House::new(&with_feeds(
            &settings,
            &[("f", format!("url = \"{}\"", server.url("/rss")))],
        ));
        assert_eq!(trouble(&house).0, "refused", "{target}");
    }
    assert_eq!(inside.requests().len(), 0);
}

#[test]
fn a_name_that_leads_inside_is_not_dialled() {
    let server = Server::start("127.0.0.1", |_| Answer::feed(feed()));
    let url = server.url("/rss").replace("127.0.0.1", "localhost");
    let settings = QUICK.replace("127.0.0.0/8", "127.0.1.0/24");
    let house = House::new(&with_feeds(&settings, &[("f", format!("url = \"{url}\""))]));
    assert_eq!(trouble(&house).0, "refused");
    assert_eq!(server.requests().len(), 0);
}

// gocolly/colly PR#886: the bound on a body was applied before it was decompressed.
#[test]
fn a_body_over_the_bound_is_refused_however_small_it_came() {
    let big = rss(&[
        &item(1),
        &format!(
            "<title>x</title><description>{}</description>",
            "y".repeat(3 << 20)
        ),
    ]);
    for answer in [Answer::feed(big.clone()), Answer::feed(big).gzip()] {
        let server = Server::paths("127.0.1.1", [("/rss", answer)]);
        let house = house_with("max_body = \"1MiB\"\n", &server.url("/rss"), "");
        assert_eq!(trouble(&house).0, "too_large");
        assert!(house.records().articles().is_empty());
    }
}

#[test]
fn a_server_that_does_not_answer_is_left_after_the_timeout() {
    let silent = Answer::feed(feed()).delay(Duration::from_secs(20));
    let dripping = Answer::feed(feed()).drip(Duration::from_millis(50));
    for answer in [silent, dripping] {
        let server = Server::paths("127.0.1.1", [("/rss", answer)]);
        let house = house_with("timeout = \"300ms\"\n", &server.url("/rss"), "");
        let start = Instant::now();
        assert_eq!(trouble(&house).0, "timeout");
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

// lion-reader PR#1515: what was cut off counted as read.
#[test]
fn a_body_that_breaks_off_is_a_failure_and_read_whole_later() {
    let count = AtomicUsize::new(0);
    let server = Server::start("127.0.1.1", move |_| {
        let whole = Answer::feed(feed()).header("ETag", "\"e\"");
        match count.fetch_add(1, Ordering::Relaxed) {
            0 => whole.gzip().cut(40),
            1 => whole.cut(40),
            _ => whole,
        }
    });
    let house = house(&server.url("/rss"), "");
    assert_eq!(trouble(&house).0, "truncated");
    assert_eq!(trouble(&house).0, "truncated");
    house.once();
    assert_eq!(house.records().articles().len(), 2);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("If-None-Match").is_none())
    );
}

#[test]
fn gzip_that_ends_early_is_a_failure_though_its_length_is_right() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(feed().as_bytes())
        .expect("a Vec takes everything");
    let mut body = encoder.finish().expect("a Vec takes everything");
    body.truncate(body.len() - 20);
    let answer = Answer::feed(body).header("Content-Encoding", "gzip");
    let server = Server::paths("127.0.1.1", [("/rss", answer)]);
    assert_eq!(trouble(&house(&server.url("/rss"), "")).0, "truncated");
}

// simplepie#456, FreshRSS#7919: 200 and a web page was reported as "parse error".
#[test]
fn a_web_page_instead_of_a_feed_is_named_as_such() {
    let page = "<!doctype html><html><head><title>Home</title><link rel=\"alternate\" \
                type=\"application/rss+xml\" href=\"/feeds/all.xml\"></head><body><p>Welcome</p></body></html>";
    let server = Server::paths("127.0.1.1", [("/rss", Answer::page(page))]);
    let house = house(&server.url("/rss"), "");
    let (kind, message) = trouble(&house);
    assert_eq!(kind, "html_instead_of_feed");
    assert!(message.contains("/feeds/all.xml"), "{message}");
}

#[test]
fn retry_after_is_heard_and_a_hostile_one_is_not_obeyed() {
    let date = Timestamp::now() + jiff::SignedDuration::from_hours(3);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let hours = |text: &str| (text.to_owned(), 503);
    let cases = [
        (hours("7200"), 2 * 3600 - 1..2 * 3600 + 60),
        (("7200".to_owned(), 429), 2 * 3600 - 1..2 * 3600 + 60),
        (hours(&date), 3 * 3600 - 60..3 * 3600 + 60),
        // FreshRSS CVE-2025-68148: a pause without end.
        (hours("99999999999"), 3600..24 * 3600 + 60),
        (hours("soon"), 60..3600),
    ];
    for ((value, status), expected) in cases {
        let answer = Answer::new(status).header("Retry-After", value.clone());
        let server = Server::paths("127.0.1.1", [("/rss", answer)]);
        let house = house(&server.url("/rss"), "");
        house.once();
        let feed = house.feed("f");
        let pause = time(&feed["next_poll"])
            .duration_since(time(&feed["last_poll"]))
            .as_secs();
        assert!(expected.contains(&pause), "{value}: {pause} s");
        // Nobody who does not insist asks before that.
        house.must(&["once"]);
        assert_eq!(server.requests().len(), 1, "{value}");
    }
}

#[test]
fn alternates_are_asked_while_the_first_address_fails() {
    let server = Server::paths("127.0.1.1", [("/other", Answer::feed(feed()))]);
    let lines = format!("alternates = [\"{}\"]", server.url("/other"));
    let house = house(&server.url("/rss"), &lines);
    house.once();
    assert_eq!(house.records().articles().len(), 2);
    assert_eq!(house.feed("f")["trouble"], Value::Null);
}

const SECRET: &str = "s3cret-of-the-house";

fn with_secret() -> String {
    format!("headers = {{ Authorization = \"Bearer {SECRET}\" }}")
}

/// Log lines of everything that the binary and its libraries can say.
fn everything_said(house: &House) -> String {
    let (out, err) = house.must(&["once", "--all", "-vv"]);
    out + &err
}

#[test]
fn a_secret_goes_to_its_own_host_and_into_no_log() {
    let other = Server::start("127.0.1.2", |_| Answer::feed(feed()));
    let to = other.url("/rss");
    let server = Server::start("127.0.1.1", move |request| match request.path.as_str() {
        "/rss" => Answer::redirect(302, "/moved"),
        _ => Answer::redirect(302, to.clone()),
    });
    let house = house(&server.url("/rss"), &with_secret());
    let said = everything_said(&house);
    assert_eq!(house.records().articles().len(), 2);
    for request in server.requests() {
        assert_eq!(
            request.header("Authorization"),
            Some(format!("Bearer {SECRET}").as_str())
        );
    }
    assert_eq!(other.requests().len(), 1);
    assert!(
        !other.requests()[0].head.contains(SECRET),
        "another host was told"
    );
    assert!(!said.contains(SECRET));
}

// curl CVE-2022-27774: another port of the same machine may be another owner's.
#[test]
fn a_secret_does_not_go_to_another_port() {
    let other = Server::start("127.0.1.1", |_| Answer::feed(feed()));
    let to = other.url("/rss");
    let server = Server::start("127.0.1.1", move |_| Answer::redirect(302, to.clone()));
    house(&server.url("/rss"), &with_secret()).once();
    assert_eq!(other.requests().len(), 1);
    assert!(!other.requests()[0].head.contains(SECRET));
}

#[test]
fn a_secret_does_not_go_to_the_hosts_that_items_link_to() {
    let elsewhere = Server::start("127.0.1.2", |_| {
        Answer::page("<html><body><p>Page</p></body></html>")
    });
    let link = elsewhere.url("/story");
    let feed = rss(&[&format!(
        "<guid>1</guid><title>A title</title><link>{link}</link>"
    )]);
    let server = Server::start("127.0.1.1", move |_| Answer::feed(feed.clone()));
    let house = house(
        &server.url("/rss"),
        &format!("full_text = true\n{}", with_secret()),
    );
    house.once();
    assert_eq!(elsewhere.requests_for("/story").len(), 1);
    for request in elsewhere.requests() {
        assert!(
            !request.head.contains(SECRET),
            "{} was asked with the feed's secret",
            request.path
        );
    }
}

// tracing-subscriber RUSTSEC-2025-0055: a title drove the terminal.
#[test]
fn what_a_stranger_writes_cannot_forge_a_log_line() {
    let evil = "\u{1b}[2J&#27;[31m\u{202e}x\u{9b}31m&#x202e;\u{85}";
    let feed = rss(&[&format!(
        "<guid>{evil}</guid><title>{evil}</title><link>http://x.example/{evil}</link>"
    )]);
    let page = format!("<html><head><title>{evil}</title></head><body>{evil}</body></html>");
    let status = Answer::new(500).header("Location", "\u{1b}[2J");
    let bodies = [
        Answer::feed(feed),
        Answer::page(page),
        status,
        Answer::redirect(302, "http://x\u{1b}[2J/"),
    ];
    for answer in bodies {
        let server = Server::paths("127.0.1.1", [("/rss", answer)]);
        let house = house(&server.url("/rss"), "");
        for format in ["text", "json"] {
            let (_, said) = house.must(&["once", "--all", "-v", "--log-format", format]);
            for line in said.lines() {
                let bad = line
                    .chars()
                    .find(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(c));
                assert_eq!(bad, None, "{line:?}");
            }
        }
    }
}

#[test]
fn a_log_that_is_no_terminal_has_no_colours() {
    let server = Server::paths("127.0.1.1", [("/rss", Answer::feed(feed()))]);
    let (out, err) = house(&server.url("/rss"), "").once();
    assert!(
        err.contains("feed=f") && !err.contains('\u{1b}') && !out.contains('\u{1b}'),
        "{err:?}"
    );
}

/// A feed with one item whose page stands at `path` of the same server.
fn one_page(
    path: &'static str,
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (Server, House) {
    let server = Server::start("127.0.1.1", move |request| match request.path.as_str() {
        "/rss" => {
            let host = request.header("Host").expect("a host");
            let text = "Snow closed the pass between the two valleys for three days.";
            Answer::feed(rss(&[&format!(
                "<guid>1</guid><title>Pass closed</title><description>{text}</description>\
                 <link>http://{host}{path}</link>"
            )]))
        }
        _ => answer(request),
    });
    let house = house(&server.url("/rss"), "full_text = true");
    (server, house)
}

fn only_article(house: &House) -> Value {
    let records = house.records();
    let articles = records.articles();
    assert_eq!(articles.len(), 1);
    articles[0].clone()
}

fn flags(article: &Value) -> Vec<&str> {
    article["flags"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|flag| flag.as_str().expect("a text"))
        .collect()
}

#[test]
fn robots_txt_is_heard_for_pages_and_asked_once() {
    let (server, house) = one_page("/private/1", |request| match request.path.as_str() {
        "/robots.txt" => Answer::new(200).body("User-agent: *\nDisallow: /private/\n"),
        _ => Answer::page("<html><body><p>Never to be read</p></body></html>"),
    });
    house.once();
    assert_eq!(server.requests_for("/robots.txt").len(), 1);
    assert!(server.requests_for("/private/1").is_empty());
    let article = only_article(&house);
    assert!(flags(&article).contains(&"page_robots"), "{article}");
    assert_ne!(article["text"], Value::Null, "the feed's text stands in");
}

#[test]
fn robots_txt_is_not_asked_for_the_feed_itself() {
    let server = Server::start("127.0.1.1", |request| match request.path.as_str() {
        "/robots.txt" => Answer::new(200).body("User-agent: *\nDisallow: /\n"),
        _ => Answer::feed(feed()),
    });
    let house = house(&server.url("/rss"), "");
    house.once();
    assert_eq!(house.records().articles().len(), 2);
    assert!(server.requests_for("/robots.txt").is_empty());
}

#[test]
fn robots_may_be_switched_off() {
    let (server, house) = one_page("/p", |request| match request.path.as_str() {
        "/robots.txt" => Answer::new(200).body("User-agent: *\nDisallow: /\n"),
        _ => Answer::page("<html><body><p>Page</p></body></html>"),
    });
    let lines = format!("url = \"{}\"\nfull_text = true", server.url("/rss"));
    house.configure(&with_feeds(
        &format!("{QUICK}robots = false\n"),
        &[("f", lines)],
    ));
    house.once();
    assert_eq!(
        (
            server.requests_for("/robots.txt").len(),
            server.requests_for("/p").len()
        ),
        (0, 1)
    );
}

// taranis-ai#225: the page answered 403 and the item was dropped although the feed had its text.
#[test]
fn a_page_that_is_refused_leaves_the_text_of_the_feed() {
    for (status, flag) in [
        (403, "page_status_403"),
        (404, "page_status_404"),
        (503, "page_status_5xx"),
    ] {
        let (_server, house) = one_page("/p", move |request| match request.path.as_str() {
            "/robots.txt" => Answer::new(404),
            _ => Answer::new(status),
        });
        house.once();
        let article = only_article(&house);
        assert!(flags(&article).contains(&flag), "{article}");
        assert!(
            article["text"]
                .as_str()
                .expect("a text")
                .contains("three days"),
            "{article}"
        );
        assert!(["feed", "summary"].contains(&article["text_from"].as_str().expect("a text")));
    }
}

#[test]
fn a_known_page_is_not_fetched_again() {
    let asked = AtomicUsize::new(0);
    let server = Server::start("127.0.1.1", move |request| match request.path.as_str() {
        // The feed is another one at each poll; its item is the same.
        "/rss" => {
            let poll = asked.fetch_add(1, Ordering::Relaxed);
            let host = request.header("Host").expect("a host");
            Answer::feed(rss(&[&format!(
                "<guid>1</guid><title>T</title><link>http://{host}/p</link><x>{poll}</x>"
            )]))
        }
        "/robots.txt" => Answer::new(404),
        _ => Answer::page("<html><body><p>Page</p></body></html>"),
    });
    let house = house(&server.url("/rss"), "full_text = true");
    house.once();
    let (said, _) = house.once();
    assert!(said.contains("1 known"), "{said}");
    assert_eq!(server.requests_for("/p").len(), 1);
}

// nextcloud/news#1761, home-assistant/core#159250: public feeds that only like some clients.
#[test]
fn the_user_agent_and_headers_of_a_feed_are_sent() {
    let server = Server::start("127.0.1.1", |_| Answer::feed(feed()));
    let own = "user_agent = \"Reader/2 (for this one)\"\nheaders = { Accept-Language = \"fa, prs;q=0.9\", X-Key = \"k\" }";
    let feeds = [
        ("own", format!("url = \"{}\"\n{own}", server.url("/own"))),
        ("plain", format!("url = \"{}\"", server.url("/plain"))),
    ];
    let house = House::new(&with_feeds(
        &format!("{QUICK}contact = \"ops@example.org\"\n"),
        &feeds,
    ));
    house.once();
    let own = &server.requests_for("/own")[0];
    assert_eq!(own.header("User-Agent"), Some("Reader/2 (for this one)"));
    assert_eq!(own.header("Accept-Language"), Some("fa, prs;q=0.9"));
    assert_eq!(own.header("X-Key"), Some("k"));
    let plain = &server.requests_for("/plain")[0];
    let agent = plain.header("User-Agent").expect("a user agent");
    assert!(
        agent.starts_with("khabar/") && agent.ends_with(" (+ops@example.org)"),
        "{agent}"
    );
    assert_eq!(plain.header("X-Key"), None);
    for request in server.requests() {
        let accepted = request.header("Accept").expect("what is accepted");
        assert!(
            accepted.contains("application/rss+xml") && accepted.contains("*/*"),
            "{accepted}"
        );
        assert!(
            request
                .header("Accept-Encoding")
                .is_some_and(|all| all.contains("gzip"))
        );
    }
}

#[test]
fn a_check_of_feeds_fails_when_one_cannot_be_read() {
    let server = Server::paths("127.0.1.1", [("/rss", Answer::feed(feed()))]);
    let good = ("good", format!("url = \"{}\"", server.url("/rss")));
    let bad = ("bad", format!("url = \"{}\"", server.url("/nothing")));
    let house = House::quick(std::slice::from_ref(&good));
    let (said, _) = house.must(&["check", "--feeds"]);
    assert!(said.contains("1 of 1 feeds can be read"), "{said}");
    house.configure(&with_feeds(QUICK, &[good, bad]));
    let output = house.run(&["check", "--feeds"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 of 2 feeds can be read"), "{said}");
    assert!(!house.out().exists(), "nothing is written");
}
