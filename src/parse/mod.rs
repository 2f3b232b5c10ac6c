//! Bytes to items. Reads whatever an outlet sends, loses no item of it, and says what it had to
//! assume or mend on the way ([`Problem`]). It judges nothing: which items are new, what language
//! they are in and what they are worth is decided further down the house.

pub mod charset;
pub mod date;
mod entity;
mod feed;
mod item;
pub mod markup;
mod page;
mod repair;
mod sitemap;
mod telegram;
mod xml;

pub use item::{Entry, Item};

use serde::Serialize;

use crate::config::{Kind, Reading};
use crate::document::Document;

/// What a document turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Rss,
    Rdf,
    Atom,
    Json,
    Page,
    Sitemap,
    Telegram,
}

/// Everything that one document said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parsed {
    pub format: Format,
    pub title: Option<String>,
    /// As declared, lower case.
    pub language: Option<String>,
    #[serde(rename = "entries")]
    pub items: Vec<Item>,
    pub problems: Vec<Problem>,
    /// What the document asks of whoever polls it.
    #[serde(skip)]
    pub hints: Hints,
    /// Documents that belong to this one and were not in it: children of a sitemap index, the next
    /// older page of a channel. Absolute addresses, bounded by [`MORE_MAX`].
    #[serde(skip)]
    pub more: Vec<String>,
}

/// The most addresses that one document may ask to be fetched besides itself.
pub const MORE_MAX: usize = 64;

/// What was assumed, mended or given up while reading; `entry` is the index in `items` where the
/// problem belongs to one of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// A stable snake_case word. Of the bytes: `charset_assumed`, `charset_mislabelled`,
    /// `mixed_encoding`, `undecodable_bytes`, `double_encoded`, `control_characters`. Of the
    /// document: `junk_before`, `junk_after`, `bare_ampersand`, `html_entity`, `stray_less_than`,
    /// `mismatched_tags`, `unclosed_cdata`, `bad_attributes`, `odd_root`, `empty_media`, `odd_type`,
    /// `truncated`, `read_leniently`. Of a bound: `too_deep`, `crowded_tag`, `crowded_entry`,
    /// `too_many_entries`, `unread_rest`, `more_problems`. Of an entry: `repeated_guid`, `bad_date`,
    /// `undated`, `no_link`, `unusable_link`, `relative_link`, `empty_entry`. The readers of pages,
    /// sitemaps and channels have some of their own.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<usize>,
    pub message: String,
}

impl Problem {
    /// A problem of the document as a whole.
    pub(in crate::parse) fn document(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            entry: None,
            message: message.into(),
        }
    }

    /// A problem of one item.
    pub(in crate::parse) fn entry(
        kind: &'static str,
        entry: usize,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            entry: Some(entry),
            message: message.into(),
        }
    }
}

/// A document out of which no feed could be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// `empty`, `html_instead_of_feed`, `not_a_feed`, `too_deep`, `too_large`, `malformed`, …
    pub kind: &'static str,
    pub message: String,
    /// Feeds that the page itself points at (`<link rel="alternate">`), absolute.
    pub feeds: Vec<String>,
}

impl Unreadable {
    pub(in crate::parse) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            feeds: Vec::new(),
        }
    }
}

/// RSS `ttl`, `skipHours` and `skipDays`, and the syndication module's period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    /// The longest of `<ttl>` and `sy:updatePeriod` / `sy:updateFrequency`, in minutes.
    pub ttl_minutes: Option<u32>,
    /// Hours of the day, UTC, 0 to 23.
    pub skip_hours: Vec<u8>,
    /// Days of the week, 1 = Monday to 7 = Sunday.
    pub skip_days: Vec<u8>,
}

/// The longest body that is read. Feeds of the field's largest outlets stay under 3 MB; Miniflux
/// draws its line at 15 MiB.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most problems that are told of one document; the last one then says how many were left out.
pub const PROBLEMS_MAX: usize = 100;

/// Reads one document. The work is proportional to its length, whatever the bytes are.
///
/// # Errors
///
/// [`Unreadable`] where the document is empty, too large, or nothing of its kind could be found in
/// it. Whatever could be read of a damaged document is an answer, not an error.
pub fn parse(document: &Document, reading: &Reading) -> Result<Parsed, Unreadable> {
    if document.body.len() > BODY_BYTES_MAX {
        return Err(Unreadable::new(
            "too_large",
            format!("{} bytes, more than {BODY_BYTES_MAX}", document.body.len()),
        ));
    }
    let mut problems = Vec::new();
    let inflated = match reading.kind {
        Kind::Sitemap => sitemap::gunzip(&document.body),
        _ => None,
    };
    let body = inflated.as_deref().unwrap_or(&document.body);
    let text = charset::decode(body, document.content_type.as_deref(), &mut problems);
    if text
        .chars()
        .all(|c| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'))
    {
        return Err(Unreadable::new("empty", "the document is empty"));
    }
    let mut parsed = match reading.kind {
        Kind::Feed => feed::read(document, &text, reading)?,
        Kind::Page => page::read(document, &text, reading)?,
        Kind::Sitemap => sitemap::read(document, &text, reading)?,
        Kind::Telegram => telegram::read(document, &text, reading)?,
    };
    problems.append(&mut parsed.problems);
    parsed.problems = bounded(problems);
    Ok(parsed)
}

/// Keeps the first [`PROBLEMS_MAX`] problems and counts the rest.
fn bounded(mut problems: Vec<Problem>) -> Vec<Problem> {
    if problems.len() > PROBLEMS_MAX {
        let more = problems.len() - (PROBLEMS_MAX - 1);
        problems.truncate(PROBLEMS_MAX - 1);
        problems.push(Problem::document("more_problems", format!("{more} more")));
    }
    problems
}
