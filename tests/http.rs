//! The status page from outside: health, metrics, views, and what protects them.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use support::house::{House, QUICK, Running, until, with_feeds};
use support::server::{Answer, Server};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A daemon with a page.
struct Site {
    house: House,
    running: Running,
    address: SocketAddr,
}

/// What came back.
struct Reply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// An address that nobody listens at just now.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

fn settings(address: SocketAddr) -> String {
    format!(
        "[http]\nlisten = \"{address}\"\n[output]\nseal_after = \"200ms\"\n[poll]\ninterval = \"200ms\"\n\
         min_interval = \"200ms\"\nmax_interval = \"400ms\"\n{QUICK}"
    )
}

impl Site {
    fn start(feeds: &[(&str, String)]) -> Self {
        let address = free();
        let house = House::new(&with_feeds(&settings(address), feeds));
        let running = house.start(&["run"]);
        let site = Self {
            house,
            running,
            address,
        };
        until("readiness", || {
            site.try_get("/readyz")
                .is_some_and(|reply| reply.status == 200)
        });
        site
    }

    /// The answer to a request line and headers, `Host` included.
    fn ask(&self, head: &str) -> Option<Reply> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let head = format!("{head}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8(bytes).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        Some(Reply {
            status,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        })
    }

    fn try_get(&self, path: &str) -> Option<Reply> {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}", self.address))
    }

    fn get(&self, path: &str) -> Reply {
        self.try_get(path)
            .unwrap_or_else(|| panic!("no answer for {path}"))
    }

    /// The value of a series, 0 where it is not there.
    fn metric(&self, series: &str) -> f64 {
        let text = self.get("/metrics").body;
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        line.map_or(0.0, |value| value.trim().parse().expect("a number"))
    }
}

fn feed(items: &[(&str, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(guid, title, text)| {
            format!(
                "<item><guid>{guid}</guid><link>http://x.example/{guid}</link><title><![CDATA[{title}]]></title>\
                 <description><![CDATA[{text}]]></description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>")
}

fn serving(body: String) -> Server {
    Server::start("127.0.1.1", move |_| Answer::feed(body.clone()))
}

fn url(server: &Server) -> String {
    format!("url = \"{}\"", server.url("/rss"))
}

const CONVOY: &str = "Drivers of the first convoy said on Tuesday that the road over the pass was open again after \
     nine days of snow, and that forty lorries with flour had reached the depot in the valley before noon.";

#[test]
fn without_an_address_nothing_listens() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let house = House::quick(&[("f", url(&server))]);
    let mut running = house.start(&["run"]);
    running.says("polling");
    assert!(
        !running.said().contains("status page"),
        "{}",
        running.said()
    );
    running.terminate();
}

#[test]
fn an_address_that_is_taken_is_told_at_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    let server = serving(feed(&[]));
    let house = House::new(&with_feeds(&settings(address), &[("f", url(&server))]));
    let mut running = house.start(&["run"]);
    assert_eq!(running.wait().code(), Some(1));
    let said = running.said();
    assert!(
        said.contains("http.listen") && said.contains(&address.to_string()),
        "{said}"
    );
}

#[test]
fn health_tells_of_every_part() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let site = Site::start(&[("f", url(&server))]);
    let parts = |path: &str| -> Vec<String> {
        let reply = site.get(path);
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, "application/json")
        );
        let report = reply.json();
        assert_eq!(report["ok"], true, "{report}");
        let checks = report["checks"].as_array().expect("checks");
        assert!(checks.iter().all(|check| check["detail"].is_string()));
        checks
            .iter()
            .map(|check| check["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(parts("/healthz"), ["loop", "writer", "stages", "polls"]);
    let ready = parts("/readyz");
    assert!(
        ready.contains(&"disk".to_owned()) && ready.contains(&"daemon".to_owned()),
        "{ready:?}"
    );
}

/// The log cannot be written while a folder stands in its place.
#[test]
fn a_disk_that_refuses_makes_it_unready_and_not_unhealthy() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let site = Site::start(&[("f", url(&server))]);
    until("a record", || site.house.records().articles().len() == 1);
    let articles = site.house.path("out/placements");
    let hidden = site.house.path("out/hidden");
    fs::rename(&articles, &hidden).expect("a rename");
    fs::write(&articles, "in the way").expect("a file");
    site.house
        .configure(&with_feeds(&settings(site.address), &[("g", url(&server))]));
    site.running.signal("HUP");
    until("trouble", || {
        site.get("/readyz").status == 503 || site.metric("khabar_write_failures_total") > 0.0
    });
    assert_eq!(site.get("/healthz").status, 200);
    fs::remove_file(&articles).expect("the file goes");
    fs::rename(&hidden, &articles).expect("a rename");
    until("recovery", || site.get("/readyz").status == 200);
}

#[test]
fn metrics_tell_what_became_of_items() {
    let server = serving(feed(&[
        ("1", "A convoy left the depot", CONVOY),
        (
            "2",
            "The council of the city met",
            "The council met on Monday and spoke for hours about the water of the canal.",
        ),
    ]));
    let copy = Server::start("127.0.1.2", |_| {
        Answer::feed(feed(&[("9", "A convoy left the depot", CONVOY)]))
    });
    let broken = Server::start("127.0.1.3", |_| Answer::new(500));
    let site = Site::start(&[("f", url(&server)), ("g", url(&copy)), ("h", url(&broken))]);
    until("three records", || {
        site.metric("khabar_items_total{fate=\"written\"}")
            + site.metric("khabar_items_total{fate=\"duplicate\"}")
            == 3.0
    });
    assert_eq!(site.metric("khabar_items_total{fate=\"duplicate\"}"), 1.0);
    for series in [
        "khabar_polls_total{outcome=\"read\"}",
        "khabar_polls_total{outcome=\"failed\"}",
        "khabar_poll_failures_total{kind=\"status\"}",
        "khabar_answer_duration_seconds_count{document=\"feed\"}",
        "khabar_received_bytes_total{document=\"feed\"}",
        "khabar_write_duration_seconds_count{step=\"sync\"}",
        "khabar_write_duration_seconds_count{step=\"seal\"}",
        "khabar_index_articles",
        "khabar_index_bytes",
        "khabar_last_seq",
        "khabar_last_seal_timestamp_seconds",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        until(series, || site.metric(series) > 0.0);
    }
    until("a failing feed", || {
        site.metric("khabar_feeds{state=\"failing\"}") == 1.0
    });
    assert_eq!(site.metric("khabar_feeds{state=\"ok\"}"), 2.0);
    assert!(site.metric("khabar_events_total{kind=\"failing\"}") >= 1.0);
}

#[test]
fn metrics_are_as_prometheus_wants_them() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let site = Site::start(&[("f", url(&server))]);
    until("a record", || site.house.records().articles().len() == 1);
    let request = format!(
        "GET /metrics HTTP/1.1\r\nHost: {}\r\nAccept: application/openmetrics-text;version=1.0.0",
        site.address
    );
    let open = site.ask(&request).expect("an answer");
    assert!(
        open.header("content-type")
            .starts_with("application/openmetrics-text")
    );
    assert!(open.body.ends_with("# EOF\n"));
    let text = site.get("/metrics");
    assert!(text.header("content-type").starts_with("text/plain"));
    let Ok(mut promtool) = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        println!("left out: promtool check metrics: promtool is not installed");
        return;
    };
    let mut input = promtool.stdin.take().expect("a pipe");
    input
        .write_all(text.body.as_bytes())
        .expect("promtool reads");
    drop(input);
    let output = promtool.wait_with_output().expect("promtool ends");
    let said = support::house::texts(&output);
    assert!(
        output.status.success() && said.1.is_empty(),
        "{}{}",
        said.0,
        said.1
    );
}

#[test]
fn only_reading_is_answered_and_only_under_our_own_names() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let site = Site::start(&[("f", url(&server))]);
    let status = |head: &str| site.ask(head).expect("an answer").status;
    let port = site.address.port();
    assert_eq!(
        status(&format!("GET /healthz HTTP/1.1\r\nHost: localhost:{port}")),
        200
    );
    for host in ["evil.example", "127.0.0.1.evil.example", ""] {
        assert_eq!(
            status(&format!("GET /healthz HTTP/1.1\r\nHost: {host}")),
            421,
            "{host}"
        );
    }
    let two = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example";
    assert!(matches!(status(two), 400 | 421));
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let head = format!("{method} /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0");
        let reply = site.ask(&head).expect("an answer");
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, "GET, HEAD"),
            "{method}"
        );
    }
    let head = site
        .ask("HEAD /metrics HTTP/1.1\r\nHost: localhost")
        .expect("an answer");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(
        status(&format!(
            "GET /{} HTTP/1.1\r\nHost: localhost",
            "x".repeat(3000)
        )),
        414
    );
    assert_eq!(site.get("/nothing-here").status, 404);
}

#[test]
fn every_answer_forbids_what_a_browser_need_not_do() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let site = Site::start(&[("f", url(&server))]);
    for path in ["/healthz", "/metrics", "/nothing-here"] {
        let reply = site.get(path);
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}");
    }
}
