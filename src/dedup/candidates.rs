//! Which articles of the window are worth comparing with a new one.
//!
//! Two ways lead to an article: word triples that it shares (copies), and rare things that both name
//! (stems, names, numbers, places, concepts). A concept alone is too common to find anything by; with the
//! place that it happened in it is not.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use super::features::{CAPITAL, Class, Entry, Features, TITLE};
use super::hash::{PlainState, mixed};
use super::near::Shingles;
use super::postings::{Head, Postings};

/// Triples of a text that are indexed, about, and at least one in eight: a copy cut to fifty words still has six
/// of them in common with a long source, none in one of 600 cases.
const TRIPLES_FILED: usize = 16;
const SAMPLE_FILED: usize = 8;
/// One in four of a long text is looked for: a short text, which is indexed whole, is found in it by sixteen
/// triples but for one case of a hundred, and with fewer it is not called a part of it.
const SAMPLE_FOUND: u32 = 4;
/// A text with at most this many triples is looked for whole.
const SHORT_SHINGLES: usize = 64;
/// A triple that stands in more texts than this is a set phrase and finds nobody any more.
const TRIPLE_MAX: u32 = 64;
/// Copies that are compared, those with most triples in common.
const COPIES_MAX: usize = 8;
/// Articles that are looked up under one thing, the newest.
const POSTING_MAX: usize = 48;
/// What sharing a thing must be worth for it to be looked up though more articles have it.
const COMMON_WORTH: f32 = 0.05;
/// Candidates that are compared for what they name.
const CANDIDATES_MAX: usize = 20;
/// What an article must at least have in common to be compared. On the labelled sets 1 in 1,000 of the pairs that
/// are one story has less; of all candidates every third.
const CANDIDATE_WORTH: f32 = 0.1;
/// Things of each kind under which an article is filed.
const TERMS_FILED: usize = 20;
const NAMES_FILED: usize = 14;
const NUMBERS_FILED: usize = 6;
const ENTITIES_FILED: usize = 8;
const CONCEPTS_FILED: usize = 10;
/// Concepts and places that are combined.
const COMBINED_CONCEPTS: usize = 4;
const COMBINED_PLACES: usize = 3;
/// Weight of what is found by each kind beside a stem, and of a combination.
const NAME_WORTH: f32 = 0.7;
const NUMBER_WORTH: f32 = 0.5;
const ENTITY_WORTH: f32 = 0.7;
const CONCEPT_WORTH: f32 = 0.7;

/// A thing that an article is filed under or that others are looked for by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thing {
    /// Hash of the thing and its class.
    key: u32,
    /// What sharing it is worth.
    worth: f32,
    /// Articles are filed under few things, the weightiest, and others are looked for under twice as many,
    /// since weights have changed since those were filed.
    is_filed: bool,
}

/// The classes that articles are filed by: those of which zone, how many, and what they are worth beside a stem.
const FILED: [(Class, Option<u8>, usize, f32); 5] = [
    (Class::Terms, None, TERMS_FILED, 1.0),
    (Class::Keys, Some(CAPITAL), NAMES_FILED, NAME_WORTH),
    (Class::Numbers, None, NUMBERS_FILED, NUMBER_WORTH),
    (Class::Entities, None, ENTITIES_FILED, ENTITY_WORTH),
    (Class::Concepts, None, CONCEPTS_FILED, CONCEPT_WORTH),
];
/// What a concept and a place together are hashed with, which no class is.
const COMBINATION: u32 = u32::MAX;

/// The inverted index of the window.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    by_whole: HashMap<u64, u32, PlainState>,
    triples: Postings,
    things: Postings,
    scores: Scores,
}

/// What articles have in common with the one that is looked for, by number.
#[derive(Debug, Default)]
struct Scores {
    /// 0 for those that nothing was found of.
    all: Vec<f32>,
    /// Number of the first of `all`.
    base: u32,
    found: Vec<u32>,
}

impl Scores {
    fn add(&mut self, number: u32, worth: f32) {
        let slot = (number - self.base) as usize;
        if slot >= self.all.len() {
            self.all.resize(slot + 1, 0.0);
        }
        if self.all[slot] == 0.0 {
            self.found.push(number);
        }
        self.all[slot] += worth;
    }

    /// The `max` best, best first; the oldest first among equals. Nothing is left.
    fn take_best(&mut self, max: usize) -> Vec<u32> {
        let score = |number: u32| self.all[(number - self.base) as usize];
        let order = |a: &u32, b: &u32| score(*b).total_cmp(&score(*a)).then(a.cmp(b));
        let mut best = self.found.clone();
        best.retain(|&number| score(number) >= CANDIDATE_WORTH);
        if best.len() > max {
            best.select_nth_unstable_by(max, order);
            best.truncate(max);
        }
        best.sort_unstable_by(order);
        for number in self.found.drain(..) {
            self.all[(number - self.base) as usize] = 0.0;
        }
        best
    }

    fn clear(&mut self, base: u32) {
        self.all.clear();
        self.base = base;
    }
}

impl Candidates {
    /// Files an article; `things` are those that it names.
    pub fn add(&mut self, number: u32, near: &Shingles, things: &[Thing]) {
        self.by_whole.entry(near.whole()).or_insert(number);
        for hash in filed_triples(near) {
            if self.triples.head(hash).count() <= TRIPLE_MAX {
                self.triples.add(hash, number);
            }
        }
        for thing in things.iter().filter(|thing| thing.is_filed) {
            self.things.add(thing.key, number);
        }
    }

    pub fn forget(&mut self, number: u32, features: &Features) {
        if let Slot::Occupied(whole) = self.by_whole.entry(features.near.whole())
            && *whole.get() == number
        {
            whole.remove();
        }
    }

    /// Articles since the last sweep that are before `base`.
    pub fn forgotten_before(&self, base: u32) -> usize {
        (base - self.things.swept_to) as usize
    }

    pub fn clear(&mut self, base: u32) {
        self.by_whole.clear();
        self.triples.clear(base);
        self.things.clear(base);
        self.scores.clear(base);
    }

    pub fn bytes(&self) -> usize {
        self.triples.bytes()
            + self.things.bytes()
            + self.by_whole.capacity() * 13
            + self.scores.all.capacity() * 4
    }

    /// Numbers of articles that share words, best first; the oldest first among equals, so that the
    /// answer does not depend on the order of a hash table. Some may have left the window.
    pub fn copies(&self, near: &Shingles) -> Vec<u32> {
        let mut hits: HashMap<u32, u32, PlainState> = HashMap::default();
        if let Some(&number) = self.by_whole.get(&near.whole()) {
            hits.insert(number, u32::MAX / 2);
        }
        let heads: Vec<Head> = sought_triples(near)
            .map(|hash| self.triples.head(hash))
            .filter(|head| head.count() <= TRIPLE_MAX)
            .collect();
        for head in heads {
            let found = |number| *hits.entry(number).or_default() += 1;
            self.triples.newest(head, TRIPLE_MAX as usize, found);
        }
        let mut ranked: Vec<(u32, u32)> = hits.into_iter().collect();
        ranked.sort_unstable_by_key(|&(number, count)| (Reverse(count), number));
        ranked.truncate(COPIES_MAX);
        ranked.into_iter().map(|(number, _)| number).collect()
    }

    /// Numbers of articles that name the same, in the same order.
    pub fn kindred(&mut self, things: &[Thing]) -> Vec<u32> {
        let heads: Vec<(Head, f32)> = things
            .iter()
            .map(|thing| (self.things.head(thing.key), thing.worth))
            .filter(|(head, worth)| *worth >= COMMON_WORTH || head.count() <= POSTING_MAX as u32)
            .collect();
        for (head, worth) in heads {
            let found = |number| self.scores.add(number, worth);
            self.things.newest(head, POSTING_MAX, found);
        }
        self.scores.take_best(CANDIDATES_MAX)
    }
}

/// The triples that a text is filed under. Of two samples of one text the smaller is within the larger.
fn filed_triples(near: &Shingles) -> impl Iterator<Item = u32> {
    let wanted = (near.hashes().len() / TRIPLES_FILED).clamp(1, SAMPLE_FILED);
    sampled(near, 1 << wanted.ilog2())
}

/// The triples by which copies of a text are looked for.
fn sought_triples(near: &Shingles) -> impl Iterator<Item = u32> {
    let is_short = near.hashes().len() <= SHORT_SHINGLES;
    sampled(near, if is_short { 1 } else { SAMPLE_FOUND })
}

fn sampled(near: &Shingles, sample: u32) -> impl Iterator<Item = u32> {
    let hashes = near.hashes().iter().copied();
    hashes.filter(move |hash| hash % sample == 0)
}

/// The things that an article names.
pub(super) fn things(features: &Features) -> Vec<Thing> {
    let mut things = Vec::with_capacity(160);
    for (class, zone, filed, worth) in FILED {
        let weightiest = weightiest(features, class, zone, filed).into_iter();
        things.extend(weightiest.enumerate().map(|(place, entry)| Thing {
            key: mixed(class as u32, entry.hash),
            worth: worth * share(entry, class, features),
            is_filed: place < filed,
        }));
    }
    let concepts = weightiest(features, Class::Concepts, None, COMBINED_CONCEPTS);
    let class = if features.of(Class::Entities).is_empty() {
        Class::Countries
    } else {
        Class::Entities
    };
    let places = weightiest(features, class, None, COMBINED_PLACES);
    for &place in places.iter().take(COMBINED_PLACES) {
        for &concept in concepts.iter().take(COMBINED_CONCEPTS) {
            things.push(Thing {
                key: mixed(COMBINATION, mixed(place.hash, concept.hash)),
                worth: CONCEPT_WORTH * share(concept, Class::Concepts, features)
                    + ENTITY_WORTH * share(place, class, features),
                is_filed: true,
            });
        }
    }
    things
}

fn share(entry: Entry, class: Class, features: &Features) -> f32 {
    let norm = features.sums.norm(class);
    if norm > 0.0 {
        (entry.weight() / norm).powi(2)
    } else {
        0.0
    }
}

/// Twice `first` entries of most weight, the `first` weightiest ahead; those of the title before others of
/// the same weight.
fn weightiest(features: &Features, class: Class, zone: Option<u8>, first: usize) -> Vec<Entry> {
    let entries = features.of(class).iter().copied();
    let mut entries: Vec<Entry> = entries
        .filter(|entry| zone.is_none_or(|zone| entry.is_in(zone)) && entry.idf() > 0.0)
        .collect();
    let rank = |e: &Entry| e.idf() * if e.is_in(TITLE) { 1.5 } else { 1.0 };
    for max in [2 * first, first] {
        if entries.len() > max {
            entries.select_nth_unstable_by(max, |a, b| {
                rank(b).total_cmp(&rank(a)).then(a.hash.cmp(&b.hash))
            });
            entries.truncate(2 * first);
        }
    }
    entries
}
