//! When a page says that it was published. In order of trust: linked data of an article, meta
//! elements, microdata, linked data of the page, `<time>` elements that are marked as such, those
//! after the headline, dates that readers see near the headline, the address. A date of a change is
//! never taken for one of publication.

use jiff::{Timestamp, tz::TimeZone};

use super::head::Head;
use super::hints::Hints;
use super::jsonld::Linked;
use super::metadata::Sources;
use super::tree::{Tag, Tree};
use crate::parse::date::{self, Date};

/// Names of meta elements that hold the time of publication, best first.
const PUBLISHED: [&str; 34] = [
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
const MODIFIED: [&str; 8] = [
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "lastmod",
    "last-modified",
    "revised",
];

/// Letters of a block that may be a visible date.
const VISIBLE_LETTERS_MAX: u32 = 60;
/// Visible dates that are tried.
const VISIBLE_MAX: usize = 24;
/// Blocks after and before the headline that may hold the date.
const AFTER_HEADLINE: usize = 10;
const BEFORE_HEADLINE: usize = 10;

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
pub(super) fn published(sources: &Sources<'_>, reader: &Reader<'_>) -> Found {
    let on_page = |raw: &str| Some(Found::on_page(reader.read(raw)?, raw));
    let in_url = date::find_in_url(sources.url).filter(|date| reader.possible(date));
    let agrees = |found: &Found| match (&in_url, &found.date) {
        (Some(url), Some(date)) => days_apart(date, url) <= AGREES_DAYS,
        _ => true,
    };
    let declared = || declared(sources.head, sources.linked).chain(in_data(sources.source));
    let first = declared().find_map(on_page);
    let agreeing = first.filter(agrees).or_else(|| {
        let shown = times(sources.head).chain(visible(sources.tree));
        shown.filter_map(on_page).find(agrees)
    });
    let unread = declared().next().map(str::to_owned);
    agreeing
        .or_else(|| {
            Some(Found {
                date: Some(in_url?),
                raw: Some(sources.url.to_owned()),
                in_url: true,
            })
        })
        .or_else(|| dateline(sources.tree, reader))
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
    (one.at.as_second() - other.at.as_second()).abs() / (24 * 3600)
}

/// The first line of the page that is a date and little else.
fn dateline(tree: &Tree, reader: &Reader<'_>) -> Option<Found> {
    tree.blocks
        .iter()
        .filter(|block| {
            block.link_letters * 2 <= block.letters && block.letters <= VISIBLE_LETTERS_MAX
        })
        .map(|block| tree.text(block))
        .filter(|text| text.contains(char::is_numeric))
        .take(DATELINES_MAX)
        .find_map(|text| {
            let date =
                date::find(text, reader.now, reader.zone).filter(|date| reader.possible(date))?;
            Some(Found::on_page(date, text))
        })
}

/// Short lines with a digit that are tried as a dateline.
const DATELINES_MAX: usize = 60;

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

/// `<time>` elements of which nothing more is said, those after the headline first.
fn times(head: &Head) -> impl Iterator<Item = &str> {
    let plain = || {
        head.times
            .iter()
            .filter(|time| !time.published && !time.updated)
    };
    let after = plain().filter(|time| time.after_headline);
    let before = plain().filter(|time| !time.after_headline);
    after.chain(before).map(|time| time.value.as_str())
}

/// Short texts that may be a date: those right after the headline, those named so, those before.
fn visible(tree: &Tree) -> impl Iterator<Item = &str> {
    let headline = tree
        .blocks
        .iter()
        .position(|block| tree.elements[block.element as usize].tag == Tag::Heading(1));
    let short = |index: &usize| {
        let block = &tree.blocks[*index];
        block.letters <= VISIBLE_LETTERS_MAX && tree.text(block).contains(char::is_numeric)
    };
    let named = move |index: &usize| {
        let element = &tree.elements[tree.blocks[*index].element as usize];
        let parent = &tree.elements[element.parent as usize];
        element.hints.has(Hints::DATE) || parent.hints.has(Hints::DATE)
    };
    let from = headline.unwrap_or(0);
    let after = from..(from + AFTER_HEADLINE).min(tree.blocks.len());
    let before = from.saturating_sub(BEFORE_HEADLINE)..from;
    let close = from.saturating_sub(3)..from;
    after
        .filter(short)
        .chain(close.filter(named).filter(short))
        .chain(
            (from..tree.blocks.len())
                .filter(named)
                .filter(short)
                .take(VISIBLE_MAX),
        )
        .chain(before.filter(short))
        .map(|index| tree.text(&tree.blocks[index]))
}
