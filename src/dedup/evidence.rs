//! What two articles share, in words that a reader can check.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::Evidence;
use super::features::{
    CAPITAL, Class, Entry, Features, Reading, Telling, concept_hash, day_hash, entity_hash,
    number_hash, shown_day,
};
use super::hash::{PlainState, hash_of};
use super::numbers;
use super::terms::stems;
use crate::normalise::concepts;

/// Things named of each kind, the weightiest.
const NAMED_MAX: usize = 12;

/// Evidence of the new article and an earlier one, of which only the features are left; the words are
/// those of the new one.
pub(super) fn between(
    reading: &Reading,
    telling: &Telling,
    later: &Features,
    earlier: &Features,
) -> Evidence {
    let shared = |class: Class| -> BTreeMap<u32, Entry> {
        let theirs = earlier.of(class);
        let is_shared =
            |entry: &&Entry| theirs.binary_search_by_key(&entry.hash, |e| e.hash).is_ok();
        let ours = later.of(class).iter().filter(is_shared);
        ours.map(|&entry| (entry.hash, entry)).collect()
    };
    let keys = shared(Class::Keys);
    let terms = shared(Class::Terms);
    let same_words = later.words_group == earlier.words_group;
    let (mut names, mut words) = (Named::default(), Named::default());
    for (word, place) in reading.words() {
        match keys
            .get(&place.key)
            .filter(|entry| place.key != 0 && entry.is_in(CAPITAL) && place.capital)
        {
            Some(entry) => names.add(entry.hash, entry.idf(), word),
            None if same_words => stems(word, reading.language(), |stem| {
                if let Some(entry) = terms.get(&hash_of(stem)) {
                    words.add(entry.hash, entry.idf(), word);
                }
            }),
            None => {}
        }
    }
    for entry in shared(Class::Concepts).values() {
        if let Some(name) = concept_name(entry.hash) {
            words.add(entry.hash, entry.idf() + 1.0, name);
        }
    }
    let entities = shared(Class::Entities);
    let named = |class: &str, ids: &[String]| -> Vec<String> {
        ids.iter()
            .filter(|id| entities.contains_key(&entity_hash(class, id)))
            .cloned()
            .collect()
    };
    let numbers = shared(Class::Numbers);
    let mut agreed = Named::default();
    for number in reading.numbers() {
        if let Some(entry) = numbers.get(&number_hash(number.key())) {
            agreed.add(entry.hash, entry.idf(), &numbers::shown(number.key()));
        }
    }
    let days = shared(Class::Days);
    for day in reading.days() {
        if let Some(entry) = days.get(&day_hash(day)) {
            agreed.add(entry.hash, entry.idf(), &shown_day(day));
        }
    }
    let mut all_names: Vec<String> = named("h:", &telling.people);
    all_names.extend(named("b:", &telling.bodies));
    all_names.extend(names.finish());
    all_names.truncate(NAMED_MAX);
    Evidence {
        names: all_names,
        numbers: agreed.finish(),
        places: named("p:", &telling.places),
        terms: words.finish(),
        ..Evidence::default()
    }
}

fn concept_name(hash: u32) -> Option<&'static str> {
    static NAMES: LazyLock<HashMap<u32, &'static str, PlainState>> = LazyLock::new(|| {
        let all = 0..concepts::len() as u16;
        all.map(|id| (concept_hash(id), concepts::name(id)))
            .collect()
    });
    NAMES.get(&hash).copied()
}

/// Shared things, each named once, by weight.
#[derive(Default)]
struct Named(BTreeMap<u32, (f32, String)>);

impl Named {
    fn add(&mut self, hash: u32, weight: f32, name: &str) {
        self.0
            .entry(hash)
            .or_insert_with(|| (weight, name.to_owned()));
    }

    fn finish(self) -> Vec<String> {
        let mut named: Vec<(f32, String)> = self.0.into_values().collect();
        named.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        named.truncate(NAMED_MAX);
        named.into_iter().map(|(_, name)| name).collect()
    }
}
