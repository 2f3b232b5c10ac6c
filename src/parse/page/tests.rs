use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::config::{Kind, Select};

fn page(url: &str, html: &str, select: Select) -> Result<Parsed, Unreadable> {
    let document = Document {
        url: url.to_owned(),
        content_type: None,
        body: Vec::new(),
        fetched: "2026-11-24T09:00:00Z".parse::<Timestamp>().expect("a time"),
    };
    let reading = Reading {
        kind: Kind::Page,
        select,
        ..Reading::default()
    };
    read(&document, html, &reading)
}

/// `url | title | published` of each item.
#[track_caller]
fn check(url: &str, html: &str, select: Select, expected: &[&str]) -> Parsed {
    let parsed = page(url, html, select).expect("a page with items");
    let lines: Vec<String> = parsed
        .items
        .iter()
        .map(|item| {
            let published = item.published.map(|date| date.at.to_string());
            [item.url.clone(), item.title.clone(), published]
                .map(Option::unwrap_or_default)
                .join(" | ")
        })
        .collect();
    assert_eq!(lines, expected);
    parsed
}

#[test]
fn a_front_page_gives_its_articles_and_nothing_else() {
    let parsed = check(
        "https://example.kz/",
        include_str!("../../../tests/data/page/portal.html"),
        Select::default(),
        &[
            "https://example.kz/news/2026/11/24/18234-vodohranilishche-napolnilos | Водохранилище наполнилось на две трети впервые за десять лет | 2026-11-24T01:30:00Z",
            "https://example.kz/news/2026/11/24/18233-kurs | Курс тенге укрепился на утренних торгах | 2026-11-24T05:10:00Z",
            "https://example.kz/news/2026/11/23/18231-shkola | В горном районе открыли школу на триста мест | 2026-11-23T22:45:00Z",
            "https://www.example.kz/news/2026/11/23/18229-poezd?utm_source=main | Новый поезд свяжет две столицы за девять часов | 2026-11-23T19:00:00Z",
        ],
    );
    assert_eq!(parsed.title.as_deref(), Some("Новости — Степной вестник"));
    assert_eq!(parsed.language.as_deref(), Some("ru"));
    assert_eq!(
        parsed.items[0].image.as_deref(),
        Some("https://example.kz/img/18234.jpg")
    );
    let summary = parsed.items[0].summary.as_deref().expect("a summary");
    assert!(summary.starts_with("Энергетики говорят"), "{summary}");
    assert_eq!(
        parsed.items[0].published_raw.as_deref(),
        Some("2026-11-24T06:30:00+05:00")
    );
}

#[test]
fn an_old_page_of_tables_is_read_too() {
    check(
        "http://example.tj/",
        include_str!("../../../tests/data/page/table.html"),
        Select::default(),
        &[
            "http://example.tj/khabar/view.php?newsid=4101 | Дар Хатлон се мактаби нав ба истифода дода шуд | 2026-11-24T00:00:00Z",
            "http://example.tj/khabar/view.php?newsid=4100 | Қурби сомонӣ дар бонкҳои кишвар тағйир наёфт | 2026-11-23T00:00:00Z",
            "http://example.tj/khabar/view.php?newsid=4099 | Барфи аввалин роҳи ағбаро баст | ",
        ],
    );
}

#[test]
fn numbers_for_addresses_and_short_headlines() {
    let parsed = check(
        "https://www.example.af/fa",
        include_str!("../../../tests/data/page/dari.html"),
        Select::default(),
        &[
            "https://www.example.af/fa/191234 | سه تن در رویداد ترافیکی شاهراه کابل – قندهار جان باختند | 2026-11-24T08:15:00Z",
            "https://www.example.af/fa/191233 | بازسازی بند برق در ولایت هرات آغاز می‌شود | 2026-11-24T07:40:00Z",
            "https://www.example.af/fa/191230 | بهای آرد در بازار | 2026-11-23T17:05:00Z",
        ],
    );
    assert_eq!(
        parsed.items[2].image.as_deref(),
        Some("https://cdn.example.af/191230.jpg")
    );
}

fn some(css: &str) -> Option<String> {
    Some(css.to_owned())
}

#[test]
fn selectors_say_where_the_items_are() {
    let html = include_str!("../../../tests/data/page/select.html");
    let select = Select {
        item: some("#feed .n"),
        link: some("a.t"),
        date: some(".when"),
        image: some(".pic"),
        ..Select::default()
    };
    let expected = [
        "https://example.uz/uz/news/a | Birinchi, toʻliq sarlavha | 2026-11-24T03:00:00Z",
        "https://example.uz/uz/news/b | Ikkinchi | ",
    ];
    let parsed = page("https://example.uz/uz/", html, select.clone()).expect("items");
    assert_eq!(
        parsed.items[0].image.as_deref(),
        Some("https://example.uz/uz/a.jpg")
    );
    assert_eq!(parsed.items.len(), 2);
    let first = parsed.items[0].clone();
    assert_eq!(
        [
            first.url.clone(),
            first.title.clone(),
            first.published.map(|date| date.at.to_string())
        ]
        .map(Option::unwrap_or_default)
        .join(" | "),
        expected[0]
    );
    // Without an item the link says what is around it.
    let parsed = page(
        "https://example.uz/uz/",
        html,
        Select {
            item: None,
            ..select
        },
    )
    .expect("items");
    assert_eq!(
        parsed.items[0]
            .published
            .map(|date| date.at.to_string())
            .as_deref(),
        Some("2026-11-24T03:00:00Z")
    );
    assert_eq!(parsed.items.len(), 2);
}

#[test]
fn a_selector_that_is_none_is_a_problem_and_the_page_is_guessed() {
    let html = include_str!("../../../tests/data/page/portal.html");
    let select = Select {
        item: some("li[["),
        ..Select::default()
    };
    let parsed = page("https://example.kz/", html, select).expect("items");
    assert_eq!(parsed.items.len(), 4);
    assert_eq!(parsed.problems[0].kind, "bad_selector");
}

#[test]
fn a_page_without_articles_names_its_feeds() {
    let html = include_str!("../../../tests/data/page/none.html");
    let unreadable =
        page("https://example.org/ru/", html, Select::default()).expect_err("no items");
    assert_eq!(unreadable.kind, "no_items");
    assert_eq!(unreadable.feeds, ["https://example.org/ru/feeds/all.atom"]);
}

#[test]
fn a_flood_of_links_is_bounded_and_told() {
    let html: String = (0..3000)
        .map(|n| {
            format!(
                "<li><a href='/news/{:06}'>A headline that is long enough to be one, {n}</a>",
                n + 10_000
            )
        })
        .collect();
    let parsed = page("https://example.org/", &html, Select::default()).expect("items");
    assert_eq!(parsed.items.len(), ITEMS_MAX);
    assert_eq!(parsed.problems[0].kind, "too_many_items");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_is_answered(parts in proptest::collection::vec(r#"(<(a|p|h2|li|table|td|div|b|time)( href=/n/[0-9]{5}| datetime=x| class=date)?>|</(a|p|li|td|table|div)>|\PC{0,30})"#, 0..60)) {
        let html = parts.concat();
        for item in [None, some("div, a")] {
            let select = Select { item, link: some("a"), ..Select::default() };
            let _ = page("https://example.org/", &html, select);
        }
        if let Ok(parsed) = page("https://example.org/", &html, Select::default()) {
            prop_assert!(!parsed.items.is_empty());
        }
    }
}
