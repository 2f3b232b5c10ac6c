//! What the index keeps of an article: enough to compare it with another, and no text.

use std::sync::LazyLock;

use crate::normalise::{Article, concepts};

use super::frequency::{Frequencies, Group};
use super::hash::hash_of;
use super::near::Shingles;
use super::numbers::{self, Number};
use super::terms::{Reader, Word, stems};
use crate::normalise::text::fold;

/// Words of the body that are looked at: news says what happened in its first 400.
const BODY_WORDS: usize = 400;
const TITLE_WORDS: usize = 60;
/// Words after the title that are the lead.
const LEAD_WORDS: usize = 60;
/// Words of a text that stand for the title where there is none.
const TITLELESS_WORDS: usize = 12;
/// Bytes of the body that are looked at for numbers and concepts.
const BODY_BYTES: usize = 9_000;
/// Stems kept of one article, those of the title first, then the weightiest.
const TERMS_MAX: usize = 64;
/// Name keys kept of one article.
const KEYS_MAX: usize = 48;
const NUMBERS_MAX: usize = 32;
const ENTITIES_MAX: usize = 24;
const CONCEPTS_MAX: usize = 40;
const COUNTRIES_MAX: usize = 8;

/// Stands in the title.
pub(super) const TITLE: u8 = 1;
/// Stands in the title or the lead.
pub(super) const LEAD: u8 = 2;
/// Begins with a capital letter, or in a script without capitals.
pub(super) const CAPITAL: u8 = 4;

/// Fixed point of [`Entry::idf`] and [`Entry::tf`].
const SCALE: f32 = 16.0;

/// A thing that an article names, as a hash, with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub hash: u32,
    idf: u8,
    tf: u8,
    pub zone: u8,
}

impl Entry {
    fn new(hash: u32, idf: f32, tf: f32, zone: u8) -> Self {
        let fixed = |value: f32| (value * SCALE).round().clamp(0.0, 255.0) as u8;
        Self {
            hash,
            idf: fixed(idf),
            tf: fixed(tf),
            zone,
        }
    }

    /// Inverse document frequency when the article came in.
    pub fn idf(self) -> f32 {
        f32::from(self.idf) / SCALE
    }

    /// Weight in a vector.
    pub fn weight(self) -> f32 {
        self.idf() * f32::from(self.tf) / SCALE
    }

    pub fn is_in(self, zone: u8) -> bool {
        self.zone & zone != 0
    }
}

/// Entries sorted by hash, with what comparing needs to know of the whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Vector {
    pub entries: Box<[Entry]>,
    /// Lengths of the vectors of all entries and of those of the title, the lead and with capitals.
    pub norm: f32,
    pub norm_title: f32,
    pub norm_lead: f32,
    pub norm_capital: f32,
    /// Sums of the inverse document frequencies.
    pub mass: f32,
    pub mass_title: f32,
    pub mass_capital: f32,
}

impl Vector {
    fn of(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by_key(|entry| entry.hash);
        let norm = |zone: Option<u8>| {
            let squares = entries
                .iter()
                .filter(|e| zone.is_none_or(|zone| e.is_in(zone)))
                .map(|e| {
                    let weight = if zone.is_some_and(|zone| zone != CAPITAL) {
                        e.idf()
                    } else {
                        e.weight()
                    };
                    weight * weight
                });
            squares.sum::<f32>().sqrt()
        };
        let mass = |zone: Option<u8>| {
            let zoned = entries
                .iter()
                .filter(|e| zone.is_none_or(|zone| e.is_in(zone)));
            zoned.map(|e| e.idf()).sum()
        };
        Self {
            norm: norm(None),
            norm_title: norm(Some(TITLE)),
            norm_lead: norm(Some(LEAD)),
            norm_capital: norm(Some(CAPITAL)),
            mass: mass(None),
            mass_title: mass(Some(TITLE)),
            mass_capital: mass(Some(CAPITAL)),
            entries: entries.into(),
        }
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.entries)
    }
}

/// What is compared of an article.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Features {
    pub near: Shingles,
    /// Equal for texts whose words can be compared: one language in one script.
    pub words_group: Group,
    pub terms: Vector,
    pub keys: Vector,
    pub numbers: Vector,
    pub entities: Vector,
    pub concepts: Vector,
    pub countries: Vector,
    /// Hash of its outlet, 0 where that is not known.
    pub outlet: u32,
    /// Words of title and body that were looked at.
    pub words: u16,
}

impl Features {
    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let vectors = [
            &self.terms,
            &self.keys,
            &self.numbers,
            &self.entities,
            &self.concepts,
            &self.countries,
        ];
        self.near.bytes() + vectors.iter().map(|vector| vector.bytes()).sum::<usize>()
    }
}

/// What the index has to be told of an article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telling {
    /// Empty where it is not known.
    pub outlet: String,
    pub title: String,
    pub text: String,
    pub language: String,
    pub script: String,
    /// ISO 3166-1 alpha-3 and score.
    pub countries: Vec<(String, f32)>,
    /// Ids of places, people and bodies of the gazetteer, the weightiest first in each class.
    pub places: Vec<String>,
    pub people: Vec<String>,
    pub bodies: Vec<String>,
}

impl From<&Article> for Telling {
    fn from(article: &Article) -> Self {
        let text = article.text.as_ref().or(article.summary.as_ref());
        Self {
            outlet: article.outlet.clone(),
            title: article.title.clone().unwrap_or_default(),
            text: text.cloned().unwrap_or_default(),
            language: article.language.to_owned(),
            script: article.script.to_owned(),
            countries: article
                .countries
                .iter()
                .map(|c| (c.code.clone(), c.score))
                .collect(),
            places: article.places.iter().map(|p| p.id.clone()).collect(),
            people: article.people.iter().map(|p| p.id.clone()).collect(),
            bodies: article.bodies.iter().map(|b| b.id.clone()).collect(),
        }
    }
}

/// A text taken to pieces, before the pieces are weighed. It lives as long as the decision on the
/// article, and can say in words what the features only know as hashes.
#[derive(Debug)]
pub(super) struct Reading {
    pub folded: String,
    title: Vec<Word>,
    body: Vec<Word>,
    near: Shingles,
    numbers: Vec<(Number, bool)>,
    concepts: Vec<(concepts::Concept, bool)>,
    language: String,
    group: String,
}

impl Reading {
    pub fn of(telling: &Telling, reader: &mut Reader) -> Self {
        let mut folded = String::new();
        let mut title = reader.read(&telling.title, TITLE_WORDS, &mut folded);
        let title_end = folded.len();
        let mut body = reader.read(&telling.text, BODY_WORDS, &mut folded);
        if title.is_empty() {
            let rest = body.split_off(body.len().min(TITLELESS_WORDS));
            title = std::mem::replace(&mut body, rest);
        }
        let head = &telling.text[..telling.text.floor_char_boundary(BODY_BYTES)];
        let in_title = numbers::numbers(&telling.title)
            .into_iter()
            .map(|number| (number, true));
        let in_body = numbers::numbers(head)
            .into_iter()
            .map(|number| (number, false));
        let numbers = in_title.chain(in_body).collect();
        let found = concepts::concepts(&folded, &telling.language);
        let concepts = found
            .into_iter()
            .map(|c| (c, (c.first as usize) < title_end))
            .collect();
        // Dari and Persian are one written language, and short texts of theirs cannot be told apart.
        let language = if telling.language == "prs" {
            "fa"
        } else {
            &telling.language
        };
        Self {
            near: Shingles::of(&fold(&telling.title), &fold(&telling.text)),
            title,
            body,
            numbers,
            concepts,
            language: language.to_owned(),
            group: format!("{}-{}", language, telling.script),
            folded,
        }
    }

    /// The words of the text, title first.
    pub fn words(&self) -> impl Iterator<Item = (&str, Word)> {
        let all = self.title.iter().chain(&self.body);
        all.map(|&word| (&self.folded[word.start as usize..word.end as usize], word))
    }

    pub fn language(&self) -> &str {
        &self.language
    }

    pub fn group(&self) -> &str {
        &self.group
    }

    pub fn concepts(&self) -> impl Iterator<Item = u16> {
        self.concepts.iter().map(|(concept, _)| concept.id)
    }

    pub fn numbers(&self) -> impl Iterator<Item = Number> {
        self.numbers.iter().map(|&(number, _)| number)
    }
}

pub(super) const NAMES: &str = "names";
pub(super) const NUMBERS: &str = "numbers";
pub(super) const ENTITIES: &str = "entities";
pub(super) const CONCEPTS: &str = "concepts";

/// A hash, how often it stands in the text, and where.
type Counting = (u32, u16, u8);

/// Everything that a text names, counted: what the frequencies count and the vectors weigh.
pub(super) struct Counted {
    pub words_group: Group,
    pub terms: Vec<Counting>,
    pub keys: Vec<Counting>,
    pub numbers: Vec<Counting>,
    pub entities: Vec<Counting>,
    pub concepts: Vec<Counting>,
}

impl Counted {
    pub fn of(reading: &Reading, telling: &Telling) -> Self {
        let mut terms = Vec::new();
        let mut keys = Vec::new();
        for (at, (word, place)) in reading.words().enumerate() {
            let zone = match at {
                at if at < reading.title.len() => TITLE | LEAD,
                at if at < reading.title.len() + LEAD_WORDS => LEAD,
                _ => 0,
            };
            stems(word, &reading.language, |stem| {
                terms.push((hash_of(stem), 1, zone))
            });
            if place.key != 0 {
                keys.push((place.key, 1, zone | if place.capital { CAPITAL } else { 0 }));
            }
        }
        let numbers = reading.numbers.iter().map(|&(number, in_title)| {
            (
                number_hash(number.key()),
                1,
                if in_title { TITLE | LEAD } else { 0 },
            )
        });
        let classes = [
            ("p:", &telling.places),
            ("h:", &telling.people),
            ("b:", &telling.bodies),
        ];
        let entities = classes
            .iter()
            .flat_map(|(class, ids)| ids.iter().map(move |id| (entity_hash(class, id), 1, 0)));
        let concepts = reading.concepts.iter().map(|(concept, in_title)| {
            let zone = if *in_title { TITLE | LEAD } else { 0 };
            (concept_hash(concept.id), concept.count, zone)
        });
        Self {
            words_group: Group::of(&reading.group),
            numbers: merged(numbers.collect()),
            entities: merged(entities.take(ENTITIES_MAX).collect()),
            concepts: merged(concepts.collect()),
            terms: merged(terms),
            keys: merged(keys),
        }
    }

    /// Lets the frequencies know.
    pub fn count(&self, frequencies: &mut Frequencies) {
        let mut count = |group: Group, list: &[Counting]| {
            frequencies.count(group, list.iter().map(|&(hash, ..)| hash));
        };
        count(self.words_group, &self.terms);
        count(Group::of(NAMES), &self.keys);
        count(Group::of(NUMBERS), &self.numbers);
        count(Group::of(ENTITIES), &self.entities);
        count(Group::of(CONCEPTS), &self.concepts);
        frequencies.tick();
    }

    /// Weighs everything by how common it is.
    pub fn weigh(
        &self,
        reading: &Reading,
        telling: &Telling,
        frequencies: &Frequencies,
    ) -> Features {
        let weigh = |list: &[Counting], group: &str, max: usize| {
            vector(list, frequencies, Group::of(group), max)
        };
        let concepts = reading.concepts.iter().map(|(concept, in_title)| {
            let hash = concept_hash(concept.id);
            let idf = frequencies.weight(Group::of(CONCEPTS), hash)
                * f32::from(concepts::weight(concept.id))
                / 2.0;
            let tf = (1.0 + f32::from(concept.count).ln()) * if *in_title { 1.6 } else { 1.0 };
            Entry::new(hash, idf, tf, if *in_title { TITLE | LEAD } else { 0 })
        });
        let mut concepts: Vec<Entry> = concepts.collect();
        keep_weightiest(&mut concepts, CONCEPTS_MAX);
        let countries = telling.countries.iter().take(COUNTRIES_MAX);
        let countries = countries
            .map(|(code, score)| Entry::new(hash_of(code), 1.0, *score, 0))
            .collect();
        Features {
            words_group: self.words_group,
            terms: vector(&self.terms, frequencies, self.words_group, TERMS_MAX),
            keys: weigh(&self.keys, NAMES, KEYS_MAX),
            numbers: weigh(&self.numbers, NUMBERS, NUMBERS_MAX),
            entities: weigh(&self.entities, ENTITIES, ENTITIES_MAX),
            concepts: Vector::of(concepts),
            countries: Vector::of(countries),
            outlet: outlet_hash(&telling.outlet),
            words: (reading.title.len() + reading.body.len()) as u16,
            near: reading.near.clone(),
        }
    }
}

fn outlet_hash(outlet: &str) -> u32 {
    if outlet.is_empty() {
        0
    } else {
        hash_of(outlet).max(1)
    }
}

/// The hash of a concept, by which it is counted and compared.
pub(super) fn concept_hash(id: u16) -> u32 {
    CONCEPT_HASHES[usize::from(id)]
}

static CONCEPT_HASHES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let names = (0..concepts::len() as u16).map(concepts::name);
    names.map(hash_of).collect()
});

pub(super) fn number_hash(key: u64) -> u32 {
    hash_of(&numbers::shown(key))
}

/// Ids of the classes are apart: a person and a place may share one.
pub(super) fn entity_hash(class: &str, id: &str) -> u32 {
    hash_of(&format!("{class}{id}"))
}

fn vector(list: &[Counting], frequencies: &Frequencies, group: Group, max: usize) -> Vector {
    let weighed = list.iter().map(|&(hash, times, zone)| {
        Entry::new(
            hash,
            frequencies.weight(group, hash),
            1.0 + f32::from(times).ln(),
            zone,
        )
    });
    let mut entries: Vec<Entry> = weighed.collect();
    keep_weightiest(&mut entries, max);
    Vector::of(entries)
}

fn keep_weightiest(entries: &mut Vec<Entry>, max: usize) {
    if entries.len() > max {
        let rank = |e: &Entry| (e.is_in(TITLE), u16::from(e.idf) * u16::from(e.tf), e.hash);
        entries.sort_unstable_by_key(|entry| std::cmp::Reverse(rank(entry)));
        entries.truncate(max);
    }
}

/// One entry for each hash.
fn merged(mut list: Vec<Counting>) -> Vec<Counting> {
    list.sort_unstable();
    list.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
            kept.2 |= next.2;
        }
        same
    });
    list
}
