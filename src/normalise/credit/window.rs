//! A stretch of text with the names and phrases found in it, and what is asked of their places. All
//! places are counted in characters of the stretch.

use super::{DATELINE_CHARS_MAX, DATELINE_WORDS_MAX, Kind, TABLES};

/// Forms up to this length are read as abbreviations: their case must fit letter by letter.
const ABBREVIATION_CHARS_MAX: usize = 4;

/// Letters that a case ending may add to a name.
const ENDING_CHARS_MAX: usize = 5;

/// A name or phrase and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Upper and lower case are as in the table.
    cased: bool,
    /// See [`super::Pattern::ambiguous`].
    pub ambiguous: bool,
}

impl Hit {
    /// The agency that is named, whatever the case.
    pub fn agency(&self) -> Option<usize> {
        match self.kind {
            Kind::Agency(agency) => Some(agency),
            _ => None,
        }
    }
}

pub(super) struct Window {
    pub chars: Vec<char>,
    /// In order of their ends; of names that overlap only the longest.
    pub hits: Vec<Hit>,
}

impl Window {
    /// The first characters of a text.
    pub fn head(text: &str, chars_max: usize) -> Self {
        Self::new(text.chars().take(chars_max).collect())
    }

    /// The last characters of a text.
    pub fn foot(text: &str, chars_max: usize) -> Self {
        let start = text
            .char_indices()
            .rev()
            .take(chars_max)
            .last()
            .map_or(0, |(at, _)| at);
        Self::new(text[start..].chars().collect())
    }

    fn new(chars: Vec<char>) -> Self {
        let mut folded = String::with_capacity(chars.len() * 2);
        let mut places = Vec::with_capacity(chars.len() * 2 + 1);
        for (place, &c) in chars.iter().enumerate() {
            folded.push(lower(fold(c)));
            places.resize(folded.len(), place);
        }
        places.push(chars.len());
        let mut hits: Vec<Hit> = Vec::new();
        for found in TABLES.automaton.find_overlapping_iter(&folded) {
            let (start, end) = (places[found.start()], places[found.end()]);
            let pattern = &TABLES.patterns[found.pattern().as_usize()];
            if let Some(end) = bounded(&chars, start, end, pattern.inflected) {
                let cased = pattern.fits_case(&chars[start..]);
                hits.push(Hit {
                    kind: pattern.kind,
                    start,
                    end,
                    cased,
                    ambiguous: pattern.ambiguous,
                });
            }
        }
        Self {
            hits: longest(hits),
            chars,
        }
    }

    /// Names in order, in the case in which their bearers write them.
    pub fn agencies(&self) -> impl Iterator<Item = (&Hit, usize)> {
        let cased = self.hits.iter().filter(|hit| hit.cased);
        cased.filter_map(|hit| Some((hit, hit.agency()?)))
    }

    pub fn before(&self, hit: &Hit) -> String {
        self.chars[..hit.start].iter().collect()
    }

    pub fn after(&self, hit: &Hit) -> String {
        self.chars[hit.end..].iter().collect()
    }

    /// Whether no word stands in front of a hit in its line.
    pub fn opens_line(&self, hit: &Hit) -> bool {
        let line = self.chars[..hit.start]
            .iter()
            .rev()
            .take_while(|&&c| c != '\n');
        line.into_iter().all(|c| !c.is_alphanumeric())
    }

    fn line_before(&self, hit: &Hit) -> String {
        let line = self.chars[..hit.start].iter().rposition(|&c| c == '\n');
        self.chars[line.map_or(0, |at| at + 1)..hit.start]
            .iter()
            .collect()
    }

    pub fn rest_of_line(&self, hit: &Hit) -> String {
        self.chars[hit.end..]
            .iter()
            .take_while(|&&c| c != '\n')
            .collect()
    }

    /// Whether a name stands in a dateline: a place, perhaps a date, then the name, set off on both
    /// sides.
    pub fn is_dateline(&self, hit: &Hit) -> bool {
        let before = self.line_before(hit);
        if self.denied(hit) {
            return false;
        }
        let after = self.after(hit);
        let opened = before.trim_end_matches([' ', '«', '"', '“']);
        let closed = after.trim_start_matches([' ', '»', '"', '”']);
        let place = opened.trim_end_matches(|c: char| !c.is_alphanumeric());
        if opened.ends_with(OPENING) && closed.starts_with(CLOSING) {
            let bracket = closed
                .chars()
                .take(DATE_CHARS)
                .position(|c| BRACKETS.contains(&c));
            let mut behind = closed.chars().skip(bracket.map_or(0, |at| at + 1));
            let behind = behind.find(|c| !c.is_whitespace());
            if matches!(behind, Some('-' | '–' | '—' | ':' | '：')) {
                return true;
            }
            let parted = behind.is_none_or(|c| !c.is_alphanumeric());
            return looks_like_place(place, parted);
        }
        let quoted = before.ends_with(['«', '"', '“']);
        if hit.ambiguous && !quoted {
            return false;
        }
        let set_off = opened.is_empty() || opened.ends_with(PARTING);
        let Some(sign) = closed.chars().next() else {
            return set_off && looks_like_place(place, true);
        };
        let rest = &closed[sign.len_utf8()..];
        let goes_on = match sign {
            // A date, and not the next of several names.
            ',' | '،' | '，' => {
                rest.chars().take(DATE_CHARS).any(char::is_numeric)
                    || looks_like_place(place, false) && !place.is_empty()
            }
            // "Reuters — one of the largest agencies": the news would begin with a capital.
            '-' | '–' | '—' => !rest
                .trim_start_matches(|c: char| !c.is_alphabetic())
                .starts_with(char::is_lowercase),
            _ => PARTING.contains(&sign) || sign == '/',
        };
        set_off && goes_on && looks_like_place(place, true)
    }

    /// Whether a credit phrase stands beside a name, in the same sentence.
    pub fn is_credited(&self, hit: &Hit) -> bool {
        !self.denied(hit)
            && self.hits.iter().any(|phrase| match phrase.kind {
                Kind::Before(gap) => {
                    phrase.end <= hit.start && self.joined(phrase.end, hit.start, gap)
                }
                Kind::After(gap) => {
                    hit.end <= phrase.start && self.joined(hit.end, phrase.start, gap)
                }
                _ => false,
            })
    }

    /// Whether a word in front of a name makes it another's: "the editor of".
    fn denied(&self, hit: &Hit) -> bool {
        /// `глава агентства «…»`: a word between at most.
        const GAP: usize = 14;
        let words = self.hits.iter().filter(|word| word.kind == Kind::Not);
        words
            .into_iter()
            .any(|word| word.end <= hit.start && self.joined(word.end, hit.start, GAP))
    }

    fn joined(&self, from: usize, to: usize, gap_max: usize) -> bool {
        let gap = &self.chars[from..to];
        gap.len() <= gap_max
            && !gap
                .iter()
                .enumerate()
                .any(|(at, &c)| self.ends_sentence(from + at, c))
    }

    fn ends_sentence(&self, at: usize, c: char) -> bool {
        match c {
            '\n' | '!' | '?' | '؟' | '۔' | '。' => true,
            '.' => self
                .chars
                .get(at + 1)
                .is_none_or(|next| next.is_whitespace()),
            _ => false,
        }
    }
}

const OPENING: [char; 5] = ['(', '/', '[', '（', '【'];
const BRACKETS: [char; 5] = [')', '/', ']', '）', '】'];
const CLOSING: [char; 9] = [')', '/', ']', '）', '】', ',', '،', '-', '—'];

/// Signs that set the parts of a dateline off from one another.
const PARTING: [char; 11] = ['.', ',', '-', '–', '—', ':', '|', '،', '，', '：', '\n'];

/// Characters behind the comma after an agency in which the day of a date stands.
const DATE_CHARS: usize = 24;

/// Whether what stands in front of an agency is a place with or without a date, or nothing: few
/// words, the first in capitals, or a date among them. Without either (`Бишкек /Кабар/`) it has to be
/// `sure` from what follows.
fn looks_like_place(text: &str, sure: bool) -> bool {
    let mut words = text.split_whitespace();
    let Some(first) = words.next() else {
        return true;
    };
    let count = 1 + words.count();
    if text.chars().count() > DATELINE_CHARS_MAX {
        return false;
    }
    let letters = || first.chars().filter(|c| c.is_alphabetic());
    let capitals =
        letters().filter(|c| c.is_uppercase()).count() > 1 && !letters().any(char::is_lowercase);
    let dated = text.chars().any(char::is_numeric);
    let short = count <= 3 && !first.starts_with(char::is_lowercase);
    count <= DATELINE_WORDS_MAX && (capitals || dated || short && sure)
}

/// The end of a hit that begins and ends with a word; `None` where it is part of a longer one.
fn bounded(chars: &[char], start: usize, end: usize, inflected: bool) -> Option<usize> {
    let wide = |c: char| ('\u{3040}'..='\u{9fff}').contains(&c);
    let splits =
        |a: char, b: char| a.is_alphanumeric() && b.is_alphanumeric() && !wide(a) && !wide(b);
    if start > 0 && splits(chars[start - 1], chars[start]) {
        return None;
    }
    let rest = chars[end..].iter().take(ENDING_CHARS_MAX + 1);
    let ending = rest.take_while(|&&c| splits(chars[end - 1], c)).count();
    match ending {
        0 => Some(end),
        1..=ENDING_CHARS_MAX if inflected => Some(end + ending),
        _ => None,
    }
}

impl super::Pattern {
    /// Abbreviations letter by letter; longer names by their first letter.
    fn fits_case(&self, chars: &[char]) -> bool {
        let mut pairs = self.written.iter().zip(chars);
        if self.written.len() <= ABBREVIATION_CHARS_MAX {
            return pairs.all(|(&written, &c)| written == fold(c));
        }
        pairs
            .find(|(written, _)| written.is_alphabetic())
            .is_none_or(|(written, &c)| !written.is_uppercase() || c.is_uppercase())
    }
}

/// Of names that overlap, and are written as they should be, the longest stays.
fn longest(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut covered = 0;
    hits.retain(|hit| {
        let names = hit.cased && hit.agency().is_some();
        let inside = names && hit.end <= covered;
        if names {
            covered = covered.max(hit.end);
        }
        !inside
    });
    hits
}

/// One form for the letters and signs that are typed in several; character for character.
pub(super) fn fold(c: char) -> char {
    match c {
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'ё' => 'е',
        'Ё' => 'Е',
        '’' | '‘' | 'ʻ' | 'ʼ' | '`' | '´' => '\'',
        '\u{200c}' | '\u{a0}' | '\u{202f}' => ' ',
        _ => c,
    }
}

/// Lower case, one character for one. What most texts consist of is answered without a table.
pub(super) fn lower(c: char) -> char {
    match c {
        '\0'..='\u{7f}' => c.to_ascii_lowercase(),
        'а'..='я' | 'ء'..='ۿ' | '\u{2e80}'..='\u{9fff}' => c,
        'А'..='Я' => char::from_u32(u32::from(c) + 32).unwrap_or(c),
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}
