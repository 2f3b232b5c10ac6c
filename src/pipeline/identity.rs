//! Whether an item of a document is one that we know.
//!
//! Outlets change links, re-use and forget identifiers, edit, re-date and move items between sections,
//! so no single field decides. An item has three keys within its outlet: its GUID, its canonical URL,
//! and everything that the feed said of it ([`Keys`]). The rules, in this order:
//!
//! 1. A key that stands on two items of one document identifies neither of them.
//! 2. The same URL is the same item, whatever else changed.
//! 3. The same GUID is the same item if the text or the title is the same, if one of the two has no
//!    URL, or if it kept its date of publication. A GUID on another URL, title and date is a counter
//!    that was reset: a new item.
//! 4. The same text under a new GUID and a new URL is the same item, re-issued, if the document does not
//!    hold the item under its old keys too, and either the date of publication is the same to the second
//!    or nearly all of the document came back in this way. Else it is an article of its own: outlets do
//!    print one text twice, and the story engine joins the two without counting them twice. An item that
//!    neither GUID nor URL identifies has nothing but its text, and that decides.
//! 5. Everything else is new.
//!
//! A known item whose text is none of its latest texts was edited: a revision. A new date alone is not
//! an edit. One that was taken back and stands in a document again is a revision whatever its text.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::dedup::InStory;
use crate::normalise::url;

/// Texts of an item that are remembered, so that an outlet whose servers disagree does not make a
/// revision of every poll.
pub const TEXTS_MAX: usize = 8;
/// Items that must come back under new keys, all at once, for the feed to be called re-issued.
const REISSUED_MIN: usize = 5;

/// What an item is known by within its outlet. Each is a 64-bit hash of one thing that its record
/// carries too, so that the directory alone can answer for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Keys {
    pub guid: Option<i64>,
    pub url: Option<i64>,
    /// Of `raw_sha256`.
    pub text: i64,
    pub title: i64,
}

impl Keys {
    /// `raw_sha256` in hexadecimal, as in the record. A link to the outlet's front page is the link of every item of
    /// a careless feed, and no key.
    pub fn of(
        guid: Option<&str>,
        canonical_url: Option<&str>,
        title: Option<&str>,
        raw_sha256: &str,
    ) -> Self {
        Self {
            guid: guid.map(|guid| key(b'g', guid)),
            url: canonical_url
                .filter(|url| !url::is_front(url))
                .map(|url| key(b'u', url)),
            text: key(b'x', raw_sha256),
            title: key(b't', title.unwrap_or_default()),
        }
    }

    /// The keys that items are looked up by.
    pub fn each(&self) -> impl Iterator<Item = i64> {
        [self.guid, self.url, Some(self.text)].into_iter().flatten()
    }
}

fn key(kind: u8, value: &str) -> i64 {
    let mut bytes = Vec::with_capacity(value.len() + 1);
    bytes.push(kind);
    bytes.extend_from_slice(value.as_bytes());
    xxh3_64(&bytes).cast_signed()
}

/// An item that was seen before.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownItem {
    /// Its row in the state.
    pub row: i64,
    /// The article's id.
    pub id: String,
    /// 0 for an item that was not written (out of the region).
    pub revision: u32,
    pub keys: Keys,
    /// Keys of its latest texts, the newest last.
    pub texts: Vec<i64>,
    /// As the record has it.
    pub published: Timestamp,
    pub first_seen: Timestamp,
    /// Feeds of the outlet that carried it.
    pub feeds: Vec<String>,
    pub story: Option<InStory>,
    /// Keys that it was given by later documents.
    pub learned: u32,
    /// Its outlet had taken it back.
    pub gone: bool,
    /// `seq` of its latest record.
    pub record: Option<u64>,
    /// The day, counted from 1970, when a document was last known to hold it; 0 where nobody counted yet.
    pub seen: i64,
}

/// The memory of the items of all outlets.
pub trait Known {
    /// The item of `outlet` that has `key` as one of its own.
    fn item(&self, outlet: &str, key: i64) -> Result<Option<KnownItem>, Unavailable>;

    /// Whether nothing at all is known of `outlet`.
    fn is_new(&self, outlet: &str) -> Result<bool, Unavailable>;
}

/// The memory of an outlet that is polled for the first time.
pub struct Nothing;

impl Known for Nothing {
    fn item(&self, _: &str, _: i64) -> Result<Option<KnownItem>, Unavailable> {
        Ok(None)
    }

    fn is_new(&self, _: &str) -> Result<bool, Unavailable> {
        Ok(true)
    }
}

/// The memory could not be asked. The document must be taken in again later: guessing "new" would
/// write items twice, guessing "known" would lose them.
#[derive(Debug, thiserror::Error)]
#[error("cannot read what is known of the outlet's items: {0}")]
pub struct Unavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What identity needs to know of an item in hand.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub keys: Keys,
    pub published: Option<Timestamp>,
}

/// What an item turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Identity {
    New,
    /// Nothing to write. `learn`: keys that it did not have before.
    Known {
        item: Box<KnownItem>,
        learn: Vec<i64>,
        reissued: bool,
    },
    /// Its text changed.
    Edited {
        item: Box<KnownItem>,
        learn: Vec<i64>,
    },
    /// Stands in the document a second time.
    Repeated,
}

/// Tells the items of one document apart, in their order.
pub fn identify(
    outlet: &str,
    candidates: &[Candidate],
    known: &dyn Known,
) -> Result<Vec<Identity>, Unavailable> {
    let keys = without_ambiguous(candidates);
    let mut seen_here = HashSet::with_capacity(candidates.len());
    let mut matches = Vec::with_capacity(candidates.len());
    for (candidate, &keys) in candidates.iter().zip(&keys) {
        matches.push(if seen_here.insert(candidate.keys) {
            find(outlet, candidate, keys, known)?
        } else {
            Match::Repeated
        });
    }
    Ok(decide(matches, candidates, &keys))
}

/// Whether a whole feed came back under other identifiers.
pub fn is_reissue(identities: &[Identity]) -> bool {
    let reissued = identities
        .iter()
        .filter(|identity| matches!(identity, Identity::Known { reissued: true, .. }))
        .count();
    is_nearly_all(reissued, identities.len())
}

fn is_nearly_all(part: usize, whole: usize) -> bool {
    part >= REISSUED_MIN && part * 5 >= whole * 4
}

/// By what an item of a document was found.
enum Match {
    None,
    Url(KnownItem),
    Guid(KnownItem),
    Text(KnownItem),
    Repeated,
}

/// Rule 4 needs the whole document: what else stands in it, and how much of it came back.
fn decide(matches: Vec<Match>, candidates: &[Candidate], keys: &[Keys]) -> Vec<Identity> {
    let here: HashSet<i64> = matches
        .iter()
        .filter_map(|found| match found {
            Match::Url(item) | Match::Guid(item) => Some(item.row),
            _ => None,
        })
        .collect();
    let by_text = matches
        .iter()
        .filter(|found| matches!(found, Match::Text(_)))
        .count();
    let all_came_back = is_nearly_all(by_text, matches.len());
    matches
        .into_iter()
        .zip(candidates.iter().zip(keys))
        .map(|(found, (candidate, &keys))| match found {
            Match::None => Identity::New,
            Match::Repeated => Identity::Repeated,
            Match::Url(item) => same(item, keys, false),
            Match::Guid(item) => {
                let moved = keys.url.is_some() && item.keys.url.is_some();
                same(item, keys, moved)
            }
            Match::Text(item) => {
                let has_other_keys = keys.guid.is_some() || keys.url.is_some();
                let is_same = !has_other_keys || has_date_of(candidate, &item) || all_came_back;
                if !here.contains(&item.row) && is_same {
                    same(item, keys, has_other_keys)
                } else {
                    Identity::New
                }
            }
        })
        .collect()
}

/// Rule 1. The text is left alone: two items with the same text are told apart by the others.
fn without_ambiguous(candidates: &[Candidate]) -> Vec<Keys> {
    let mut texts_of: HashMap<i64, (i64, bool)> = HashMap::new();
    for candidate in candidates {
        let text = candidate.keys.text;
        for key in [candidate.keys.guid, candidate.keys.url]
            .into_iter()
            .flatten()
        {
            let (first, ambiguous) = texts_of.entry(key).or_insert((text, false));
            *ambiguous |= *first != text;
        }
    }
    let clear = |key: &i64| texts_of.get(key).is_none_or(|(_, ambiguous)| !ambiguous);
    candidates
        .iter()
        .map(|candidate| Keys {
            guid: candidate.keys.guid.filter(clear),
            url: candidate.keys.url.filter(clear),
            ..candidate.keys
        })
        .collect()
}

/// Rules 2 to 4, as far as one item can tell.
fn find(
    outlet: &str,
    candidate: &Candidate,
    keys: Keys,
    known: &dyn Known,
) -> Result<Match, Unavailable> {
    let item_of = |key: Option<i64>| match key {
        Some(key) => known.item(outlet, key),
        None => Ok(None),
    };
    if let Some(item) = item_of(keys.url)? {
        return Ok(Match::Url(item));
    }
    if let Some(item) = item_of(keys.guid)?
        && is_same_by_guid(candidate, keys, &item)
    {
        return Ok(Match::Guid(item));
    }
    Ok(item_of(Some(keys.text))?.map_or(Match::None, Match::Text))
}

fn is_same_by_guid(candidate: &Candidate, keys: Keys, item: &KnownItem) -> bool {
    item.texts.contains(&keys.text)
        || item.keys.title == keys.title
        || keys.url.is_none()
        || item.keys.url.is_none()
        || has_date_of(candidate, item)
}

/// Dates are remembered to the second.
fn has_date_of(candidate: &Candidate, item: &KnownItem) -> bool {
    candidate
        .published
        .is_some_and(|at| at.as_second() == item.published.as_second())
}

fn same(item: KnownItem, keys: Keys, reissued: bool) -> Identity {
    let new_key = |key: &Option<i64>, old: Option<i64>| key.filter(|_| *key != old);
    let learn = [
        new_key(&keys.guid, item.keys.guid),
        new_key(&keys.url, item.keys.url),
    ];
    let learn = learn.into_iter().flatten().collect();
    let item = Box::new(item);
    if item.texts.contains(&keys.text) && !item.gone {
        Identity::Known {
            item,
            learn,
            reissued,
        }
    } else {
        Identity::Edited { item, learn }
    }
}

/// The id of a new article: `a_` and 26 characters of Crockford's base 32 (128 bits).
pub fn article_id(
    outlet: &str,
    canonical_url: Option<&str>,
    guid: Option<&str>,
    raw_sha256: &str,
) -> String {
    let name = match (canonical_url, guid) {
        (Some(url), _) => format!("{outlet}\0u\0{url}"),
        (None, Some(guid)) => format!("{outlet}\0g\0{guid}"),
        (None, None) => format!("{outlet}\0x\0{raw_sha256}"),
    };
    encode(xxh3_128(name.as_bytes()))
}

/// The id of an article whose natural one is taken by an earlier item of the outlet.
pub fn further_article_id(taken: &str, raw_sha256: &str) -> String {
    encode(xxh3_128(format!("{taken}\0{raw_sha256}").as_bytes()))
}

fn encode(mut bits: u128) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut digits = [0; 26];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    format!("a_{}", String::from_utf8_lossy(&digits))
}

#[cfg(test)]
mod tests;
