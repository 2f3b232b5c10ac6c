//! When a page says that it was published. In order of trust: linked data of an article, meta
//! elements, microdata, linked data of the page, `<time>` elements that are marked as such; then
//! other `<time>` elements, those near the headline first, a date that ends the document's title,
//! dates that readers see near the headline; the address; the first line that is a date.
//!
//! An address overrules what is days away from it. A date that is said to be that of a change counts
//! only where there is no other: it is then the latest that the page can have been published.

use jiff::Timestamp;
use jiff::civil::Date as Day;
use jiff::tz::{Offset, TimeZone};

use super::head::Head;
use super::jsonld::Linked;
use super::metadata::Sources;
use super::title;
use super::tree::Tree;
use super::visible;
use crate::parse::date::{self, Date, Precision};

/// Names of meta elements that hold the time of publication, best first.
const PUBLISHED: [&str; 35] = [
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "datepublished",
    "og:published_time",
    "og:pubdate",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "published-date",
    "published_time",
    "publication_date",
    "publicationdate",
    "published",
    "article.published",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "dc.created",
    "dcterms.date",
    "dc.date",
    "citation_publication_date",
    "sailthru.date",
    "parsely-pub-date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "date.issued",
    "date_published",
    "datecreated",
    "article_date_original",
    "originalpublicationdate",
    "article:created",
    "date",
];
const MODIFIED: [&str; 9] = [
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "lastmod",
    "last-modified",
    "revised",
];

/// A date and what it was read from.
#[derive(Debug)]
pub(super) struct Found {
    pub date: Option<Date>,
    /// What `date` was read from, or the best that could not be read.
    pub raw: Option<String>,
    /// The address said so, not the page.
    pub in_url: bool,
}

impl Found {
    fn on_page(date: Date, raw: &str) -> Self {
        Self {
            date: Some(date),
            raw: Some(raw.to_owned()),
            in_url: false,
        }
    }
}

/// What dates are read against.
pub(super) struct Reader<'a> {
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

impl Reader<'_> {
    /// A date that a news page can have: after the beginnings of the web, not after tomorrow.
    pub fn read(&self, raw: &str) -> Option<Date> {
        date::read(raw, self.now, self.zone).filter(|date| self.possible(date))
    }

    /// The day where the date was written.
    fn day(&self, date: &Date) -> Option<Day> {
        let Some(secs) = date.offset_secs else {
            return Some(self.zone.to_datetime(date.at).date());
        };
        let offset = Offset::from_seconds(secs).ok()?;
        Some(offset.to_datetime(date.at).date())
    }

    fn possible(&self, date: &Date) -> bool {
        let at = date.at.as_second();
        at > EARLIEST_SECS && at - self.now.as_second() < AHEAD_SECS_MAX
    }
}

/// 1 January 1995.
const EARLIEST_SECS: i64 = 788_918_400;
/// Two days: zones and fast clocks.
const AHEAD_SECS_MAX: i64 = 2 * 24 * 3600;

/// The time of publication.
pub(super) fn published(sources: &Sources<'_>, title: Option<&str>, reader: &Reader<'_>) -> Found {
    let on_page = |raw: &str| Some(Found::on_page(reader.read(raw)?, raw));
    let in_url = date::find_in_url(sources.url).filter(|date| reader.possible(date));
    let agrees = |found: &Found| match (&in_url, &found.date) {
        (Some(url), Some(date)) => days_apart(date, url) <= AGREES_DAYS,
        _ => true,
    };
    let headline = visible::headline(sources.tree, title);
    let declared = || declared(sources.head, sources.linked).chain(in_data(sources.source));
    let first = declared().find_map(on_page).filter(agrees);
    let first = first.map(|first| {
        let others = declared().filter_map(on_page);
        earlier(fuller(first, others, reader), sources, headline, reader)
    });
    let seen = |change: bool| {
        let times = sources.head.plain_times().filter(|_| !change);
        times
            .chain(dated_title(sources.head).filter(|_| !change))
            .chain(visible::dates(sources.tree, headline))
            .filter(|raw| visible::tells_change(raw) == change)
            .filter_map(on_page)
            .find(agrees)
    };
    let unread = declared().next().map(str::to_owned);
    first
        .or_else(|| seen(false))
        .or_else(|| {
            Some(Found {
                date: Some(in_url?),
                raw: Some(sources.url.to_owned()),
                in_url: true,
            })
        })
        .or_else(|| dateline(sources.tree, false, reader))
        .or_else(|| seen(true))
        .or_else(|| dateline(sources.tree, true, reader))
        .unwrap_or(Found {
            date: None,
            raw: unread,
            in_url: false,
        })
}

/// Days by which a date on the page may differ from the one in its address: zones, and articles that
/// were written the day before.
const AGREES_DAYS: i64 = 2;

fn days_apart(one: &Date, other: &Date) -> i64 {
    (one.at.as_second() - other.at.as_second()).abs() / DAY_SECS
}

const DAY_SECS: i64 = 24 * 3600;

/// Of the declarations that may mean the same moment as the best one, the first that says more of
/// it: a clock where the best has none, an offset where the best leaves the zone to be guessed.
fn fuller(best: Found, mut others: impl Iterator<Item = Found>, reader: &Reader<'_>) -> Found {
    let Some(date) = best.date.filter(|date| date.offset_secs.is_none()) else {
        return best;
    };
    let says_more = |other: &Date| match (date.precision, other.precision) {
        (_, Precision::Day) => false,
        (Precision::Day, _) => reader.day(other) == reader.day(&date),
        _ => {
            let gap = other.at.as_second() - date.at.as_second();
            other.offset_secs.is_some() && gap.abs() <= ZONES_SECS
        }
    };
    others
        .find(|other| other.date.as_ref().is_some_and(says_more))
        .unwrap_or(best)
}

/// Content systems that know only when a page was last saved declare that moment as both its
/// publication and its change. Where they do, an earlier day that readers see beside the headline is
/// believed.
fn earlier(
    declared: Found,
    sources: &Sources<'_>,
    headline: Option<usize>,
    reader: &Reader<'_>,
) -> Found {
    let Some(saved) = declared
        .date
        .filter(|date| date.precision != Precision::Day)
    else {
        return declared;
    };
    let changed = modified(sources.head, sources.linked, reader);
    if changed.is_none_or(|changed| changed.at != saved.at) {
        return declared;
    }
    let seen = visible::named_dates(sources.tree, headline).find_map(|raw| {
        let date = date::find(raw, reader.now, reader.zone)?;
        reader.possible(&date).then(|| Found::on_page(date, raw))
    });
    let is_earlier = |seen: &Found| {
        let day = |date: &Date| match date.precision {
            Precision::Day => DAY_SECS,
            _ => 0,
        };
        let gap = |date: &Date| saved.at.as_second() - date.at.as_second() - day(date);
        seen.date
            .as_ref()
            .is_some_and(|date| gap(date) > ZONES_SECS)
    };
    seen.filter(is_earlier).unwrap_or(declared)
}

/// The farthest zone from UTC: within it, two days may be one.
const ZONES_SECS: i64 = 14 * 3600;

/// The date at the end of the document's title.
fn dated_title(head: &Head) -> impl Iterator<Item = &str> {
    let tail = title::tail(head.title.as_deref().unwrap_or_default());
    tail.into_iter()
        .filter(|tail| tail.starts_with(char::is_numeric) && tail.ends_with(char::is_numeric))
}

/// The first line of the page that is a date and little else.
fn dateline(tree: &Tree, change: bool, reader: &Reader<'_>) -> Option<Found> {
    let mut lines = visible::datelines(tree).filter(|line| visible::tells_change(line) == change);
    lines.find_map(|line| {
        let date = date::find(line, reader.now, reader.zone)?;
        reader.possible(&date).then(|| Found::on_page(date, line))
    })
}

/// The time of the last change, if the page declares one.
pub(super) fn modified(head: &Head, linked: &Linked, reader: &Reader<'_>) -> Option<Date> {
    let metas = MODIFIED.iter().flat_map(|name| head.all(name));
    let properties = head.property("dateModified");
    linked
        .modified
        .as_deref()
        .into_iter()
        .chain(metas)
        .chain(properties)
        .find_map(|raw| reader.read(raw))
}

/// What is declared to be the time of publication.
fn declared<'a>(head: &'a Head, linked: &'a Linked) -> impl Iterator<Item = &'a str> {
    let of_article = linked.published.as_deref().filter(|_| linked.article);
    let of_page = linked.published.as_deref().filter(|_| !linked.article);
    let metas = PUBLISHED.iter().flat_map(|name| head.all(name));
    let metas = metas.chain(
        head.metas
            .iter()
            .filter(|(name, _)| is_published(name))
            .map(|(_, value)| value.as_str()),
    );
    let properties = head.property("datePublished");
    let marked = head.times.iter().filter(|time| time.published);
    let marked = marked.map(|time| time.value.as_str());
    of_article
        .into_iter()
        .chain(metas)
        .chain(properties)
        .chain(of_page)
        .chain(marked)
}

/// Other names that say the same.
fn is_published(name: &str) -> bool {
    name.contains("publish") && (name.contains("date") || name.contains("time"))
}

/// `datePublished` in data that a script reads: the last resort of pages that are made in the
/// browser.
fn in_data(source: &str) -> impl Iterator<Item = &str> {
    const KEY: &str = "datePublished";
    let finds = memchr::memmem::find_iter(source.as_bytes(), KEY.as_bytes()).take(IN_DATA_MAX);
    finds.filter_map(|at| {
        let rest = &source[at + KEY.len()..];
        let gap = rest
            .bytes()
            .take(IN_DATA_GAP_BYTES)
            .position(|b| b.is_ascii_digit())?;
        let value = &rest[gap..];
        let end = value
            .bytes()
            .take(IN_DATA_BYTES)
            .position(|b| matches!(b, b'"' | b'\'' | b'&' | b'\\' | b'<'))?;
        Some(&value[..end])
    })
}

/// Mentions of the key that are tried, and how far behind it the date may begin and end.
const IN_DATA_MAX: usize = 4;
const IN_DATA_GAP_BYTES: usize = 24;
const IN_DATA_BYTES: usize = 40;

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::super::{head, jsonld, slim, tree};
    use super::*;

    const URL: &str = "https://vesti.example/n/17";

    fn found(url: &str, html: &str) -> Found {
        found_in(&TimeZone::UTC, url, html)
    }

    fn found_in(zone: &TimeZone, url: &str, html: &str) -> Found {
        let slim = slim::slim(html);
        let parsed = Html::parse_document(&slim.html);
        let head = head::head(&parsed);
        let sources = Sources {
            head: &head,
            linked: &jsonld::linked(&slim.json_ld),
            tree: &tree::flatten(parsed.root_element()),
            url,
            source: html,
        };
        let reader = Reader {
            now: "2026-11-24T10:00:00Z".parse().expect("a time"),
            zone,
        };
        published(&sources, sources.title(None).as_deref(), &reader)
    }

    fn check_at(url: &str, html: &str, expected: &str) {
        let at = found(url, html).date.map(|date| date.at.to_string());
        assert_eq!(at.unwrap_or_default(), expected, "{html}");
    }

    fn check(html: &str, expected: &str) {
        check_at(URL, html, expected);
    }

    fn linked(json: &str) -> String {
        format!("<script type='application/ld+json'>{json}</script>")
    }

    #[test]
    fn the_order_of_trust() {
        let article = linked(r#"{"@type":"NewsArticle","datePublished":"2026-11-01T00:00:01Z"}"#);
        let page = linked(r#"{"@type":"WebPage","datePublished":"2026-11-02T00:00:01Z"}"#);
        let meta = "<meta property='article:published_time' content='2026-11-03T00:00:01Z'>";
        let micro =
            "<meta itemprop='x'><i itemprop='datePublished' content='2026-11-04T00:00:01Z'></i>";
        let times = "<h1>T</h1><time datetime='2026-11-05T00:00:01Z'></time>";
        let title = "<title>T | 06.11.2026</title>";
        let shown = "<p>7 ноября 2026</p>";
        let sources = [&article, meta, micro, &page, times, title, shown];
        for (place, _) in sources.iter().enumerate() {
            let html = sources[place..].iter().rev().copied().collect::<String>();
            let at = found(URL, &html).date.expect("a date").at;
            assert!(
                at.to_string()
                    .starts_with(&format!("2026-11-0{}", [1, 3, 4, 2, 5, 6, 7][place])),
                "{html}"
            );
        }
    }

    #[test]
    fn addresses_overrule_and_fill_in() {
        let dated = "https://vesti.example/2026/11/09/sel";
        check_at(dated, "<p>x", "2026-11-09T00:00:00Z");
        assert!(found(dated, "<p>x").in_url);
        let meta = "<meta name=date content='2019-01-01'>";
        check_at(dated, meta, "2026-11-09T00:00:00Z");
        let meta = "<meta name=date content='2026-11-08T20:00:00Z'>";
        check_at(dated, meta, "2026-11-08T20:00:00Z");
    }

    #[test]
    fn changes_are_the_last_resort() {
        check(
            "<h1>T</h1><p>Обновлено: 5 ноября 2026</p><p>3 ноября 2026</p>",
            "2026-11-03T00:00:00Z",
        );
        check(
            "<h1>T</h1><p>Обновлено: 5 ноября 2026</p>",
            "2026-11-05T00:00:00Z",
        );
        check(
            "<meta property='article:modified_time' content='2026-11-05'>",
            "",
        );
    }

    #[test]
    fn a_save_is_not_a_publication() {
        let saved = linked(
            r#"{"@type":"Article","datePublished":"2026-11-20T10:00:00Z","dateModified":"2026-11-20T10:00:00Z"}"#,
        );
        let shown = |date: &str| format!("{saved}<h1>T</h1><div class=date>{date}</div>");
        check(&shown("3 May 2026"), "2026-05-03T00:00:00Z");
        check(&shown("19 November 2026"), "2026-11-20T10:00:00Z");
        check(&shown("Updated 3 May 2026"), "2026-11-20T10:00:00Z");
        check(
            &format!("{saved}<h1>T</h1><p>3 May 2026</p>"),
            "2026-11-20T10:00:00Z",
        );
    }

    #[test]
    fn the_fuller_of_two_equal_dates_is_taken() {
        let two = |one: &str, other: &str| {
            format!(
                "<meta property='article:published_time' content='{one}'><meta name=pubdate content='{other}'>"
            )
        };
        check(
            &two("2026-11-03", "2026-11-03T18:00:00+04:30"),
            "2026-11-03T13:30:00Z",
        );
        check(
            &two("2026-11-03 18:00", "2026-11-03T18:00:00+04:30"),
            "2026-11-03T13:30:00Z",
        );
        check(
            &two("2026-11-03", "2026-11-05T18:00:00Z"),
            "2026-11-03T00:00:00Z",
        );
        check(
            &two("2026-11-03T18:00:00Z", "2026-11-03T19:00:00+04:30"),
            "2026-11-03T18:00:00Z",
        );
    }

    #[test]
    fn days_are_those_of_the_outlet() {
        let kabul = TimeZone::fixed(Offset::from_seconds(16_200).expect("an offset"));
        let metas = "<meta name=pubdate content='2026-11-03'><meta name=date content='2026-11-03T01:00:00+04:30'>";
        for (html, expected) in [
            (metas, "2026-11-02T20:30:00Z"),
            (
                "<meta name=pubdate content='2026-11-03'>",
                "2026-11-02T19:30:00Z",
            ),
            (
                "<meta name=pubdate content='2026-11-03 10:00'>",
                "2026-11-03T05:30:00Z",
            ),
        ] {
            let date = found_in(&kabul, URL, html).date.expect("a date");
            assert_eq!(date.at.to_string(), expected, "{html}");
        }
    }

    #[test]
    fn impossible_dates_are_passed_over() {
        check(
            "<meta name=pubdate content='2027-06-01'><p>3 мая 2026",
            "2026-05-03T00:00:00Z",
        );
        check("<meta name=pubdate content='1970-01-02'>", "");
        let unread = found(URL, "<meta name=pubdate content='soon'>");
        assert_eq!(unread.raw.as_deref(), Some("soon"));
    }

    #[test]
    fn data_of_scripts_is_read() {
        check(
            r#"<script>x = {"datePublished": "2026-11-03T10:00:00Z"}</script>"#,
            "2026-11-03T10:00:00Z",
        );
        check("datePublished datePublished\":\"", "");
    }
}
