//! Words of an article as hashes, and the articles that hold those of a query.
//!
//! A name is found in any script by its key ([`names::key`]); other words are compared in their comparison form.
//! There is no inverted index: at the size of a window it is quicker to look into every article's sorted tokens
//! than it would be to keep one up to date.

use std::collections::HashMap;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{Article, Model};
use crate::normalise::{names, text};
use crate::write::record;

/// Words of one article that are looked at.
const WORDS_MAX: usize = 1200;
/// Different tokens of one article that are kept: 2 KiB.
const TOKENS_MAX: usize = 512;
/// Words whose keys are remembered; then all are forgotten. Words of running text come again and again.
const REMEMBERED_MAX: usize = 1 << 17;
/// Terms of a query; further ones are passed over.
const TERMS_MAX: usize = 12;
/// Articles of which is looked whether the title has the words, the latest.
const RANKED_MAX: usize = 500;
const NAME_SEED: u64 = 1;

/// Sorted, without repetition.
#[derive(Debug, Default)]
pub(super) struct Tokens(Box<[u32]>);

impl Tokens {
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }

    fn has(&self, token: u32) -> bool {
        self.0.binary_search(&token).is_ok()
    }
}

fn word_token(word: &str) -> u32 {
    (xxh3_64(word.as_bytes()) >> 32) as u32
}

fn name_token(word: &str) -> Option<u32> {
    let key = names::key(word);
    let is_telling = key.len() >= names::MIN_KEY;
    is_telling.then(|| (xxh3_64_with_seed(key.as_bytes(), NAME_SEED) >> 32) as u32)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Hands on the words of a text in its comparison form. Of Chinese, which is written without spaces, every pair
/// of characters is one.
fn words(folded: &str, mut word: impl FnMut(&str)) {
    for part in folded.split(' ').filter(|part| !part.is_empty()) {
        if !part.contains(is_han) {
            word(part);
            continue;
        }
        let starts: Vec<usize> = part
            .char_indices()
            .map(|(at, _)| at)
            .chain([part.len()])
            .collect();
        if starts.len() == 2 {
            word(part);
        }
        starts
            .windows(3)
            .for_each(|pair| word(&part[pair[0]..pair[2]]));
    }
}

/// The words of a text as they are written, apostrophes in them included.
fn written(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !"'ʻʼ‘’-\u{200c}".contains(c))
        .filter(|word| !word.is_empty())
}

/// Whether a word may be a name, as far as its first letter says.
fn may_be_name(word: &str) -> bool {
    word.chars()
        .next()
        .is_some_and(|c| !c.is_lowercase() && !c.is_numeric() && !is_han(c))
}

/// Makes tokens; remembers what keys cost to make.
#[derive(Debug, Default)]
pub(super) struct Reader {
    keys: HashMap<u64, Option<u32>>,
}

impl Reader {
    /// Words of title and text, the names among them, and what the gazetteer calls the places, people and bodies
    /// in it.
    pub fn tokens(&mut self, record: &record::Article) -> Tokens {
        let (title, body) = (
            record.title.as_deref().unwrap_or_default(),
            record.text.as_deref().unwrap_or_default(),
        );
        let mut tokens = Vec::with_capacity(TOKENS_MAX);
        let places = record.places.iter().map(|place| &place.name);
        let people = record.people.iter().map(|person| &person.name);
        let bodies = record.bodies.iter().map(|body| &body.name);
        for name in places.chain(people).chain(bodies) {
            written(name).for_each(|word| tokens.extend(self.name(word)));
            words(&text::fold(name), |word| tokens.push(word_token(word)));
        }
        for country in &record.countries {
            tokens.push(word_token(&country.code.to_ascii_lowercase()));
        }
        words(&text::fold(title), |word| tokens.push(word_token(word)));
        written(title).for_each(|word| tokens.extend(self.name(word)));
        // What comes late in a long text is left out first.
        let mut left = WORDS_MAX;
        for paragraph in body.split('\n') {
            words(&text::fold(paragraph), |word| {
                if left > 0 && tokens.len() < TOKENS_MAX * 2 {
                    left -= 1;
                    tokens.push(word_token(word));
                }
            });
            for word in written(paragraph).filter(|word| left > 0 && may_be_name(word)) {
                tokens.extend(self.name(word));
            }
            if left == 0 || tokens.len() >= TOKENS_MAX * 2 {
                break;
            }
        }
        Tokens(distinct(tokens))
    }

    fn name(&mut self, word: &str) -> Option<u32> {
        if self.keys.len() >= REMEMBERED_MAX {
            self.keys.clear();
        }
        *self
            .keys
            .entry(xxh3_64(word.as_bytes()))
            .or_insert_with(|| name_token(word))
    }
}

/// The first [`TOKENS_MAX`] different ones, sorted.
fn distinct(tokens: Vec<u32>) -> Box<[u32]> {
    let mut seen = std::collections::HashSet::with_capacity(TOKENS_MAX);
    let mut kept: Vec<u32> = tokens
        .into_iter()
        .filter(|&token| seen.insert(token))
        .take(TOKENS_MAX)
        .collect();
    kept.sort_unstable();
    kept.into_boxed_slice()
}

/// A word of a query: as it is written, and as a name.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    words: Vec<u32>,
    name: Option<u32>,
}

/// What is looked for: all terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Query(Vec<Term>);

impl Query {
    /// Nothing where the text has no word.
    pub fn read(query: &str) -> Option<Self> {
        let terms = written(query).take(TERMS_MAX).filter_map(|word| {
            let mut tokens = Vec::new();
            words(&text::fold(word), |word| tokens.push(word_token(word)));
            (!tokens.is_empty()).then(|| Term {
                words: tokens,
                name: name_token(word),
            })
        });
        let terms: Vec<Term> = terms.collect();
        (!terms.is_empty()).then_some(Self(terms))
    }

    fn fits(&self, tokens: &Tokens) -> bool {
        self.0.iter().all(|term| {
            term.words.iter().all(|&word| tokens.has(word))
                || term.name.is_some_and(|name| tokens.has(name))
        })
    }
}

/// What a query finds.
pub struct Found<'a> {
    pub count: usize,
    /// Those with the words in the title first, then the latest.
    pub articles: Vec<&'a Article>,
}

impl Model {
    /// The articles that hold every word of a query.
    pub fn search(&self, query: &Query) -> Found<'_> {
        let mut articles: Vec<&Article> = self
            .articles()
            .filter(|article| query.fits(&article.tokens))
            .collect();
        articles.sort_by_key(|article| std::cmp::Reverse(article.published));
        let ranked = articles.len().min(RANKED_MAX);
        articles[..ranked].sort_by_cached_key(|article| !query.fits(&of_title(&article.title)));
        Found {
            count: articles.len(),
            articles,
        }
    }
}

fn of_title(title: &str) -> Tokens {
    let mut tokens = Vec::new();
    words(&text::fold(title), |word| tokens.push(word_token(word)));
    tokens.extend(written(title).filter_map(name_token));
    Tokens(distinct(tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, title: &str, expected: bool) {
        let query = Query::read(query).expect("a query");
        assert_eq!(
            query.fits(&of_title(title)),
            expected,
            "{query:?} in {title:?}"
        );
    }

    #[test]
    fn names_are_found_in_any_script() {
        for title in [
            "Tashkent opens a metro line",
            "В Ташкенте открыли метро",
            "Toshkentda metro ochildi",
            "افتتاح خط مترو در تاشکند",
        ] {
            check("Ташкент", title, true);
            check("Tashkent", title, true);
            check("تاشکند", title, true);
        }
        check("Ташкент", "Bishkek opens a metro line", false);
    }

    #[test]
    fn every_word_must_be_there() {
        check("metro tashkent", "Tashkent opens a metro line", true);
        check("metro bishkek", "Tashkent opens a metro line", false);
        check("METRO", "Tashkent opens a metro line", true);
    }

    #[test]
    fn chinese_is_found_by_pairs_of_characters() {
        check("铁路", "中吉乌铁路开工", true);
        check("中吉乌铁路", "中吉乌铁路开工", true);
        check("公路", "中吉乌铁路开工", false);
    }

    #[test]
    fn a_query_without_words_is_none() {
        assert_eq!(Query::read(" -- ?! "), Query::read("\u{202e}"));
        assert!(Query::read("").is_none());
    }
}
