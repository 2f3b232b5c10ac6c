//! What a feed said of one item. Nothing is judged here: dates are read, text is decoded, markup is
//! kept.

use serde::Serialize;

use super::date::Date;

/// The fields of an entry, as the `parse` pipe prints them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entry {
    /// The outlet's own identifier, byte for byte; `None` where the document had none.
    pub guid: Option<String>,
    /// Absolute address of the item's page, not yet canonical.
    pub url: Option<String>,
    /// Plain text: markup removed, entities decoded.
    pub title: Option<String>,
    /// Short text as the document gave it, HTML allowed.
    pub summary: Option<String>,
    /// Full text as the document gave it, HTML allowed.
    pub content: Option<String>,
    pub authors: Vec<String>,
    pub tags: Vec<String>,
    pub published: Option<Date>,
    /// The string that `published` was read from, or that could not be read.
    pub published_raw: Option<String>,
    pub updated: Option<Date>,
    /// What the document declares, lower case, e.g. `ru` or `uz-latn`.
    pub language: Option<String>,
    pub image: Option<String>,
    /// The outlet or agency that the entry itself credits (RSS `<source>`, Atom `<source>`).
    pub origin: Option<String>,
}

/// An [`Entry`] that came out of a document. Only `parse` makes one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Item(Entry);

impl Item {
    pub(in crate::parse) fn new(entry: Entry) -> Self {
        Self(entry)
    }
}

impl std::ops::Deref for Item {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.0
    }
}
