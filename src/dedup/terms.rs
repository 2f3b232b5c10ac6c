//! The words of a text as stems and as name keys.
//!
//! Stemming is a cut, without tables: what a language adds to a word it adds at the end (in Arabic also
//! the article in front), so the first letters hold the word. Chinese is taken in pairs of characters.

use crate::letters::is_alphanumeric;
use crate::normalise::names::{self, MIN_KEY};
use crate::normalise::text::fold_into;

use super::hash::hash_of;

/// Letters of a stem in alphabets that write vowels. Chosen among 5, 6 and 7 on the labelled sets.
const STEM_LETTERS: usize = 6;
/// In Arabic script, which leaves vowels out, a word is shorter.
const STEM_LETTERS_ARABIC: usize = 5;
/// Consonants of a name key that are compared: case endings lengthen a key, never its start.
const KEY_LETTERS: usize = 6;
/// Slots of the cache of words. News repeats itself: nine words of ten have been seen just before.
const CACHE_SLOTS: usize = 1 << 15;
/// Letters of the longest word that is looked at; longer ones are addresses and debris.
const WORD_BYTES_MAX: usize = 96;

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Bytes of the folded text.
    pub start: u32,
    pub end: u32,
    /// Begins with a capital letter; always, in a script without capitals.
    pub capital: bool,
    /// Hash of the name key, 0 where it is too short to mean a name.
    pub key: u32,
}

/// Reads words, remembering the latest.
#[derive(Debug)]
pub(super) struct Reader {
    cache: Box<[Known]>,
}

/// A word that was read before.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Of the word as it is written; 0 in an empty slot.
    hash: u64,
    key: u32,
    capital: bool,
    folded: Box<str>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            cache: vec![Known::default(); CACHE_SLOTS].into(),
        }
    }
}

impl Reader {
    /// Appends the first `words_max` words of `raw` to `folded`, each followed by a space, and tells
    /// where they stand.
    pub fn read(&mut self, raw: &str, words_max: usize, folded: &mut String) -> Vec<Word> {
        let mut words = Vec::with_capacity(words_max.min(raw.len() / 5 + 1));
        let mut rest = raw;
        while words.len() < words_max {
            let Some(start) = rest.find(is_alphanumeric) else {
                break;
            };
            rest = &rest[start..];
            let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            self.push(&rest[..end], folded, &mut words);
            rest = &rest[end..];
        }
        words.truncate(words_max);
        words
    }

    fn push(&mut self, raw: &str, folded: &mut String, words: &mut Vec<Word>) {
        if raw.len() > WORD_BYTES_MAX && !raw.starts_with(is_han) {
            return;
        }
        let hash = xxhash_rust::xxh3::xxh3_64(raw.as_bytes()) | 1;
        let known = &mut self.cache[(hash >> 32) as usize % CACHE_SLOTS];
        if known.hash != hash {
            *known = Known::of(raw, hash);
        }
        let mut start = folded.len();
        folded.push_str(&known.folded);
        // Folding may take a word apart.
        for part in known.folded.split(' ') {
            if !part.is_empty() {
                words.push(Word {
                    start: start as u32,
                    end: (start + part.len()) as u32,
                    capital: known.capital,
                    key: known.key,
                });
            }
            start += part.len() + 1;
        }
        folded.push(' ');
    }
}

impl Known {
    fn of(raw: &str, hash: u64) -> Self {
        let first = raw.chars().next().unwrap_or_default();
        let mut folded = String::new();
        fold_into(raw, &mut folded);
        Self {
            hash,
            key: key_of(raw).map_or(0, |key| hash_of(&key).max(1)),
            capital: first.is_uppercase() || !(first.is_lowercase() || first.is_numeric()),
            folded: folded.trim_end().into(),
        }
    }
}

/// The name key of a word as far as it is compared; none where it is too short to mean a name, and none
/// for Chinese, whose names the gazetteer knows.
pub(super) fn key_of(word: &str) -> Option<String> {
    if word
        .chars()
        .next()
        .is_none_or(|c| c.is_numeric() || is_han(c))
    {
        return None;
    }
    let mut key = names::key(word);
    key.truncate(KEY_LETTERS);
    (key.len() >= MIN_KEY).then_some(key)
}

/// Calls `found` with each stem of a folded word.
pub(super) fn stems(word: &str, language: &str, mut found: impl FnMut(&str)) {
    let Some(first) = word.chars().next() else {
        return;
    };
    if is_han(first) {
        let ends: Vec<usize> = word
            .char_indices()
            .map(|(at, _)| at)
            .chain([word.len()])
            .collect();
        if ends.len() == 2 {
            found(word);
        }
        ends.windows(3)
            .for_each(|pair| found(&word[pair[0]..pair[2]]));
    } else if matches!(first, '\u{600}'..='\u{6ff}') {
        let word = if language == "ar" {
            without_article(word)
        } else {
            word
        };
        found(prefix(word, STEM_LETTERS_ARABIC));
    } else {
        found(prefix(word, STEM_LETTERS));
    }
}

/// Arabic words with the article, and what may stand before it.
fn without_article(word: &str) -> &str {
    let article = ["وال", "بال", "کال", "كال", "فال", "لل", "ال"]
        .iter()
        .find(|article| word.starts_with(**article));
    match article {
        Some(article) if word.chars().count() > article.chars().count() + 2 => {
            &word[article.len()..]
        }
        _ => word,
    }
}

fn prefix(word: &str, letters: usize) -> &str {
    word.char_indices()
        .nth(letters)
        .map_or(word, |(end, _)| &word[..end])
}

fn is_of_word(c: char) -> bool {
    is_alphanumeric(c)
        || matches!(
            c,
            '\'' | '’' | '‘' | 'ʻ' | 'ʼ' | '\u{200c}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        )
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{3040}'..='\u{30ff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems_of(word: &str, language: &str) -> Vec<String> {
        let mut found = Vec::new();
        stems(word, language, |stem| found.push(stem.to_owned()));
        found
    }

    #[test]
    fn inflected_words_share_a_stem() {
        assert_eq!(stems_of("президента", "ru"), stems_of("президентом", "ru"));
        assert_eq!(
            stems_of("qoʻshinlarning", "uz"),
            stems_of("qoʻshinlarni", "uz")
        );
        assert_eq!(stems_of("الوزير", "ar"), stems_of("وزير", "ar"));
    }

    #[test]
    fn chinese_is_taken_in_pairs() {
        assert_eq!(stems_of("地震造成", "zh"), ["地震", "震造", "造成"]);
        assert_eq!(stems_of("震", "zh"), ["震"]);
    }

    #[test]
    fn words_know_their_capitals_and_keys() {
        let mut folded = String::new();
        let words = Reader::default().read("Ryabkov warned 12 times", 10, &mut folded);
        let capitals: Vec<bool> = words.iter().map(|word| word.capital).collect();
        assert_eq!(capitals, [true, false, false, false]);
        assert_eq!(words[2].key, 0);
        let mut other = String::new();
        let russian = Reader::default().read("Рябков", 10, &mut other);
        assert_eq!(russian[0].key, words[0].key);
    }

    #[test]
    fn no_more_words_than_asked_for() {
        let mut folded = String::new();
        assert_eq!(Reader::default().read("a b c d", 2, &mut folded).len(), 2);
    }
}
