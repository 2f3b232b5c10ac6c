//! The status page from outside: health, metrics, views, and what protects them.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use support::house::{House, QUICK, Running, texts, until, with_feeds};
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
        Self::start_with(address, &with_feeds(&settings(address), feeds))
    }

    fn start_with(address: SocketAddr, configuration: &str) -> Self {
        let house = House::new(configuration);
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
    promtool(&["check", "metrics"], &text.body);
}

/// What promtool says must be nothing but praise.
fn promtool(arguments: &[&str], input: &str) {
    let Ok(mut promtool) = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        // Past the capture of the test harness, so that it is seen when the test passes.
        let _ = writeln!(
            std::io::stderr(),
            "left out: promtool {}: promtool is not installed",
            arguments[..2].join(" ")
        );
        return;
    };
    let mut pipe = promtool.stdin.take().expect("a pipe");
    pipe.write_all(input.as_bytes()).expect("promtool reads");
    drop(pipe);
    let output = promtool.wait_with_output().expect("promtool ends");
    let said = texts(&output);
    assert!(
        output.status.success() && said.1.is_empty(),
        "{arguments:?}: {}{}",
        said.0,
        said.1
    );
}

fn repository(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_example_alerts_fire_when_they_should() {
    promtool(
        &["check", "rules", &repository("deploy/khabar-alerts.yml")],
        "",
    );
    promtool(
        &[
            "test",
            "rules",
            &repository("tests/data/alerts/alerts-test.yml"),
        ],
        "",
    );
}

/// Words of a text that begin like the name of a series.
fn series_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| word.starts_with("khabar_") || word.starts_with("process_"))
        .collect()
}

/// The series of an answer to `/metrics`.
fn families(metrics: &str) -> BTreeSet<&str> {
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|line| line.split(' ').next()).collect()
}

#[test]
fn documents_and_alerts_name_the_series_that_there_are() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let broken = Server::start("127.0.1.2", |_| Answer::new(500));
    let site = Site::start(&[("f", url(&server)), ("g", url(&broken))]);
    let read = |path: &str| fs::read_to_string(repository(path)).expect("a document");
    let operations = read("docs/OPERATIONS.md");
    let named = series_in(&operations);
    // A series begins when there is something to count.
    let mut metrics = String::new();
    until("every series that docs/OPERATIONS.md names", || {
        metrics = site.get("/metrics").body;
        let there = families(&metrics);
        named.iter().all(|name| there.contains(name))
    });
    let there = families(&metrics);
    let missing: Vec<_> = there.difference(&named).collect();
    assert!(
        missing.is_empty(),
        "docs/OPERATIONS.md does not name {missing:?}"
    );
    let alerts = read("deploy/khabar-alerts.yml");
    for name in series_in(&alerts) {
        let family = name.strip_suffix("_bucket").unwrap_or(name);
        assert!(there.contains(family), "there is no series {name}");
    }
    for alert in alerts
        .lines()
        .filter_map(|line| line.split("alert: ").nth(1))
    {
        assert!(
            operations.contains(&format!("| `{alert}` |")),
            "docs/OPERATIONS.md does not tell of {alert}"
        );
    }
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
fn names_that_the_operator_gave_are_answered_and_others_are_not() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let address = free();
    let named = settings(address).replace("[http]", "[http]\nhosts = [\"News.example.org\"]");
    let site = Site::start_with(address, &with_feeds(&named, &[("f", url(&server))]));
    let status = |host: &str| {
        let head = format!("GET /healthz HTTP/1.1\r\nHost: {host}");
        site.ask(&head).expect("an answer").status
    };
    for (host, expected) in [
        ("news.example.org", 200),
        ("NEWS.example.org:8443", 200),
        ("localhost", 200),
        ("127.0.0.1", 200),
        ("example.org", 421),
        ("evil.example", 421),
        ("evil.news.example.org", 421),
        ("news.example.org.evil.example", 421),
    ] {
        assert_eq!(status(host), expected, "{host}");
    }
    // A name that somebody points at this machine stays refused, whatever else the request says.
    let head = "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: news.example.org";
    assert_eq!(site.ask(head).expect("an answer").status, 421);
    let atom = |forwarded: &str| {
        let head = format!("GET /stories.atom HTTP/1.1\r\nHost: news.example.org{forwarded}");
        site.ask(&head).expect("an answer").body
    };
    assert!(atom("").contains("http://news.example.org/"));
    assert!(atom("\r\nX-Forwarded-Proto: https").contains("https://news.example.org/"));
    assert!(atom("\r\nX-Forwarded-Proto: javascript").contains("http://news.example.org/"));
}

#[test]
fn every_answer_forbids_what_a_browser_need_not_do() {
    let server = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let site = Site::start(&[("f", url(&server))]);
    for path in [
        "/",
        "/feeds",
        "/assets/khabar.css",
        "/healthz",
        "/metrics",
        "/nothing-here",
    ] {
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

/// Outlets that tell one story in several ways, and some that wish us ill.
const BUS: [(&str, &str, &str, &str); 4] = [
    (
        "oxus",
        "en",
        "Tashkent buys 120 electric buses from Yutong",
        "The city of Tashkent will buy 120 electric buses from the Chinese maker Yutong, mayor Shavkat Umurzakov said on \
         Monday. The first 40 buses will arrive in March 2027 and the contract is worth 38 million dollars. The buses \
         will run on routes 11, 57 and 93, which cross the old city.",
    ),
    (
        "steppe",
        "en",
        "Tashkent buys 120 electric buses from Yutong",
        "The city of Tashkent will buy 120 electric buses from the Chinese maker Yutong, mayor Shavkat Umurzakov said on \
         Monday. The first 40 buses will arrive in March 2027 and the contract is worth 38 million dollars. The buses \
         will run on routes 11, 57 and 93, which cross the old city. Fares do not change.",
    ),
    (
        "vestnik",
        "ru",
        "Ташкент закупит 120 электробусов Yutong",
        "Город Ташкент закупит 120 электробусов китайской компании Yutong, сообщил в понедельник хоким Шавкат Умурзаков. \
         Первые 40 автобусов прибудут в марте 2027 года, стоимость контракта составляет 38 миллионов долларов. Автобусы \
         выйдут на маршруты 11, 57 и 93, которые проходят через старый город.",
    ),
    (
        "hostile",
        "en",
        "<script>alert(1)</script><img src=x onerror=alert(2)> \"quoted' \u{202e}desrever\u{2066} </title><b>",
        "A text about Kabul & more: </div><script>alert(3)</script> that goes on with \u{202e}overrides and ends \
         with {{7*7}} and ${jndi:ldap://x} on the square of the old market, where nobody listens to it.",
    ),
];

fn newsroom() -> (Vec<Server>, Site) {
    let servers: Vec<Server> = (1..)
        .zip(BUS)
        .map(|(number, (id, _, title, text))| {
            // Escaped twice: markup that is meant to be read.
            let escape = |text: &str| text.replace('&', "&amp;amp;").replace('<', "&amp;lt;");
            let (title, text) = (escape(title), escape(text));
            let body = format!(
                "<rss version=\"2.0\"><channel><title>T</title><item><guid>{id}-1</guid>\
                 <link>javascript:alert('{id}')</link><title>{title}</title>\
                 <description>{text}</description></item></channel></rss>"
            );
            Server::start(&format!("127.0.2.{number}"), move |_| {
                Answer::feed(body.clone())
            })
        })
        .collect();
    let feeds: Vec<(&str, String)> = servers
        .iter()
        .zip(BUS)
        .map(|(server, (id, language, ..))| {
            let name = match id {
                "hostile" => "<script>alert(7)</script> & 'Sons\u{202e}'",
                id => id,
            };
            let block = format!(
                "name = \"{name}\"\n{}\nlanguage = \"{language}\"",
                url(server)
            );
            (id, block)
        })
        .collect();
    let site = Site::start(&feeds);
    until("two stories of four articles", || {
        let stories = site.get("/api/v1/stories").json();
        let stories = stories["stories"].as_array().cloned().unwrap_or_default();
        let articles = stories
            .iter()
            .filter_map(|story| story["article_count"].as_u64());
        stories.len() == 2 && articles.sum::<u64>() == 4
    });
    (servers, site)
}

/// The addresses of stories that a page links to.
fn stories_in(page: &str) -> Vec<String> {
    let links = page.split("href=\"/story/").skip(1);
    links
        .filter_map(|link| Some(format!("/story/{}", link.split('"').next()?)))
        .collect()
}

#[test]
fn the_views_show_a_story_with_its_tellings() {
    let (_servers, site) = newsroom();
    let front = site.get("/");
    assert_eq!(front.header("content-type"), "text/html; charset=utf-8");
    assert!(front.body.starts_with("<!DOCTYPE html>"), "{}", front.body);
    assert!(
        front
            .body
            .contains("Tashkent buys 120 electric buses from Yutong")
    );
    assert!(front.body.len() < 100_000);
    let api = site.get("/api/v1/stories?order=size").json();
    let largest = api["stories"][0]["id"].as_str().expect("an id").to_owned();
    assert!(stories_in(&front.body).contains(&format!("/story/{largest}")));
    let story = site.get(&format!("/story/{largest}")).body;
    for outlet in ["oxus", "steppe", "vestnik"] {
        assert!(story.contains(outlet), "{outlet} is missing\n{story}");
    }
    assert!(
        story.contains("lang=\"ru\"")
            && story.contains("dir=\"auto\"")
            && story.contains("side by side")
    );
    assert!(
        story.contains("<dt>numbers</dt>") && story.contains("120"),
        "no evidence\n{story}"
    );
    let link = story
        .split("href=\"/compare?")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let link = link.expect("a link to a comparison").replace("&amp;", "&");
    let sides = site.get(&format!("/compare?{link}"));
    assert_eq!(sides.status, 200);
    assert!(
        sides.body.contains("<mark>") && sides.body.contains("Yutong"),
        "{}",
        sides.body
    );
    assert_eq!(site.get("/story/s_00000000000000000000000000").status, 404);
    assert_eq!(site.get("/story/whatever").status, 404);
    assert_eq!(site.get("/compare?a=x&b=y").status, 404);
}

#[test]
fn a_name_is_found_in_any_script() {
    let (_servers, site) = newsroom();
    for query in [
        "%D0%A2%D0%B0%D1%88%D0%BA%D0%B5%D0%BD%D1%82",
        "Tashkent",
        "%D8%AA%D8%A7%D8%B4%DA%A9%D9%86%D8%AF",
    ] {
        let page = site.get(&format!("/search?q={query}")).body;
        assert!(
            page.contains("Ташкент закупит") && page.contains("Tashkent buys"),
            "{query}\n{page}"
        );
    }
    assert!(
        site.get("/search?q=yutong+fares")
            .body
            .contains("1 article")
    );
    assert!(site.get("/search?q=nonesuch").body.contains("0 articles"));
    assert!(site.get("/search").body.contains("role=\"search\""));
}

#[test]
fn hostile_text_is_only_text() {
    let (_servers, site) = newsroom();
    let hostile = site
        .house
        .records()
        .of_feed("hostile")
        .first()
        .map(|article| article["story"]["id"].as_str().expect("an id").to_owned())
        .expect("the hostile article");
    let query = "/search?q=%22%3E%3Cscript%3Ealert(9)%3C/script%3E";
    let pages = [
        "/",
        "/search?q=alert",
        query,
        "/feeds",
        &format!("/story/{hostile}"),
    ]
    .map(|path| site.get(path).body);
    for page in &pages {
        let scripts: Vec<&str> = page.split("<script").skip(1).collect();
        assert_eq!(scripts.len(), 1, "{page}");
        assert!(scripts[0].starts_with(" src=\"/assets/khabar.js\" defer></script>"));
        for markup in [
            "<img",
            "onerror=alert(2)>",
            "style=",
            "href=\"javascript:",
            "\u{202e}",
            "\u{2066}",
        ] {
            assert!(!page.contains(markup), "{markup} in {page}");
        }
        for handler in [" onclick=", " onload=", " onerror=\""] {
            assert!(!page.contains(handler), "{handler} in {page}");
        }
    }
    for page in [&pages[0], &pages[3], &pages[4]] {
        assert!(
            page.contains("&lt;script&gt;alert(7)&lt;/script&gt; &amp; 'Sons"),
            "{page}"
        );
    }
    let feed = site.get("/stories.atom").body;
    assert!(
        !feed.contains("<script") && !feed.contains("\u{202e}"),
        "{feed}"
    );
}

#[test]
fn stories_are_a_feed_for_other_readers() {
    let (_servers, site) = newsroom();
    let reply = site.get("/stories.atom?voices=1");
    assert_eq!(
        reply.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("stories.atom");
    fs::write(&file, &reply.body).expect("a file");
    let line = serde_json::json!({ "id": "1", "path": file });
    let lines = format!("{line}\n");
    let output = support::house::run(folder.path(), &["parse"], lines.as_bytes());
    let parsed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(parsed["format"], "atom", "{parsed}");
    assert_eq!(
        parsed["problems"].as_array().map(Vec::len),
        Some(0),
        "{parsed}"
    );
    let titles: Vec<&str> = parsed["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["title"].as_str())
        .collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(
        titles.contains(&"Tashkent buys 120 electric buses from Yutong"),
        "{titles:?}"
    );
}

#[test]
fn the_api_answers_as_it_is_described() {
    let (_servers, site) = newsroom();
    let description = site.get("/api/v1/openapi.json").json();
    assert_eq!(description["openapi"], "3.1.0");
    let schemas = &description["components"]["schemas"];
    let all = site.get("/api/v1/stories?limit=1").json();
    assert_eq!(
        (
            all["total"].as_u64(),
            all["stories"].as_array().map(Vec::len)
        ),
        (Some(2), Some(1))
    );
    check(&all, &schemas["Stories"], schemas);
    let largest = site.get("/api/v1/stories?order=size").json()["stories"][0].clone();
    assert_eq!(largest["article_count"], 3, "{largest}");
    let story = site
        .get(&format!(
            "/api/v1/stories/{}",
            largest["id"].as_str().expect("an id")
        ))
        .json();
    check(&story, &schemas["StoryInFull"], schemas);
    let tellings = story["tellings"].as_array().expect("tellings");
    assert_eq!(tellings.len(), 3);
    assert!(
        tellings
            .iter()
            .all(|telling| telling["evidence"].is_object()),
        "{story}"
    );
    let total =
        |query: &str| site.get(&format!("/api/v1/stories?{query}")).json()["total"].as_u64();
    assert_eq!(total("country=UZB"), Some(1));
    assert_eq!(total("language=ru"), Some(1));
    assert_eq!(total("language=xx"), Some(0));
    assert_eq!(total("voices=9"), Some(0));
    for query in ["since=soon", "limit=x", "order=loud"] {
        let refused = site.get(&format!("/api/v1/stories?{query}"));
        assert_eq!(refused.status, 400, "{query}");
        let name = query.split('=').next().expect("a name");
        assert!(
            refused.json()["error"]
                .as_str()
                .is_some_and(|error| error.starts_with(name))
        );
    }
    assert_eq!(
        site.get("/api/v1/stories/s_00000000000000000000000000")
            .status,
        404
    );
}

/// Every key that the schema promises is there, and no other.
fn check(value: &Value, schema: &Value, schemas: &Value) {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        return check(value, &schemas[name], schemas);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        if !value.is_null() {
            check(value, &choices[0], schemas);
        }
        return;
    }
    match value {
        Value::Object(fields) => {
            let promised = schema["properties"].as_object().expect("properties");
            assert!(
                promised.keys().eq(fields.keys()) || {
                    let (mut a, mut b): (Vec<_>, Vec<_>) =
                        (promised.keys().collect(), fields.keys().collect());
                    a.sort();
                    b.sort();
                    a == b
                },
                "{schema} {value}"
            );
            for (name, field) in fields {
                check(field, &promised[name], schemas);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| check(item, &schema["items"], schemas)),
        _ => {}
    }
}

#[test]
fn the_feeds_view_tells_of_trouble_and_follows_a_reload() {
    let good = serving(feed(&[("1", "A convoy left", CONVOY)]));
    let broken = Server::start("127.0.1.9", |_| Answer::new(500));
    let site = Site::start(&[("good", url(&good)), ("broken", url(&broken))]);
    until("trouble on the page", || {
        let page = site.get("/feeds").body;
        page.contains("the server answered 500") && page.contains("class=\"state failing\"")
    });
    until("the event", || {
        site.get("/feeds").body.contains("href=\"#feed-broken\"")
    });
    site.house.configure(&with_feeds(
        &settings(site.address),
        &[("good", url(&good))],
    ));
    site.running.signal("HUP");
    until("the reload", || {
        !site.get("/feeds").body.contains("id=\"feed-broken\"")
    });
}
