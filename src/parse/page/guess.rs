//! Which links of a page are its articles, told by their look: long words under a heading, an
//! address with a number or a slug, a date beside it, and siblings of the same build. Navigation,
//! footers, tag clouds and page numbers have none of these.
//!
//! Each sign adds points; what reaches [`POINTS_MIN`] is taken. The weights were set by hand on the
//! reasoning beside them, so that no single sign suffices and any two strong ones do.

use std::collections::HashMap;

use scraper::node::Element;
use scraper::{ElementRef, Node};
use url::Url;

use super::dom::{self, Page};
use super::{
    DATE_BYTES_MAX, Dates, Found, HEADINGS, SUMMARY_BYTES_MAX, date_strings, key, label, named,
};

/// Points from which a link is an article's.
const POINTS_MIN: i32 = 5;

/// Links that are looked at. The largest front pages have some 1,500.
const LINKS_MAX: usize = 6000;

/// Levels of the tree above a link that are looked at for what surrounds it.
const SURROUNDINGS_MAX: usize = 64;

/// Levels that the card of a link may stand above it.
const CARD_LEVELS_MAX: usize = 6;

/// Nodes of a card that are searched for a date and a text.
const CARD_NODES_MAX: usize = 200;

/// How many links of one build make a list.
const SIBLINGS_MIN: usize = 3;

/// A short text that could still be a date, in characters: `Seshanba, 24-noyabr 2026 yil, 10:15`.
const DATE_CHARS_MAX: usize = 48;

/// Words in `class` and `id` of what is no list of articles.
const NAVIGATION: [&str; 26] = [
    "menu",
    "submenu",
    "nav",
    "navbar",
    "navigation",
    "footer",
    "breadcrumb",
    "breadcrumbs",
    "pagination",
    "pager",
    "paging",
    "tags",
    "tagcloud",
    "social",
    "share",
    "sharing",
    "lang",
    "langs",
    "languages",
    "login",
    "search",
    "cookie",
    "copyright",
    "subscribe",
    "comments",
    "partners",
];

/// First path segments of lists: what they hold is not an article.
const LISTS: [&str; 17] = [
    "tag",
    "tags",
    "category",
    "categories",
    "author",
    "authors",
    "topic",
    "topics",
    "rubric",
    "rubrics",
    "page",
    "search",
    "archive",
    "login",
    "user",
    "about",
    "contact",
];

/// An address that is linked, and all that the page shows with it.
struct Candidate<'a> {
    url: Url,
    /// The link with the longest label.
    link: ElementRef<'a>,
    title: String,
    heading: bool,
    place: i32,
    signature: String,
}

/// The articles of a page, in document order.
pub(super) fn find(page: &Page, dates: Dates<'_>) -> Vec<Found> {
    let candidates = candidates(page);
    let mut builds: HashMap<&str, usize> = HashMap::new();
    for candidate in &candidates {
        *builds.entry(&candidate.signature).or_default() += 1;
    }
    let points: Vec<i32> = candidates
        .iter()
        .map(|candidate| {
            candidate.points() + i32::from(builds[candidate.signature.as_str()] >= SIBLINGS_MIN)
        })
        .collect();
    let cards = Cards::mark(&candidates, &points);
    let mut found = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        // A date is worth two points; what cannot reach the mark with it is not looked at further.
        if points[index] + 2 < POINTS_MIN {
            continue;
        }
        let card = Card::read(page, cards.of(candidate, index), &candidate.title, dates);
        if points[index] + 2 * i32::from(card.dated) >= POINTS_MIN {
            found.push(Found {
                url: candidate.url.clone(),
                title: candidate.title.clone(),
                summary: card.summary,
                dates: card.dates,
                image: card.image,
            });
        }
    }
    found
}

fn candidates(page: &Page) -> Vec<Candidate<'_>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for link in page.html.select(&dom::selector("a[href]")).take(LINKS_MAX) {
        let Some(candidate) = candidate(page, link) else {
            continue;
        };
        let place = *places
            .entry(key(&candidate.url))
            .or_insert(candidates.len());
        let Some(known) = candidates.get_mut(place) else {
            candidates.push(candidate);
            continue;
        };
        known.heading |= candidate.heading;
        known.place = known.place.max(candidate.place);
        if letters(&candidate.title) > letters(&known.title) {
            known.title = candidate.title;
            known.link = candidate.link;
            known.signature = candidate.signature;
        }
    }
    candidates
}

fn candidate<'a>(page: &'a Page, link: ElementRef<'a>) -> Option<Candidate<'a>> {
    let url = page.absolute(link.attr("href")?)?;
    let base = page.base();
    if base.is_some_and(|base| !same_site(base, &url) || key(base) == key(&url)) {
        return None;
    }
    let rel = link.attr("rel").unwrap_or_default().to_ascii_lowercase();
    if rel
        .split_ascii_whitespace()
        .any(|rel| matches!(rel, "tag" | "author" | "next" | "prev" | "category"))
    {
        return None;
    }
    let other_host = base.is_some_and(|base| bare_host(base) != bare_host(&url));
    // Jobs, shops and the like; a section with a host of its own shows headings and dates.
    let place = place(link)? - if other_host { 3 } else { 0 };
    let around = link.ancestors().filter_map(ElementRef::wrap).take(3);
    let heading = around.clone().any(is_heading) || named(link, &HEADINGS).is_some();
    Some(Candidate {
        title: label(link),
        heading,
        place,
        signature: signature(link),
        url,
        link,
    })
}

/// Points for where a link stands; `None` where it is certainly navigation.
fn place(link: ElementRef<'_>) -> Option<i32> {
    /// Class names further out are those of the whole page.
    const CLASS_LEVELS_MAX: usize = 5;
    let mut points = 0;
    let mut header = false;
    let mut list = false;
    for (level, element) in link
        .ancestors()
        .filter_map(ElementRef::wrap)
        .take(SURROUNDINGS_MAX)
        .enumerate()
    {
        match element.value().name() {
            "nav" | "footer" => return None,
            "header" => header = !list,
            "article" | "main" | "section" => list = true,
            "aside" => points -= 1,
            _ => {}
        }
        if matches!(
            element.attr("role"),
            Some("navigation" | "contentinfo" | "search" | "menu")
        ) {
            return None;
        }
        if level < CLASS_LEVELS_MAX
            && !matches!(element.value().name(), "body" | "html")
            && is_navigation(element)
        {
            points -= 3;
        }
    }
    // The header of a page, not that of an article: nothing that lists stands between.
    Some(points - if header && !list { 2 } else { 0 })
}

fn is_navigation(element: ElementRef<'_>) -> bool {
    ["class", "id"]
        .iter()
        .filter_map(|name| element.attr(name))
        .any(|value| {
            value
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| {
                    NAVIGATION
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(word))
                })
        })
}

fn is_heading(element: ElementRef<'_>) -> bool {
    HEADINGS.contains(&element.value().name())
}

/// How a link is built into the page: names and first classes of itself and what is around it.
fn signature(link: ElementRef<'_>) -> String {
    /// Enough to tell a list of headlines from one of sections, and no more: cards differ outside.
    const LEVELS: usize = 3;
    let mut signature = String::new();
    let around = link.ancestors().filter_map(ElementRef::wrap).take(LEVELS);
    for element in std::iter::once(link).chain(around) {
        signature.push_str(element.value().name());
        if let Some(class) = element.value().classes().next() {
            signature.push('.');
            signature.push_str(class);
        }
        signature.push('<');
    }
    signature
}

/// Whether two addresses are of one site: one host, or one below the other.
fn same_site(a: &Url, b: &Url) -> bool {
    let below = |long: &str, short: &str| {
        long.strip_suffix(short)
            .is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    let (a, b) = (bare_host(a), bare_host(b));
    below(a, b) || below(b, a)
}

/// The host without `www.` or `m.` in front.
fn bare_host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.")
        .or_else(|| host.strip_prefix("m."))
        .unwrap_or(host)
}

impl Candidate<'_> {
    fn points(&self) -> i32 {
        let words = match letters(&self.title) {
            30.. => 3,
            18.. => 2,
            10.. => 1,
            _ => -2,
        };
        words + self.place + shape(&self.url) + 2 * i32::from(self.heading)
    }
}

/// Letters and digits; a Chinese or Japanese character counts as three.
fn letters(text: &str) -> usize {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| {
            if ('\u{3040}'..='\u{9fff}').contains(&c) {
                3
            } else {
                1
            }
        })
        .sum()
}

/// Points for an address: a number, a slug or a date in it speak for an article.
fn shape(url: &Url) -> i32 {
    let segments: Vec<&str> = url
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    if segments
        .iter()
        .take(2)
        .any(|first| LISTS.iter().any(|list| list.eq_ignore_ascii_case(first)))
    {
        return -4;
    }
    let last = segments.last().copied().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let numbered = segments.iter().any(|segment| longest_number(segment) >= 4)
        && segments.len() > usize::from(longest_number(last) < 4);
    let asked = url
        .query_pairs()
        .any(|(_, value)| !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()));
    let hyphens = stem.bytes().filter(|b| matches!(b, b'-' | b'_')).count();
    let slug = hyphens >= 3 || stem.len() >= 28;
    let points = 2 * i32::from(numbered || asked) + 2 * i32::from(slug);
    match points {
        0 if segments.len() <= 1 => -2,
        0 => i32::from(hyphens > 0 || last != stem),
        points => points.min(3),
    }
}

fn longest_number(segment: &str) -> usize {
    segment
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// Which elements hold the link of one article only; the key is the place of the element in memory,
/// which stays while the tree is borrowed.
struct Cards(HashMap<*const Element, Holds>);

#[derive(Clone, Copy, PartialEq)]
enum Holds {
    One(usize),
    Several,
}

impl Cards {
    fn mark(candidates: &[Candidate<'_>], points: &[i32]) -> Self {
        let mut marks = HashMap::new();
        for (index, candidate) in candidates.iter().enumerate() {
            if points[index] + 2 < POINTS_MIN {
                continue;
            }
            let around = candidate.link.ancestors().filter_map(ElementRef::wrap);
            for element in around.take(CARD_LEVELS_MAX + 2) {
                marks
                    .entry(std::ptr::from_ref(element.value()))
                    .and_modify(|holds| *holds = Holds::Several)
                    .or_insert(Holds::One(index));
            }
        }
        Self(marks)
    }

    /// The largest element around a link that holds no other article's.
    fn of<'a>(&self, candidate: &Candidate<'a>, index: usize) -> ElementRef<'a> {
        candidate
            .link
            .ancestors()
            .filter_map(ElementRef::wrap)
            .take(CARD_LEVELS_MAX)
            .take_while(|element| {
                let mark = self.0.get(&std::ptr::from_ref(element.value()));
                mark == Some(&Holds::One(index))
                    && !matches!(element.value().name(), "body" | "html")
            })
            .last()
            .unwrap_or(candidate.link)
    }
}

/// What stands beside a headline.
#[derive(Default)]
struct Card {
    dates: Vec<String>,
    /// One of `dates` can be read.
    dated: bool,
    summary: Option<String>,
    image: Option<String>,
}

impl Card {
    fn read(page: &Page, area: ElementRef<'_>, title: &str, dates: Dates<'_>) -> Self {
        let mut card = Self::default();
        for node in area.descendants().take(CARD_NODES_MAX) {
            match node.value() {
                Node::Text(text) => card.offer_date(text.trim(), dates),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(node) {
                        card.look_at(page, element, title, dates);
                    }
                }
                _ => {}
            }
        }
        card
    }

    fn look_at(&mut self, page: &Page, element: ElementRef<'_>, title: &str, dates: Dates<'_>) {
        match element.value().name() {
            "img" if self.image.is_none() => self.image = page.image(element),
            "time" if !self.dated => self.take_dates(date_strings(element), dates),
            "p" if self.summary.is_none() => {
                let text = dom::text(element, SUMMARY_BYTES_MAX);
                if letters(&text) >= 40 && text != title {
                    self.summary = Some(text);
                }
            }
            _ if !self.dated && is_dated(element) => {
                let text = dom::text(element, DATE_BYTES_MAX);
                self.offer_date(&text, dates);
            }
            _ => {}
        }
    }

    fn take_dates(&mut self, strings: Vec<String>, dates: Dates<'_>) {
        self.dated = strings.iter().any(|raw| dates.read(raw).is_some());
        self.dates.splice(0..0, strings);
        self.dates.truncate(super::DATES_MAX);
    }

    /// Takes a short text for the date if one can be read from it.
    fn offer_date(&mut self, text: &str, dates: Dates<'_>) {
        let fits = !self.dated
            && text.len() >= "24.11".len()
            && text.chars().count() <= DATE_CHARS_MAX
            && text.chars().any(char::is_numeric);
        if fits && dates.read(text).is_some() {
            self.dates.insert(0, text.to_owned());
            self.dated = true;
        }
    }
}

fn is_dated(element: ElementRef<'_>) -> bool {
    element.value().classes().any(|class| {
        class.split(['-', '_']).any(|word| {
            [
                "date",
                "time",
                "datetime",
                "published",
                "sana",
                "meta",
                "data",
            ]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
        })
    })
}
