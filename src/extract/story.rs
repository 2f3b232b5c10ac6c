//! An item of a feed and its page to one story: which text, which title, which date. What the page
//! refuses, the feed still has; no page costs an item.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;

use super::byline;
use super::page::{Page, page};
use crate::config::Reading;
use crate::document::Document;
use crate::letters::is_alphanumeric;
use crate::parse::date::{self, Date};
use crate::parse::{Item, markup};

/// What became of the request for an item's page.
#[derive(Clone, Copy, Debug)]
pub enum PageAnswer<'a> {
    /// The feed is read without its pages.
    NotAsked,
    /// Why it did not come: `status_403`, `timeout`, `robots`, …
    Failed(&'a str),
    Came(&'a Document),
}

/// Where the text of a story was taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFrom {
    Page,
    Feed,
    Summary,
    #[default]
    None,
}

/// Where the time of publication was taken from. Where there is none, whoever knows when the item
/// was first seen puts that in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishedFrom {
    Feed,
    Page,
    Url,
}

/// A time of publication.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    pub at: Timestamp,
    pub from: PublishedFrom,
    /// `second`, `minute` or `day`.
    pub precision: &'static str,
    /// Seconds east of UTC that the outlet itself named.
    pub offset_secs: Option<i32>,
    /// `gregorian`, `solar_hijri` or `lunar_hijri`.
    pub calendar: &'static str,
}

/// Everything that feed and page say of one item, in plain text and plain values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    pub guid: Option<String>,
    /// As the feed gave it, absolute.
    pub url: Option<String>,
    /// What the page calls its own address.
    pub canonical_url: Option<String>,
    pub title: Option<String>,
    /// The feed's short text.
    pub summary: Option<String>,
    /// The text that was chosen; paragraphs are separated by `\n`.
    pub text: String,
    pub text_from: TextFrom,
    pub authors: Vec<String>,
    pub tags: Vec<String>,
    pub image: Option<String>,
    /// As declared by the feed, else by the page; lower case. A hint, never a verdict.
    pub language: Option<String>,
    /// The outlet or agency that the feed's entry credits.
    pub origin: Option<String>,
    /// The name of the site, as the page gives it.
    pub site: Option<String>,
    pub published: Option<Published>,
    /// What `published` was read from, or the best that could not be read.
    pub published_raw: Option<String>,
    pub updated: Option<Timestamp>,
    pub paywalled: bool,
    /// What was not as it should be, each a stable snake_case word.
    pub flags: Vec<&'static str>,
    /// Title, summary and text as the feed gave them, as plain text: what changes when the outlet
    /// edits the item, whatever its page does.
    pub raw: String,
}

/// A [`Story`] that came out of an item. Only `extract` makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted(Story);

impl std::ops::Deref for Extracted {
    type Target = Story;

    fn deref(&self) -> &Story {
        &self.0
    }
}

/// Letters of a page's text below which the feed's may be better.
const SHORT_LETTERS: usize = 140;

/// By how much, in percent, the feed's full text must be longer than the page's to be preferred.
const FEED_LONGER_PERCENT: usize = 120;

/// Tags and authors that are kept.
const LIST_MAX: usize = 64;

/// Joins an item and its page. Text is taken from the page, else from the feed's full text, else
/// from its summary; dates from the feed, else the page, else an address.
///
/// `feed` is [`Told::of`] the same item.
pub fn extract(item: Item, feed: Told, answer: PageAnswer<'_>, reading: &Reading) -> Extracted {
    let mut flags = Vec::new();
    let page = match answer {
        PageAnswer::NotAsked => None,
        PageAnswer::Failed(why) => {
            flags.push(failure(why));
            None
        }
        PageAnswer::Came(document) => believed(document, reading, &feed, &mut flags),
    };
    let (text, text_from) = choose(&feed, page.as_ref(), &mut flags);
    let page = page.unwrap_or_default();
    let (published, published_raw) = published(&item, &page);
    let story = Story {
        guid: item.guid.clone(),
        url: item.url.clone(),
        canonical_url: page.canonical_url,
        title: item
            .title
            .clone()
            .filter(|title| !title.trim().is_empty())
            .or(page.title),
        summary: feed.summary.clone(),
        authors: authors(&item, page.authors, page.site.as_deref()),
        tags: union(&item.tags, page.tags),
        image: item.image.clone().or(page.image),
        language: item.language.clone().or(page.language),
        origin: item.origin.clone(),
        site: page.site,
        published,
        published_raw,
        updated: item.updated.or(page.updated).map(|date| date.at),
        paywalled: page.paywalled,
        raw: feed.raw(),
        text,
        text_from,
        flags,
    };
    Extracted(story)
}

/// The texts of an item, without markup: what the feed itself tells. Made once, since both identity and
/// extraction read it.
#[derive(Clone, Debug)]
pub struct Told {
    title: String,
    summary: Option<String>,
    content: Option<String>,
    url: Option<String>,
}

impl Told {
    pub fn of(item: &Item) -> Self {
        let plain = |html: &Option<String>| {
            let text = markup::text(html.as_deref()?);
            (!text.trim().is_empty()).then_some(text)
        };
        Self {
            title: item.title.clone().unwrap_or_default(),
            summary: plain(&item.summary),
            content: plain(&item.content),
            url: item.url.clone(),
        }
    }

    /// Title, summary and text, one below the other: what changes when the outlet edits the item.
    pub fn raw(&self) -> String {
        let texts = [
            Some(&self.title),
            self.summary.as_ref(),
            self.content.as_ref(),
        ];
        texts
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The words of everything that the feed says.
    fn words(&self) -> HashSet<String> {
        words(&self.raw()).collect()
    }
}

/// Words of a text that are compared.
const WORDS_MAX: usize = 3_000;

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\u{200c}')
        .filter(|word| word.chars().nth(2).is_some() || word.chars().any(|c| c > '\u{2e80}'))
        .take(WORDS_MAX)
        .map(str::to_lowercase)
}

/// The page, unless it is not the item's.
fn believed(
    document: &Document,
    reading: &Reading,
    feed: &Told,
    flags: &mut Vec<&'static str>,
) -> Option<Page> {
    let Ok(page) = page(document, reading) else {
        flags.push("page_unreadable");
        return None;
    };
    flags.extend(&page.flags);
    if page
        .flags
        .iter()
        .any(|flag| matches!(*flag, "consent_wall" | "robot_check"))
    {
        return None;
    }
    if page.paywalled {
        flags.push("paywalled");
    }
    match kinship(feed, &page, document) {
        Kinship::Same => Some(page),
        Kinship::Unsure => {
            flags.push("page_title_differs");
            Some(page)
        }
        Kinship::Other => {
            flags.push("page_not_article");
            None
        }
    }
}

/// Whether a page tells the item's story.
enum Kinship {
    Same,
    /// The feed says too little to tell.
    Unsure,
    Other,
}

/// Compares by shared words, so that an edited headline does not matter: a page that holds few of
/// the words of the item is another one (a home page, an archive, an error).
fn kinship(feed: &Told, page: &Page, document: &Document) -> Kinship {
    let said = feed.words();
    if said.is_empty() {
        return Kinship::Same;
    }
    let titles = words(page.title.as_deref().unwrap_or_default());
    let there: HashSet<String> = titles.chain(words(&page.text)).collect();
    let title: HashSet<String> = words(&feed.title).collect();
    let share = |wanted: &HashSet<String>| {
        let found = wanted.iter().filter(|word| there.contains(*word)).count();
        (found * 100).checked_div(wanted.len())
    };
    let best = share(&title).max(share(&said)).unwrap_or(100);
    match best {
        0..=9 => Kinship::Other,
        _ if went_home(feed.url.as_deref(), &document.url) => Kinship::Other,
        10..=29 => Kinship::Unsure,
        _ => Kinship::Same,
    }
}

/// The request for an article ended at the front page.
fn went_home(asked: Option<&str>, answered: &str) -> bool {
    let is_front = |url: &str| {
        url::Url::parse(url).is_ok_and(|url| {
            url.query().is_none() && url.path().trim_matches('/').len() <= FRONT_PATH_MAX
        })
    };
    asked.is_some_and(|asked| !is_front(asked)) && is_front(answered)
}

/// `/`, `/fa`, `/en/`: the longest path of a front page.
const FRONT_PATH_MAX: usize = 3;

fn letters(text: &str) -> usize {
    text.chars().filter(|&c| is_alphanumeric(c)).count()
}

fn choose(feed: &Told, page: Option<&Page>, flags: &mut Vec<&'static str>) -> (String, TextFrom) {
    let of_page = page.map(|page| page.text.as_str()).unwrap_or_default();
    let of_feed = feed.content.as_deref().unwrap_or_default();
    let summary = feed.summary.as_deref().unwrap_or_default();
    let [in_page, in_feed, in_summary] = [of_page, of_feed, summary].map(letters);
    if in_page > 0 {
        let longer = in_feed * 100 > in_page * FEED_LONGER_PERCENT;
        if !longer && (in_page >= SHORT_LETTERS || in_page >= in_summary) {
            return (of_page.to_owned(), TextFrom::Page);
        }
        flags.push("text_from_feed_longer");
    } else if page.is_some() {
        flags.push("page_without_text");
    }
    if in_feed > 0 && in_feed >= in_summary {
        (of_feed.to_owned(), TextFrom::Feed)
    } else if in_summary > 0 {
        (summary.to_owned(), TextFrom::Summary)
    } else {
        (String::new(), TextFrom::None)
    }
}

fn published(item: &Item, page: &Page) -> (Option<Published>, Option<String>) {
    let in_page = if page.published_in_url {
        PublishedFrom::Url
    } else {
        PublishedFrom::Page
    };
    if let Some(date) = item.published {
        return (
            Some(plain(&date, PublishedFrom::Feed)),
            item.published_raw.clone(),
        );
    }
    if let Some(date) = page.published {
        return (Some(plain(&date, in_page)), page.published_raw.clone());
    }
    // A feed that names only the time of its last change (Atom allows it) has dated its items.
    if let Some(date) = item.updated {
        return (
            Some(plain(&date, PublishedFrom::Feed)),
            item.published_raw.clone(),
        );
    }
    let raw = item
        .published_raw
        .clone()
        .or_else(|| page.published_raw.clone());
    (None, raw)
}

fn plain(date: &Date, from: PublishedFrom) -> Published {
    Published {
        at: date.at,
        from,
        precision: match date.precision {
            date::Precision::Second => "second",
            date::Precision::Minute => "minute",
            date::Precision::Day => "day",
        },
        offset_secs: date.offset_secs,
        calendar: match date.calendar {
            date::Calendar::Gregorian => "gregorian",
            date::Calendar::SolarHijri => "solar_hijri",
            date::Calendar::LunarHijri => "lunar_hijri",
        },
    }
}

fn authors(item: &Item, of_page: Vec<String>, site: Option<&str>) -> Vec<String> {
    let of_feed = byline::authors(&item.authors, site, "");
    if of_feed.is_empty() { of_page } else { of_feed }
}

fn union(one: &[String], other: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    one.iter()
        .cloned()
        .chain(other)
        .filter(|tag| seen.insert(tag.to_lowercase()))
        .take(LIST_MAX)
        .collect()
}

/// The flag for a page that did not come.
fn failure(why: &str) -> &'static str {
    match why {
        "status_401" => "page_status_401",
        "status_402" => "page_status_402",
        "status_403" => "page_status_403",
        "status_404" => "page_status_404",
        "status_410" => "page_status_410",
        "status_429" => "page_status_429",
        "status_451" => "page_status_451",
        "timeout" => "page_timeout",
        "robots" => "page_robots",
        "too_large" => "page_too_large",
        _ if why.starts_with("status_5") => "page_status_5xx",
        _ => "page_failed",
    }
}

#[cfg(test)]
mod tests;
