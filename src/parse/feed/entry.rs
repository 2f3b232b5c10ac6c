//! From the pieces of an entry to an [`Item`], the same for every reader; and what the channel says.

use std::collections::HashMap;

use jiff::{Timestamp, tz::TimeZone};

use super::super::date::{self, Date};
use super::super::xml::{Token, Tokens, attribute};
use super::super::{Entry, Format, Item, Parsed, Problem, entity, markup};
use super::link::{self, Base};
use super::names::Field;
use super::notes::{Notes, shortened};
use super::outline::{EntryOutline, Outline, Piece};
use super::strict::Texts;
use super::{ENTRIES_MAX, hints, image, person, text};
use crate::config::Reading;
use crate::document::Document;

/// The most authors, and the most tags, that are kept of one entry.
const NAMES_MAX: usize = 64;

/// The longest text that may be a date. What is longer is prose and only its beginning is kept.
const DATE_BYTES_MAX: usize = 200;

/// Makes items out of the entries of one document.
pub(super) struct Finisher<'a> {
    outline: &'a Outline<'a>,
    now: Timestamp,
    zone: TimeZone,
    base: Base,
    items: Vec<Item>,
    guids: HashMap<String, usize>,
    notes: Notes,
}

impl<'a> Finisher<'a> {
    pub fn new(
        document: &Document,
        outline: &'a Outline<'a>,
        reading: &Reading,
        problems: Vec<Problem>,
    ) -> Self {
        Self {
            outline,
            now: document.fetched,
            zone: reading.time_zone.clone().unwrap_or(TimeZone::UTC),
            base: feed_base(document, outline),
            items: Vec::with_capacity(outline.entries.len().min(ENTRIES_MAX)),
            guids: HashMap::new(),
            notes: Notes::new(problems),
        }
    }

    pub fn note_document(&mut self, kind: &'static str, message: String) {
        self.notes.document(kind, message);
    }

    /// The date by which an entry is ranked where there are too many.
    pub fn date_of(&self, entry: &EntryOutline<'_>) -> Option<Timestamp> {
        let pieces = self.outline.pieces(entry);
        [Field::Published, Field::Issued, Field::Updated]
            .into_iter()
            .flat_map(|field| all(pieces, field))
            .find_map(|piece| self.read_date(&raw_date(piece)))
            .map(|date| date.at)
    }

    fn read_date(&self, raw: &str) -> Option<Date> {
        date::read(raw, self.now, &self.zone)
    }

    /// Adds an entry. `texts` are what the strict reader made of it; what is missing there is read
    /// from the pieces.
    pub fn push(&mut self, outlined: &EntryOutline<'_>, texts: Texts) {
        let outline = self.outline;
        let pieces = outline.pieces(outlined);
        let index = self.items.len();
        let base = self.base.inside(outlined.attributes).into_owned();
        let (published, published_raw) =
            self.dated(pieces, &[Field::Published, Field::Issued], index);
        let (updated, _) = self.dated(pieces, &[Field::Updated], index);
        if published.is_none() && updated.is_none() && published_raw.is_none() {
            self.notes.entry("undated", index, || "no date".to_owned());
        }
        let content = body(pieces, Field::Content, texts.content);
        let summary = body(pieces, Field::Summary, texts.summary)
            .or_else(|| first_text(pieces, Field::ExtraSummary));
        let url = self.url(outlined, pieces, &base, index);
        let image = image::of(pieces, &base, [content.as_deref(), summary.as_deref()]);
        let entry = Entry {
            guid: self.guid(outlined, pieces, index),
            url,
            title: body(pieces, Field::Title, texts.title)
                .or_else(|| first_text(pieces, Field::ExtraTitle))
                .map(|title| markup::text(&title))
                .filter(|title| !title.is_empty()),
            authors: authors(pieces),
            tags: tags(pieces),
            published,
            published_raw,
            updated,
            language: entry_language(outlined, pieces),
            image,
            origin: first(pieces, Field::Source).and_then(origin),
            summary,
            content,
        };
        if entry.title.is_none()
            && entry.summary.is_none()
            && entry.content.is_none()
            && entry.url.is_none()
        {
            self.notes
                .entry("empty_entry", index, || "says nothing".to_owned());
        }
        self.items.push(Item::new(entry));
    }

    /// The identifier as it was written, and a word where another entry has the same.
    fn guid(
        &mut self,
        outlined: &EntryOutline<'_>,
        pieces: &[Piece<'_>],
        index: usize,
    ) -> Option<String> {
        let guid = first_text(pieces, Field::Guid)
            .or_else(|| {
                attribute(outlined.attributes, "rdf:about")
                    .map(|about| entity::decode(about).trim().to_owned())
            })
            .filter(|guid| !guid.is_empty())?;
        match self.guids.get(&guid) {
            Some(earlier) => self.notes.entry("repeated_guid", index, || {
                format!("entry {earlier} has the same identifier")
            }),
            None => {
                self.guids.insert(guid.clone(), index);
            }
        }
        Some(guid)
    }

    fn url(
        &mut self,
        outlined: &EntryOutline<'_>,
        pieces: &[Piece<'_>],
        base: &Base,
        index: usize,
    ) -> Option<String> {
        let about =
            attribute(outlined.attributes, "rdf:about").map(|about| (entity::decode(about), ""));
        let mut candidates = link::candidates(pieces);
        candidates.extend(about);
        for (address, attributes) in &candidates {
            if let Some(found) = base.inside(attributes).resolve(address) {
                if found.was_relative {
                    self.notes.entry("relative_link", index, || {
                        format!(
                            "{} was read as {}",
                            shortened(address),
                            shortened(&found.url)
                        )
                    });
                }
                return Some(found.url);
            }
        }
        match candidates.first() {
            Some((address, _)) => self
                .notes
                .entry("unusable_link", index, || shortened(address)),
            None => self.notes.entry("no_link", index, || "no link".to_owned()),
        }
        None
    }

    /// The first date among these fields that can be read, with its text; else the first text.
    fn dated(
        &mut self,
        pieces: &[Piece<'_>],
        fields: &[Field],
        index: usize,
    ) -> (Option<Date>, Option<String>) {
        let mut unread = None;
        for piece in fields.iter().flat_map(|&field| all(pieces, field)) {
            let raw = raw_date(piece);
            if raw.is_empty() {
                continue;
            }
            match self.read_date(&raw) {
                Some(date) => return (Some(date), Some(raw)),
                None => unread = unread.or(Some(raw)),
            }
        }
        if let Some(raw) = &unread {
            self.notes.entry("bad_date", index, || shortened(raw));
        }
        (None, unread)
    }

    pub fn finish(self, format: Format) -> Parsed {
        let channel = &self.outline.channel;
        let language = first_text(channel, Field::Language)
            .or_else(|| declared_language(self.outline.channel_attributes))
            .or_else(|| declared_language(self.outline.root_attributes));
        Parsed {
            format,
            title: first_text(channel, Field::Title)
                .map(|title| markup::text(&title))
                .filter(|title| !title.is_empty()),
            language: language.map(|language| language.to_lowercase()),
            items: self.items,
            problems: self.notes.finish(),
            hints: hints::of(channel),
            more: Vec::new(),
        }
    }
}

/// A date as it was written.
fn raw_date(piece: &Piece<'_>) -> String {
    let mut raw = text::of(piece);
    raw.truncate(raw.floor_char_boundary(DATE_BYTES_MAX));
    raw
}

/// The pieces of one field.
pub(super) fn all<'p, 'a>(
    pieces: &'p [Piece<'a>],
    field: Field,
) -> impl Iterator<Item = &'p Piece<'a>> {
    pieces.iter().filter(move |piece| piece.field == field)
}

/// The first piece of a field that has anything in it.
pub(super) fn first<'p, 'a>(pieces: &'p [Piece<'a>], field: Field) -> Option<&'p Piece<'a>> {
    all(pieces, field)
        .find(|piece| !piece.inner.trim_ascii().is_empty() || !piece.attributes.is_empty())
}

/// The first text of a field that says something.
pub(super) fn first_text(pieces: &[Piece<'_>], field: Field) -> Option<String> {
    all(pieces, field)
        .map(text::of)
        .find(|text| !text.is_empty())
}

/// A text field: what feed-rs found, if there is just one piece and no element stands in it (it takes
/// text up to the first); else the first piece that says something, of contents the longest.
fn body(pieces: &[Piece<'_>], field: Field, strict: Option<String>) -> Option<String> {
    let mut found = all(pieces, field);
    let only = found.next()?;
    if found.next().is_none() && !only.nested && strict.is_some() {
        return strict.map(text::without_c1);
    }
    let mut texts = all(pieces, field)
        .filter(|piece| is_text(piece))
        .map(text::of)
        .filter(|text| !text.is_empty());
    let chosen = match field {
        Field::Content => texts.max_by_key(String::len),
        _ => texts.next(),
    };
    chosen.map(text::without_c1)
}

/// Atom allows pictures and references as content.
fn is_text(piece: &Piece<'_>) -> bool {
    let mime = attribute(piece.attributes, "type").unwrap_or("text");
    let is_base64 = attribute(piece.attributes, "mode").is_some_and(|mode| mode == "base64");
    !is_base64
        && (!mime.contains('/')
            || mime.starts_with("text/")
            || mime.contains("xml")
            || mime.contains("html"))
}

fn authors(pieces: &[Piece<'_>]) -> Vec<String> {
    let names = pieces
        .iter()
        .filter(|piece| matches!(piece.field, Field::Author | Field::Creator))
        .filter_map(|piece| {
            if piece.nested {
                ["name", "email"]
                    .iter()
                    .find_map(|child| child_text(piece.inner, child))
            } else {
                Some(text::of(piece))
            }
        })
        .filter_map(|raw| person::name(&markup::text(&raw)));
    distinct(names)
}

fn tags(pieces: &[Piece<'_>]) -> Vec<String> {
    let tags = pieces
        .iter()
        .filter(|piece| matches!(piece.field, Field::Category | Field::Subject))
        .filter_map(|piece| {
            let attribute = ["label", "term"]
                .iter()
                .filter_map(|name| attribute(piece.attributes, name))
                .find(|value| !value.is_empty());
            let tag = match attribute {
                Some(value) => markup::text(value),
                None => markup::text(&text::of(piece)),
            };
            (!tag.is_empty()).then_some(tag)
        });
    distinct(tags)
}

/// The first of each, in order, at most [`NAMES_MAX`].
pub(super) fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if kept.len() >= NAMES_MAX {
            break;
        }
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

/// The text of a child element, by its local name, for elements with few and short children.
pub(super) fn child_text(inner: &str, name: &str) -> Option<String> {
    let mut tokens = Tokens::new(inner, 0);
    let mut began = None;
    while let Some(token) = tokens.next() {
        match token {
            Token::Start(tag) if tag.local().eq_ignore_ascii_case(name) && !tag.empty => {
                began = Some(tokens.at())
            }
            Token::End(_) if began.is_some() => {
                let text = inner.get(began?..tokens.began())?;
                let text = text::characters(text.trim_ascii()).into_owned();
                return (!text.is_empty()).then_some(text);
            }
            _ => {}
        }
    }
    None
}

/// RSS names the outlet in the element, Atom in its title.
fn origin(piece: &Piece<'_>) -> Option<String> {
    let name = if piece.nested {
        child_text(piece.inner, "title").map(|title| markup::text(&title))
    } else {
        Some(markup::text(&text::of(piece)))
    };
    name.filter(|name| !name.is_empty())
        .or_else(|| attribute(piece.attributes, "url").map(|url| entity::decode(url).into_owned()))
}

fn declared_language(attributes: &str) -> Option<String> {
    attribute(attributes, "xml:lang")
        .map(|language| language.trim().to_lowercase())
        .filter(|language| !language.is_empty())
}

fn entry_language(outlined: &EntryOutline<'_>, pieces: &[Piece<'_>]) -> Option<String> {
    let of_text = || {
        pieces
            .iter()
            .filter(|piece| matches!(piece.field, Field::Title | Field::Content | Field::Summary))
            .find_map(|piece| declared_language(piece.attributes))
    };
    first_text(pieces, Field::Language)
        .map(|language| language.to_lowercase())
        .or_else(|| declared_language(outlined.attributes))
        .or_else(of_text)
}

/// `xml:base` where there is one, else the feed's own link, else the address of the request.
fn feed_base(document: &Document, outline: &Outline<'_>) -> Base {
    let request = Base::of(&document.url);
    let declared = [outline.root_attributes, outline.channel_attributes]
        .iter()
        .any(|attributes| attribute(attributes, "xml:base").is_some());
    if declared {
        return request
            .inside(outline.root_attributes)
            .inside(outline.channel_attributes)
            .into_owned();
    }
    link::candidates(&outline.channel)
        .first()
        .map_or(request.clone(), |(address, _)| request.against(address))
}
