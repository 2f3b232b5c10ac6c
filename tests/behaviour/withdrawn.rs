//! Items that leave a feed before older ones do, and what their pages say then.

use std::sync::{Arc, Mutex};

use super::*;
use support::server::lock;

/// The item of six that leaves; the others are older, but for one.
const LEAVING: usize = 5;

fn dated(number: usize) -> String {
    item(number).replace(
        "<title>",
        &format!("<pubDate>Mon, 23 Nov 2026 0{number}:00:00 GMT</pubDate><title>"),
    )
}

/// A server with a feed of six items, of which one can be taken out, and their pages.
struct Site {
    server: Server,
    shown: Arc<Mutex<Vec<usize>>>,
}

impl Site {
    fn start(page: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        let shown = Arc::new(Mutex::new(vec![1, 2, 3, 4, 5, 6]));
        let standing = Arc::clone(&shown);
        let server = Server::start("127.0.1.1", move |request| match request.path.as_str() {
            "/rss" => {
                let host = request.header("Host").expect("a host");
                let items = lock(&standing)
                    .iter()
                    .map(|&n| dated(n))
                    .collect::<Vec<_>>();
                let feed = rss(items).replace("http://x.example", &format!("http://{host}"));
                Answer::feed(feed)
            }
            "/" => Answer::page("<title>The outlet</title><p>Welcome.</p>"),
            "/robots.txt" | "/gone" => Answer::new(404),
            _ => page(),
        });
        Self { server, shown }
    }

    fn house(&self, more: &str) -> House {
        let lines = format!("url = \"{}\"\n{more}", self.server.url("/rss"));
        House::quick(&[("f", lines)])
    }

    fn show(&self, numbers: impl IntoIterator<Item = usize>) {
        *lock(&self.shown) = numbers.into_iter().collect();
    }

    /// Requests for pages.
    fn pages(&self) -> usize {
        let requests = self.server.requests();
        let others = ["/rss", "/robots.txt"];
        requests
            .iter()
            .filter(|request| !others.contains(&request.path.as_str()))
            .count()
    }
}

/// Every revision of the item that left, as title, text and flags.
fn revisions(house: &House) -> Vec<Value> {
    house.verified();
    let records = house.records();
    records.assert_whole();
    let guid = format!("g{LEAVING}");
    let of_item = records.articles().into_iter();
    of_item
        .filter(|article| article["guid"] == guid)
        .cloned()
        .collect()
}

fn flag_of(answer: Answer) -> Option<String> {
    let site = Site::start(move || answer.clone());
    let house = site.house("recheck = true");
    house.once();
    site.show([1, 2, 3, 4, 6]);
    house.once();
    let revisions = revisions(&house);
    let last = revisions.last().expect("a record");
    assert_eq!(last["revision"], revisions.len());
    if revisions.len() > 1 {
        let mut expected = revisions[0].clone();
        for key in ["seq", "revision", "written", "fetched", "flags"] {
            expected[key] = last[key].clone();
        }
        assert_eq!(*last, expected, "nothing but the flag is new");
    }
    last["flags"]
        .as_array()?
        .first()?
        .as_str()
        .map(str::to_owned)
}

#[test]
fn only_the_word_of_the_address_itself_is_believed() {
    let cases = [
        ("taken back", Answer::new(404), Some("gone_404")),
        ("taken back for good", Answer::new(410), Some("gone_410")),
        ("left and still there", Answer::page("<p>News</p>"), None),
        ("refused", Answer::new(403), None),
        ("a log-in", Answer::new(401), None),
        ("for legal reasons", Answer::new(451), None),
        ("left and no answer", Answer::new(500), None),
        ("a pause", Answer::new(503), None),
        ("led home", Answer::redirect(302, "/"), None),
        ("led nowhere", Answer::redirect(301, "/gone"), None),
        (
            "a challenge",
            Answer::page("<title>Just a moment...</title>").status(404),
            None,
        ),
    ];
    for (name, answer, expected) in cases {
        println!("{name}");
        assert_eq!(flag_of(answer).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_withdrawal_is_written_once_and_taken_back_when_the_item_is() {
    let site = Site::start(|| Answer::new(404));
    let house = site.house("recheck = true");
    house.once();
    site.show([1, 2, 3, 4, 6]);
    house.once();
    assert_eq!(site.pages(), 1);
    // The state is lost, and the item is dropped from the window in its time.
    std::fs::remove_dir_all(house.path("state")).expect("a state");
    house.once();
    site.show([2, 3, 4, 6]);
    house.once();
    assert_eq!(revisions(&house).len(), 2);
    assert_eq!(site.pages(), 1);
    site.show([2, 3, 4, 5, 6]);
    house.once();
    let back = revisions(&house);
    assert_eq!(back.len(), 3);
    assert_eq!(back[2]["flags"], back[0]["flags"]);
    assert_eq!(back[2]["story"]["id"], back[0]["story"]["id"]);
    house.once();
    assert_eq!(revisions(&house).len(), 3);
}

#[test]
fn nobody_is_asked_about_what_leaves_in_its_time_or_without_the_option() {
    for (name, more, shown) in [
        ("left in its time", "recheck = true", vec![2, 3, 4, 5, 6]),
        ("no items at all", "recheck = true", vec![]),
        ("all but one left", "recheck = true", vec![6]),
        ("nobody wants to know", "", vec![1, 2, 3, 4, 6]),
    ] {
        let site = Site::start(|| Answer::new(404));
        let house = site.house(more);
        house.once();
        site.show(shown);
        house.once();
        assert_eq!(site.pages(), 0, "{name}");
        assert_eq!(revisions(&house).len(), 1);
    }
}

#[test]
fn a_server_that_cannot_tell_is_asked_again_and_not_for_ever() {
    let site = Site::start(|| Answer::new(500));
    let house = site.house("recheck = true");
    house.once();
    for passes in 1..=5 {
        // A document that did not change is not read.
        site.show(
            [1, 2, 3, 4, 6]
                .into_iter()
                .chain(6 + 1..6 + 1 + passes.min(3)),
        );
        house.once();
    }
    assert!((2..=3).contains(&site.pages()), "{}", site.pages());
    assert_eq!(revisions(&house).len(), 1);
}
