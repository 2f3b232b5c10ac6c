//! The index as bytes: what a restart would have to read the directory for.
//!
//! An index that was made from its bytes answers like the one that they were taken from. Postings are not kept;
//! they are filed again, which an index does with its own from time to time. Where the bytes lie, whether they
//! are whole and whether they fit the directory is not known here.

use std::iter;
use std::sync::LazyLock;

use xxhash_rust::xxh3::Xxh3;

use super::{Doc, Index, Settings, hash_of_id};
use crate::dedup::codec::{Keep, length, put_text};
use crate::dedup::features::{Counted, Reading, Telling};
use crate::dedup::frequency::{self, Frequencies};
use crate::dedup::score::ENGINE;
use crate::dedup::terms::Reader;
use crate::dedup::{numbers, weights};
use crate::normalise::{DATE_WORDS, concepts};

/// Version of the bytes below.
const FORMAT: u8 = 1;
/// Bytes after which a chunk ends with the item that is in it.
const CHUNK_BYTES: usize = 1 << 20;
/// What a chunk holds, by its first byte.
const HEAD: u8 = 0;
const STORIES: u8 = 1;
const ARTICLES: u8 = 2;

impl Index {
    /// The index as bytes, in chunks of about a megabyte.
    pub fn chunks(&self) -> impl Iterator<Item = Vec<u8>> {
        let docs = (self.base..).zip(&self.docs);
        iter::once(self.head())
            .chain(packed(STORIES, self.stories.kept()))
            .chain(packed(ARTICLES, docs.map(|(number, doc)| doc.kept(number))))
    }

    /// The index that was taken apart by [`chunks`](Index::chunks), under the same window. `None` where the
    /// chunks do not make one.
    pub fn of_chunks(
        settings: Settings,
        mut chunks: impl Iterator<Item = Vec<u8>>,
    ) -> Option<Self> {
        let first = chunks.next()?;
        let (&HEAD, mut from) = first.split_first()? else {
            return None;
        };
        let mut index = Self {
            base: Keep::take(&mut from)?,
            settled_to: Keep::take(&mut from)?,
            settled_at: Keep::take(&mut from)?,
            latest: Keep::take(&mut from)?,
            is_unfiled: true,
            ..Self::new(settings)
        };
        let (docs, slots) = (usize_of(&mut from)?, usize_of(&mut from)?);
        let free = Keep::take(&mut from)?;
        index.frequencies = Frequencies::take(&mut from)?;
        index.base.checked_add(docs.try_into().ok()?)?;
        for chunk in chunks {
            let (&tag, mut from) = chunk.split_first()?;
            while !from.is_empty() {
                match tag {
                    STORIES => index.stories.take_slot(&mut from)?,
                    ARTICLES => index.take_doc(&mut from)?,
                    _ => return None,
                }
            }
        }
        index.stories.take_free(free)?;
        let is_whole = index.docs.len() == docs && index.stories.slots() == slots;
        is_whole.then_some(index)
    }

    /// The articles of the window, oldest first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.docs.iter().map(|doc| &*doc.id)
    }

    fn head(&self) -> Vec<u8> {
        let mut out = vec![HEAD];
        self.base.put(&mut out);
        self.settled_to.put(&mut out);
        self.settled_at.put(&mut out);
        self.latest.put(&mut out);
        (self.docs.len() as u64).put(&mut out);
        (self.stories.slots() as u64).put(&mut out);
        self.stories.free().to_vec().put(&mut out);
        self.frequencies.put(&mut out);
        out
    }

    /// Takes back the next article, after all stories.
    fn take_doc(&mut self, from: &mut &[u8]) -> Option<()> {
        let number = self.base.checked_add(self.docs.len().try_into().ok()?)?;
        let doc = Doc::take(from, number)?;
        self.stories.take_member(doc.story, number)?;
        self.by_id.insert(hash_of_id(&doc.id), number);
        self.bytes += doc.bytes();
        self.docs.push_back(doc);
        Some(())
    }
}

impl Doc {
    fn kept(&self, number: u32) -> Vec<u8> {
        let mut out = Vec::new();
        put_text(&self.id, &mut out);
        self.story.put(&mut out);
        self.relation.put(&mut out);
        put_text(self.of.as_deref().unwrap_or_default(), &mut out);
        self.score.put(&mut out);
        self.arrived.put(&mut out);
        self.published.put(&mut out);
        (self.kin.len() as u64).put(&mut out);
        for &(kin, log_odds) in &self.kin {
            number.wrapping_sub(kin).put(&mut out);
            log_odds.put(&mut out);
        }
        self.features.put(&mut out);
        out
    }

    fn take(from: &mut &[u8], number: u32) -> Option<Self> {
        Some(Self {
            id: String::take(from)?.into(),
            story: Keep::take(from)?,
            relation: Keep::take(from)?,
            of: Some(String::take(from)?)
                .filter(|of| !of.is_empty())
                .map(Into::into),
            score: Keep::take(from)?,
            arrived: Keep::take(from)?,
            published: Keep::take(from)?,
            kin: take_kin(from, number)?,
            features: Keep::take(from)?,
        })
    }
}

fn take_kin(from: &mut &[u8], number: u32) -> Option<Box<[(u32, f32)]>> {
    let kin = (0..length(from)?).map(|_| {
        let before = u32::take(from)?;
        Some((number.wrapping_sub(before), f32::take(from)?))
    });
    kin.collect()
}

fn usize_of(from: &mut &[u8]) -> Option<usize> {
    u64::take(from)?.try_into().ok()
}

/// Items one after the other, as many as make a chunk.
fn packed(tag: u8, items: impl Iterator<Item = Vec<u8>>) -> impl Iterator<Item = Vec<u8>> {
    let mut items = items.peekable();
    iter::from_fn(move || {
        items.peek()?;
        let mut chunk = vec![tag];
        while chunk.len() < CHUNK_BYTES
            && let Some(item) = items.next()
        {
            chunk.extend_from_slice(&item);
        }
        Some(chunk)
    })
}

/// Says which bytes this build understands, and that it would make the same of the same articles: of the format,
/// the engine, every table that features depend on, and of what it makes of a few sentences.
pub fn fingerprint() -> u64 {
    *FINGERPRINT
}

static FINGERPRINT: LazyLock<u64> = LazyLock::new(|| {
    let mut hash = Xxh3::new();
    hash.update(&[FORMAT]);
    hash.update(ENGINE.as_bytes());
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    let tables = [
        frequency::BACKGROUND,
        weights::FILE,
        numbers::WORDS,
        DATE_WORDS,
    ]
    .into_iter();
    tables
        .chain(concepts::tables())
        .for_each(|table| hash.update(table.as_bytes()));
    let mut reader = Reader::default();
    for (language, script, text) in SAMPLES {
        let telling = Telling {
            outlet: "outlet".into(),
            text: text.into(),
            language: language.into(),
            script: script.into(),
            ..Telling::default()
        };
        let reading = Reading::of(&telling, &mut reader);
        let counted = Counted::of(&reading, &telling);
        let mut out = Vec::new();
        counted
            .weigh(&reading, &telling, &mut &Frequencies::default())
            .put(&mut out);
        hash.update(&out);
    }
    hash.digest()
});

/// Language, script, text.
const SAMPLES: [(&str, &str, &str); 4] = [
    (
        "en",
        "Latn",
        "President Tokayev met 12 ministers in Astana on Tuesday; the bridge over the Syr Darya, built for \
         $3.5 million, was closed after the earthquake of 24 November.",
    ),
    (
        "ru",
        "Cyrl",
        "Президент Токаев встретился с двенадцатью министрами в Астане; мост через Сырдарью закрыт после \
         землетрясения магнитудой 5,2.",
    ),
    (
        "fa",
        "Arab",
        "رئیس‌جمهور با ۱۲ وزیر در کابل دیدار کرد و پل پس از زلزله بسته شد.",
    ),
    (
        "zh",
        "Hans",
        "总统在阿斯塔纳会见了12名部长，地震后大桥关闭。",
    ),
];

#[cfg(test)]
mod tests;
