//! An HTML page that lists articles, read as a source: for outlets without a feed.
//!
//! With the selectors of `[feed.select]` the page says where its items are; without them they are
//! recognised by their look (`guess`). Not for the article pages themselves: that is `extract`.

pub(super) mod dom;
mod guess;

use std::collections::HashMap;

use jiff::tz::TimeZone;
use scraper::{ElementRef, Selector};
use url::Url;

use self::dom::Page;
use super::{Entry, Format, Hints, Item, Parsed, Problem, Unreadable, date};
use crate::config::Reading;
use crate::document::Document;

/// Items that one page may list. The longest archive pages seen have some 200.
const ITEMS_MAX: usize = 500;

/// Bytes of a headline; longer ones are whole paragraphs inside a link and are cut.
const TITLE_BYTES_MAX: usize = 1024;

/// Bytes of a short text under a headline.
const SUMMARY_BYTES_MAX: usize = 4096;

/// Bytes of a text that may be a date.
const DATE_BYTES_MAX: usize = 128;

/// Reads a listing page; `text` is the decoded document.
///
/// # Errors
///
/// `no_items` where no link to an article was found; the feeds that the page points at are named.
pub(super) fn read(
    document: &Document,
    text: &str,
    reading: &Reading,
) -> Result<Parsed, Unreadable> {
    let page = Page::load(text, &document.url);
    let mut problems = Vec::new();
    let zone = reading.time_zone.clone().unwrap_or(TimeZone::UTC);
    let dates = Dates {
        now: document.fetched,
        zone: &zone,
    };
    let select = Selectors::compile(reading, &mut problems);
    let found = if select.item.is_some() || select.link.is_some() {
        select.find(&page)
    } else {
        guess::find(&page, dates)
    };
    let mut found = merged(found);
    if found.is_empty() {
        let mut unreadable =
            Unreadable::new("no_items", "no links to articles were found on the page");
        unreadable.feeds = page.feeds();
        return Err(unreadable);
    }
    if page.cut {
        problems.push(Problem::document(
            "truncated",
            "the page is too large or too deep; a part was left out",
        ));
    }
    if found.len() > ITEMS_MAX {
        let more = found.len() - ITEMS_MAX;
        problems.push(Problem::document(
            "too_many_items",
            format!("{more} more than {ITEMS_MAX} were left out"),
        ));
        found.truncate(ITEMS_MAX);
    }
    let items = found
        .into_iter()
        .enumerate()
        .map(|(index, found)| found.into_item(index, dates, &mut problems))
        .collect();
    Ok(Parsed {
        format: Format::Page,
        title: page.text_at("title", TITLE_BYTES_MAX),
        language: page.language(),
        items,
        problems,
        hints: Hints::default(),
        more: Vec::new(),
    })
}

/// What dates are read against.
#[derive(Clone, Copy)]
struct Dates<'a> {
    now: jiff::Timestamp,
    zone: &'a TimeZone,
}

impl Dates<'_> {
    fn read(self, raw: &str) -> Option<date::Date> {
        date::read(raw, self.now, self.zone)
    }
}

/// One link to an article, as the page shows it.
struct Found {
    url: Url,
    title: String,
    summary: Option<String>,
    /// Strings that may be its date, the likeliest first.
    dates: Vec<String>,
    image: Option<String>,
}

impl Found {
    fn into_item(self, index: usize, dates: Dates<'_>, problems: &mut Vec<Problem>) -> Item {
        let read = self
            .dates
            .iter()
            .find_map(|raw| Some((dates.read(raw)?, raw.clone())));
        let (published, published_raw) = match read {
            Some((date, raw)) => (Some(date), Some(raw)),
            None => (None, self.dates.into_iter().next()),
        };
        if let (None, Some(raw)) = (&published, &published_raw) {
            problems.push(Problem::entry(
                "bad_date",
                index,
                format!("no date could be read from {raw:?}"),
            ));
        }
        Item::new(Entry {
            url: Some(self.url.into()),
            title: Some(self.title).filter(|title| !title.is_empty()),
            summary: self.summary,
            published,
            published_raw,
            image: self.image,
            ..Entry::default()
        })
    }
}

/// One entry for each address, in the order in which the page shows them first, with the longest
/// title and whatever else any of them had.
fn merged(found: impl IntoIterator<Item = Found>) -> Vec<Found> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<Found> = Vec::new();
    for found in found {
        let place = *places.entry(key(&found.url)).or_insert(merged.len());
        let Some(known) = merged.get_mut(place) else {
            merged.push(found);
            continue;
        };
        if found.title.chars().count() > known.title.chars().count() {
            known.title = found.title;
        }
        known.summary = known.summary.take().or(found.summary);
        known.image = known.image.take().or(found.image);
        known.dates.extend(found.dates);
        known.dates.truncate(DATES_MAX);
    }
    merged
}

/// Candidates for one item's date that are tried.
const DATES_MAX: usize = 6;

/// An address without its fragment, except a hashbang.
fn key(url: &Url) -> String {
    let text = url.as_str();
    match (url.fragment(), text.find('#')) {
        (Some(fragment), Some(at)) if !fragment.starts_with('!') => text[..at].to_owned(),
        _ => text.to_owned(),
    }
}

/// `[feed.select]`, compiled.
#[derive(Default)]
struct Selectors {
    item: Option<Selector>,
    link: Option<Selector>,
    title: Option<Selector>,
    date: Option<Selector>,
    image: Option<Selector>,
}

impl Selectors {
    fn compile(reading: &Reading, problems: &mut Vec<Problem>) -> Self {
        let mut compile = |css: &Option<String>| {
            let css = css.as_deref()?;
            let compiled = Selector::parse(css).ok();
            if compiled.is_none() {
                problems.push(Problem::document(
                    "bad_selector",
                    format!("{css:?} is not a CSS selector"),
                ));
            }
            compiled
        };
        let select = &reading.select;
        Self {
            item: compile(&select.item),
            link: compile(&select.link),
            title: compile(&select.title),
            date: compile(&select.date),
            image: compile(&select.image),
        }
    }

    /// The items that the selectors name: each `item` with what is in it, or, without `item`, each
    /// `link` with what is around it.
    fn find(&self, page: &Page) -> Vec<Found> {
        let Some(anchor) = self.item.as_ref().or(self.link.as_ref()) else {
            return Vec::new();
        };
        page.html
            .select(anchor)
            .take(ITEMS_MAX * 4)
            .filter_map(|element| {
                let area = match self.item {
                    Some(_) => element,
                    None => self.around(element),
                };
                let link = match (&self.item, &self.link) {
                    (Some(_), Some(link)) => within(area, link)?,
                    _ => element,
                };
                self.read(page, area, link)
            })
            .collect()
    }

    /// The smallest element around a link that holds no other link of the list and, if one is asked
    /// for, a date or a title.
    fn around<'a>(&self, link: ElementRef<'a>) -> ElementRef<'a> {
        /// Levels that are climbed; cards of common page builders have up to five.
        const LEVELS_MAX: usize = 6;
        let Some(selector) = &self.link else {
            return link;
        };
        let mut area = link;
        for parent in link
            .ancestors()
            .filter_map(ElementRef::wrap)
            .take(LEVELS_MAX)
        {
            if parent.select(selector).take(2).count() > 1 {
                break;
            }
            area = parent;
        }
        area
    }

    fn read(&self, page: &Page, area: ElementRef<'_>, link: ElementRef<'_>) -> Option<Found> {
        let anchor = match link.attr("href") {
            Some(_) => link,
            None => named(link, &["a"])?,
        };
        let url = page.absolute(anchor.attr("href")?)?;
        let title = match self.title.as_ref().and_then(|title| within(area, title)) {
            Some(element) => dom::text(element, TITLE_BYTES_MAX),
            None => label(anchor),
        };
        let dates = self.date.as_ref().and_then(|date| within(area, date));
        let image = self
            .image
            .as_ref()
            .and_then(|image| within(area, image))
            .and_then(|element| page.image(element));
        Some(Found {
            url,
            title,
            summary: None,
            dates: dates.map(date_strings).unwrap_or_default(),
            image,
        })
    }
}

/// The element itself or the first one in it that fits.
fn within<'a>(area: ElementRef<'a>, selector: &Selector) -> Option<ElementRef<'a>> {
    area.descendants()
        .take(ITEM_NODES_MAX)
        .filter_map(ElementRef::wrap)
        .find(|element| selector.matches(element))
}

/// Nodes of one item that are searched; items may be nested in one another, and each is searched.
const ITEM_NODES_MAX: usize = 5000;

/// The first element of one of these names in another.
fn named<'a>(area: ElementRef<'a>, names: &[&str]) -> Option<ElementRef<'a>> {
    area.descendants()
        .take(ITEM_NODES_MAX)
        .filter_map(ElementRef::wrap)
        .find(|element| names.contains(&element.value().name()))
}

const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// What a link says: its heading, else its words, else what it is labelled with.
fn label(link: ElementRef<'_>) -> String {
    let words = dom::text(named(link, &HEADINGS).unwrap_or(link), TITLE_BYTES_MAX);
    if !words.is_empty() {
        return words;
    }
    let alt = named(link, &["img"]).and_then(|image| image.attr("alt"));
    [link.attr("title"), link.attr("aria-label"), alt]
        .into_iter()
        .flatten()
        .map(|label| label.split_whitespace().collect::<Vec<_>>().join(" "))
        .find(|label| !label.is_empty())
        .map(|mut label| {
            label.truncate(label.floor_char_boundary(TITLE_BYTES_MAX));
            label
        })
        .unwrap_or_default()
}

/// What an element says of a date: its `datetime`, `content` or `title`, then its words.
fn date_strings(element: ElementRef<'_>) -> Vec<String> {
    ["datetime", "content", "title"]
        .iter()
        .filter_map(|name| element.attr(name))
        .map(|value| value.trim().to_owned())
        .chain([dom::text(element, DATE_BYTES_MAX)])
        .filter(|value| !value.is_empty() && value.len() <= DATE_BYTES_MAX)
        .collect()
}

#[cfg(test)]
mod tests;
