//! What a story is about: countries, places, people and bodies of the region, and how far it is
//! about the region at all. One pass over a bounded start of the text with all names of the
//! gazetteer at once. Deliberately no named-entity recognition: an unknown name is not guessed.

mod fold;
mod gazetteer;
mod inflection;
mod relevance;
mod transliterate;
mod trie;

use std::collections::{BTreeMap, BTreeSet};

use fold::Folded;
use gazetteer::{Class, Entry, Find, GAZETTEER, Gazetteer, Reading};
use relevance::{Mentions, Zone};

/// The countries that the daemon watches, ISO 3166-1 alpha-3.
pub const REGION: [&str; 6] = ["AFG", "KAZ", "KGZ", "TJK", "TKM", "UZB"];

/// Bytes of a text that are looked at: news says what it is about in its first thousand words.
const TEXT_BYTES: usize = 6_000;

/// Bytes of a title that are looked at; titles beyond this are whole articles in the wrong field.
const TITLE_BYTES: usize = 600;

/// Bytes after which a first paragraph is cut; some texts have no paragraphs.
const LEAD_BYTES: usize = 600;

/// Names of each class in one answer; more would be a list of everything.
const LIST_MAX: usize = 40;

/// What [`tag`] found. Lists are ordered by weight, heaviest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags {
    pub countries: Vec<Country>,
    pub places: Vec<Place>,
    pub people: Vec<Named>,
    pub bodies: Vec<Named>,
    /// 0..1: how far the story is about the six countries of [`REGION`].
    pub relevance: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-3.
    pub code: &'static str,
    /// 0..1: weight of its mentions, 1 for a country named throughout.
    pub score: f32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: &'static str,
    /// English name.
    pub name: &'static str,
    /// ISO 3166-1 alpha-3; none for a region or a river of several countries.
    pub country: Option<&'static str>,
}

/// A person or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub id: &'static str,
    /// English name.
    pub name: &'static str,
}

/// Finds what a story is about. `language` is a BCP 47 tag, empty if unknown; it settles names
/// that are common words elsewhere. Takes time in proportion to the looked-at length, which is
/// bounded.
pub fn tag(title: &str, text: &str, language: &str) -> Tags {
    let (title, text) = (prefix(title, TITLE_BYTES), prefix(text, TEXT_BYTES));
    let (lead, body) = text.split_at(lead_length(text));
    let mut folded = Folded::new(title);
    let title_end = folded.text.len();
    folded.push(lead);
    let lead_end = folded.text.len();
    folded.push(body);
    let zone = |find: &Find| match find.start {
        at if at < title_end => Zone::Title,
        at if at < lead_end => Zone::Lead,
        _ => Zone::Body,
    };
    let gazetteer = &*GAZETTEER;
    let finds = gazetteer.find(&folded);
    let support = Support::of(gazetteer, &finds, language);
    let mut tally = Tally::default();
    for find in &finds {
        if let Some(entry) = support.choose(gazetteer, find.readings, language) {
            tally.add(&gazetteer.entries[entry], entry, zone(find));
        }
    }
    tally.finish(gazetteer, folded.text.split(' ').count())
}

/// The English name of an entry of the gazetteer whose name, in any language, is `name` as a whole.
pub fn english_name(name: &str) -> Option<&'static str> {
    let folded = Folded::new(name);
    let finds = GAZETTEER.find(&folded);
    let whole = finds.iter().find(|find| find.start <= 1 && find.end + 1 == folded.text.len())?;
    let entry = whole.readings.iter().map(|reading| &GAZETTEER.entries[reading.entry]);
    entry.max_by_key(|entry| rank(entry)).map(|entry| entry.name)
}

/// At most `bytes` of `text`, cut between characters.
fn prefix(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn lead_length(text: &str) -> usize {
    let start = text.len() - text.trim_start().len();
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    text.floor_char_boundary(end.min(start + LEAD_BYTES))
}

/// The countries that a text names without doubt, how often.
struct Support(BTreeMap<&'static str, usize>);

impl Support {
    fn of(gazetteer: &Gazetteer, finds: &[Find], language: &str) -> Self {
        let mut countries = BTreeMap::new();
        for find in finds {
            let named: BTreeSet<_> = find
                .readings
                .iter()
                .filter(|reading| !is_ambiguous(reading, find.readings, language))
                .filter_map(|reading| gazetteer.entries[reading.entry].country)
                .collect();
            if let [country] = named.iter().copied().collect::<Vec<_>>()[..] {
                *countries.entry(country).or_default() += 1;
            }
        }
        Self(countries)
    }

    /// Which of the entries that share a name is meant: one whose country is named elsewhere in
    /// the text, else one whose name is not ambiguous, a place rather than a person.
    fn choose(&self, gazetteer: &Gazetteer, readings: &[Reading], language: &str) -> Option<usize> {
        readings
            .iter()
            .filter_map(|reading| {
                let entry = &gazetteer.entries[reading.entry];
                let clear = !is_ambiguous(reading, readings, language);
                let support = entry.country.and_then(|code| self.0.get(code)).copied().unwrap_or(0);
                (clear || support > 0).then_some((support, clear, rank(entry), reading.entry))
            })
            .max_by_key(|&(support, clear, rank, entry)| {
                (support, clear, rank, std::cmp::Reverse(entry))
            })
            .map(|(.., entry)| entry)
    }
}

/// A name is as ambiguous as the text's own language says, where that language lists it.
fn is_ambiguous(reading: &Reading, readings: &[Reading], language: &str) -> bool {
    let same_entry = || readings.iter().filter(|other| other.entry == reading.entry);
    let own = |other: &&Reading| !language.is_empty() && other.language.split('-').next() == Some(language);
    match same_entry().find(own) {
        Some(own) => own.ambiguous,
        None => same_entry().any(|other| other.ambiguous),
    }
}

/// Of entries of one country that share a name, the one that news means.
fn rank(entry: &Entry) -> u8 {
    match entry.kind {
        "country" => 5,
        "area" => 4,
        "city" => 3,
        "province" => 2,
        "district" | "village" => 1,
        _ => 0,
    }
}

/// What one mention of an entry counts for its country, beside a mention of the country itself.
fn worth(entry: &Entry) -> f32 {
    match entry.class {
        Class::Place => 1.0,
        Class::Person => 0.6,
        Class::Body => 0.8,
    }
}

/// Kind of rows that only keep a longer name («St. Mary») from being taken for a shorter one.
const DECOY: &str = "decoy";

/// Weight at which a country's score is 1 − 1/e.
const COUNTRY_SCALE: f32 = 3.0;

#[derive(Default)]
struct Tally {
    mentions: Mentions,
    countries: BTreeMap<&'static str, f32>,
    entries: BTreeMap<usize, f32>,
}

impl Tally {
    fn add(&mut self, entry: &Entry, index: usize, zone: Zone) {
        if entry.kind == DECOY {
            return;
        }
        let weight = zone.weight() * worth(entry);
        if entry.regional || entry.country.is_some() {
            self.mentions.add(zone, worth(entry), entry.regional);
        }
        *self.entries.entry(index).or_default() += weight;
        if let Some(country) = entry.country {
            *self.countries.entry(country).or_default() += weight;
        }
    }

    fn finish(self, gazetteer: &Gazetteer, words: usize) -> Tags {
        let mut tags = Tags { relevance: self.mentions.relevance(words), ..Tags::default() };
        for (code, weight) in heaviest(self.countries) {
            tags.countries.push(Country { code, score: 1.0 - (-weight / COUNTRY_SCALE).exp() });
        }
        for (index, _) in heaviest(self.entries) {
            let Entry { class, id, kind, country, name, .. } = gazetteer.entries[index];
            match class {
                Class::Place if kind == "country" => {}
                Class::Place => tags.places.push(Place { id, name, country }),
                Class::Person => tags.people.push(Named { id, name }),
                Class::Body => tags.bodies.push(Named { id, name }),
            }
        }
        tags.countries.truncate(LIST_MAX);
        tags.places.truncate(LIST_MAX);
        tags.people.truncate(LIST_MAX);
        tags.bodies.truncate(LIST_MAX);
        tags
    }
}

fn heaviest<K: Ord + Copy>(weights: BTreeMap<K, f32>) -> Vec<(K, f32)> {
    let mut list: Vec<_> = weights.into_iter().collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    list
}
