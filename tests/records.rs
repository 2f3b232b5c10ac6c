//! What stands in the records: their shape, and which item of which document becomes which revision.
//!
//! Tests are named after what went wrong elsewhere; comments name the thread.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use support::house::{House, QUICK, with_feeds};
use support::schema;
use support::server::{Answer, Server, lock};

/// One item of a feed; what is `None` is left out.
#[derive(Clone, Default)]
struct Item {
    guid: Option<String>,
    link: Option<String>,
    title: Option<String>,
    text: Option<String>,
    date: Option<String>,
}

/// An item that has everything.
fn item(number: usize) -> Item {
    Item {
        guid: Some(format!("guid-{number}")),
        link: Some(format!("http://www.outlet.example/news/{number}")),
        title: Some(format!("Village {number} gets its water back")),
        text: Some(format!(
            "Repairs to the pipe above village {number} ended on day {number}, the owners said."
        )),
        date: Some(date(number)),
    }
}

fn items(numbers: impl IntoIterator<Item = usize>) -> Vec<Item> {
    numbers.into_iter().map(item).collect()
}

/// Minute `number` of a day in the past.
fn date(number: usize) -> String {
    format!(
        "Sun, 01 Mar 2026 {:02}:{:02}:00 +0430",
        number / 60 % 24,
        number % 60
    )
}

impl Item {
    fn guid(mut self, guid: &str) -> Self {
        self.guid = Some(guid.to_owned());
        self
    }

    fn link(mut self, link: &str) -> Self {
        self.link = Some(link.to_owned());
        self
    }

    fn title(mut self, title: &str) -> Self {
        self.title = Some(title.to_owned());
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    fn date(mut self, date: &str) -> Self {
        self.date = Some(date.to_owned());
        self
    }

    fn no_guid(mut self) -> Self {
        self.guid = None;
        self
    }

    fn no_link(mut self) -> Self {
        self.link = None;
        self
    }

    fn no_date(mut self) -> Self {
        self.date = None;
        self
    }

    fn xml(&self) -> String {
        let element = |name: &str, value: &Option<String>| {
            value
                .as_ref()
                .map(|value| format!("<{name}>{value}</{name}>"))
                .unwrap_or_default()
        };
        let guid = self
            .guid
            .as_ref()
            .map(|guid| format!("<guid isPermaLink=\"false\">{guid}</guid>"));
        format!(
            "<item>{}{}{}{}{}</item>\n",
            guid.unwrap_or_default(),
            element("link", &self.link),
            element("title", &self.title),
            element("description", &self.text),
            element("pubDate", &self.date)
        )
    }
}

fn rss(items: &[Item]) -> String {
    let items: String = items.iter().map(Item::xml).collect();
    format!(
        "<rss version=\"2.0\"><channel><title>Outlet</title><link>http://outlet.example/</link>\n{items}</channel></rss>"
    )
}

/// A feed that says whatever the test wants, and the house that polls it as `f`.
struct World {
    body: Arc<Mutex<String>>,
    _server: Server,
    house: House,
}

impl World {
    fn new() -> Self {
        let body: Arc<Mutex<String>> = Arc::default();
        let said = Arc::clone(&body);
        let server = Server::start("127.0.1.1", move |_| Answer::feed(lock(&said).clone()));
        let house = House::quick(&[("f", format!("url = \"{}\"", server.url("/rss")))]);
        Self {
            body,
            _server: server,
            house,
        }
    }

    /// Polls the feed when it says this.
    fn poll(&self, items: &[Item]) {
        *lock(&self.body) = rss(items);
        self.house.once();
        self.house.verified();
    }

    /// Polls each document in turn; returns (guid, revision) of every article that was written.
    fn polls<const N: usize>(documents: [Vec<Item>; N]) -> (Self, Vec<(Value, u64)>) {
        let world = Self::new();
        for document in &documents {
            world.poll(document);
        }
        let written = world.written();
        (world, written)
    }

    fn articles(&self) -> Vec<Value> {
        self.house
            .records()
            .articles()
            .into_iter()
            .cloned()
            .collect()
    }

    fn written(&self) -> Vec<(Value, u64)> {
        let pair = |article: &Value| {
            (
                article["guid"].clone(),
                article["revision"].as_u64().expect("a number"),
            )
        };
        self.articles().iter().map(pair).collect()
    }

    fn events(&self) -> Vec<String> {
        self.house.records().events("f")
    }
}

/// Polled in this order, the documents make so many articles, none of them a revision.
fn new_only<const N: usize>(documents: [Vec<Item>; N], count: usize) -> World {
    let (world, written) = World::polls(documents);
    assert_eq!(written.len(), count, "{written:?}");
    assert!(
        written.iter().all(|(_, revision)| *revision == 1),
        "{written:?}"
    );
    world
}

/// The last article is revision 2 of the first, and nothing else was written.
fn one_edit<const N: usize>(documents: [Vec<Item>; N]) -> World {
    let (world, written) = World::polls(documents);
    assert_eq!(
        written
            .iter()
            .map(|(_, revision)| *revision)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    let articles = world.articles();
    assert_eq!(articles[0]["id"], articles[1]["id"]);
    world
}

// ---- The shape of the records ----

const ARTICLE: &[&str] = &[
    "record",
    "schema",
    "seq",
    "id",
    "revision",
    "written",
    "feed",
    "outlet",
    "publisher",
    "also_in",
    "origin",
    "guid",
    "url",
    "canonical_url",
    "title",
    "summary",
    "text",
    "text_from",
    "authors",
    "tags",
    "image",
    "language",
    "script",
    "language_confidence",
    "paywalled",
    "published",
    "published_raw",
    "published_from",
    "published_precision",
    "published_offset",
    "calendar",
    "updated",
    "first_seen",
    "fetched",
    "countries",
    "places",
    "people",
    "bodies",
    "relevance",
    "story",
    "raw_sha256",
    "text_sha256",
    "flags",
];
const PLACEMENT: &[&str] = &[
    "record",
    "seq",
    "at",
    "article",
    "story",
    "relation",
    "of",
    "score",
    "runner_up",
    "evidence",
    "engine",
    "supersedes",
];
const STORY: &[&str] = &[
    "record",
    "seq",
    "at",
    "id",
    "merged_into",
    "split_from",
    "follows",
    "titles",
    "first_seen",
    "last_seen",
    "first_article",
    "article_count",
    "outlets",
    "publishers",
    "independent_voices",
    "languages",
    "countries",
    "places",
    "people",
];
const EVENT: &[&str] = &[
    "record", "seq", "at", "feed", "kind", "since", "until", "detail",
];

fn printed_schema(house: &House, kind: &str) -> Value {
    serde_json::from_str(&house.must(&["schema", kind]).0).expect("JSON")
}

#[test]
fn every_line_has_every_key_and_validates_against_the_printed_schema() {
    let world = World::new();
    let bare = Item {
        title: Some("Nothing but a title".into()),
        ..Item::default()
    };
    let rich = item(1)
        .text("Rain fell in Kabul. &lt;p&gt;The mayor of Kabul spoke.&lt;/p&gt;")
        .title("کابل: باران شدید بارید");
    world.poll(&[
        rich.clone(),
        bare,
        item(2).date("garbage"),
        item(3).date("Fri, 01 Jan 2100 00:00:00 GMT"),
    ]);
    world.poll(&[rich.text("Rain fell in Kabul again."), item(4)]);
    world.poll(&items(20..24));
    *lock(&world.body) = "<html><body>no feed</body></html>".into();
    for _ in 0..3 {
        world.house.once();
    }
    let records = world.house.records();
    for (kind, keys) in [
        ("article", ARTICLE),
        ("placement", PLACEMENT),
        ("story", STORY),
        ("event", EVENT),
    ] {
        let schema = printed_schema(&world.house, kind);
        let beside = world.house.path(&format!("out/schema/{kind}-1.json"));
        let beside: Value =
            serde_json::from_slice(&fs::read(beside).expect("a schema")).expect("JSON");
        assert_eq!(
            schema, beside,
            "the schema beside the records is another one"
        );
        let lines = records.of(kind);
        assert!(!lines.is_empty(), "no {kind} to look at");
        for line in lines {
            assert_eq!(
                schema::faults(&schema, line),
                Vec::<String>::new(),
                "{line}"
            );
            let found: BTreeSet<&str> = line
                .as_object()
                .expect("an object")
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(found, keys.iter().copied().collect(), "{kind}");
        }
        let bad = schema::faults(&schema, &json!({"record": kind, "seq": 0}));
        assert!(bad.len() > 3, "the schema forbids nothing: {bad:?}");
    }
    records.assert_whole();
}

#[test]
fn every_line_stands_under_the_day_of_its_writing() {
    let world = new_only([items(0..2)], 2);
    let records = world.house.records();
    for article in records.articles() {
        let day = &article["written"].as_str().expect("a time")[..10];
        assert!(
            records
                .files
                .iter()
                .any(|path| path.starts_with(&format!("articles/date={day}/")))
        );
    }
}

// ---- Identity within a feed ----

#[test]
fn an_edit_is_a_revision_that_keeps_id_story_and_first_sight() {
    let world = one_edit([
        vec![item(1)],
        vec![item(1).text("Repairs were put off by the owners of the pipe.")],
    ]);
    let articles = world.articles();
    for key in [
        "id",
        "story",
        "first_seen",
        "guid",
        "url",
        "canonical_url",
        "published",
    ] {
        assert_eq!(articles[0][key], articles[1][key], "{key}");
    }
    assert_ne!(articles[0]["raw_sha256"], articles[1]["raw_sha256"]);
    assert!(
        articles[1]["summary"]
            .as_str()
            .expect("a text")
            .contains("put off")
    );
    let records = world.house.records();
    let placements = records.of("placement");
    assert_eq!(placements.len(), 1, "a revision keeps its place");
}

// miniflux/v2#3120, #2358: each edited headline was a new entry, above all where the headline is the GUID.
#[test]
fn an_edited_headline_in_the_guid_is_a_revision() {
    let told = |title: &str| vec![item(1).guid(title).title(title)];
    one_edit([
        told("Water comes back"),
        told("Water comes back to three villages"),
    ]);
}

// liferea#1195: a CMS rewrote its addresses, GUID = address: the whole feed came back as new.
#[test]
fn a_feed_that_comes_back_under_other_identifiers_is_told_of_and_not_written_again() {
    let moved = |n: usize| {
        item(n)
            .guid(&format!("/2026/{n}.html"))
            .link(&format!("http://outlet.example/2026/{n}.html"))
    };
    let world = new_only(
        [
            items(0..10),
            (0..10).map(moved).collect(),
            (0..12).map(moved).collect(),
        ],
        12,
    );
    assert_eq!(world.events(), ["reissued"]);
}

#[test]
fn a_feed_that_comes_back_under_other_identifiers_and_dates_is_known() {
    let moved = |n: usize| {
        item(n)
            .guid(&format!("new-{n}"))
            .link(&format!("http://outlet.example/x/{n}"))
            .date(&date(n + 300))
    };
    let world = new_only([items(0..10), (0..10).map(moved).collect()], 10);
    assert_eq!(world.events(), ["reissued"]);
}

// feedbin/support#416: the same article twenty times although neither title nor address ever changed.
#[test]
fn a_guid_that_changes_at_every_poll_makes_no_new_item() {
    let told = |poll: usize| {
        (0..3)
            .map(|n| item(n).guid(&format!("{poll}-{n}")))
            .collect::<Vec<_>>()
    };
    let world = World::new();
    for poll in 0..12 {
        world.poll(&told(poll));
    }
    assert_eq!(world.written().len(), 3);
}

// FreshRSS#5909: a feed alternates between good and bad identifiers.
#[test]
fn identifiers_that_alternate_make_no_new_item() {
    let good = || items(0..3);
    let bad = || {
        (0..3)
            .map(|n| item(n).guid(&format!("http://outlet.example/?p={n}")))
            .collect::<Vec<_>>()
    };
    new_only([good(), bad(), good(), bad()], 3);
}

// FreshRSS#5151, NetNewsWire#3835, miniflux/v2#458: one post under two spellings of its address.
#[test]
fn another_spelling_of_the_address_is_the_same_item() {
    for link in [
        "https://www.outlet.example/news/1",
        "http://outlet.example/news/1/",
        "http://m.outlet.example/news/1",
        "http://www.outlet.example/news/1?utm_source=rss#top",
        "HTTP://WWW.OUTLET.EXAMPLE:80/news/1",
    ] {
        new_only([vec![item(1)], vec![item(1).guid(link).link(link)]], 1);
    }
}

#[test]
fn another_host_with_the_same_identifier_is_the_same_item() {
    let mail = item(1).link("http://mail.outlet.example/news/1");
    new_only([vec![item(1)], vec![mail], vec![item(1)]], 1);
}

#[test]
fn a_link_that_changes_under_one_guid_is_the_same_item() {
    let world = new_only(
        [
            vec![item(1)],
            vec![item(1).link("http://outlet.example/moved/1")],
            vec![item(1)],
        ],
        1,
    );
    assert_eq!(world.events(), Vec::<String>::new());
}

// Athou/commafeed#1755: an aggregator gives its items new encrypted ids and links.
#[test]
fn new_ids_and_links_on_an_item_with_its_old_date_make_no_new_item() {
    let told = |poll: usize| {
        let other = |n: usize| {
            item(n)
                .guid(&format!("CBMi{poll}{n}"))
                .link(&format!("http://agg.example/rss/CBMi{poll}{n}"))
        };
        (0..3).map(other).collect::<Vec<_>>()
    };
    new_only([told(0), told(1), told(2)], 3);
}

// miniflux/v2#4197: every item shares one GUID, and ten of them became one.
#[test]
fn one_guid_on_every_item_loses_none() {
    let same = |n: usize| item(n).guid("urn:same");
    let world = new_only(
        [(0..10).map(same).collect(), (0..12).map(same).collect()],
        12,
    );
    let articles = world.articles();
    let ids: BTreeSet<&str> = articles
        .iter()
        .map(|article| article["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 12);
}

// brief#428: items that share a GUID are added again at every poll.
#[test]
fn one_guid_on_every_item_without_links_adds_none_again() {
    let same = |n: usize| item(n).guid("urn:same").no_link();
    let documents = [
        (0..6).map(same).collect(),
        (0..7).rev().map(same).collect(),
        (0..7).map(same).collect(),
    ];
    assert_eq!(new_only(documents, 7).events(), Vec::<String>::new());
}

#[test]
fn one_guid_on_every_item_without_links_and_dates_adds_none_again() {
    let same = |n: usize| item(n).guid("urn:same").no_link().no_date();
    new_only(
        [
            (0..3).map(same).collect(),
            (0..4).rev().map(same).collect(),
            (0..4).map(same).collect(),
        ],
        4,
    );
}

#[test]
fn items_without_guid_link_and_date_are_known_again() {
    let bare = |n: usize| item(n).no_guid().no_link().no_date();
    for count in [3, 6] {
        let documents = [
            (0..count).map(bare).collect(),
            (0..=count).rev().map(bare).collect(),
            (0..=count).map(bare).collect(),
        ];
        assert_eq!(
            new_only(documents, count + 1).events(),
            Vec::<String>::new()
        );
    }
}

#[test]
fn one_link_on_every_item_loses_none() {
    for link in ["http://outlet.example/", "http://outlet.example/live"] {
        let same = |n: usize| item(n).link(link);
        new_only([(0..3).map(same).collect(), (0..5).map(same).collect()], 5);
    }
}

#[test]
fn an_item_that_stands_twice_in_one_document_is_written_once() {
    new_only(
        [
            vec![item(1), item(2), item(1)],
            vec![item(1), item(1), item(2)],
        ],
        2,
    );
}

// ubports#48, pinboard: a feed re-dates all items when it is made anew.
#[test]
fn new_dates_on_known_items_write_nothing() {
    let world = new_only(
        [
            items(0..5),
            (0..5).map(|n| item(n).date(&date(n + 700))).collect(),
        ],
        5,
    );
    assert_eq!(world.events(), Vec::<String>::new());
}

#[test]
fn a_server_that_wavers_between_two_texts_makes_one_revision() {
    let other = || vec![item(1).text("The other server tells it in other words.")];
    let (_, written) = World::polls([
        vec![item(1)],
        other(),
        vec![item(1)],
        other(),
        vec![item(1)],
    ]);
    assert_eq!(written.len(), 2, "{written:?}");
}

#[test]
fn a_counter_that_was_reset_does_not_hide_new_items() {
    let again = |n: usize| item(n + 50).guid(&format!("guid-{n}"));
    new_only([items(0..4), (0..4).map(again).collect()], 8);
}

#[test]
fn the_same_text_under_two_addresses_of_one_document_is_two_articles_of_one_story() {
    let twin = item(1).guid("twin").link("http://outlet.example/other/1");
    let world = new_only([vec![item(1), twin]], 2);
    let articles = world.articles();
    assert_eq!(articles[0]["story"]["id"], articles[1]["story"]["id"]);
    assert_eq!(articles[1]["story"]["relation"], "copy");
    assert_eq!(articles[1]["story"]["of"], articles[0]["id"]);
}

// ---- Items that were lost ----

// OpenCTI#15231: items that share a date with the newest one were skipped for ever.
#[test]
fn items_that_share_one_date_are_all_written() {
    let same = |n: usize| item(n).date(&date(0));
    new_only([(0..3).map(same).collect(), (0..6).map(same).collect()], 6);
}

#[test]
fn an_item_older_than_those_that_are_known_is_written() {
    new_only([items(5..8), items(4..8), items([1, 5, 6, 7])], 5);
}

// matrix-hookshot#893: the first item of a feed that had been empty was skipped.
#[test]
fn the_first_item_of_an_empty_feed_is_written() {
    let world = new_only([vec![], vec![item(1)]], 1);
    assert_eq!(world.events(), Vec::<String>::new());
}

// AnchorBot#5: when nothing known is left in the document, something may have been missed.
#[test]
fn a_document_without_a_known_item_is_a_gap() {
    let world = new_only([items(0..5), items(3..8), items(20..25), items(20..25)], 13);
    assert_eq!(world.events(), ["gap"]);
    let records = world.house.records();
    let gap = records.of("event")[0];
    assert!(
        gap["since"].is_string()
            && gap["until"].is_string()
            && gap["since"].as_str() < gap["until"].as_str()
    );
}

// lion-reader PR#1515: a document over the bound was cut at the wrong end.
#[test]
fn of_a_document_over_the_bound_the_newest_are_kept_and_the_loss_is_told() {
    let world = World::new();
    // Oldest first, one a minute.
    let dated = |n: usize| {
        item(n).date(&format!(
            "{:02} Feb 2026 {:02}:{:02}:00 GMT",
            1 + n / 1440,
            n / 60 % 24,
            n % 60
        ))
    };
    world.poll(&(0..2_300).map(dated).collect::<Vec<_>>());
    let articles = world.articles();
    let guids: BTreeSet<&str> = articles
        .iter()
        .map(|article| article["guid"].as_str().expect("a text"))
        .collect();
    assert!(
        articles.len() < 2_300,
        "this document was to pass the bound"
    );
    assert!(
        (2_200..2_300).all(|n| guids.contains(format!("guid-{n}").as_str())),
        "the newest are missing"
    );
    assert_eq!(world.events(), ["unreadable_item"]);
}

#[test]
fn what_follows_a_document_cut_short_is_written_when_it_comes() {
    let world = World::new();
    let whole = rss(&items(0..6));
    *lock(&world.body) = whole[..whole.len() * 2 / 3].to_owned();
    world.house.once();
    let early = world.articles().len();
    assert!((1..6).contains(&early), "{early} items before the cut");
    assert_eq!(world.events(), ["unreadable_item"]);
    world.poll(&items(0..6));
    let mut guids: Vec<Value> = world
        .articles()
        .iter()
        .filter(|a| a["revision"] == 1)
        .map(|a| a["guid"].clone())
        .collect();
    guids.sort_by_key(Value::to_string);
    assert_eq!(
        guids,
        (0..6)
            .map(|n| json!(format!("guid-{n}")))
            .collect::<Vec<_>>()
    );
}

// ---- Dates ----

// FeedFlow#598: one bad date dropped the whole feed.
#[test]
fn a_bad_date_costs_the_date_and_nothing_else() {
    let world = new_only(
        [vec![
            item(1),
            item(2).date("the day after the fair"),
            item(3).no_date(),
        ]],
        3,
    );
    let articles = world.articles();
    assert_eq!(articles[1]["published_raw"], "the day after the fair");
    for article in &articles[1..] {
        assert_eq!(article["published_from"], "first_seen");
        assert_eq!(article["published"], article["first_seen"]);
    }
    assert_eq!(
        (&articles[0]["published"], &articles[0]["published_offset"]),
        (&json!("2026-02-28T19:31:00Z"), &json!("+04:30"))
    );
}

// selfoss#1452, Folo#984: items from the future stay on top for ever.
#[test]
fn a_date_in_the_future_is_clamped_and_named() {
    let future = "Fri, 01 Jan 2100 00:00:00 GMT";
    let world = new_only([vec![item(1).date(future)]], 1);
    let article = &world.articles()[0];
    assert_eq!(
        (&article["published"], &article["published_raw"]),
        (&article["first_seen"], &json!(future))
    );
    let flags = article["flags"].as_array().expect("a list");
    assert!(
        flags
            .iter()
            .any(|flag| flag.as_str().is_some_and(|flag| flag.contains("future"))),
        "{flags:?}"
    );
}

// ---- Several feeds ----

/// A world of these feeds, all of which say the same; each has these further lines.
fn world_of(items: &[Item], settings: &str, feeds: &[(&'static str, &str)]) -> World {
    let body = Arc::new(Mutex::new(rss(items)));
    let said = Arc::clone(&body);
    let server = Server::start("127.0.1.1", move |_| Answer::feed(lock(&said).clone()));
    let lines = |&(id, lines): &(&'static str, &str)| {
        (
            id,
            format!("url = \"{}\"\n{lines}", server.url(&format!("/{id}"))),
        )
    };
    let feeds: Vec<(&str, String)> = feeds.iter().map(lines).collect();
    let house = House::new(&with_feeds(settings, &feeds));
    let world = World {
        body,
        _server: server,
        house,
    };
    world.poll(items);
    world
}

#[test]
fn two_sections_of_one_outlet_make_one_article_that_knows_both() {
    let outlet = "name = \"Outlet\"";
    let world = world_of(
        &items(0..3),
        QUICK,
        &[("politics", outlet), ("region", outlet)],
    );
    assert_eq!(world.articles().len(), 3);
    // The edit is seen by whichever section is asked first.
    let edited: Vec<Item> = items(0..3)
        .into_iter()
        .map(|item| item.text("Repairs were put off."))
        .collect();
    world.poll(&edited);
    let articles = world.articles();
    assert_eq!(articles.len(), 6);
    for article in &articles[3..] {
        assert_eq!(article["revision"], 2);
        let others = article["also_in"].as_array().expect("a list");
        let carried: BTreeSet<&str> = others
            .iter()
            .chain([&article["feed"]])
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(carried, BTreeSet::from(["politics", "region"]));
    }
}

// koala73/worldmonitor#6428: a third of "corroborated" stories were one publisher.
#[test]
fn two_outlets_make_two_articles_of_one_story_and_one_owner_is_one_voice() {
    let group = "publisher = \"Group\"";
    let world = world_of(
        &items([1]),
        QUICK,
        &[("one", group), ("two", group), ("three", "")],
    );
    let records = world.house.records();
    let articles = records.articles();
    assert_eq!(articles.len(), 3);
    let stories: BTreeSet<&str> = articles
        .iter()
        .filter_map(|article| article["story"]["id"].as_str())
        .collect();
    assert_eq!(stories.len(), 1, "copies of one text are one story");
    let ids: BTreeSet<&str> = articles
        .iter()
        .filter_map(|article| article["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 3, "two outlets make two articles");
    let story = *records.of("story").last().expect("a story");
    assert_eq!(story["article_count"], 3);
    assert_eq!(story["outlets"].as_array().map(Vec::len), Some(3));
    assert_eq!(story["publishers"].as_array().map(Vec::len), Some(2));
    assert_eq!(story["independent_voices"], 1, "copies add no voice");
}

#[test]
fn what_is_outside_the_region_is_counted_and_not_written() {
    let inside = item(1)
        .title("Kabul: rain")
        .text("Rain fell in Kabul, officials in Afghanistan said.");
    let outside = item(2)
        .title("Oslo: rain")
        .text("Rain fell in Oslo, officials in Norway said.");
    let settings = QUICK.replace("keep = \"all\"", "keep = \"relevant\"");
    let world = world_of(&[inside.clone(), outside.clone()], &settings, &[("f", "")]);
    assert_eq!(world.written(), [(json!("guid-1"), 1)]);
    *lock(&world.body) = rss(&[
        inside,
        outside,
        item(3)
            .title("Oslo: snow")
            .text("Snow fell in Oslo, Norway."),
    ]);
    let (said, _) = world.house.once();
    assert!(
        said.contains("2 known, 0 articles written") && said.contains("1 outside the region"),
        "{said}"
    );
    assert_eq!(world.written(), [(json!("guid-1"), 1)]);
}
