//! Which articles of the window are worth comparing with a new one.
//!
//! Two ways lead to an article: word triples that it shares (copies), and rare things that both name
//! (stems, names, numbers, places, concepts). A concept alone is too common to find anything by; with the
//! place that it happened in it is not.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use super::features::{CAPITAL, Entry, Features, TITLE, Vector};
use super::hash::{PlainState, mixed};
use super::near::Shingles;
use super::postings::Postings;

/// One triple in eight of a long text is indexed: a copy cut to fifty words still has six of them in
/// common with its source, none in one of 600 cases.
const SAMPLE: u32 = 8;
/// A text with at most this many triples is indexed whole.
const SHORT_SHINGLES: usize = 64;
/// A triple that stands in more texts than this is a set phrase and finds nobody any more.
const TRIPLE_MAX: u32 = 64;
/// Copies that are compared, those with most triples in common.
const COPIES_MAX: usize = 8;
/// Articles that are looked up under one thing, the newest.
const POSTING_MAX: usize = 64;
/// What sharing a thing must be worth for it to be looked up though more articles have it.
const COMMON_WORTH: f32 = 0.02;
/// Candidates that are compared for what they name.
const CANDIDATES_MAX: usize = 28;
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

#[derive(Clone, Copy)]
enum Kind {
    Term = 1,
    Name,
    Number,
    Entity,
    Concept,
    Combination,
}

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
    pub fn add(&mut self, number: u32, features: &Features) {
        let near = &features.near;
        self.by_whole.entry(near.whole()).or_insert(number);
        for hash in filed_triples(near) {
            if self.triples.count(hash) <= TRIPLE_MAX {
                self.triples.add(hash, number);
            }
        }
        each_thing(features, Purpose::Filing, |key, _| {
            self.things.add(key, number)
        });
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
        for &hash in near.hashes() {
            let found = |number| *hits.entry(number).or_default() += 1;
            self.triples
                .newest(hash, TRIPLE_MAX as usize, TRIPLE_MAX, found);
        }
        let mut ranked: Vec<(u32, u32)> = hits.into_iter().collect();
        ranked.sort_unstable_by_key(|&(number, count)| (Reverse(count), number));
        ranked.truncate(COPIES_MAX);
        ranked.into_iter().map(|(number, _)| number).collect()
    }

    /// Numbers of articles that name the same, in the same order.
    pub fn kindred(&mut self, features: &Features) -> Vec<u32> {
        each_thing(features, Purpose::Finding, |key, worth| {
            let common = if worth < COMMON_WORTH {
                POSTING_MAX as u32
            } else {
                u32::MAX
            };
            let scores = &mut self.scores;
            self.things
                .newest(key, POSTING_MAX, common, |number| scores.add(number, worth));
        });
        self.scores.take_best(CANDIDATES_MAX)
    }
}

fn filed_triples(near: &Shingles) -> impl Iterator<Item = u32> {
    let whole = near.hashes().len() <= SHORT_SHINGLES;
    near.hashes()
        .iter()
        .copied()
        .filter(move |hash| whole || hash % SAMPLE == 0)
}

/// What the things of an article are wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To file it: under few, the weightiest.
    Filing,
    /// To find others: by twice as many, since weights have changed since those were filed.
    Finding,
}

/// The things that an article names, each with what sharing it is worth.
fn each_thing(features: &Features, purpose: Purpose, mut found: impl FnMut(u32, f32)) {
    let limit = |max: usize| {
        if purpose == Purpose::Filing {
            max
        } else {
            2 * max
        }
    };
    let kinds = [
        (Kind::Term, &features.terms, TERMS_FILED, 1.0, None),
        (
            Kind::Name,
            &features.keys,
            NAMES_FILED,
            NAME_WORTH,
            Some(CAPITAL),
        ),
        (
            Kind::Number,
            &features.numbers,
            NUMBERS_FILED,
            NUMBER_WORTH,
            None,
        ),
        (
            Kind::Entity,
            &features.entities,
            ENTITIES_FILED,
            ENTITY_WORTH,
            None,
        ),
        (
            Kind::Concept,
            &features.concepts,
            CONCEPTS_FILED,
            CONCEPT_WORTH,
            None,
        ),
    ];
    for (kind, vector, max, worth, zone) in kinds {
        for entry in weightiest(vector, limit(max), zone) {
            found(mixed(kind as u32, entry.hash), worth * share(entry, vector));
        }
    }
    let concepts = weightiest(&features.concepts, COMBINED_CONCEPTS, None);
    let places = if features.entities.entries.is_empty() {
        &features.countries
    } else {
        &features.entities
    };
    for place in weightiest(places, COMBINED_PLACES, None) {
        for concept in &concepts {
            let worth = CONCEPT_WORTH * share(*concept, &features.concepts)
                + ENTITY_WORTH * share(place, places);
            found(
                mixed(Kind::Combination as u32, mixed(place.hash, concept.hash)),
                worth,
            );
        }
    }
}

fn share(entry: Entry, vector: &Vector) -> f32 {
    if vector.norm > 0.0 {
        (entry.weight() / vector.norm).powi(2)
    } else {
        0.0
    }
}

/// Entries of most weight; those of the title before others of the same weight.
fn weightiest(vector: &Vector, max: usize, zone: Option<u8>) -> Vec<Entry> {
    let zoned = vector
        .entries
        .iter()
        .copied()
        .filter(|entry| zone.is_none_or(|zone| entry.is_in(zone)));
    let mut entries: Vec<Entry> = zoned.filter(|entry| entry.idf() > 0.0).collect();
    if entries.len() > max {
        let rank = |e: &Entry| e.idf() * if e.is_in(TITLE) { 1.5 } else { 1.0 };
        entries.sort_unstable_by(|a, b| rank(b).total_cmp(&rank(a)).then(a.hash.cmp(&b.hash)));
        entries.truncate(max);
    }
    entries
}
