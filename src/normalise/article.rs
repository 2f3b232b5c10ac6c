//! An item in the one form that every outlet's items get.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::language::{self, Identified};
use super::{credit, region, text, url};
use crate::config::Feed;
use crate::digest::sha256_hex;
use crate::extract::{Extracted, PublishedFrom, TextFrom};

/// Characters of a text that decide its language, after the title.
const LANGUAGE_CHARS: usize = 300;
/// Bytes of a summary that are kept; some feeds put whole articles there.
const SUMMARY_BYTES_MAX: usize = 16 << 10;
/// A clock that is this much ahead of ours is not worth a flag.
const AHEAD_SECS_MAX: i64 = 120;
/// The outlet named no date that can be believed.
const FIRST_SEEN: &str = "first_seen";
/// News is not older than the web.
const YEAR_MIN: i16 = 1990;
/// How far an outlet of the region is believed to write about the region where the text names no other
/// country: its readers know where they live.
const LOCAL_RELEVANCE: f32 = 0.5;

/// A country that an article is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Country {
    /// ISO 3166-1 alpha-3.
    pub code: String,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f32,
}

/// A place of the gazetteer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    pub id: String,
    pub name: String,
    pub country: Option<String>,
}

/// A person or a body of the gazetteer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// What is known of an item before its text is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    pub id: String,
    /// 1 for a new item.
    pub revision: u32,
    /// Further feeds of the outlet that carried it.
    pub also_in: Vec<String>,
    pub canonical_url: Option<String>,
    /// Of what the feed said, hexadecimal.
    pub raw_sha256: String,
    pub first_seen: Timestamp,
    pub fetched: Timestamp,
}

/// The fields of an article; `docs/FORMAT.md` describes each.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields {
    pub id: String,
    pub revision: u32,
    pub feed: String,
    pub outlet: String,
    pub publisher: String,
    pub also_in: Vec<String>,
    pub origin: Option<String>,
    pub guid: Option<String>,
    pub url: Option<String>,
    pub canonical_url: Option<String>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
    /// `page`, `feed`, `summary` or `none`.
    pub text_from: &'static str,
    pub authors: Vec<String>,
    pub tags: Vec<String>,
    pub image: Option<String>,
    pub language: &'static str,
    pub script: &'static str,
    pub language_confidence: f32,
    pub paywalled: bool,
    pub published: Timestamp,
    pub published_raw: Option<String>,
    /// `feed`, `page`, `url` or `first_seen`.
    pub published_from: &'static str,
    pub published_precision: &'static str,
    pub published_offset_secs: Option<i32>,
    pub calendar: &'static str,
    pub updated: Option<Timestamp>,
    pub first_seen: Timestamp,
    pub fetched: Timestamp,
    pub countries: Vec<Country>,
    pub places: Vec<Place>,
    pub people: Vec<Named>,
    pub bodies: Vec<Named>,
    pub relevance: f32,
    pub raw_sha256: String,
    pub text_sha256: String,
    pub flags: Vec<&'static str>,
}

/// An article. Only `normalise` makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Article(Fields);

impl std::ops::Deref for Article {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl Article {
    pub fn into_fields(self) -> Fields {
        self.0
    }
}

/// Brings a story into the form of an article.
pub fn normalise(story: &Extracted, feed: &Feed, identity: Identity) -> Article {
    let title = tidied(story.title.as_deref());
    let summary = tidied(story.summary.as_deref()).map(|s| cut(s, SUMMARY_BYTES_MAX));
    let body = tidied(Some(&story.text));
    let told = Told::of(title.as_deref(), body.as_deref().or(summary.as_deref()));
    let declared = story.language.as_deref().or(feed.language.as_deref());
    let identified = told.language(declared);
    let tags = told.tags(identified.language);
    let mut flags = story.flags.clone();
    let dated = Dated::of(story, identity.first_seen, &mut flags);
    Article(Fields {
        id: identity.id,
        revision: identity.revision,
        feed: feed.id.clone(),
        outlet: feed.outlet().to_owned(),
        publisher: feed.publisher().to_owned(),
        also_in: identity.also_in,
        origin: origin(story, &told, feed),
        guid: story.guid.clone(),
        url: story.url.clone(),
        canonical_url: identity.canonical_url,
        text_sha256: sha256_hex(body.as_deref().unwrap_or_default().as_bytes()),
        title,
        summary,
        text: body,
        text_from: text_from(story.text_from),
        authors: tidied_list(&story.authors),
        tags: tidied_list(&story.tags),
        image: story.image.clone(),
        language: identified.language,
        script: identified.script,
        language_confidence: identified.confidence,
        paywalled: story.paywalled,
        published: dated.at,
        published_raw: story.published_raw.clone(),
        published_from: dated.from,
        published_precision: dated.precision,
        published_offset_secs: dated.offset_secs,
        calendar: dated.calendar,
        updated: story.updated,
        first_seen: identity.first_seen,
        fetched: identity.fetched,
        relevance: relevance(&tags, feed),
        countries: countries(&tags),
        places: places(&tags),
        people: named(&tags.people),
        bodies: named(&tags.bodies),
        raw_sha256: identity.raw_sha256,
        flags,
    })
}

/// A text without an outlet: what the pipes read.
#[derive(Clone, Debug, Default)]
pub struct Bare {
    pub id: String,
    pub title: String,
    pub text: String,
    pub url: Option<String>,
    pub language: Option<String>,
    pub published: Option<Timestamp>,
    /// Outlet and publisher.
    pub source: Option<String>,
}

/// Brings a bare text into the form of an article.
pub fn bare(bare: Bare) -> Article {
    let title = tidied(Some(&bare.title));
    let body = tidied(Some(&bare.text));
    let told = Told::of(title.as_deref(), body.as_deref());
    let identified = told.language(bare.language.as_deref());
    let tags = told.tags(identified.language);
    let source = bare.source.unwrap_or_default();
    let at = bare.published.unwrap_or(Timestamp::UNIX_EPOCH);
    Article(Fields {
        id: bare.id,
        revision: 1,
        feed: source.clone(),
        outlet: source.clone(),
        publisher: source,
        also_in: Vec::new(),
        origin: credit::credit(told.title, told.body, None).map(|credit| credit.name.to_string()),
        guid: None,
        canonical_url: bare.url.as_deref().and_then(url::canonical),
        url: bare.url,
        text_sha256: sha256_hex(body.as_deref().unwrap_or_default().as_bytes()),
        title,
        summary: None,
        text_from: if body.is_some() { "feed" } else { "none" },
        text: body,
        authors: Vec::new(),
        tags: Vec::new(),
        image: None,
        language: identified.language,
        script: identified.script,
        language_confidence: identified.confidence,
        paywalled: false,
        published: at,
        published_raw: None,
        published_from: if bare.published.is_some() {
            "feed"
        } else {
            FIRST_SEEN
        },
        published_precision: "second",
        published_offset_secs: None,
        calendar: "gregorian",
        updated: None,
        first_seen: at,
        fetched: at,
        relevance: tags.relevance,
        countries: countries(&tags),
        places: places(&tags),
        people: named(&tags.people),
        bodies: named(&tags.bodies),
        raw_sha256: String::new(),
        flags: Vec::new(),
    })
}

/// What an article says, for those who only need the words.
struct Told<'a> {
    title: &'a str,
    body: &'a str,
}

impl<'a> Told<'a> {
    fn of(title: Option<&'a str>, body: Option<&'a str>) -> Self {
        Self {
            title: title.unwrap_or_default(),
            body: body.unwrap_or_default(),
        }
    }

    fn language(&self, declared: Option<&str>) -> Identified {
        let body = head(self.body, LANGUAGE_CHARS);
        language::identify(&format!("{}\n{body}", self.title), declared)
    }

    fn tags(&self, language: &str) -> region::Tags {
        region::tag(self.title, self.body, language)
    }
}

fn tidied(raw: Option<&str>) -> Option<String> {
    let tidy = text::tidy(raw?);
    (!tidy.is_empty()).then_some(tidy)
}

fn tidied_list(raw: &[String]) -> Vec<String> {
    raw.iter().filter_map(|one| tidied(Some(one))).collect()
}

fn cut(mut text: String, bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes_max));
    text
}

fn head(text: &str, chars_max: usize) -> &str {
    text.char_indices()
        .nth(chars_max)
        .map_or(text, |(end, _)| &text[..end])
}

/// The credit, unless the outlet credits itself.
fn origin(story: &Extracted, told: &Told<'_>, feed: &Feed) -> Option<String> {
    let credit = credit::credit(told.title, told.body, story.origin.as_deref())?;
    let name = credit.name.to_string();
    let own = [feed.outlet(), feed.publisher(), feed.name.as_str()];
    (!own.iter().any(|own| own.eq_ignore_ascii_case(&name))).then_some(name)
}

/// When an article was published, as far as can be believed.
struct Dated {
    at: Timestamp,
    from: &'static str,
    precision: &'static str,
    offset_secs: Option<i32>,
    calendar: &'static str,
}

impl Dated {
    fn of(story: &Extracted, first_seen: Timestamp, flags: &mut Vec<&'static str>) -> Self {
        let unknown = Self {
            at: first_seen,
            from: FIRST_SEEN,
            precision: "second",
            offset_secs: None,
            calendar: "gregorian",
        };
        let Some(published) = &story.published else {
            if story.published_raw.is_some() {
                flags.push("date_unreadable");
            }
            return unknown;
        };
        if published
            .at
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .year()
            < YEAR_MIN
        {
            flags.push("date_absurd");
            return unknown;
        }
        if published.at.duration_since(first_seen).as_secs() > AHEAD_SECS_MAX {
            flags.push("date_in_future");
        }
        Self {
            at: published.at.min(first_seen),
            from: published_from(published.from),
            precision: published.precision,
            offset_secs: published.offset_secs,
            calendar: published.calendar,
        }
    }
}

fn text_from(from: TextFrom) -> &'static str {
    match from {
        TextFrom::Page => "page",
        TextFrom::Feed => "feed",
        TextFrom::Summary => "summary",
        TextFrom::None => "none",
    }
}

fn published_from(from: PublishedFrom) -> &'static str {
    match from {
        PublishedFrom::Feed => "feed",
        PublishedFrom::Page => "page",
        PublishedFrom::Url => "url",
    }
}

fn relevance(tags: &region::Tags, feed: &Feed) -> f32 {
    let in_region = |code: &str| region::REGION.contains(&code);
    let local = feed.country.as_deref().is_some_and(in_region);
    let elsewhere = tags
        .countries
        .first()
        .is_some_and(|country| !in_region(country.code));
    if local && !elsewhere {
        tags.relevance.max(LOCAL_RELEVANCE)
    } else {
        tags.relevance
    }
}

fn countries(tags: &region::Tags) -> Vec<Country> {
    let country = |c: &region::Country| Country {
        code: c.code.to_owned(),
        score: c.score,
    };
    tags.countries.iter().map(country).collect()
}

fn places(tags: &region::Tags) -> Vec<Place> {
    let place = |p: &region::Place| Place {
        id: p.id.to_owned(),
        name: p.name.to_owned(),
        country: p.country.map(str::to_owned),
    };
    tags.places.iter().map(place).collect()
}

fn named(list: &[region::Named]) -> Vec<Named> {
    let named = |n: &region::Named| Named {
        id: n.id.to_owned(),
        name: n.name.to_owned(),
    };
    list.iter().map(named).collect()
}
