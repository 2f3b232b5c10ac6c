//! What two texts share, word for word.
//!
//! The measure is the engine's own: word triples that stand in both. It finds paragraphs that were moved, costs a
//! time linear in the texts, and does not call two texts alike because both say "the".

use std::collections::HashSet;

use crate::normalise::{names, text};

/// Words of a text that are compared; the rest is shown unmarked.
const WORDS_MAX: usize = 4000;
/// Words in a run that counts as shared.
const RUN: usize = 3;

/// A text in pieces, each with whether the other text has it too; joined, they are the text.
pub type Pieces<'a> = Vec<(&'a str, bool)>;

/// Marks what the other text has word for word. For two texts of one language.
pub fn same_words<'a>(text: &'a str, other: &str) -> Pieces<'a> {
    let (ours, theirs) = (folded(text), folded(other));
    let runs: HashSet<&[String]> = theirs.windows(RUN).collect();
    let mut shared = vec![false; ours.len()];
    for (at, run) in ours.windows(RUN).enumerate() {
        if runs.contains(run) {
            shared[at..at + RUN].fill(true);
        }
    }
    pieces(text, &shared)
}

/// Marks the names and numbers that the other text has too, however it writes them. For two languages.
pub fn same_names<'a>(text: &'a str, other: &str) -> Pieces<'a> {
    let theirs: HashSet<String> = words(other).filter_map(|(_, word)| sign(word)).collect();
    let shared: Vec<bool> = words(text)
        .map(|(_, word)| sign(word).is_some_and(|sign| theirs.contains(&sign)))
        .collect();
    pieces(text, &shared)
}

/// A number, or the key of a name.
fn sign(word: &str) -> Option<String> {
    let folded = text::fold(word);
    if folded.len() > 1 && folded.chars().all(|c| c.is_ascii_digit()) {
        return Some(folded);
    }
    // Ordinary words share short keys, and few of them begin with a capital.
    let may_be_name = word
        .chars()
        .find(|c| c.is_alphabetic())
        .is_some_and(|c| !c.is_lowercase());
    let key = names::key(word);
    (may_be_name && key.len() >= names::MIN_KEY).then_some(key)
}

/// Words with the place where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split_whitespace()
        .take(WORDS_MAX)
        .map(move |word| (word.as_ptr() as usize - start, word))
}

fn folded(text: &str) -> Vec<String> {
    words(text).map(|(_, word)| text::fold(word)).collect()
}

/// Joins neighbours of one kind, with the space between them.
fn pieces<'a>(text: &'a str, shared: &[bool]) -> Pieces<'a> {
    let mut pieces: Pieces<'a> = Vec::new();
    let (mut from, mut kind) = (0, None);
    for ((at, word), &is_shared) in words(text).zip(shared) {
        match kind {
            Some(kind) if kind != is_shared => {
                // The space belongs to what is not shared.
                let cut = if kind {
                    text[..at].trim_end().len()
                } else {
                    at
                };
                pieces.push((&text[from..cut], kind));
                from = cut;
            }
            None if is_shared && at > 0 => {
                pieces.push((&text[..at], false));
                from = at;
            }
            _ => {}
        }
        kind = Some(is_shared);
        let end = at + word.len();
        if is_shared && text[end..].starts_with('\n') {
            // A mark does not span paragraphs.
            pieces.push((&text[from..end], true));
            (from, kind) = (end, Some(false));
        }
    }
    let is_last_shared = kind == Some(true);
    let end = match is_last_shared {
        true => words(text)
            .take(shared.len())
            .last()
            .map_or(from, |(at, word)| at + word.len()),
        false => text.len(),
    };
    pieces.push((&text[from..end], is_last_shared));
    pieces.push((&text[end..], false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(pieces: &Pieces<'_>) -> String {
        let mark = |(piece, shared): &(&str, bool)| match shared {
            true => format!("[{piece}]"),
            false => (*piece).to_owned(),
        };
        pieces.iter().map(mark).collect()
    }

    #[track_caller]
    fn check(text: &str, other: &str, expected: &str) {
        assert_eq!(marked(&same_words(text, other)), expected);
    }

    #[test]
    fn shared_runs_are_marked() {
        check("a b c d e", "x a b c y", "[a b c] d e");
        check("one two a b c", "a b c", "one two [a b c]");
        check("a b c", "c b a", "a b c");
        check("A, b c!", "a b c", "[A, b c!]");
        check("a b c\nd e f", "d e f a b c", "[a b c]\n[d e f]");
        check("", "a b c", "");
    }

    #[test]
    fn names_and_numbers_are_marked_across_languages() {
        let pieces = same_names("Tashkent got 120 buses", "Ташкент получил 120 автобусов");
        assert_eq!(marked(&pieces), "[Tashkent] got [120] buses");
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "[ab \n]{0,60}", other in "[ab \n]{0,60}") {
            for pieces in [same_words(&text, &other), same_names(&text, &other)] {
                prop_assert_eq!(pieces.iter().map(|(piece, _)| *piece).collect::<String>(), text.clone());
            }
        }
    }
}
