//! Sitemaps (sitemaps.org protocol 0.9) read as a source: with Google's news extension, without it,
//! as an index of further sitemaps, and as plain text with one address a line.
//!
//! Read token by token, since what is called a sitemap is often not XML: a bare `&`, a missing end
//! tag or a document cut in the middle costs at most the entry that it stands in. Not here: which
//! children of an index are due; they are named in [`Parsed::more`] and that is all.

use std::cmp::Reverse;
use std::io::Read as _;

use jiff::tz::TimeZone;
use url::Url;

use super::xml::{Token, Tokens, split_name};
use super::{
    Entry, Format, Hints, Item, MORE_MAX, Parsed, Problem, Unreadable, date, entity, markup,
};
use crate::config::Reading;
use crate::document::Document;

/// The most that is made of a compressed sitemap. The protocol allows 50 MB uncompressed.
const INFLATED_BYTES_MAX: u64 = 50 << 20;

/// Entries that are read: twice what the protocol allows in one document.
const ENTRIES_MAX: usize = 100_000;

/// Entries that are kept, the newest. A news sitemap may list 1,000; in a general one the older ones
/// are the archive of the outlet.
const ITEMS_MAX: usize = 1000;

/// Bytes of one field; the protocol allows addresses of 2,048 characters.
const FIELD_BYTES_MAX: usize = 8 * 1024;

/// The content of a gzip body, `None` where it is not one. A broken or cut body gives what came out
/// before the fault; nothing comes out past [`INFLATED_BYTES_MAX`].
pub(super) fn gunzip(body: &[u8]) -> Option<Vec<u8>> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut inflated = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(body).take(INFLATED_BYTES_MAX);
    // An error leaves what was read before it, and a missing end tag tells of it later.
    let _ = decoder.read_to_end(&mut inflated);
    (!inflated.is_empty()).then_some(inflated)
}

/// Reads a sitemap; `text` is the decoded document. A compressed body has gone through [`gunzip`]
/// before it was decoded.
///
/// # Errors
///
/// `not_a_sitemap` where the document has neither entries nor the root element of a sitemap.
pub(super) fn read(
    document: &Document,
    text: &str,
    reading: &Reading,
) -> Result<Parsed, Unreadable> {
    let zone = reading.time_zone.clone().unwrap_or(TimeZone::UTC);
    let mut sitemap = Sitemap {
        base: Url::parse(&document.url).ok(),
        now: document.fetched,
        zone: &zone,
        places: Vec::new(),
        problems: Vec::new(),
    };
    let kind = if text.contains('<') {
        sitemap.read_xml(text)?
    } else {
        sitemap.read_lines(text)?
    };
    Ok(match kind {
        Root::Index => sitemap.into_index(),
        Root::Set => sitemap.into_set(),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Root {
    /// `urlset`: pages.
    Set,
    /// `sitemapindex`: further sitemaps.
    Index,
}

/// What stands around a field: `loc` is the page's in one place and a picture's in the other.
#[derive(Clone, Copy, PartialEq)]
enum Group {
    Entry,
    News,
    Image,
    Other,
}

/// One `url` or `sitemap` as it was written.
#[derive(Default)]
struct Place {
    address: String,
    modified: String,
    published: String,
    title: String,
    name: String,
    language: String,
    keywords: String,
    image: String,
}

impl Place {
    fn field(&mut self, group: Group, name: &str) -> Option<&mut String> {
        Some(match (group, name) {
            (Group::Entry, "loc") => &mut self.address,
            (Group::Entry, "lastmod") => &mut self.modified,
            (Group::News, "publication_date") => &mut self.published,
            (Group::News, "title") => &mut self.title,
            (Group::News, "name") => &mut self.name,
            (Group::News, "language") => &mut self.language,
            (Group::News, "keywords") => &mut self.keywords,
            (Group::Image, "loc") => &mut self.image,
            _ => return None,
        })
    }
}

struct Sitemap<'a> {
    base: Option<Url>,
    now: jiff::Timestamp,
    zone: &'a TimeZone,
    places: Vec<Place>,
    problems: Vec<Problem>,
}

impl Sitemap<'_> {
    fn read_xml(&mut self, text: &str) -> Result<Root, Unreadable> {
        let mut reader = XmlReader::default();
        for token in Tokens::new(text, 0) {
            match token {
                Token::Start(tag) => reader.start(tag.local(), tag.empty, &mut self.places),
                Token::End(name) => reader.end(split_name(name).1, &mut self.places),
                Token::Text(text) => reader.text(&entity::decode(text)),
                Token::CData { text, .. } => reader.text(text),
                Token::Skipped => {}
            }
            if self.places.len() > ENTRIES_MAX {
                self.places.truncate(ENTRIES_MAX);
                let message = format!("more than {ENTRIES_MAX} entries; the rest was not read");
                self.problems
                    .push(Problem::document("too_many_items", message));
                reader.closed = true;
                break;
            }
        }
        reader.cut();
        reader.finish(&mut self.places);
        let Some(root) = reader.root else {
            return Err(Unreadable::new(
                "not_a_sitemap",
                "neither urlset nor sitemapindex was found",
            ));
        };
        if !reader.closed {
            self.problems.push(Problem::document(
                "truncated",
                "the document ends before its root element does",
            ));
        }
        Ok(root)
    }

    /// One address a line; anything else on a line makes it no sitemap.
    fn read_lines(&mut self, text: &str) -> Result<Root, Unreadable> {
        let lines = text
            .lines()
            .map(|line| line.trim_matches(['\u{feff}', ' ', '\t', '\r']));
        for line in lines.filter(|line| !line.is_empty()).take(ENTRIES_MAX) {
            if !line.starts_with("http")
                || line.len() > FIELD_BYTES_MAX
                || Url::parse(line).is_err()
            {
                return Err(Unreadable::new(
                    "not_a_sitemap",
                    "neither XML nor a list of addresses",
                ));
            }
            self.places.push(Place {
                address: line.to_owned(),
                ..Place::default()
            });
        }
        Ok(Root::Set)
    }

    fn date(&self, raw: &str) -> Option<date::Date> {
        date::read(raw, self.now, self.zone)
    }

    fn absolute(&self, address: &str) -> Option<String> {
        let mut url = match &self.base {
            Some(base) => base.join(address).ok()?,
            None => Url::parse(address).ok()?,
        };
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return None;
        }
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(url.into())
    }

    /// Children, those of news first, then the newest first, then as they stand in the document.
    fn into_index(mut self) -> Parsed {
        let places = std::mem::take(&mut self.places);
        let mut children: Vec<_> = places
            .iter()
            .filter_map(|place| {
                let address = self.absolute(&place.address)?;
                let news = address.to_ascii_lowercase().contains("news");
                Some((
                    Reverse(news),
                    Reverse(self.date(&place.modified).map(|date| date.at)),
                    address,
                ))
            })
            .collect();
        children.sort_by_key(|(news, modified, _)| (*news, *modified));
        if children.len() > MORE_MAX {
            let message = format!(
                "{} of {} sitemaps were left out",
                children.len() - MORE_MAX,
                children.len()
            );
            self.problems
                .push(Problem::document("too_many_sitemaps", message));
            children.truncate(MORE_MAX);
        }
        let more = children
            .into_iter()
            .map(|(_, _, address)| address)
            .collect();
        self.parsed(None, Vec::new(), more)
    }

    fn into_set(mut self) -> Parsed {
        let places = std::mem::take(&mut self.places);
        let title = places
            .iter()
            .map(|place| &place.name)
            .find(|name| !name.is_empty())
            .map(|name| markup::text(name));
        let kept = self.newest(places);
        let mut items = Vec::with_capacity(kept.len());
        for place in kept {
            if let Some(url) = self.absolute(&place.address) {
                let item = self.item(url, &place, items.len());
                items.push(item);
            } else {
                let message = format!("{:?} is not the address of a page", place.address);
                self.problems.push(Problem::document("bad_link", message));
            }
        }
        self.parsed(title, items, Vec::new())
    }

    /// The newest [`ITEMS_MAX`] in document order; what has no date counts as older than what has.
    fn newest(&mut self, places: Vec<Place>) -> Vec<Place> {
        if places.len() <= ITEMS_MAX {
            return places;
        }
        let message = format!(
            "{} of {} entries, the oldest, were left out",
            places.len() - ITEMS_MAX,
            places.len()
        );
        self.problems
            .push(Problem::document("too_many_items", message));
        let mut dated: Vec<_> = places
            .into_iter()
            .enumerate()
            .map(|(index, place)| {
                let date = self
                    .date(&place.published)
                    .or_else(|| self.date(&place.modified));
                (Reverse(date.map(|date| date.at)), index, place)
            })
            .collect();
        dated.sort_by_key(|(date, index, _)| (*date, *index));
        dated.truncate(ITEMS_MAX);
        dated.sort_by_key(|(_, index, _)| *index);
        dated.into_iter().map(|(_, _, place)| place).collect()
    }

    fn item(&mut self, url: String, place: &Place, index: usize) -> Item {
        let given = |raw: &str| Some(raw.to_owned()).filter(|raw| !raw.is_empty());
        let mut read = |raw: &str| {
            let date = date::read(raw, self.now, self.zone);
            if date.is_none() && !raw.is_empty() {
                self.problems.push(Problem::entry(
                    "bad_date",
                    index,
                    format!("no date could be read from {raw:?}"),
                ));
            }
            date
        };
        Item::new(Entry {
            url: Some(url),
            title: given(&markup::text(&place.title).replace('\n', " ")),
            tags: place
                .keywords
                .split(',')
                .map(|tag| markup::text(tag.trim()))
                .filter(|tag| !tag.is_empty())
                .take(TAGS_MAX)
                .collect(),
            published: read(&place.published),
            published_raw: given(&place.published),
            updated: read(&place.modified),
            language: given(&place.language.to_ascii_lowercase()),
            image: given(&place.image).and_then(|image| self.absolute(&image)),
            ..Entry::default()
        })
    }

    fn parsed(self, title: Option<String>, items: Vec<Item>, more: Vec<String>) -> Parsed {
        Parsed {
            format: Format::Sitemap,
            title,
            language: None,
            items,
            problems: self.problems,
            hints: Hints::default(),
            more,
        }
    }
}

/// Keywords of one entry; the extension speaks of at most ten.
const TAGS_MAX: usize = 32;

/// Where in the document the reader stands. Names of end tags are believed as far as they mean
/// something here, and nothing else is checked.
#[derive(Default)]
struct XmlReader {
    root: Option<Root>,
    closed: bool,
    open: Option<Place>,
    group: Option<Group>,
    /// Local name of the innermost open element.
    field: String,
}

impl XmlReader {
    fn start(&mut self, name: &str, empty: bool, places: &mut Vec<Place>) {
        match name {
            "urlset" => self.root = self.root.or(Some(Root::Set)),
            "sitemapindex" => self.root = self.root.or(Some(Root::Index)),
            "url" | "sitemap" => {
                self.finish(places);
                self.open = Some(Place::default());
                self.group = Some(Group::Entry);
            }
            "news" => self.group = Some(Group::News),
            "image" => self.group = Some(Group::Image),
            "video" | "link" if !empty => self.group = Some(Group::Other),
            _ => {}
        }
        self.field.clear();
        if !empty {
            self.field.push_str(name);
        }
    }

    fn end(&mut self, name: &str, places: &mut Vec<Place>) {
        match name {
            "url" | "sitemap" => self.finish(places),
            "news" | "image" | "video" | "link" => self.group = self.group.map(|_| Group::Entry),
            "urlset" | "sitemapindex" => self.closed = true,
            _ => {}
        }
        self.field.clear();
    }

    fn text(&mut self, text: &str) {
        let text = text.trim();
        let (Some(place), Some(group), false) = (&mut self.open, self.group, text.is_empty())
        else {
            return;
        };
        if let Some(field) = place.field(group, &self.field)
            && field.len() + text.len() <= FIELD_BYTES_MAX
        {
            field.push_str(text);
        }
    }

    /// At the end of the document: a field that was not closed may be half of itself.
    fn cut(&mut self) {
        if let (Some(place), Some(group)) = (&mut self.open, self.group)
            && let Some(field) = place.field(group, &self.field)
        {
            field.clear();
        }
    }

    /// Ends the open entry, if any; one without an address is no entry.
    fn finish(&mut self, places: &mut Vec<Place>) {
        if let Some(place) = self.open.take()
            && !place.address.is_empty()
        {
            places.push(place);
        }
        self.group = None;
    }
}

#[cfg(test)]
mod tests;
