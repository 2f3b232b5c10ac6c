use std::collections::HashSet;

use super::*;
use crate::config::load_with;

const MINIFLUX: &str = include_str!("../../../tests/data/opml/miniflux.opml");
const FRESHRSS: &str = include_str!("../../../tests/data/opml/freshrss.opml");
const NETNEWSWIRE: &str = include_str!("../../../tests/data/opml/netnewswire.opml");
const FEEDLY: &str = include_str!("../../../tests/data/opml/feedly.opml");

fn list(text: &str) -> Subscriptions {
    read(text, &mut HashSet::new()).expect("a list")
}

#[track_caller]
fn check(text: &str, expected: &[(&str, &str, &[&str])], notes: usize) {
    let list = list(text);
    let found: Vec<(&str, &str, Vec<&str>)> = list
        .feeds
        .iter()
        .map(|feed| {
            (
                feed.id.as_str(),
                feed.url.as_str(),
                feed.tags.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    let expected: Vec<(&str, &str, Vec<&str>)> = expected
        .iter()
        .map(|(id, url, tags)| (*id, *url, tags.to_vec()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(list.notes.len(), notes, "{:?}", list.notes);
}

#[test]
fn what_other_readers_write_is_read() {
    check(
        MINIFLUX,
        &[
            (
                "kabul-daily",
                "https://kabul-daily.example/rss?a=1&b=2",
                &["Afghanistan"],
            ),
            ("hrt-mrwz", "https://herat.example/feed", &["Afghanistan"]),
            ("silk-post", "https://silk-post.example/atom.xml", &["All"]),
        ],
        0,
    );
    check(
        FRESHRSS,
        &[
            (
                "stepnye-vesti",
                "https://steppe.example/rss.xml",
                &["Казахстан"],
            ),
            ("ungrouped", "https://ungrouped.example/feed/", &[]),
        ],
        3,
    );
    check(
        NETNEWSWIRE,
        &[
            ("tashkent-times-live", "https://tashkent.example/rss", &[]),
            (
                "bishkek-echo",
                "http://bishkek.example/rss",
                &["Central Asia"],
            ),
        ],
        0,
    );
    check(
        FEEDLY,
        &[
            (
                "dushanbe-wire",
                "https://dushanbe.example/rss?x=1&y=2",
                &["Region", "Daily"],
            ),
            (
                "ashgabat-gazette",
                "https://ashgabat.example/feed",
                &["Daily"],
            ),
        ],
        0,
    );
}

/// The configuration that a list makes.
fn config(list: &Subscriptions) -> Config {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("khabar.toml");
    let text: String = list
        .feeds
        .iter()
        .map(|block| format!("{block}\n"))
        .collect();
    std::fs::write(&file, text).expect("a file");
    load_with(&file, &|_| None).expect("a configuration")
}

#[test]
fn a_round_trip_keeps_everything() {
    for text in [MINIFLUX, FRESHRSS, NETNEWSWIRE, FEEDLY] {
        let mut first = list(text);
        first.notes.clear();
        first.feeds[0].kind = Kind::Page;
        first.feeds[0]
            .tags
            .insert(0, "Asia/Inner & \"Outer\"".into());
        first.feeds[0].publisher = Some("a <group>".into());
        first.feeds[0].country = Some("TJK".into());
        first.feeds[0].language = Some("uz-Cyrl".into());
        first.feeds[0].is_disabled = true;
        let written = write(&config(&first), "Tue, 24 Nov 2026 10:00:00 +0000");
        let mut second = list(&written);
        first.feeds.sort_by(|a, b| a.id.cmp(&b.id));
        second.feeds.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(second, first, "{written}");
    }
}

#[test]
fn bounds_hold() {
    let nested = |depth: usize| {
        format!(
            "<opml><body>{}{}</body></opml>",
            "<outline text='a'>".repeat(depth),
            "</outline>".repeat(depth)
        )
    };
    assert!(read(&nested(DEPTH_MAX), &mut HashSet::new()).is_ok());
    assert_eq!(
        read(&nested(DEPTH_MAX + 1), &mut HashSet::new()),
        Err(Error::TooDeep)
    );
    let many: String = (0..=FEEDS_MAX)
        .map(|n| format!("<outline xmlUrl='http://x.example/{n}'/>"))
        .collect();
    assert_eq!(
        read(&format!("<opml>{many}</opml>"), &mut HashSet::new()),
        Err(Error::TooMany)
    );
    assert_eq!(
        read(
            "<html><outline xmlUrl='http://x.example/'/></html>",
            &mut HashSet::new()
        ),
        Err(Error::NotOpml)
    );
    assert!(matches!(
        read("<opml><outline text=\"", &mut HashSet::new()),
        Err(Error::Malformed { .. })
    ));
    let bomb = "<!DOCTYPE o [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><opml><outline text='&b;' xmlUrl='http://x.example/'/></opml>";
    assert_eq!(list(bomb).feeds[0].name, "&b;");
}
