//! How common a word, a name, a number or a concept is: what lies beneath every weight.
//!
//! Counts of the stream, which fade as it goes on, added to a table of what is common in any news of the
//! language, so that the first article of a new installation, or a single pair, is judged well.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::codec::{Keep, bytes, length};
use super::flat::{Flat, Slot};
use super::hash::{PlainState, hash_of, mixed};

/// What is common in any news: `group, permille, entries`. Made by `examples/train_stories`.
pub(super) const BACKGROUND: &str = include_str!("data/background-1.tsv");
/// Articles that the background counts as: enough that the first hundred of a stream change little.
const BACKGROUND_ARTICLES: f32 = 1000.0;
/// Articles after which all counts are halved: two weeks of a large installation.
const HALVE_AFTER: u32 = 200_000;
/// Entries that are counted; at this many, those seen once are let go. The table takes 32 MiB then.
const ENTRIES_MAX: usize = 3_000_000;
/// No weight is above this, whatever the length of the stream.
const WEIGHT_MAX: f32 = 8.0;
/// Added to every count, so that what was never seen has a weight.
const HALF: f32 = 0.5;

/// Counts of one stream.
#[derive(Debug, Default)]
pub(super) struct Frequencies {
    articles: HashMap<u32, u32, PlainState>,
    counts: Counts,
    since_halved: u32,
}

/// Groups that every article has things of, besides that of its words.
pub(super) const NAMES: &str = "names";
pub(super) const NUMBERS: &str = "numbers";
pub(super) const ENTITIES: &str = "entities";
pub(super) const CONCEPTS: &str = "concepts";
pub(super) const DAYS: &str = "days";
pub(super) const COMMON_GROUPS: [&str; 5] = [NAMES, NUMBERS, ENTITIES, CONCEPTS, DAYS];

/// Entries that are counted together: the stems of one language and script, all name keys, all numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group(u32);

impl Group {
    pub fn of(name: &str) -> Self {
        Self(hash_of(name))
    }

    fn entry(self, hash: u32) -> u32 {
        mixed(self.0, hash)
    }
}

/// How often an entry was seen.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    entry: u32,
    /// 0 in a free slot.
    times: u32,
}

impl Slot for Count {
    fn of(entry: u32) -> Self {
        Self { entry, times: 0 }
    }

    fn hash(&self) -> u32 {
        self.entry
    }

    fn is_free(&self) -> bool {
        self.times == 0
    }
}

/// How often each entry was seen.
#[derive(Debug, Default)]
struct Counts(Flat<Count>);

impl Counts {
    fn get(&self, entry: u32) -> u32 {
        self.0.get(entry).times
    }

    /// Counts an entry and gives back how often it was seen before.
    fn add(&mut self, entry: u32) -> u32 {
        let times = &mut self.0.slot(entry).times;
        let before = *times;
        *times = before.saturating_add(1);
        before
    }

    fn halve(&mut self) {
        let held = self.0.iter().filter(|count| count.times > 1);
        let mut halved = Flat::with_capacity(held.clone().count());
        held.for_each(|&Count { entry, times }| {
            halved.put(Count {
                entry,
                times: times / 2,
            });
        });
        self.0 = halved;
    }
}

impl Keep for Group {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        bytes(from).map(u32::from_le_bytes).map(Self)
    }
}

impl Keep for Counts {
    fn put(&self, out: &mut Vec<u8>) {
        (self.0.len() as u64).put(out);
        for count in self.0.iter() {
            out.extend_from_slice(&count.entry.to_le_bytes());
            count.times.put(out);
        }
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let entries = length(from)?;
        let mut counts = Flat::with_capacity(entries);
        for _ in 0..entries {
            let entry = bytes(from).map(u32::from_le_bytes)?;
            let times = u32::take(from)?;
            if times == 0 {
                return None;
            }
            counts.put(Count { entry, times });
        }
        (counts.len() == entries).then_some(Self(counts))
    }
}

impl Keep for Frequencies {
    fn put(&self, out: &mut Vec<u8>) {
        let mut articles: Vec<(u32, u32)> = self
            .articles
            .iter()
            .map(|(&group, &count)| (group, count))
            .collect();
        articles.sort_unstable();
        articles.put(out);
        self.since_halved.put(out);
        self.counts.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            articles: Vec::<(u32, u32)>::take(from)?.into_iter().collect(),
            since_halved: u32::take(from)?,
            counts: Counts::take(from)?,
        })
    }
}

/// What weighs the things of an article, each once.
pub(super) trait Scale {
    /// Inverse document frequency, the natural logarithm, 0 to [`WEIGHT_MAX`].
    fn weight(&mut self, group: Group, hash: u32) -> f32;

    /// All things of an article have been weighed; its words are of that group.
    fn next(&mut self, words: Group);
}

/// Weighs without counting: for articles that are not of the stream.
impl Scale for &Frequencies {
    fn weight(&mut self, group: Group, hash: u32) -> f32 {
        let entry = group.entry(hash);
        self.weight_of(group, entry, self.counts.get(entry))
    }

    fn next(&mut self, _: Group) {}
}

/// Weighs by what came before, and counts.
impl Scale for Frequencies {
    fn weight(&mut self, group: Group, hash: u32) -> f32 {
        let entry = group.entry(hash);
        let before = self.counts.add(entry);
        self.weight_of(group, entry, before)
    }

    fn next(&mut self, words: Group) {
        for group in [words].into_iter().chain(COMMON_GROUPS.map(Group::of)) {
            *self.articles.entry(group.0).or_default() += 1;
        }
        self.since_halved += 1;
        if self.since_halved >= HALVE_AFTER || self.counts.0.len() > ENTRIES_MAX {
            self.since_halved = 0;
            self.articles.values_mut().for_each(|count| *count /= 2);
            self.counts.halve();
        }
    }
}

impl Frequencies {
    fn weight_of(&self, group: Group, entry: u32, count: u32) -> f32 {
        let articles = self.articles.get(&group.0).copied().unwrap_or(0) as f32;
        let common = BACKGROUND_TABLE.get(&entry).copied().unwrap_or(0.0);
        let ratio = (BACKGROUND_ARTICLES + articles + 1.0)
            / (BACKGROUND_ARTICLES * common + count as f32 + HALF);
        ratio.ln().clamp(0.0, WEIGHT_MAX)
    }
}

/// Share of articles of the group that have an entry.
static BACKGROUND_TABLE: LazyLock<HashMap<u32, f32, PlainState>> = LazyLock::new(|| {
    let mut table = HashMap::default();
    for line in BACKGROUND.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(group), Some(permille), Some(entries)) =
            (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let group = Group::of(group);
        let share = permille.parse::<f32>().unwrap_or(0.0) / 1000.0;
        for entry in entries.split(' ') {
            table.insert(group.entry(hash_of(entry)), share);
        }
    }
    table
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_articles_have_weighs_less() {
        let group = Group::of("test");
        let mut frequencies = Frequencies::default();
        for number in 0..100 {
            frequencies.weight(group, 1);
            frequencies.weight(group, 1000 + number);
            frequencies.next(group);
        }
        let weight = |hash: u32| (&frequencies).weight(group, hash);
        assert!(weight(1) < weight(1005));
        assert!(weight(1005) <= weight(7));
        assert!(weight(7) <= WEIGHT_MAX);
    }

    #[test]
    fn the_background_knows_common_words() {
        let frequencies = Frequencies::default();
        let weight =
            |group: &str, stem: &str| (&frequencies).weight(Group::of(group), hash_of(stem));
        assert!(
            weight("en-Latn", "the") < 1.0,
            "{}",
            weight("en-Latn", "the")
        );
        assert!(weight("ru-Cyrl", "что") < 2.0);
        assert!(weight("en-Latn", "ryabko") > 6.0);
    }

    #[test]
    fn every_entry_is_counted_and_halving_forgets_what_was_seen_once() {
        let mut counts = Counts::default();
        for entry in 0..5000 {
            assert_eq!(counts.add(mixed(7, entry)), 0);
        }
        for entry in 0..2500 {
            assert_eq!(counts.add(mixed(7, entry)), 1);
        }
        counts.halve();
        assert_eq!(counts.0.len(), 2500);
        assert!((0..5000).all(|entry| counts.get(mixed(7, entry)) == u32::from(entry < 2500)));
    }

    #[test]
    fn counts_fade() {
        let group = Group::of("test");
        let mut frequencies = Frequencies::default();
        for _ in 0..=HALVE_AFTER {
            frequencies.weight(group, 1);
            frequencies.next(group);
        }
        assert!(frequencies.articles[&group.0] <= HALVE_AFTER / 2 + 1);
    }
}
