use std::fmt::Write as _;
use std::io::Write as _;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::config::Kind;

fn sitemap(url: &str, text: &str) -> Result<Parsed, Unreadable> {
    let document = Document {
        url: url.to_owned(),
        content_type: None,
        body: Vec::new(),
        fetched: "2026-11-24T09:00:00Z".parse::<Timestamp>().expect("a time"),
    };
    let reading = Reading {
        kind: Kind::Sitemap,
        ..Reading::default()
    };
    read(&document, text, &reading)
}

fn urls(parsed: &Parsed) -> Vec<&str> {
    parsed
        .items
        .iter()
        .filter_map(|item| item.url.as_deref())
        .collect()
}

fn kinds(parsed: &Parsed) -> Vec<&str> {
    parsed.problems.iter().map(|problem| problem.kind).collect()
}

fn at(date: Option<date::Date>) -> Option<String> {
    date.map(|date| date.at.to_string())
}

#[track_caller]
fn check(text: &str, expected: &[&str], problems: &[&str]) -> Parsed {
    let parsed = sitemap("https://example.uz/sitemap.xml", text).expect("a sitemap");
    assert_eq!(urls(&parsed), expected);
    assert_eq!(kinds(&parsed), problems);
    parsed
}

#[test]
fn news_sitemaps_are_read_whole() {
    let text = include_str!("../../../tests/data/sitemap/news.xml");
    let parsed = sitemap("https://example.kg/sitemap-news.xml", text).expect("a sitemap");
    assert_eq!(parsed.title.as_deref(), Some("Көл кабары"));
    assert_eq!(
        urls(&parsed),
        [
            "https://example.kg/news/101?a=1&b=2",
            "https://example.kg/news/100"
        ]
    );
    let first = &parsed.items[0];
    assert_eq!(
        first.title.as_deref(),
        Some("Ысык-Көлдө суу деңгээли көтөрүлдү & туруктуу болду")
    );
    assert_eq!(first.language.as_deref(), Some("ky"));
    assert_eq!(first.tags, ["суу", "Ысык-Көл"]);
    assert_eq!(
        first.image.as_deref(),
        Some("https://example.kg/img/101.jpg")
    );
    assert_eq!(at(first.published).as_deref(), Some("2026-11-24T04:15:00Z"));
    assert_eq!(at(first.updated).as_deref(), Some("2026-11-24T05:00:00Z"));
    assert_eq!(
        parsed.items[1].title.as_deref(),
        Some("Дорога \"Север — Юг\" закрыта")
    );
    assert_eq!(parsed.items[1].published_raw.as_deref(), Some("вчера"));
    assert!(kinds(&parsed).contains(&"bad_link"));
}

#[test]
fn broken_ones_as_far_as_they_go() {
    check(
        include_str!("../../../tests/data/sitemap/broken.xml"),
        &[
            "https://example.uz/a?x=1&y=2",
            "https://example.uz/b",
            "https://example.uz/c",
            "https://example.uz/d",
        ],
        &["truncated"],
    );
    // Half an address is none.
    check(
        "<urlset><url><loc>https://example.uz/a</loc></url><url><loc>https://example.uz/b",
        &["https://example.uz/a"],
        &["truncated"],
    );
}

#[test]
fn an_index_names_its_children_news_and_newest_first() {
    let text = include_str!("../../../tests/data/sitemap/index.xml");
    let parsed = sitemap("https://example.tm/sitemap.xml", text).expect("an index");
    assert_eq!(
        parsed.more,
        [
            "https://example.tm/news-sitemap.xml",
            "https://example.tm/sitemap-2026.xml",
            "https://example.tm/sitemap-2024.xml",
            "https://example.tm/pages.xml.gz",
        ]
    );
    assert!(parsed.items.is_empty() && parsed.problems.is_empty());
}

#[test]
fn a_large_index_is_bounded_and_told() {
    let mut text = String::from("<sitemapindex>");
    for n in 0..MORE_MAX + 10 {
        write!(
            text,
            "<sitemap><loc>https://example.org/{n}.xml</loc></sitemap>"
        )
        .expect("a string");
    }
    text.push_str("</sitemapindex>");
    let parsed = check(&text, &[], &["too_many_sitemaps"]);
    assert_eq!(parsed.more.len(), MORE_MAX);
}

#[test]
fn of_many_entries_the_newest_are_kept() {
    let mut text = String::from("<urlset>");
    for n in 0..3000 {
        let day = if n % 3 == 0 {
            "<lastmod>2026-11-24</lastmod>"
        } else {
            "<lastmod>2020-01-01</lastmod>"
        };
        write!(text, "<url><loc>https://example.org/{n}</loc>{day}</url>").expect("a string");
    }
    text.push_str("</urlset>");
    let parsed = sitemap("https://example.org/sitemap.xml", &text).expect("a sitemap");
    assert_eq!(kinds(&parsed), ["too_many_items"]);
    assert_eq!(parsed.items.len(), ITEMS_MAX);
    assert_eq!(
        parsed.items[1].url.as_deref(),
        Some("https://example.org/3")
    );
}

#[test]
fn plain_text_lists_are_sitemaps() {
    check(
        "\u{feff}https://example.uz/a\r\n\r\nhttp://example.uz/b\n",
        &["https://example.uz/a", "http://example.uz/b"],
        &[],
    );
}

#[test]
fn what_is_no_sitemap_says_so() {
    for text in [
        "just words",
        "https://example.org/a\nand words",
        "<html><body><p>Not found</p></body></html>",
        "<rss><channel/></rss>",
    ] {
        let unreadable = sitemap("https://example.org/s", text).expect_err("no sitemap");
        assert_eq!(unreadable.kind, "not_a_sitemap", "{text}");
    }
    check("<urlset></urlset>", &[], &[]);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn compressed_bodies_are_inflated() {
    let text = include_str!("../../../tests/data/sitemap/index.xml");
    let body = gzip(text);
    assert_eq!(gunzip(&body).as_deref(), Some(text.as_bytes()));
    assert_eq!(gunzip(text.as_bytes()), None);
    assert_eq!(gunzip(&[0x1f, 0x8b, 0xff]), None);
    let cut = gunzip(&body[..body.len() - 30]).expect("the whole part");
    assert!(text.as_bytes().starts_with(&cut));
}

#[test]
fn a_bomb_is_cut() {
    let bomb = gzip(&" ".repeat(60 << 20));
    assert_eq!(
        gunzip(&bomb).map(|inflated| inflated.len() as u64),
        Some(INFLATED_BYTES_MAX)
    );
}

proptest! {
    #[test]
    fn anything_is_answered(text in r"(</?(urlset|sitemapindex|url|sitemap|loc|lastmod|n:news|n:title|image:loc)/?>|<!\[CDATA\[|\]\]>|&|\PC{0,20}){0,60}", body in any::<Vec<u8>>()) {
        let _ = sitemap("https://example.org/", &text);
        let _ = gunzip(&body);
    }
}
