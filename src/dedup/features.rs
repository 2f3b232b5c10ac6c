//! What the index keeps of an article: enough to compare it with another, and no text.

mod kept;

use std::ops::Range;
use std::sync::LazyLock;

use crate::normalise::{Article, MonthDay, concepts, days};

use super::frequency::{CONCEPTS, DAYS, ENTITIES, Group, NAMES, NUMBERS, Scale};
use super::hash::hash_of;
use super::near::Shingles;
use super::numbers::{self, Number};
use super::terms::{Reader, Word, stems};

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
const DAYS_MAX: usize = 12;
/// Bytes at the start of a text in which a day is that of the event, or of the issue.
const LEAD_BYTES: usize = 400;

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

/// The classes of things that articles are compared by, in the order in which [`Features`] keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Terms,
    Keys,
    Numbers,
    Entities,
    Concepts,
    Countries,
    Days,
}

const CLASSES: usize = 7;

/// What comparing needs to know of the whole of each class: lengths of vectors (`norm`) and sums of inverse
/// document frequencies (`mass`), of all entries or of those of a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub terms: f32,
    pub terms_title: f32,
    pub terms_lead: f32,
    pub terms_title_mass: f32,
    pub keys: f32,
    pub keys_title: f32,
    pub keys_capital: f32,
    pub keys_title_mass: f32,
    pub keys_capital_mass: f32,
    pub numbers: f32,
    pub numbers_title: f32,
    pub entities: f32,
    pub entities_mass: f32,
    pub concepts: f32,
    pub concepts_mass: f32,
    pub countries: f32,
    pub days: f32,
    pub days_title: f32,
    pub days_lead: f32,
}

impl Sums {
    fn of(classes: &[Vec<Entry>; CLASSES]) -> Self {
        let of = |class: Class| &*classes[class as usize];
        let (terms, keys, numbers) = (of(Class::Terms), of(Class::Keys), of(Class::Numbers));
        let (entities, concepts) = (of(Class::Entities), of(Class::Concepts));
        Self {
            terms: norm(all(terms), Entry::weight),
            terms_title: norm(within(terms, TITLE), Entry::idf),
            terms_lead: norm(within(terms, LEAD), Entry::idf),
            terms_title_mass: mass(within(terms, TITLE)),
            keys: norm(all(keys), Entry::weight),
            keys_title: norm(within(keys, TITLE), Entry::idf),
            keys_capital: norm(within(keys, CAPITAL), Entry::weight),
            keys_title_mass: mass(within(keys, TITLE)),
            keys_capital_mass: mass(within(keys, CAPITAL)),
            numbers: norm(all(numbers), Entry::weight),
            numbers_title: norm(within(numbers, TITLE), Entry::idf),
            entities: norm(all(entities), Entry::weight),
            entities_mass: mass(all(entities)),
            concepts: norm(all(concepts), Entry::weight),
            concepts_mass: mass(all(concepts)),
            countries: norm(all(of(Class::Countries)), Entry::weight),
            days: norm(all(of(Class::Days)), Entry::weight),
            days_title: norm(within(of(Class::Days), TITLE), Entry::idf),
            days_lead: norm(within(of(Class::Days), LEAD), Entry::idf),
        }
    }

    /// Length of the vector of a class.
    pub fn norm(&self, class: Class) -> f32 {
        match class {
            Class::Terms => self.terms,
            Class::Keys => self.keys,
            Class::Numbers => self.numbers,
            Class::Entities => self.entities,
            Class::Concepts => self.concepts,
            Class::Countries => self.countries,
            Class::Days => self.days,
        }
    }
}

fn all(entries: &[Entry]) -> impl Iterator<Item = Entry> {
    entries.iter().copied()
}

fn within(entries: &[Entry], zone: u8) -> impl Iterator<Item = Entry> {
    all(entries).filter(move |entry| entry.is_in(zone))
}

fn norm(entries: impl Iterator<Item = Entry>, weight: impl Fn(Entry) -> f32) -> f32 {
    let squares = entries.map(|entry| weight(entry).powi(2));
    squares.sum::<f32>().sqrt()
}

fn mass(entries: impl Iterator<Item = Entry>) -> f32 {
    entries.map(Entry::idf).sum()
}

/// What is compared of an article.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Features {
    pub near: Shingles,
    /// Equal for texts whose words can be compared: one language in one script.
    pub words_group: Group,
    /// Hash of its outlet, 0 where that is not known.
    pub outlet: u32,
    /// Words of title and body that were looked at.
    pub words: u16,
    /// Where each class ends.
    ends: [u8; CLASSES],
    pub sums: Sums,
    /// One class after the other, each sorted by hash: an article is read in one go when it is compared.
    things: Box<[Entry]>,
}

impl Features {
    /// The things of a class, sorted by hash.
    pub fn of(&self, class: Class) -> &[Entry] {
        &self.things[self.range(class)]
    }

    fn range(&self, class: Class) -> Range<usize> {
        let start = match class as usize {
            0 => 0,
            later => usize::from(self.ends[later - 1]),
        };
        start..usize::from(self.ends[class as usize])
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.near.bytes() + size_of_val(&*self.things)
    }
}

/// Slots of a [`Probe`]: more than four for each thing of an article.
const PROBE_SLOTS: usize = 1024;

/// The things of one article, laid out so that those which it shares with another are found without walking
/// through both.
pub(super) struct Probe<'a> {
    pub features: &'a Features,
    /// Place of a thing plus one, at its hash or in the next free slot.
    slots: [u8; PROBE_SLOTS],
}

impl<'a> Probe<'a> {
    pub fn of(features: &'a Features) -> Self {
        let mut slots = [0; PROBE_SLOTS];
        for (place, thing) in (1..).zip(&features.things) {
            let mut slot = thing.hash as usize % PROBE_SLOTS;
            while slots[slot] != 0 {
                slot = (slot + 1) % PROBE_SLOTS;
            }
            slots[slot] = place;
        }
        Self { features, slots }
    }

    /// Calls `found` with the things of a class that both articles name, by rising hash: this article's and
    /// the other's.
    pub fn each_shared(&self, other: &Features, class: Class, mut found: impl FnMut(Entry, Entry)) {
        let range = self.features.range(class);
        for &theirs in other.of(class) {
            let mut slot = theirs.hash as usize % PROBE_SLOTS;
            while self.slots[slot] != 0 {
                let place = usize::from(self.slots[slot]) - 1;
                let mine = self.features.things[place];
                if mine.hash == theirs.hash && range.contains(&place) {
                    found(mine, theirs);
                    break;
                }
                slot = (slot + 1) % PROBE_SLOTS;
            }
        }
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
    /// Days that are named, with the zone in which each stands.
    days: Vec<(MonthDay, u8)>,
    concepts: Vec<(concepts::Concept, bool)>,
    language: String,
    group: String,
}

impl Reading {
    pub fn of(telling: &Telling, reader: &mut Reader) -> Self {
        // Folding seldom makes a text longer.
        let mut folded = String::with_capacity(telling.title.len() + telling.text.len() + 64);
        let mut title = reader.read(&telling.title, TITLE_WORDS, &mut folded);
        let title_end = folded.len();
        let mut body = reader.read(&telling.text, Shingles::WORDS_MAX, &mut folded);
        let near = Shingles::of(&folded, &title, &body);
        body.truncate(BODY_WORDS);
        let end = body
            .last()
            .or(title.last())
            .map_or(0, |word| word.end as usize);
        folded.truncate(end);
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
        let in_title = days(&telling.title)
            .into_iter()
            .map(|(_, day)| (day, TITLE | LEAD));
        let in_body = days(head)
            .into_iter()
            .map(|(at, day)| (day, if at < LEAD_BYTES { LEAD } else { 0 }));
        let days = in_title.chain(in_body).collect();
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
            near,
            title,
            body,
            numbers,
            days,
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

    pub fn days(&self) -> impl Iterator<Item = MonthDay> {
        self.days.iter().map(|&(day, _)| day)
    }

    pub fn numbers(&self) -> impl Iterator<Item = Number> {
        self.numbers.iter().map(|&(number, _)| number)
    }
}

/// A hash, how often it stands in the text, and where.
type Counting = (u32, u16, u8);

/// What a text names besides concepts, counted.
pub(super) struct Counted {
    pub words_group: Group,
    pub terms: Vec<Counting>,
    pub keys: Vec<Counting>,
    pub numbers: Vec<Counting>,
    pub entities: Vec<Counting>,
    pub days: Vec<Counting>,
}

impl Counted {
    pub fn of(reading: &Reading, telling: &Telling) -> Self {
        let words = reading.title.len() + reading.body.len();
        let mut terms = Vec::with_capacity(words);
        let mut keys = Vec::with_capacity(words);
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
        let days = reading
            .days
            .iter()
            .map(|&(day, zone)| (day_hash(day), 1, zone));
        Self {
            words_group: Group::of(&reading.group),
            days: merged(days.collect()),
            numbers: merged(numbers.collect()),
            entities: merged(entities.take(ENTITIES_MAX).collect()),
            terms: merged(terms),
            keys: merged(keys),
        }
    }

    /// Weighs everything by how common it is.
    pub fn weigh(&self, reading: &Reading, telling: &Telling, scale: &mut impl Scale) -> Features {
        let mut weigh = |list: &[Counting], group: Group, max: usize| {
            let weighed = list.iter().map(|&(hash, times, zone)| {
                Entry::new(
                    hash,
                    scale.weight(group, hash),
                    1.0 + f32::from(times).ln(),
                    zone,
                )
            });
            kept(weighed.collect(), max)
        };
        let terms = weigh(&self.terms, self.words_group, TERMS_MAX);
        let keys = weigh(&self.keys, Group::of(NAMES), KEYS_MAX);
        let numbers = weigh(&self.numbers, Group::of(NUMBERS), NUMBERS_MAX);
        let entities = weigh(&self.entities, Group::of(ENTITIES), ENTITIES_MAX);
        let days = weigh(&self.days, Group::of(DAYS), DAYS_MAX);
        let concepts = reading.concepts.iter().map(|(concept, in_title)| {
            let hash = concept_hash(concept.id);
            let idf = scale.weight(Group::of(CONCEPTS), hash)
                * f32::from(concepts::weight(concept.id))
                / 2.0;
            let tf = (1.0 + f32::from(concept.count).ln()) * if *in_title { 1.6 } else { 1.0 };
            Entry::new(hash, idf, tf, if *in_title { TITLE | LEAD } else { 0 })
        });
        let concepts = kept(concepts.collect(), CONCEPTS_MAX);
        let countries = telling.countries.iter().take(COUNTRIES_MAX);
        let countries = countries.map(|(code, score)| Entry::new(hash_of(code), 1.0, *score, 0));
        let countries = kept(countries.collect(), COUNTRIES_MAX);
        scale.next(self.words_group);
        let classes = [terms, keys, numbers, entities, concepts, countries, days];
        let mut ends = [0; CLASSES];
        let mut end = 0;
        for (class, things) in ends.iter_mut().zip(&classes) {
            end += things.len() as u8;
            *class = end;
        }
        Features {
            near: reading.near.clone(),
            words_group: self.words_group,
            outlet: outlet_hash(&telling.outlet),
            words: (reading.title.len() + reading.body.len()) as u16,
            ends,
            sums: Sums::of(&classes),
            things: classes.concat().into(),
        }
    }
}

/// All things that an article can have are numbered by a byte.
const _: () = assert!(
    TERMS_MAX + KEYS_MAX + NUMBERS_MAX + ENTITIES_MAX + CONCEPTS_MAX + COUNTRIES_MAX + DAYS_MAX
        < u8::MAX as usize
);

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

/// As ISO 8601 writes a day without its year.
pub(super) fn shown_day(day: MonthDay) -> String {
    format!("--{:02}-{:02}", day.month, day.day)
}

pub(super) fn day_hash(day: MonthDay) -> u32 {
    hash_of(&shown_day(day))
}

/// Ids of the classes are apart: a person and a place may share one.
pub(super) fn entity_hash(class: &str, id: &str) -> u32 {
    hash_of(&format!("{class}{id}"))
}

/// The weightiest entries, at most `max`, by rising hash.
fn kept(mut entries: Vec<Entry>, max: usize) -> Vec<Entry> {
    if entries.len() > max {
        let rank = |e: &Entry| (e.is_in(TITLE), u16::from(e.idf) * u16::from(e.tf), e.hash);
        entries.select_nth_unstable_by_key(max, |entry| std::cmp::Reverse(rank(entry)));
        entries.truncate(max);
    }
    entries.sort_unstable_by_key(|entry| entry.hash);
    entries
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
