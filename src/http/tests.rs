//! The views at the size that they are made for.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::desk::{Places, Shown};
use super::model::{Id, Query};
use super::stories::{Filter, Order};
use super::{atom, view};
use crate::dedup::{Headline, InStory, Relation};
use crate::normalise::{Country, Named, Place};
use crate::write::record::{Article, Record, Story};

/// An unoptimised build would take minutes for more.
const ARTICLES: u64 = if cfg!(debug_assertions) {
    5_000
} else {
    50_000
};
/// Articles of a story.
const TELLINGS: u64 = 3;
const COUNTRIES: [&str; 6] = ["AFG", "KAZ", "KGZ", "TJK", "TKM", "UZB"];
const LANGUAGES: [(&str, &str, &str); 4] = [
    (
        "en",
        "Latn",
        "The council of Tashkent spoke about water for the fields along the old canal",
    ),
    (
        "ru",
        "Cyrl",
        "Совет Ташкента обсудил воду для полей вдоль старого канала и новые насосы",
    ),
    (
        "fa",
        "Arab",
        "شورای تاشکند درباره آب برای کشتزارهای کنار کانال کهنه گفتگو کرد",
    ),
    (
        "uz",
        "Latn",
        "Toshkent kengashi eski kanal boʻyidagi dalalar uchun suv haqida gaplashdi",
    ),
];

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a time")
}

fn id(kind: char, number: u64) -> String {
    format!("{kind}_{number:026}")
}

/// Spread over a day, the oldest first.
fn time(number: u64) -> Timestamp {
    now() - SignedDuration::from_secs(86_000 - (number * 86_000 / ARTICLES) as i64)
}

fn article(number: u64) -> Article {
    let (language, script, words) = LANGUAGES[(number % 4) as usize];
    let story = number / TELLINGS;
    let title = format!("{words} {number}");
    let text = format!("{} {number}\n", words).repeat(25);
    Article {
        record: "article".into(),
        schema: 1,
        seq: number + 1,
        id: id('a', number),
        revision: 1,
        written: time(number),
        feed: format!("feed-{}", number % 300),
        outlet: format!("Outlet {}", number % 300),
        publisher: format!("Publisher {}", number % 200),
        also_in: Vec::new(),
        origin: None,
        guid: None,
        url: Some(format!(
            "https://outlet-{}.example/news/2026/11/24/{number}",
            number % 300
        )),
        canonical_url: None,
        title: Some(title),
        summary: None,
        text: Some(text),
        text_from: "page".into(),
        authors: Vec::new(),
        tags: Vec::new(),
        image: None,
        language: language.into(),
        script: script.into(),
        language_confidence: 1.0,
        paywalled: false,
        published: time(number),
        published_raw: None,
        published_from: "feed".into(),
        published_precision: "second".into(),
        published_offset: None,
        calendar: "gregorian".into(),
        updated: None,
        first_seen: time(number),
        fetched: time(number),
        countries: vec![Country {
            code: COUNTRIES[(story % 6) as usize].into(),
            score: 0.9,
        }],
        places: vec![Place {
            id: "g1".into(),
            name: "Tashkent".into(),
            country: Some("UZB".into()),
        }],
        people: vec![Named {
            id: "p1".into(),
            name: format!("Person {}", story % 100),
        }],
        bodies: Vec::new(),
        relevance: 0.9,
        story: InStory {
            id: id('s', story),
            relation: Relation::Rewrite,
            of: None,
            score: 0.8,
        },
        raw_sha256: String::new(),
        text_sha256: String::new(),
        flags: Vec::new(),
    }
}

fn story(number: u64) -> Story {
    let first = number * TELLINGS;
    Story {
        record: "story".into(),
        seq: ARTICLES + number + 1,
        at: now(),
        id: id('s', number),
        merged_into: None,
        split_from: None,
        follows: Vec::new(),
        titles: vec![Headline {
            language: "en".into(),
            title: String::new(),
        }],
        first_seen: time(first),
        last_seen: time(first + TELLINGS - 1),
        first_article: id('a', first),
        article_count: TELLINGS,
        outlets: Vec::new(),
        publishers: Vec::new(),
        independent_voices: 2,
        languages: Vec::new(),
        countries: Vec::new(),
        places: Vec::new(),
        people: Vec::new(),
    }
}

fn shown() -> Shown {
    let places = Places {
        output: "nowhere".into(),
        state_file: "nowhere".into(),
        window: SignedDuration::from_hours(168),
        clock: Arc::new(now),
    };
    let mut shown = Shown::new(places, Vec::new(), Arc::default());
    for number in 0..ARTICLES {
        shown.model.take(Record::Article(Box::new(article(number))));
    }
    for number in 0..ARTICLES / TELLINGS {
        shown.model.take(Record::Story(Box::new(story(number))));
    }
    shown.model.advance(now());
    shown
}

/// Runs a view once warm; fails where it is slower than `millis` in an optimised build.
#[track_caller]
fn timed<T>(what: &str, millis: u128, mut view: impl FnMut() -> T) -> T {
    view();
    let began = Instant::now();
    let result = view();
    let took = began.elapsed();
    println!("{what}: {took:?}");
    assert!(
        cfg!(debug_assertions) || took.as_millis() <= millis,
        "{what} took {took:?}"
    );
    result
}

#[test]
fn the_front_view_is_light_and_quick_at_fifty_thousand_articles() {
    let shown = shown();
    let model = &shown.model;
    assert_eq!(model.article_count() as u64, ARTICLES);
    println!("{} bytes an article", model.bytes() as u64 / ARTICLES);
    assert!(model.bytes() < 120 << 20, "{}", model.bytes());
    let filter = Filter::today(now());
    let page = timed("front view", 50, || {
        view::now::now(&shown, &filter, 0).into_string()
    });
    println!("{} bytes of HTML", page.len());
    assert!(page.len() <= 100_000, "{}", page.len());
    let assets = include_str!("assets/khabar.css").len() + include_str!("assets/khabar.js").len();
    assert!(
        page.len() + assets <= 100_000,
        "{} and {assets}",
        page.len()
    );
    let narrow = Filter {
        country: Some("KGZ".into()),
        language: Some("fa".into()),
        ..filter
    };
    timed("front view of a country", 50, || {
        view::now::now(&shown, &narrow, 3).into_string()
    });
    let query = Query::read(&format!("Ташкент {}", ARTICLES - 2)).expect("a query");
    let found = timed("search", 50, || model.search(&query).articles.len());
    assert_eq!(found, 1);
    let common = timed("search for what is everywhere", 50, || {
        view::search::search(&shown, "تاشکند", 0).into_string()
    });
    assert!(common.contains(&format!("{ARTICLES} articles")));
}

#[test]
fn what_leaves_the_window_leaves_the_page() {
    let mut shown = shown();
    shown
        .model
        .advance(now() + SignedDuration::from_hours(168 - 12));
    let left = shown.model.article_count() as u64;
    assert!((ARTICLES / 3..ARTICLES * 2 / 3).contains(&left), "{left}");
    shown.model.advance(now() + SignedDuration::from_hours(400));
    assert_eq!(shown.model.article_count(), 0);
    assert_eq!(shown.model.stories().count(), 0);
    assert_eq!(shown.model.bytes(), 0);
}

#[test]
fn whatever_a_record_says_is_only_text() {
    const HOSTILE: &str =
        "</title></h2><script>alert(1)</script><img src=x onerror='a' \"onload=\"b\u{202e}";
    let mut shown = shown();
    let mut record = article(ARTICLES);
    record.title = Some(HOSTILE.into());
    record.outlet = HOSTILE.into();
    record.origin = Some(HOSTILE.into());
    record.language = "en\"><script>".into();
    record.url = Some("javascript:alert(1)".into());
    record.countries = vec![Country {
        code: HOSTILE.into(),
        score: 1.0,
    }];
    record.people = vec![Named {
        id: "p".into(),
        name: HOSTILE.into(),
    }];
    record.published = now();
    record.first_seen = now();
    record.story = InStory {
        id: id('s', ARTICLES),
        relation: Relation::First,
        of: None,
        score: 1.0,
    };
    shown.model.take(Record::Article(Box::new(record)));
    let of = Id::read(&id('s', ARTICLES)).expect("an id");
    let filter = Filter {
        order: Order::New,
        ..Filter::today(now())
    };
    let pages = [
        view::now::now(&shown, &filter, 0),
        view::story::story(&shown, of).expect("the story"),
        view::search::search(&shown, "onerror", 0),
        view::search::search(&shown, HOSTILE, 0),
    ];
    for page in pages.map(|page| page.into_string()) {
        assert!(page.contains("&lt;script&gt;alert(1)"));
        assert_eq!(page.matches("<script").count(), 1);
        for markup in [
            "<img",
            "href=\"javascript:",
            "\u{202e}",
            " onload=\"",
            "en\"><script",
        ] {
            assert!(!page.contains(markup), "{markup:?}");
        }
    }
    let feed = atom::feed(&shown, &filter, "http://localhost", "/stories.atom");
    assert!(
        feed.contains("&lt;script&gt;") && !feed.contains("<script"),
        "{feed}"
    );
}
