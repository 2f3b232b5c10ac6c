//! Guesses what was meant by a key that does not exist.

use super::reading::Select;
use super::section::Section;
use super::settings::{
    Config, Feed, Fetch, Http, Included, Log, Output, Poll, RegionSettings, State, Stories,
};

/// Every table that is written with a header, and its keys.
const TABLES: [(&str, &[&str]); 10] = [
    (Output::PATH, Output::NAMES),
    (State::PATH, State::NAMES),
    (Log::PATH, Log::NAMES),
    (Fetch::PATH, Fetch::NAMES),
    (Poll::PATH, Poll::NAMES),
    (RegionSettings::PATH, RegionSettings::NAMES),
    (Stories::PATH, Stories::NAMES),
    (Http::PATH, Http::NAMES),
    (Feed::PATH, Feed::NAMES),
    (Select::PATH, Select::NAMES),
];

/// Longer words are not misspelt keys; the bound keeps the comparison cheap.
const WORD_MAX: usize = 32;

/// What to write instead of the unknown key `name` in the table `T`.
pub fn unknown_key<T: Section>(name: &str) -> String {
    if T::PATH == Included::PATH {
        return "an included file may hold [[feed]] blocks and nothing else; settings stand in the main file".into();
    }
    let near = nearest(name, T::NAMES);
    let elsewhere = TABLES.iter().find(|(_, keys)| keys.contains(&name));
    match (near, elsewhere) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some((Feed::PATH, _))) if name == "select" => "write [feed.select]".into(),
        (None, Some((path, _))) => format!("`{name}` belongs to {path}"),
        (None, None) => format!("the keys here are {}", T::NAMES.join(", ")),
    }
}

/// The word of `words` that `word` is most likely a slip of the pen for: a third of its letters may be wrong.
pub fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    if word.len() > WORD_MAX {
        return None;
    }
    let word = word.to_ascii_lowercase().replace('-', "_");
    words
        .iter()
        .map(|candidate| (distance(&word, candidate), *candidate))
        .filter(|(distance, candidate)| {
            *distance <= candidate.len().div_ceil(3).min(3) && *distance < candidate.len()
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits that make one word the other: a letter more, less, changed or swapped with its neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        (before, last) = (last, row);
    }
    last[b.len()]
}

/// Whether the value of a key is fit to be shown when the file around it could not be read: it is a known one that holds no secret.
pub fn is_harmless(key: &str) -> bool {
    let known = TABLES.iter().any(|(_, keys)| keys.contains(&key)) || Config::NAMES.contains(&key);
    known && !may_be_secret(key)
}

/// Whether something secret may stand under this key, however it is spelt.
pub fn may_be_secret(key: &str) -> bool {
    const WORDS: [&str; 8] = [
        "auth", "cookie", "header", "key", "pass", "proxy", "secret", "token",
    ];
    let key = key.to_ascii_lowercase();
    WORDS.iter().any(|word| key.contains(word))
        || matches!(nearest(&key, Feed::NAMES), Some("headers" | "proxy"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(nearest(word, Fetch::NAMES), expected, "{word}")
        };
        check("tiemout", Some("timeout"));
        check("max-body", Some("max_body"));
        check("Concurency", Some("concurrency"));
        check("robot", Some("robots"));
        check("colour", None);
        check("", None);
        check(&"x".repeat(100_000), None);
    }

    #[test]
    fn says_where_a_key_belongs() {
        assert_eq!(
            unknown_key::<Feed>("timeout"),
            "`timeout` belongs to [fetch]"
        );
        assert_eq!(unknown_key::<Config>("select"), "write [feed.select]");
        assert_eq!(unknown_key::<Config>("feeds"), "did you mean `feed`?");
        assert!(unknown_key::<Included>("output").contains("nothing else"));
    }
}
