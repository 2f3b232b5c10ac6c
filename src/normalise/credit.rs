//! Whom a text credits: the agency or outlet that it was taken from.
//!
//! A mention is not a credit. Only five places count, tried in this order:
//!
//! 1. the source that the entry itself names (RSS `<source>`, the channel of a forwarded post);
//! 2. a dateline at the head of the text: `ALMATY, Nov 24 (Reuters) -`, `ТАСС, 24 ноября.`,
//!    `Бишкек /Кабар/.`;
//! 3. a credit phrase near the head, with the name beside it: `сообщает ТАСС`, `Reuters reported`,
//!    `به گزارش تسنیم`, `деп хабарлайды «Азаттық»`;
//! 4. the title, where the name stands in front of a colon or behind a dash: `Bloomberg: …`;
//! 5. the foot: a labelled line (`Источник: …`), or a last sentence that ends with the name after a
//!    credit phrase, or consists of it.
//!
//! The middle of a text is not looked at: there outlets name each other for all kinds of reasons.
//! Whether the credited voice is the outlet itself is not decided here.
//!
//! `data/agencies.tsv` holds the names in the languages in which they occur, `data/credit_words.tsv`
//! the phrases. One automaton (Aho & Corasick, 1975) finds both in windows of fixed length.

mod window;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use self::window::{Hit, Window};

/// Characters of the head that are looked at: a dateline and the first sentence.
const HEAD_CHARS: usize = 240;

/// Characters of the foot that are looked at: the last sentence and a line for the source.
const FOOT_CHARS: usize = 300;

/// Characters of a title or of an entry's source that are looked at.
const LABEL_CHARS_MAX: usize = 300;

/// Characters in front of the agency in a dateline: two cities and a date.
const DATELINE_CHARS_MAX: usize = 90;

/// Words in front of the agency in a dateline: `Бишкек, 24-ноябрь, 2026-жыл`.
const DATELINE_WORDS_MAX: usize = 8;

/// A voice that a text credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The row of `data/agencies.tsv`; `None` for a name that the entry or a labelled line gives and
    /// the table does not know.
    pub id: Option<&'static str>,
    /// The table's name for it, else the name as it was given.
    pub name: String,
}

/// Whom the text credits, if anyone. `entry_origin` is what the entry itself named as its source.
///
/// The time does not depend on the length of `text`.
pub fn credit(title: &str, text: &str, entry_origin: Option<&str>) -> Option<Credit> {
    let text = text.trim();
    entry_origin
        .and_then(from_entry)
        .or_else(|| from_head(text))
        .or_else(|| from_title(title.trim()))
        .or_else(|| from_foot(text))
}

fn known(agency: usize) -> Credit {
    let agency = &TABLES.agencies[agency];
    Credit {
        id: Some(agency.id),
        name: agency.name.to_owned(),
    }
}

fn from_entry(origin: &str) -> Option<Credit> {
    let window = Window::head(origin.trim(), LABEL_CHARS_MAX);
    let named = window.hits.iter().find_map(Hit::agency);
    match named {
        Some(agency) => Some(known(agency)),
        None if window.chars.iter().any(|c| c.is_alphanumeric()) => Some(Credit {
            id: None,
            name: window.chars.iter().collect(),
        }),
        None => None,
    }
}

fn from_head(text: &str) -> Option<Credit> {
    let window = Window::head(text, HEAD_CHARS);
    window.agencies().find_map(|(hit, agency)| {
        let credits = window.is_dateline(hit) || window.is_credited(hit);
        credits.then(|| known(agency))
    })
}

/// `Bloomberg: …`, `… — ТАСС`, `… | Reuters`.
fn from_title(title: &str) -> Option<Credit> {
    let window = Window::head(title, LABEL_CHARS_MAX);
    window.agencies().find_map(|(hit, agency)| {
        let leads = !hit.ambiguous
            && window.before(hit).trim().is_empty()
            && window.after(hit).trim_start().starts_with([':', '：']);
        let ends = !hit.ambiguous
            && window.after(hit).trim().is_empty()
            && window
                .before(hit)
                .trim_end()
                .ends_with(['-', '–', '—', '|', '/']);
        let phrased = window.after(hit).trim().is_empty() && window.is_credited(hit);
        (leads || ends || phrased).then(|| known(agency))
    })
}

fn from_foot(text: &str) -> Option<Credit> {
    let window = Window::foot(text, FOOT_CHARS);
    if let Some(credit) = from_label(&window) {
        return Some(credit);
    }
    // Only what ends the text: further up in the foot stand backgrounds and "earlier, … reported".
    let (hit, agency) = window.agencies().last()?;
    let last = window.after(hit).chars().all(|c| !c.is_alphanumeric());
    let alone = window.opens_line(hit);
    let bracketed = window
        .before(hit)
        .trim_end()
        .ends_with(['(', '[', '/', '©', '—', '–', '（']);
    (last && (alone || bracketed || window.is_credited(hit))).then(|| known(agency))
}

/// `Источник: Азаттык`, the last labelled line of the foot; a name that the table does not know
/// counts if it is a domain.
fn from_label(window: &Window) -> Option<Credit> {
    window
        .hits
        .iter()
        .rev()
        .filter(|hit| hit.kind == Kind::Label && window.opens_line(hit))
        .find_map(|label| {
            let line = window.rest_of_line(label);
            let named = line
                .trim_start()
                .strip_prefix([':', '：', '-', '—', '–'])?
                .trim();
            if named.chars().count() > LABEL_LINE_CHARS_MAX {
                return None;
            }
            let end = label.end + line.chars().count();
            let inside = window
                .hits
                .iter()
                .filter(|hit| hit.start >= label.end && hit.end <= end);
            if let Some(agency) = inside.filter_map(Hit::agency).next() {
                return Some(known(agency));
            }
            let domain = named.trim_end_matches('.');
            is_domain(domain).then(|| Credit {
                id: None,
                name: domain.to_owned(),
            })
        })
}

/// A line that names a source is short; `Source: …` before a paragraph is something else.
const LABEL_LINE_CHARS_MAX: usize = 120;

fn is_domain(text: &str) -> bool {
    text.len() <= 60
        && text.contains('.')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && text
            .rsplit('.')
            .next()
            .is_some_and(|last| last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// What a pattern of the automaton is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A name; the index of its agency.
    Agency(usize),
    /// A phrase that stands in front of the name it credits, at most so many characters away.
    Before(usize),
    /// A phrase that stands behind it.
    After(usize),
    /// A word that makes the name behind it someone or something else: "editor of", "lawsuit against".
    Not,
    /// The head of a line that names the source.
    Label,
}

struct Agency {
    id: &'static str,
    name: &'static str,
}

/// One pattern as the table has it.
struct Pattern {
    kind: Kind,
    /// Characters as written, folded in all but case.
    written: Vec<char>,
    /// Letters may follow: case endings.
    inflected: bool,
    /// A common word too: a place of its own does not suffice, only quotes, brackets or a phrase.
    ambiguous: bool,
}

struct Tables {
    agencies: Vec<Agency>,
    patterns: Vec<Pattern>,
    automaton: AhoCorasick,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    Tables::read(
        include_str!("data/agencies.tsv"),
        include_str!("data/credit_words.tsv"),
    )
});

impl Tables {
    fn read(agencies_table: &'static str, words_table: &'static str) -> Self {
        let mut agencies = Vec::new();
        let mut patterns = Vec::new();
        for row in rows(agencies_table) {
            let mut columns = row.split('\t');
            let (Some(id), Some(name), Some(forms)) =
                (columns.next(), columns.next(), columns.next())
            else {
                unreachable!("data/agencies.tsv: {row}");
            };
            let kind = Kind::Agency(agencies.len());
            agencies.push(Agency { id, name });
            patterns.extend(forms.split('|').map(|form| Pattern::new(kind, form)));
        }
        for row in rows(words_table) {
            let mut columns = row.split('\t');
            let (Some(side), Some(gap), Some(phrases)) =
                (columns.next(), columns.next(), columns.next())
            else {
                unreachable!("data/credit_words.tsv: {row}");
            };
            let gap = gap.parse().unwrap_or_default();
            let kind = match side {
                "before" => Kind::Before(gap),
                "after" => Kind::After(gap),
                "label" => Kind::Label,
                _ => Kind::Not,
            };
            patterns.extend(phrases.split('|').map(|phrase| Pattern::new(kind, phrase)));
        }
        let folded = patterns.iter().map(|pattern| {
            pattern
                .written
                .iter()
                .copied()
                .map(window::lower)
                .collect::<String>()
        });
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            // Three times as fast as the default at this size, for a few megabytes.
            .kind(Some(AhoCorasickKind::DFA))
            .build(folded)
            .expect("the tables fit into an automaton");
        Self {
            agencies,
            patterns,
            automaton,
        }
    }
}

impl Pattern {
    fn new(kind: Kind, form: &str) -> Self {
        let bare = form.trim_start_matches('?').trim_end_matches('~');
        Self {
            kind,
            written: bare.chars().map(window::fold).collect(),
            inflected: form.ends_with('~'),
            ambiguous: form.starts_with('?'),
        }
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CASES: &str = include_str!("../../tests/data/credits.tsv");

    #[test]
    fn credits_are_told_from_mentions() {
        let mut wrong = Vec::new();
        let mut count = 0;
        for row in rows(CASES) {
            let columns: Vec<&str> = row.split('\t').collect();
            let [_, title, text, origin, expected, _] = columns[..] else {
                panic!("six columns, {row}");
            };
            count += 1;
            let text = text.replace("\\n", "\n");
            let found = credit(title, &text, (origin != "-").then_some(origin));
            let found = found.map_or("-".to_owned(), |credit| {
                credit.id.map_or(credit.name, str::to_owned)
            });
            if found != expected {
                wrong.push(format!("expected {expected}, found {found}: {row}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(count >= 80, "{count} cases");
    }

    #[test]
    fn the_middle_of_a_text_is_not_looked_at() {
        let filler = "Слова о погоде и урожае. ".repeat(40);
        let text = format!("{filler}Об этом сообщает ТАСС. {filler}");
        assert_eq!(credit("Погода", &text, None), None);
    }

    #[test]
    fn tables_are_well_formed() {
        let mut ids: Vec<_> = TABLES.agencies.iter().map(|agency| agency.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "ids are unique");
        assert!(count >= 80, "{count} agencies");
        for pattern in &TABLES.patterns {
            assert!(
                pattern.written.len() >= 2 || pattern.written.iter().all(|c| !c.is_ascii()),
                "{:?}",
                pattern.written
            );
        }
        for row in rows(include_str!("data/credit_words.tsv")) {
            let side = row.split('\t').next().unwrap_or_default();
            assert!(
                matches!(side, "before" | "after" | "label" | "not"),
                "{row}"
            );
        }
    }

    proptest! {
        #[test]
        fn anything_is_answered(title in "\\PC{0,80}", text in "(ТАСС|Reuters|\\(AP\\)|сообщает|Source:|Источник|24.kg|[ .,:—\\n]|\\PC{0,20}){0,60}", origin in proptest::option::of("\\PC{0,40}")) {
            let _ = credit(&title, &text, origin.as_deref());
        }
    }
}
