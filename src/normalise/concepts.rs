//! Which concepts of the news a text names, the same in every language: attack, wheat, parliament.
//!
//! A multilingual thesaurus in the sense of Pouliquen et al. (cross-lingual news clustering): stems
//! of each concept, read from `data/lexicon/*.tsv`, are looked up where words begin, so that texts
//! of one story can be compared across languages without a model. Not a dictionary, and no word
//! senses: a stem is chosen so that it seldom means something else. Countries, places and people are
//! not concepts (`region` and `names` have them), nor are dates.

mod stems;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;
use stems::{HEADINGS, Script, WRITTEN, Written};

/// A concept that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Row of the lexicon. Good within one build only: what outlives a process keeps [`name`].
    pub id: u16,
    /// How often the text names it; saturates.
    pub count: u16,
    /// Byte offset in the folded text at which it is named first; saturates.
    pub first: u32,
}

/// The concepts that `folded` names in `language`, by ascending id, each once.
///
/// `folded` comes from [`fold`](crate::normalise::text::fold), `language` is a BCP 47 tag without
/// script; a language without a lexicon has no concepts. A stem matches a word that begins with it,
/// in Arabic also behind the article and the prefixed particles, in Chinese anywhere; where several
/// match, the longest one holds and what it covers is not looked at again. Of a language with several
/// scripts, the one that most letters are in is read. At most one entry for each row of the lexicon; time is
/// proportional to the text.
pub fn concepts(folded: &str, language: &str) -> Vec<Concept> {
    match lexicon(folded, language) {
        Some(lexicon) => lexicon.find(folded),
        None => Vec::new(),
    }
}

/// The name of a concept in the lexicon (`suicide-attack`), empty for an id that is not there.
pub fn name(id: u16) -> &'static str {
    HEADINGS
        .get(usize::from(id))
        .map_or("", |heading| heading.name)
}

/// How much a concept says: 1 generic (meeting), 2 normal, 3 specific (locust); 0 for an unknown id.
pub fn weight(id: u16) -> u8 {
    HEADINGS
        .get(usize::from(id))
        .map_or(0, |heading| heading.weight)
}

/// How many concepts there are; ids are below this.
pub fn len() -> usize {
    HEADINGS.len()
}

/// The tables that concepts are read from: who keeps what was found by them asks whether they are the same.
pub fn tables() -> impl Iterator<Item = &'static str> {
    stems::FILES.into_iter()
}

/// The lexicon of `language` in the script of `folded`, built when it is first asked for.
fn lexicon(folded: &str, language: &str) -> Option<&'static Lexicon> {
    static LEXICONS: [OnceLock<Lexicon>; WRITTEN.len()] =
        [const { OnceLock::new() }; WRITTEN.len()];
    let language = if language == "prs" { "fa" } else { language };
    let of_language = |written: &Written| written.language == language;
    let is_written_once = WRITTEN
        .iter()
        .filter(|written| of_language(written))
        .count()
        == 1;
    let script = if is_written_once {
        None
    } else {
        Some(dominant_script(folded))
    };
    let fits = |written: &Written| {
        of_language(written) && script.is_none_or(|script| written.script == script)
    };
    let index = WRITTEN.iter().position(fits)?;
    Some(LEXICONS[index].get_or_init(|| Lexicon::build(&WRITTEN[index])))
}

/// Which of the alphabets most letters of `text` are from. Latin letters beyond ASCII count for
/// none: the others outnumber them.
fn dominant_script(text: &str) -> Script {
    let (mut latin, mut cyrillic, mut arabic) = (0, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' => latin += 1,
            // The first byte of two.
            0xD0..=0xD4 => cyrillic += 1,
            0xD8..=0xDB => arabic += 1,
            _ => {}
        }
    }
    if cyrillic > latin.max(arabic) {
        Script::Cyrillic
    } else if arabic > latin {
        Script::Arabic
    } else {
        Script::Latin
    }
}

/// The stems of one language, to be looked up by their first letters.
#[derive(Debug)]
struct Lexicon {
    /// All stems, end to end. A stem that must be a whole word ends in a space.
    letters: String,
    /// Stems with the same key lie together, the longest first.
    stems: Vec<Stem>,
    heads: HashMap<u64, Range<u32>>,
    writing: Writing,
}

#[derive(Clone, Copy, Debug)]
struct Stem {
    at: u32,
    len: u16,
    concept: u16,
}

/// What has to be known of a language to find where stems can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Words,
    /// Words take the article and particles in front.
    ArabicWords,
    /// No spaces between words.
    Han,
}

impl Writing {
    /// Letters that a key has. No stem is shorter.
    const fn key_letters(self) -> usize {
        match self {
            Writing::Words | Writing::ArabicWords => 3,
            Writing::Han => 2,
        }
    }

    /// The first letters of `text` as a number, `None` if it has fewer than a key has.
    fn key(self, text: &str) -> Option<u64> {
        let mut letters = text.chars();
        let mut key = 0;
        for _ in 0..self.key_letters() {
            // A code point has 21 bits.
            key = key << 21 | u64::from(letters.next()?);
        }
        Some(key)
    }
}

impl Lexicon {
    fn build(written: &Written) -> Self {
        let writing = match (written.script, written.language) {
            (Script::Han, _) => Writing::Han,
            (_, "ar") => Writing::ArabicWords,
            _ => Writing::Words,
        };
        let mut stems = stems::read_stems(written);
        stems.retain(|(stem, _)| writing.key(stem).is_some());
        stems.sort_by_cached_key(|(stem, _)| (writing.key(stem), std::cmp::Reverse(stem.len())));
        let mut lexicon = Self {
            letters: String::new(),
            stems: Vec::with_capacity(stems.len()),
            heads: HashMap::new(),
            writing,
        };
        for (stem, concept) in stems {
            lexicon.push(&stem, concept);
        }
        lexicon.letters.shrink_to_fit();
        lexicon
    }

    /// Appends a stem; stems come in the order of their keys.
    fn push(&mut self, stem: &str, concept: u16) {
        let Some(key) = self.writing.key(stem) else {
            return;
        };
        let index = self.stems.len() as u32;
        self.heads.entry(key).or_insert(index..index).end = index + 1;
        self.stems.push(Stem {
            at: self.letters.len() as u32,
            len: stem.len() as u16,
            concept,
        });
        self.letters.push_str(stem);
    }

    fn find(&self, folded: &str) -> Vec<Concept> {
        // With a space behind the last word, whole words are found there as anywhere.
        let text = format!("{folded} ");
        let mut tally = Tally::default();
        match self.writing {
            Writing::Han => self.find_anywhere(&text, &mut tally),
            _ => self.find_at_words(&text, &mut tally),
        }
        tally.finish()
    }

    fn find_at_words(&self, text: &str, tally: &mut Tally) {
        let mut at = 0;
        while at < text.len() {
            let found = match self.writing {
                Writing::ArabicWords => self.longest_behind_particles(&text[at..]),
                _ => self
                    .longest(&text[at..])
                    .map(|stem| (stem.concept, usize::from(stem.len))),
            };
            // The space at the end of a whole word is the one to look for.
            let mut covered = at;
            if let Some((concept, len)) = found {
                tally.add(concept, at);
                covered += len - 1;
            }
            at = match memchr::memchr(b' ', &text.as_bytes()[covered..]) {
                Some(space) => covered + space + 1,
                None => text.len(),
            };
        }
    }

    fn find_anywhere(&self, text: &str, tally: &mut Tally) {
        let mut at = 0;
        while let Some(letter) = text[at..].chars().next() {
            at += match self.longest(&text[at..]) {
                Some(stem) => {
                    tally.add(stem.concept, at);
                    usize::from(stem.len)
                }
                None => letter.len_utf8(),
            };
        }
    }

    /// The longest stem that `text` begins with.
    fn longest(&self, text: &str) -> Option<Stem> {
        let stems = self.heads.get(&self.writing.key(text)?)?;
        let stems = &self.stems[stems.start as usize..stems.end as usize];
        stems
            .iter()
            .copied()
            .find(|stem| text.starts_with(self.letters_of(*stem)))
    }

    /// The concept of the longest stem at the start of `text` or behind its particles, and how many
    /// bytes both cover.
    fn longest_behind_particles(&self, text: &str) -> Option<(u16, usize)> {
        let mut best: Option<Stem> = None;
        let mut covered = 0;
        for start in particle_ends(text).into_iter().flatten() {
            // A particle of one letter is too often the first letter of a word to trust short stems.
            let is_doubtful = start == 'و'.len_utf8();
            if let Some(stem) = self.longest(&text[start..])
                && best.is_none_or(|best| best.len < stem.len)
                && (!is_doubtful || usize::from(stem.len) >= BEHIND_PARTICLE_MIN)
            {
                best = Some(stem);
                covered = start + usize::from(stem.len);
            }
        }
        best.map(|stem| (stem.concept, covered))
    }

    fn letters_of(&self, stem: Stem) -> &str {
        &self.letters[stem.at as usize..stem.at as usize + usize::from(stem.len)]
    }
}

/// Bytes of a stem that may stand behind a lone particle: four letters.
const BEHIND_PARTICLE_MIN: usize = 8;

/// Where an Arabic word may begin once the conjunction (و, ف), a preposition (ب, ل, ك) and the
/// article are taken off: the start itself and up to five places behind it.
fn particle_ends(word: &str) -> [Option<usize>; 6] {
    let behind = |from: usize, particles: &[&str]| {
        let rest = &word[from..];
        let particle = particles
            .iter()
            .find(|particle| rest.starts_with(**particle))?;
        Some(from + particle.len())
    };
    let conjunction = behind(0, &["و", "ف"]);
    let preposition = behind(conjunction.unwrap_or(0), &["ب", "ل", "ک"]);
    let article = |from| behind(from, &["ال", "لل"]);
    [
        Some(0),
        article(0),
        conjunction,
        conjunction.and_then(article),
        preposition,
        preposition.and_then(|from| behind(from, &["ال", "ل"])),
    ]
}

/// The concepts found so far.
#[derive(Default)]
struct Tally {
    found: Vec<Concept>,
    /// By concept, one more than its index in `found`; 0 if it was not found.
    places: Vec<u16>,
}

impl Tally {
    fn add(&mut self, id: u16, at: usize) {
        if self.places.is_empty() {
            self.places.resize(len(), 0);
        }
        let Some(place) = self.places.get_mut(usize::from(id)) else {
            return;
        };
        match self.found.get_mut(usize::from(*place).wrapping_sub(1)) {
            Some(concept) => concept.count = concept.count.saturating_add(1),
            None => {
                let first = u32::try_from(at).unwrap_or(u32::MAX);
                self.found.push(Concept {
                    id,
                    count: 1,
                    first,
                });
                *place = self.found.len() as u16;
            }
        }
    }

    fn finish(mut self) -> Vec<Concept> {
        self.found.sort_unstable_by_key(|concept| concept.id);
        self.found
    }
}

#[cfg(test)]
mod tests;
