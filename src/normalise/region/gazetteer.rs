//! The names that news of the region is about: tables that people edit, and one trie that finds
//! all of them in a folded text. What a find is worth is decided elsewhere.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::REGION;
use super::fold::{Case, Folded};
use super::inflection::{self, Script};
use super::transliterate;
use super::trie::Trie;

/// The tables; their form is described in `data/README.md`.
const TABLES: [(Class, &str); 3] = [
    (Class::Place, include_str!("../data/places.tsv")),
    (Class::Person, include_str!("../data/people.tsv")),
    (Class::Body, include_str!("../data/bodies.tsv")),
];

/// First bytes, in UTF-8, of the characters that [`Script::Han`] covers.
const HAN_LEAD_BYTES: Range<u8> = 0xe4..0xea;

/// Compiled at first use, once for the process.
pub(super) static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(Gazetteer::compile);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Place,
    Person,
    Body,
}

/// One row of a table.
#[derive(Debug)]
pub(super) struct Entry {
    pub class: Class,
    pub id: &'static str,
    pub kind: &'static str,
    /// ISO 3166-1 alpha-3; none for what belongs to several countries, or to none.
    pub country: Option<&'static str>,
    /// One of the six countries of the region, or shared by some of them.
    pub regional: bool,
    /// The first English name, which records carry.
    pub name: &'static str,
}

/// A name as one language writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub entry: usize,
    pub language: &'static str,
    /// Counts only beside another name of the same country.
    pub ambiguous: bool,
}

/// What is looked for: a folded name without the vowel that inflection may drop.
#[derive(Debug)]
struct Pattern {
    stem: String,
    script: Script,
    dropped: String,
    letters: usize,
    open: bool,
    case: Case,
    readings: Vec<Reading>,
}

pub(super) struct Gazetteer {
    pub entries: Vec<Entry>,
    names: Trie<Pattern>,
}

/// A name found in a folded text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Find<'g> {
    /// Bytes of the folded text, from the first letter to the end of the word.
    pub start: usize,
    pub end: usize,
    pub readings: &'g [Reading],
}

impl Gazetteer {
    fn compile() -> Self {
        let mut entries = Vec::new();
        let mut builder = PatternBuilder::default();
        for (class, table) in TABLES {
            for row in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                if let Some((entry, names)) = parse_row(class, row) {
                    builder.add_names(entries.len(), names);
                    entries.push(entry);
                }
            }
        }
        Self { entries, names: Trie::new(builder.patterns) }
    }

    /// All names in `folded`, in order; of names that lie within one another only the longest.
    pub fn find<'g>(&'g self, folded: &Folded) -> Vec<Find<'g>> {
        let mut finds = Vec::new();
        let mut word = 1;
        while let Some(length) = folded.text.get(word..).and_then(|rest| rest.find(' ')) {
            self.find_in_word(folded, word..word + length, &mut finds);
            word += length + 1;
        }
        finds.sort_by_key(|find| (find.start, std::cmp::Reverse(find.end)));
        let mut covered = 0;
        finds.retain(|find| {
            let outside = find.end > covered;
            covered = covered.max(find.end);
            outside
        });
        finds
    }

    fn find_in_word<'g>(&'g self, folded: &Folded, word: Range<usize>, finds: &mut Vec<Find<'g>>) {
        let letters = &folded.text[word.clone()];
        match letters.chars().next().map(Script::of) {
            Some(Script::Arabic) => {
                for prefix in inflection::prefixes_of(letters) {
                    self.find_at(folded, word.start + prefix.len(), word.start, finds);
                }
            }
            Some(Script::Han) => {}
            _ => self.find_at(folded, word.start, word.start, finds),
        }
        if letters.bytes().any(|byte| HAN_LEAD_BYTES.contains(&byte)) {
            for (at, _) in letters.char_indices().filter(|&(_, c)| Script::of(c) == Script::Han) {
                self.find_at(folded, word.start + at, word.start + at, finds);
            }
        }
    }

    fn find_at<'g>(
        &'g self,
        folded: &Folded,
        start: usize,
        word_start: usize,
        finds: &mut Vec<Find<'g>>,
    ) {
        let text = folded.text.as_str();
        self.names.prefixes(&text.as_bytes()[start..], |length, patterns| {
            finds.extend(patterns.iter().filter_map(|pattern| {
                let end = pattern.word_end(text, start + length)?;
                let shown =
                    pattern.case == Case::Any || folded.case_at(word_start) >= pattern.case;
                shown.then_some(Find { start, end, readings: &pattern.readings })
            }));
        });
    }
}

impl Pattern {
    /// The end of the word that the stem begins, if its ending is one that a name may carry.
    fn word_end(&self, text: &str, stem_end: usize) -> Option<usize> {
        if self.script == Script::Han {
            return Some(stem_end);
        }
        let end = stem_end + text[stem_end..].find(' ')?;
        let rest = &text[stem_end..end];
        let fits =
            inflection::accepts(self.script, &self.dropped, self.letters, self.open, rest);
        fits.then_some(end)
    }
}

impl AsRef<str> for Pattern {
    fn as_ref(&self) -> &str {
        &self.stem
    }
}

/// `id`, `kind`, `country` (`+`: several of the region; `-`: none), `source`, `lang=name|name;lang=name`, tab separated.
fn parse_row(class: Class, row: &'static str) -> Option<(Entry, &'static str)> {
    let mut cells = row.split('\t');
    let (id, kind, country) = (cells.next()?, cells.next()?, cells.next()?);
    let (_source, names) = (cells.next()?, cells.next()?);
    let english = names.split(';').find_map(|cell| cell.strip_prefix("en="))?;
    let name = english.split('|').next()?.trim_matches(['?', '*']);
    let regional = country == "+" || REGION.contains(&country);
    let country = (country.len() == 3).then_some(country);
    Some((Entry { class, id, kind, country, regional, name }, names))
}

#[derive(Default)]
struct PatternBuilder {
    patterns: Vec<Pattern>,
    known: HashMap<(String, String, bool), usize>,
}

impl PatternBuilder {
    fn add_names(&mut self, entry: usize, names: &'static str) {
        for (language, list) in names.split(';').filter_map(|cell| cell.split_once('=')) {
            for name in list.split('|') {
                let (name, ambiguous) = match name.strip_prefix('?') {
                    Some(name) => (name, true),
                    None => (name, false),
                };
                let reading = Reading { entry, language, ambiguous };
                self.add_spelling(name, reading);
                for spelling in transliterate::spellings(language, name) {
                    self.add_spelling(&spelling, reading);
                }
            }
        }
    }

    /// Adds a name as written, and as it comes when a hyphen or a joiner is a space or nothing.
    fn add_spelling(&mut self, name: &str, reading: Reading) {
        self.add(name, reading);
        if name.contains('\u{200c}') {
            self.add(&name.replace('\u{200c}', " "), reading);
        }
        if name.contains('-') {
            self.add(&name.replace('-', ""), reading);
        }
    }

    fn add(&mut self, name: &str, reading: Reading) {
        let (name, open) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let folded = Folded::new(name);
        let form = folded.text.trim();
        let Some(last) = form.chars().next_back() else {
            return;
        };
        let script = Script::of(last);
        let (stem, dropped) = if script == Script::Cyrillic && !open {
            inflection::stem(form)
        } else {
            (form, "")
        };
        let letters = form.rsplit(' ').next().unwrap_or(form).chars().count();
        let case = written_case(name);
        let key = (stem.to_owned(), dropped.to_owned(), open);
        let index = *self.known.entry(key).or_insert_with(|| {
            let (stem, dropped) = (stem.to_owned(), dropped.to_owned());
            let readings = Vec::new();
            self.patterns.push(Pattern { stem, script, dropped, letters, open, case, readings });
            self.patterns.len() - 1
        });
        let pattern = &mut self.patterns[index];
        pattern.case = pattern.case.min(case);
        if !pattern.readings.contains(&reading) {
            pattern.readings.push(reading);
        }
    }
}

fn written_case(name: &str) -> Case {
    let mut letters = name.chars().filter(|c| c.is_alphabetic());
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_uppercase() => Case::Acronym,
        (Some(first), _) if first.is_uppercase() => Case::Capital,
        _ => Case::Any,
    }
}
