//! Dari or Persian of Iran, by vocabulary.
//!
//! The two share their letters and most of their words; what differs are the names of offices,
//! schools, streets and months, and the spelling of foreign names. A text without any such word
//! stays undecided. Not for Tajik, which has a script of its own.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Words that are looked at; the sample of letters that the model sees has about 100.
const WORDS_MAX: usize = 120;
/// A word longer than this is not in the vocabulary.
const WORD_CHARS_MAX: usize = 24;

static VOCABULARY: LazyLock<HashMap<String, i32>> = LazyLock::new(|| {
    let mut vocabulary = HashMap::new();
    for line in include_str!("../data/dari-persian.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let mut fields = line.split_whitespace();
        if let Some(weight) = fields.next().and_then(|field| field.parse().ok()) {
            vocabulary.extend(fields.map(|word| (word.to_owned(), weight)));
        }
    }
    vocabulary
});

/// The weights of the words of `text`, summed: above 0 Dari, below 0 Persian.
pub(super) fn leaning(text: &str) -> i32 {
    let mut word = String::new();
    let words = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX);
    let weights = words.map(|source| {
        word.clear();
        word.extend(source.chars().take(WORD_CHARS_MAX).map(persian_form));
        VOCABULARY.get(&word).copied().unwrap_or(0)
    });
    weights.sum()
}

/// Arabic keyboards give other code points for yeh and kaf.
fn persian_form(c: char) -> char {
    match c {
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        _ => c,
    }
}
