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

/// Latin names of up to this many letters are words of some other language: Soʻx is no Red Sox.
const SHORT_LATIN: usize = 4;

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

/// An entry that a name may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sense {
    pub entry: usize,
    /// Counts only beside another name of the same country, except in the languages of `clear_in`.
    ambiguous: bool,
    clear_in: Vec<&'static str>,
}

impl Sense {
    /// `language` is a BCP 47 tag without script, or empty.
    pub fn is_clear(&self, language: &str) -> bool {
        !self.ambiguous || self.clear_in.contains(&language)
    }
}

/// A name of an entry as one language writes it.
#[derive(Clone, Copy)]
struct Reading {
    entry: usize,
    language: &'static str,
    ambiguous: bool,
}

/// What is looked for: a folded name without the vowel that inflection may drop.
#[derive(Debug)]
struct Pattern {
    stem: String,
    script: Script,
    dropped: String,
    /// Of the last word, which may be inflected; 0 for a name that never is.
    letters: usize,
    open: bool,
    case: Case,
    senses: Vec<Sense>,
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
    /// Bytes of the ending: of two names that fill one word, the one with less ending is meant.
    ending: usize,
    pub senses: &'g [Sense],
}

impl Gazetteer {
    fn compile() -> Self {
        let mut entries = Vec::new();
        let mut builder = PatternBuilder::default();
        for (class, table) in TABLES {
            for row in table
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
            {
                if let Some((entry, names)) = parse_row(class, row) {
                    builder.add_names(entries.len(), names);
                    entries.push(entry);
                }
            }
        }
        Self {
            entries,
            names: Trie::new(builder.patterns),
        }
    }

    /// All names in `folded`, in order; of names that lie within one another only the longest.
    pub fn find<'g>(&'g self, folded: &Folded) -> Vec<Find<'g>> {
        let mut finds = Vec::new();
        let mut word = 1;
        let bytes = folded.text.as_bytes();
        // Words are a few bytes long: a plain loop is faster here than a search made for long texts.
        while let Some(length) = bytes
            .get(word..)
            .and_then(|rest| rest.iter().position(|&b| b == b' '))
        {
            self.find_in_word(folded, word..word + length, &mut finds);
            word += length + 1;
        }
        finds.sort_by_key(|find| (find.start, std::cmp::Reverse(find.end), find.ending));
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
            for (at, _) in letters
                .char_indices()
                .filter(|&(_, c)| Script::of(c) == Script::Han)
            {
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
        self.names
            .prefixes(&text.as_bytes()[start..], |length, patterns| {
                let inner = start > word_start;
                finds.extend(patterns.iter().filter_map(|pattern| {
                    if inner && !pattern.takes_prefix() {
                        return None;
                    }
                    let stem_end = start + length;
                    let end = pattern.word_end(text, stem_end)?;
                    let shown =
                        pattern.case == Case::Any || folded.case_at(word_start) >= pattern.case;
                    let ending = end - stem_end;
                    shown.then_some(Find {
                        start,
                        end,
                        ending,
                        senses: &pattern.senses,
                    })
                }));
            });
    }
}

impl Pattern {
    /// `local`: the name is clear in its own language only, marked or not.
    fn add_sense(&mut self, reading: Reading, local: bool) {
        let Reading {
            entry,
            language,
            ambiguous,
        } = reading;
        let known = self.senses.iter().position(|sense| sense.entry == entry);
        let index = known.unwrap_or_else(|| {
            self.senses.push(Sense {
                entry,
                ambiguous: false,
                clear_in: Vec::new(),
            });
            self.senses.len() - 1
        });
        let sense = &mut self.senses[index];
        sense.ambiguous |= ambiguous || local;
        let language = language.split('-').next().unwrap_or(language);
        if !ambiguous && !sense.clear_in.contains(&language) {
            sense.clear_in.push(language);
        }
    }

    /// Short words after a prefix are other words: ليلة is ل‌ and يلة for nobody.
    fn takes_prefix(&self) -> bool {
        self.script != Script::Arabic || self.letters >= inflection::MIN_STEM
    }

    /// The end of the word that the stem begins, if its ending is one that a name may carry.
    fn word_end(&self, text: &str, stem_end: usize) -> Option<usize> {
        if self.script == Script::Han {
            return Some(stem_end);
        }
        let end = stem_end + text[stem_end..].find(' ')?;
        let rest = &text[stem_end..end];
        let fits = inflection::accepts(self.script, &self.dropped, self.letters, self.open, rest);
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
    let name = english.split('|').next()?.trim_matches(['?', '*', '!']);
    let regional = country == "+" || REGION.contains(&country);
    let country = (country.len() == 3).then_some(country);
    Some((
        Entry {
            class,
            id,
            kind,
            country,
            regional,
            name,
        },
        names,
    ))
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
                let reading = Reading {
                    entry,
                    language,
                    ambiguous,
                };
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
        let (name, ending) = match name.strip_suffix(['*', '!']) {
            Some(stem) => (stem, name.chars().next_back()),
            None => (name, None),
        };
        let (open, exact) = (ending == Some('*'), ending == Some('!'));
        let folded = Folded::new(name);
        let form = folded.text.trim();
        let Some(last) = form.chars().next_back() else {
            return;
        };
        let script = Script::of(last);
        let (stem, dropped) = if script == Script::Cyrillic && ending.is_none() {
            inflection::stem(form)
        } else {
            (form, "")
        };
        let last_word = form.rsplit(' ').next().unwrap_or(form);
        let letters = if exact { 0 } else { last_word.chars().count() };
        let case = written_case(name);
        let key = (stem.to_owned(), dropped.to_owned(), open);
        let index = *self.known.entry(key).or_insert_with(|| {
            let (stem, dropped) = (stem.to_owned(), dropped.to_owned());
            let senses = Vec::new();
            self.patterns.push(Pattern {
                stem,
                script,
                dropped,
                letters,
                open,
                case,
                senses,
            });
            self.patterns.len() - 1
        });
        let pattern = &mut self.patterns[index];
        pattern.case = pattern.case.min(case);
        let local =
            script == Script::Latin && form.len() <= SHORT_LATIN && reading.language != "en";
        pattern.add_sense(reading, local);
    }
}

fn written_case(name: &str) -> Case {
    let mut letters = name.chars().filter(|c| c.is_alphabetic());
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_uppercase() => {
            Case::Acronym
        }
        (Some(first), _) if first.is_uppercase() => Case::Capital,
        _ => Case::Any,
    }
}

#[cfg(test)]
impl Gazetteer {
    /// Names without a mark, of the given languages: entry, language, name.
    pub fn clear_names(&self, languages: &[&str]) -> Vec<(usize, &'static str, &'static str)> {
        let rows = TABLES.iter().flat_map(|&(class, table)| {
            table
                .lines()
                .filter_map(move |row| parse_row(class, row))
                .map(|(_, names)| names)
        });
        rows.enumerate()
            .flat_map(|(entry, names)| names.split(';').map(move |cell| (entry, cell)))
            .filter_map(|(entry, cell)| {
                cell.split_once('=').map(|(lang, list)| (entry, lang, list))
            })
            .filter(|(_, language, _)| languages.contains(language))
            .flat_map(|(entry, language, list)| {
                list.split('|').map(move |name| (entry, language, name))
            })
            .filter(|(_, _, name)| !name.starts_with('?') && !name.ends_with(['*', '!']))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_is_well_formed() {
        for (class, table) in TABLES {
            let mut ids = HashSet::new();
            for row in table
                .lines()
                .filter(|row| !row.is_empty() && !row.starts_with('#'))
            {
                assert_eq!(row.split('\t').count(), 5, "{row}");
                let (entry, names) = parse_row(class, row).unwrap_or_else(|| panic!("{row}"));
                assert!(ids.insert(entry.id), "{} twice", entry.id);
                assert!(!entry.name.is_empty(), "{row}");
                for cell in names.split(';') {
                    let (language, list) = cell.split_once('=').unwrap_or_else(|| panic!("{row}"));
                    assert!(
                        !language.is_empty() && list.split('|').all(|name| !name.is_empty()),
                        "{row}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_region_is_covered() {
        let regional = GAZETTEER
            .entries
            .iter()
            .filter(|entry| entry.regional)
            .count();
        assert!(regional >= 1_200, "{regional}");
        for country in REGION {
            let provinces = GAZETTEER
                .entries
                .iter()
                .filter(|entry| entry.country == Some(country) && entry.kind == "province")
                .count();
            let expected = match country {
                "AFG" => 34,
                "KAZ" => 17,
                "KGZ" => 7,
                "TJK" => 4,
                "TKM" => 5,
                _ => 13,
            };
            assert_eq!(provinces, expected, "{country}");
        }
    }
}
