use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::parse::{BODY_BYTES_MAX, PROBLEMS_MAX, parse};

const ADDRESS: &str = "https://outlet.example/rss";

fn document(body: impl Into<Vec<u8>>) -> Document {
    Document {
        url: ADDRESS.to_owned(),
        content_type: None,
        body: body.into(),
        fetched: "2026-11-24T12:00:00Z".parse().expect("a time"),
    }
}

fn read_bytes(body: impl Into<Vec<u8>>) -> Result<Parsed, Unreadable> {
    parse(&document(body), &Reading::default())
}

fn read_ok(body: impl Into<Vec<u8>>) -> Parsed {
    read_bytes(body).expect("a feed")
}

fn kinds(parsed: &Parsed) -> Vec<&'static str> {
    parsed.problems.iter().map(|problem| problem.kind).collect()
}

fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>")
}

fn item(n: usize) -> String {
    let date = jiff::Timestamp::from_second(1_700_000_000 + i64::try_from(n).expect("small") * 60)
        .expect("a time");
    format!(
        "<item><title>N {n}</title><link>https://outlet.example/{n}</link><pubDate>{date}</pubDate></item>"
    )
}

macro_rules! cases {
    ($($case:literal)*) => {
        &[$((
            $case,
            include_bytes!(concat!("../../../tests/data/parse/", $case, "/source.xml")).as_slice(),
            include_str!(concat!("../../../tests/data/parse/", $case, "/expected.json")),
        )),*]
    };
}

const CASES: &[(&str, &[u8], &str)] = cases! {
    "plain_rss"
    "same_guid_on_every_item"
    "headline_as_guid"
    "no_guid_is_none"
    "one_bad_date_keeps_the_feed"
    "future_date_is_left_as_it_is"
    "updated_is_not_copied_from_the_channel"
    "cp_1251_by_an_odd_name"
    "koi8_r_without_declaration"
    "utf_8_labelled_windows_1251"
    "windows_1256_labelled_iso_8859_1"
    "utf_16_without_mark"
    "encoded_twice"
    "stray_bytes_in_utf_8"
    "space_and_junk_before_declaration"
    "bare_ampersand_and_html_entities"
    "control_characters"
    "no_version"
    "upper_case_root"
    "default_namespace_on_rss"
    "empty_media_description"
    "cut_inside_the_third_item"
    "mismatched_tags"
    "item_inside_unclosed_item"
    "two_documents_glued"
    "markup_inside_description"
    "letters_beside_an_address"
    "titles_escaped_twice"
    "relative_links"
    "yandex_full_text"
    "atom_links_of_blogger"
    "atom_0_3"
    "rdf_under_an_old_namespace"
    "json_feed_with_slips"
    "json_feed_cut_short"
};

#[test]
fn each_case_reads_as_expected() {
    for (case, source, expected) in CASES {
        let got = serde_json::to_value(read_ok(*source)).expect("json");
        let expected: Value = serde_json::from_str(expected).expect("json");
        assert_eq!(got, expected, "{case}");
    }
}

/// An entry must not seem edited because its feed was well-formed yesterday and is not today.
#[test]
fn the_strict_and_the_patient_reader_agree() {
    let mut compared = 0;
    for (case, source, _) in CASES {
        let document = document(*source);
        let text = crate::parse::charset::decode(source, None, &mut Vec::new());
        let text = without_controls(&text, &mut Vec::new());
        let Some((root, root_at)) = find_root(&text) else {
            continue;
        };
        let outline = Outline::of(&text, root_at, root);
        let Ok(texts) = strictly(&text, &outline) else {
            continue;
        };
        compared += texts.len();
        let reading = Reading::default();
        let strict = finish(&document, &outline, Some(texts), &reading, Vec::new());
        let patient = finish(&document, &outline, None, &reading, Vec::new());
        assert_eq!(strict, patient, "{case}");
    }
    assert!(compared > 20, "only {compared} entries were read by both");
}

/// Nor must a slip anywhere in a document change the items around it.
#[test]
fn a_slip_changes_no_item() {
    let items: String = (0..5).map(item).collect();
    let sound = read_ok(rss(&items)).items;
    let check = |body: String, kind: &str| {
        let parsed = read_ok(body);
        assert_eq!(parsed.items, sound, "{kind}");
        assert!(
            kinds(&parsed).contains(&kind),
            "{kind} is not among {:?}",
            kinds(&parsed)
        );
    };
    let about = |text: &str| rss(&format!("<description>{text}</description>{items}"));
    check(about("a & b"), "bare_ampersand");
    check(about("5 < 6"), "stray_less_than");
    check(about("a</b>"), "mismatched_tags");
    check(about("<br>"), "mismatched_tags");
    check(about("\u{b}"), "control_characters");
    check(rss(&items).replace(" version=\"2.0\"", ""), "odd_root");
    check(rss(&items).replace("</channel></rss>", ""), "truncated");
    check(format!("junk <b>{}", rss(&items)), "junk_before");
    check(
        format!("{}</channel></rss>\nmore", about("&")),
        "junk_after",
    );
    check(about(&"<a>".repeat(100)), "too_deep");
}

#[test]
fn the_newest_are_kept_of_an_ascending_feed() {
    // lion-reader#1515: a long feed was cut at the wrong end.
    let items: String = (0..ENTRIES_MAX + 500).map(item).collect();
    let parsed = read_ok(rss(&items));
    assert_eq!(parsed.items.len(), ENTRIES_MAX);
    assert_eq!(parsed.items[0].title.as_deref(), Some("N 500"));
    assert!(kinds(&parsed).contains(&"too_many_entries"));
}

#[test]
fn every_whole_item_of_a_cut_feed_is_kept() {
    let whole = rss(&(0..20).map(item).collect::<String>());
    for end in whole.find("<item>").expect("an item")..whole.len() {
        let Ok(parsed) = read_bytes(&whole.as_bytes()[..end]) else {
            panic!("nothing was read of {end} bytes");
        };
        let complete = whole[..end].matches("</item>").count();
        let kept = parsed
            .items
            .iter()
            .filter(|item| item.published.is_some() || item.published_raw.is_some());
        assert!(kept.count() >= complete, "{end}");
    }
}

#[test]
fn nesting_that_overflows_the_strict_parser_does_not_reach_it() {
    let deep = format!(
        "{}{}",
        "<media:group>".repeat(5_000),
        "</media:group>".repeat(5_000)
    );
    let feed = format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel>{}<item><title>d</title>{deep}</item>{}</channel></rss>",
        item(1),
        item(2)
    );
    let parsed = read_ok(feed);
    assert_eq!(parsed.items.len(), 3);
    assert_eq!(kinds(&parsed)[0], "too_deep");
}

#[test]
fn a_flood_of_attributes_is_read_in_linear_time() {
    let mut tag = String::from("<item ");
    for n in 0..200_000 {
        write!(tag, "a{n}=\"\" ").expect("a string grows");
    }
    let parsed = read_ok(rss(&format!("{tag}><title>x</title></item>")));
    assert_eq!(parsed.items[0].title.as_deref(), Some("x"));
    assert_eq!(kinds(&parsed)[0], "crowded_tag");
}

#[test]
fn entities_of_a_document_type_do_not_grow() {
    let bomb = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    let parsed = read_ok(format!(
        "{bomb}{}",
        rss("<item><title>&b;&c;</title></item>")
    ));
    assert_eq!(parsed.items[0].title.as_deref(), Some("&b;&c;"));
}

#[test]
fn openings_without_end_are_read_in_linear_time() {
    for opening in [
        "<!--",
        "<?",
        "<a b=\"",
        "<![",
        "<",
        "&",
        "&#",
        "<item>",
        "</a>",
        "<a b='\"",
        "<rss><item>",
        "<script>",
    ] {
        let parsed = read_bytes(format!("<rss><channel>{}", opening.repeat(200_000)));
        assert!(parsed.is_ok(), "{opening}");
    }
}

#[test]
fn a_flood_of_entries_is_bounded() {
    let parsed = read_ok(rss(&"<item/>".repeat(outline::ENTRIES_SEEN_MAX + 10)));
    assert_eq!(parsed.items.len(), ENTRIES_MAX);
    assert!(parsed.problems.len() <= PROBLEMS_MAX);
    assert!(kinds(&parsed).contains(&"unread_rest"));
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    let check = |body: &str, kind: &str, feeds: &[&str]| {
        let error = read_bytes(body).expect_err(body);
        assert_eq!(
            (error.kind, error.feeds),
            (kind, feeds.iter().map(|feed| (*feed).to_owned()).collect())
        );
    };
    check("", "empty", &[]);
    check(" \n\u{feff} ", "empty", &[]);
    check("moved", "not_a_feed", &[]);
    check("{\"a\":1}", "not_a_feed", &[]);
    check("<urlset><url/></urlset>", "not_a_feed", &[]);
    check(
        "<!DOCTYPE html><html><head><link rel='alternate' type='application/rss+xml' href='/feed'></head></html>",
        "html_instead_of_feed",
        &["https://outlet.example/feed"],
    );
    let error = read_bytes(vec![b'<'; BODY_BYTES_MAX + 1]).expect_err("too large");
    assert_eq!(error.kind, "too_large");
}

#[test]
fn a_feed_without_entries_is_a_feed() {
    assert_eq!(read_ok(rss("")).items, []);
    assert_eq!(
        read_ok("{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[]}")
            .items,
        []
    );
}

#[test]
fn what_the_feed_asks_of_its_poller_is_heard() {
    let hints = |channel: &str| read_ok(rss(channel)).hints;
    let found = hints(
        "<ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>12</sy:updateFrequency>\
         <skipHours><hour>0</hour><hour>24</hour><hour>7</hour></skipHours><skipDays><day>Sunday</day><day>Monday</day></skipDays>",
    );
    assert_eq!(found.ttl_minutes, Some(120));
    assert_eq!(found.skip_hours, [0, 7]);
    assert_eq!(found.skip_days, [1, 7]);
    assert_eq!(hints("<ttl>0</ttl>"), Default::default());
}

#[test]
fn languages_are_told_as_declared() {
    let parsed = read_ok(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='Uz-Latn'><entry xml:lang='RU'><title>a</title></entry><entry><title>b</title></entry></feed>",
    );
    assert_eq!(parsed.language.as_deref(), Some("uz-latn"));
    assert_eq!(parsed.items[0].language.as_deref(), Some("ru"));
    assert_eq!(parsed.items[1].language, None);
}

/// Text that looks like a feed often enough to reach every corner.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<rss version=\"2.0\">",
        "<channel>",
        "<item>",
        "</item>",
        "<entry>",
        "</entry>",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        "<rdf:RDF>",
        "<title>",
        "</title>",
        "<link>",
        "</link>",
        "<link href='/a' rel=alternate />",
        "<guid>",
        "</guid>",
        "<description>",
        "</description>",
        "<![CDATA[",
        "]]>",
        "<media:group>",
        "</media:group>",
        "<media:content url='b.jpg'/>",
        "&amp;",
        "&nbsp;",
        "&#0;",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "<!--",
        "-->",
        "<?xml encoding='cp1251'?>",
        "<br>",
        "<p>текст",
        "<pubDate>Tue, 24 Nov 2026 08:00:00 +0500</pubDate>",
        "<author>a@b.czҚ (x)</author>",
        "{\"items\":[{\"id\":1},",
        "]}",
        "é",
        "\u{0}",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_answer_twice(body in prop::collection::vec(any::<u8>(), 0..4000)) {
        prop_assert_eq!(read_bytes(body.clone()), read_bytes(body));
    }

    #[test]
    fn any_soup_gives_the_same_answer_twice(body in soup()) {
        prop_assert_eq!(read_bytes(body.clone()), read_bytes(body));
    }

    #[test]
    fn only_web_addresses_come_out(body in soup()) {
        if let Ok(parsed) = read_bytes(body) {
            for item in &parsed.items {
                for url in item.url.iter().chain(&item.image) {
                    prop_assert!(url.starts_with("http://") || url.starts_with("https://"), "{}", url);
                }
            }
        }
    }

    #[test]
    fn no_item_of_a_well_formed_feed_is_lost(count in 0_usize..200) {
        let items: String = (0..count).map(item).collect();
        prop_assert_eq!(read_ok(rss(&items)).items.len(), count);
    }
}
