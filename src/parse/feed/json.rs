//! JSON Feed, versions 1 and 1.1, and what is nearly one: a string where a list should be, numbers
//! as identifiers, bytes behind the end, an end that is missing.
//!
//! Read item by item; a value of an unexpected type is passed over without being kept.

mod loose;

use std::cell::RefCell;
use std::fmt;

use jiff::tz::TimeZone;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use self::loose::{Author, Lenient, List, Loose, Text};
use super::super::{Entry, Format, Hints, Item, Parsed, date, markup};
use super::entry::distinct;
use super::link::Base;
use super::notes::{Notes, shortened};
use super::{ENTRIES_MAX, person};
use crate::config::Reading;
use crate::document::Document;

/// Reads a JSON document; `None` where it is no feed.
pub(super) fn read(document: &Document, text: &str, reading: &Reading) -> Option<Parsed> {
    let feed = Feed::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outcome = FeedSeed(&feed).deserialize(&mut deserializer);
    let mut notes = Notes::new(Vec::new());
    let items = feed.items.into_inner();
    match outcome {
        Err(_) if items.is_empty() => return None,
        Err(error) => notes.document("truncated", shortened(&error.to_string())),
        Ok(()) if deserializer.end().is_err() => {
            notes.document("junk_after", "bytes behind the document were left out");
        }
        Ok(()) => {}
    }
    let head = feed.head.into_inner();
    if items.is_empty()
        && !head
            .version
            .as_deref()
            .is_some_and(|version| version.contains("jsonfeed.org"))
    {
        return None;
    }
    if feed.left_out.into_inner() > 0 {
        notes.document(
            "too_many_entries",
            format!("the first {ENTRIES_MAX} entries were kept"),
        );
    }
    let request = Base::of(&document.url);
    let mut finisher = Finisher {
        base: head
            .home_page_url
            .as_deref()
            .map_or(request.clone(), |home| request.against(home)),
        zone: reading.time_zone.clone().unwrap_or(TimeZone::UTC),
        document,
        authors: names(head.author.0, head.authors.0),
        notes,
    };
    let items = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| finisher.item(index, item))
        .collect();
    Some(Parsed {
        format: Format::Json,
        title: head
            .title
            .map(|title| markup::text(&title))
            .filter(|title| !title.is_empty()),
        language: head.language.map(|language| language.to_lowercase()),
        items,
        problems: finisher.notes.finish(),
        hints: Hints::default(),
        more: Vec::new(),
    })
}

struct Finisher<'a> {
    document: &'a Document,
    zone: TimeZone,
    base: Base,
    authors: Vec<String>,
    notes: Notes,
}

impl Finisher<'_> {
    fn item(&mut self, index: usize, item: JsonItem) -> Item {
        let published_raw = item.date_published.0;
        let published = self.date(published_raw.as_deref(), index);
        let updated = self.date(item.date_modified.0.as_deref(), index);
        let mut authors = names(item.author.0, item.authors.0);
        if authors.is_empty() {
            authors.clone_from(&self.authors);
        }
        Item::new(Entry {
            url: self.url(&[&item.url.0, &item.external_url.0, &item.id.0], index),
            guid: item.id.0,
            title: item
                .title
                .0
                .map(|title| markup::text(&title))
                .filter(|title| !title.is_empty()),
            summary: item.summary.0,
            content: item.content_html.0.or(item.content_text.0),
            authors,
            tags: distinct(item.tags.0.into_iter().filter_map(|tag| tag.0)),
            published,
            published_raw,
            updated,
            language: item.language.0.map(|language| language.to_lowercase()),
            image: [item.image.0, item.banner_image.0]
                .iter()
                .flatten()
                .find_map(|image| self.base.resolve(image))
                .map(|found| found.url),
            origin: None,
        })
    }

    fn date(&mut self, raw: Option<&str>, index: usize) -> Option<date::Date> {
        let raw = raw?;
        let found = date::read(raw, self.document.fetched, &self.zone);
        if found.is_none() {
            self.notes.entry("bad_date", index, || shortened(raw));
        }
        found
    }

    fn url(&mut self, addresses: &[&Option<String>], index: usize) -> Option<String> {
        let (links, id) = addresses.split_at(2);
        let link = links
            .iter()
            .find_map(|address| self.base.resolve(address.as_deref()?));
        let found = link.or_else(|| {
            let id = id.first()?.as_deref().filter(|id| id.starts_with("http"))?;
            self.base.resolve(id)
        });
        if found.is_none() {
            self.notes.entry("no_link", index, || "no link".to_owned());
        }
        found.map(|found| found.url)
    }
}

fn names(one: Option<Author>, many: Vec<Author>) -> Vec<String> {
    distinct(
        many.into_iter()
            .chain(one)
            .filter_map(|author| person::name(&author.0?)),
    )
}

/// What has been read so far, so that it is still there when the document breaks off.
#[derive(Default)]
struct Feed {
    head: RefCell<Head>,
    items: RefCell<Vec<JsonItem>>,
    left_out: RefCell<usize>,
}

#[derive(Default)]
struct Head {
    version: Option<String>,
    title: Option<String>,
    home_page_url: Option<String>,
    language: Option<String>,
    author: Loose<Author>,
    authors: List<Author>,
}

struct FeedSeed<'f>(&'f Feed);

impl<'de> DeserializeSeed<'de> for FeedSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FeedSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                map.next_value_seed(ItemsSeed(self.0))?;
                continue;
            }
            let mut head = self.0.head.borrow_mut();
            match key.as_str() {
                "version" => head.version = map.next_value::<Text>()?.0,
                "title" => head.title = map.next_value::<Text>()?.0,
                "home_page_url" => head.home_page_url = map.next_value::<Text>()?.0,
                "language" => head.language = map.next_value::<Text>()?.0,
                "author" => head.author = map.next_value()?,
                "authors" => head.authors = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct ItemsSeed<'f>(&'f Feed);

impl<'de> DeserializeSeed<'de> for ItemsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ItemsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            if self.0.items.borrow().len() >= ENTRIES_MAX {
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(());
                }
                *self.0.left_out.borrow_mut() += 1;
                continue;
            }
            match seq.next_element::<Loose<JsonItem>>()? {
                Some(Loose(Some(item))) => self.0.items.borrow_mut().push(item),
                Some(Loose(None)) => {}
                None => return Ok(()),
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonItem {
    id: Text,
    url: Text,
    external_url: Text,
    title: Text,
    content_html: Text,
    content_text: Text,
    summary: Text,
    image: Text,
    banner_image: Text,
    date_published: Text,
    date_modified: Text,
    author: Loose<Author>,
    authors: List<Author>,
    tags: List<Text>,
    language: Text,
}

impl Lenient for JsonItem {
    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Self::deserialize(de::value::MapAccessDeserializer::new(map)).map(Some)
    }
}
