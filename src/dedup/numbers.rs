//! The numbers that a text names, as values, whatever digits, separators and scale words it uses.
//!
//! `5,9`, `5.9` and `۵٫۹` are one number, as are `1,500`, `1 500`, `1.5 thousand` and `1500`. Times of
//! day are left out: outlets of different zones disagree on them. Words for numbers are read where they
//! stand alone (`twelve`), not in the compounds that each language builds in its own way.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::hash::TextState;
use crate::letters::{is_alphabetic, is_han};
use crate::normalise::digit;

/// Numbers kept of one text; a table of exchange rates says no more with its hundredth.
const NUMBERS_MAX: usize = 48;
/// Digits that a number of the news has at most; more is an account or a telephone number.
const DIGITS_MAX: usize = 15;
/// Values are kept in thousandths, so that 5.9 and 5.90 are one.
const UNIT: u64 = 1000;
/// Words for scales and numbers: `language, word, value`, the value in units.
pub(super) const WORDS: &str = include_str!("data/number-words.tsv");

/// A number of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number {
    /// In thousandths.
    pub milli: u64,
    pub percent: bool,
    /// Byte offset at which it begins.
    pub at: u32,
}

impl Number {
    /// What is equal for equal numbers.
    pub fn key(self) -> u64 {
        self.milli * 2 + u64::from(self.percent)
    }
}

/// As people write it.
pub fn shown(key: u64) -> String {
    let (milli, percent) = (key / 2, if key % 2 == 1 { "%" } else { "" });
    let (whole, part) = (milli / UNIT, milli % UNIT);
    if part == 0 {
        return format!("{whole}{percent}");
    }
    let part = format!("{part:03}");
    format!("{whole}.{}{percent}", part.trim_end_matches('0'))
}

/// The numbers of `text` in the order in which they stand; at most [`NUMBERS_MAX`].
pub fn numbers(text: &str) -> Vec<Number> {
    let mut scan = Scan {
        text,
        at: 0,
        found: Vec::new(),
    };
    while scan.found.len() < NUMBERS_MAX && scan.step() {}
    scan.found
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    found: Vec<Number>,
}

/// Digits with what may stand between them.
struct Run {
    value: u64,
    milli: u64,
    digits: usize,
}

impl Scan<'_> {
    /// Takes one word or one number; false at the end.
    fn step(&mut self) -> bool {
        let Some(c) = self.peek() else { return false };
        if digit(c).is_some() {
            self.number();
        } else if is_alphabetic(c) {
            self.word();
        } else {
            self.at += c.len_utf8();
        }
        true
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn number(&mut self) {
        let start = self.at;
        let run = self.run();
        let before = self.text[..start].chars().next_back();
        let of_clock = before.is_some_and(is_clock_colon)
            || self
                .peek()
                .is_some_and(|c| is_clock_colon(c) && self.digit_after(c.len_utf8()));
        if of_clock || run.digits > DIGITS_MAX {
            return;
        }
        let glued = before.is_some_and(is_alphabetic);
        let scale = if glued { 1 } else { self.scale() };
        let milli = run
            .value
            .saturating_mul(UNIT)
            .saturating_add(run.milli)
            .saturating_mul(scale);
        let percent = self.percent(start);
        self.found.push(Number {
            milli,
            percent,
            at: start as u32,
        });
    }

    /// Digits, groups of three, a decimal part.
    fn run(&mut self) -> Run {
        let (mut value, mut digits) = self.digits();
        while let Some(separator) = self.peek().filter(|&c| is_grouping(c)) {
            if digits > DIGITS_MAX || !self.three_digits_after(separator.len_utf8()) {
                break;
            }
            self.at += separator.len_utf8();
            let (group, count) = self.digits();
            value = value.saturating_mul(1000).saturating_add(group);
            digits += count;
        }
        let mut milli = 0;
        if let Some(point) = self
            .peek()
            .filter(|c| matches!(c, '.' | ',' | '٫' | '،' | '·'))
            && self.digit_after(point.len_utf8())
        {
            let back = self.at;
            self.at += point.len_utf8();
            let (part, count) = self.digits();
            if count > 3 || (self.peek() == Some('.') && self.digit_after(1)) {
                // 14.09.2022: a date is three numbers.
                self.at = back + point.len_utf8();
            } else {
                milli = match count {
                    1 => part * 100,
                    2 => part * 10,
                    _ => part,
                };
                digits += count;
            }
        }
        Run {
            value,
            milli,
            digits,
        }
    }

    fn digits(&mut self) -> (u64, usize) {
        let (mut value, mut count) = (0_u64, 0);
        while let Some(c) = self.peek()
            && let Some(digit) = digit(c)
        {
            value = value.saturating_mul(10).saturating_add(u64::from(digit));
            count += 1;
            self.at += c.len_utf8();
        }
        (value, count)
    }

    fn digit_after(&self, bytes: usize) -> bool {
        self.text[self.at + bytes..]
            .chars()
            .next()
            .is_some_and(|c| digit(c).is_some())
    }

    fn three_digits_after(&self, bytes: usize) -> bool {
        let mut ahead = self.text[self.at + bytes..]
            .chars()
            .map(|c| digit(c).is_some());
        ahead.by_ref().take(3).filter(|&is| is).count() == 3 && ahead.next() != Some(true)
    }

    /// A scale word right behind the number, taken with it.
    fn scale(&mut self) -> u64 {
        let mut scale = 1_u64;
        for _ in 0..2 {
            let Some((word, end)) = self.word_ahead() else {
                break;
            };
            match WORD_TABLE.scale(word) {
                Some(by) => {
                    scale = scale.saturating_mul(by);
                    self.at = end;
                }
                None => break,
            }
        }
        scale
    }

    fn percent(&self, start: usize) -> bool {
        let rest = self.text[self.at..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
        if rest.starts_with(['%', '٪', '％']) || self.text[..start].ends_with(['%', '٪']) {
            return true;
        }
        let before = self.text[..start].trim_end();
        self.word_ahead()
            .is_some_and(|(word, _)| WORD_TABLE.is_percent(word))
            || before.ends_with("yüzde")
            || before.ends_with("百分之")
            || before.ends_with("Yüzde")
    }

    /// The next word, if only spaces stand before it; in Chinese one character.
    fn word_ahead(&self) -> Option<(&str, usize)> {
        let rest = &self.text[self.at..];
        let word = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}', '-']);
        let start = self.at + rest.len() - word.len();
        let first = word.chars().next().filter(|&c| is_alphabetic(c))?;
        let length = if is_han(first) {
            first.len_utf8()
        } else {
            word.find(|c: char| !is_alphabetic(c)).unwrap_or(word.len())
        };
        Some((&word[..length], start + length))
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let first = rest.chars().next().expect("a word begins here");
        if is_han(first) {
            self.at += first.len_utf8();
            return;
        }
        let length = rest.find(|c: char| !is_alphabetic(c)).unwrap_or(rest.len());
        self.at += length;
        if let Some(value) = WORD_TABLE.value(&rest[..length]) {
            let milli = value.saturating_mul(UNIT).saturating_mul(self.scale());
            self.found.push(Number {
                milli,
                percent: self.percent(start),
                at: start as u32,
            });
        }
    }
}

fn is_clock_colon(c: char) -> bool {
    matches!(c, ':' | '：')
}

fn is_grouping(c: char) -> bool {
    matches!(
        c,
        ',' | '.' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '٬' | '\'' | '’' | '،' | '，'
    )
}

static WORD_TABLE: LazyLock<Words> = LazyLock::new(Words::read);

/// What words say about numbers. No word means different values in two of the languages.
struct Words {
    scales: HashMap<&'static str, u64, TextState>,
    values: HashMap<&'static str, u64, TextState>,
    percents: Vec<&'static str>,
}

/// Bytes of the longest word of the table, for a quick refusal.
const WORD_BYTES_MAX: usize = 28;

impl Words {
    fn read() -> Self {
        let mut words = Self {
            scales: HashMap::default(),
            values: HashMap::default(),
            percents: Vec::new(),
        };
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            let Some((kind, list)) = line.split_once('\t') else {
                continue;
            };
            let list = list.split_whitespace();
            match kind.strip_prefix('x') {
                Some(scale) => list.for_each(|word| {
                    words.scales.insert(word, scale.parse().unwrap_or(1));
                }),
                None if kind == "%" => words.percents.extend(list),
                None => list.for_each(|word| {
                    words.values.insert(word, kind.parse().unwrap_or_default());
                }),
            }
        }
        words
    }

    fn scale(&self, word: &str) -> Option<u64> {
        with_lower(word, |word| self.scales.get(word).copied())
    }

    fn value(&self, word: &str) -> Option<u64> {
        with_lower(word, |word| self.values.get(word).copied())
    }

    fn is_percent(&self, word: &str) -> bool {
        let starts = |word: &str| self.percents.iter().any(|stem| word.starts_with(stem));
        with_lower(word, |word| starts(word).then_some(())).is_some()
    }
}

/// Looks a word up in lower case, without a copy where it is lower already.
fn with_lower<T>(word: &str, look: impl Fn(&str) -> Option<T>) -> Option<T> {
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    if word.chars().any(char::is_uppercase) {
        look(&word.to_lowercase())
    } else {
        look(word)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = numbers(text)
            .iter()
            .map(|number| shown(number.key()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn one_number_in_any_digits() {
        check("a quake of 5.9 killed 1,036", &["5.9", "1036"]);
        check("землетрясение 5,9, погибли 1 036", &["5.9", "1036"]);
        check("زلزله ۵٫۹ جان ۱۰۳۶ نفر", &["5.9", "1036"]);
        check("زلزال ٥٫٩ ومقتل ١٠٣٦", &["5.9", "1036"]);
        check("发生5.9级地震", &["5.9"]);
    }

    #[test]
    fn scales_and_percent() {
        check("26 млрд юаней", &["26000000000"]);
        check("260亿元", &["26000000000"]);
        check(
            "2.5 million people, 40 thousand homes",
            &["2500000", "40000"],
        );
        check("71,12 процента", &["71.12%"]);
        check("yüzde 72,97", &["72.97%"]);
        check("inflation of 7.9 percent, 8%", &["7.9%", "8%"]);
    }

    #[test]
    fn words_for_numbers() {
        check("Twelve people and seven children", &["12", "7"]);
        check("погибли двенадцать человек", &["12"]);
        check("دوازده کشته", &["12"]);
    }

    #[test]
    fn dates_are_three_numbers_and_times_none() {
        check("14.09.2022", &["14", "9", "2022"]);
        check("at 10:30 on 5 March", &["5"]);
        check("31：27", &[]);
    }

    #[test]
    fn what_is_no_number_of_the_news() {
        check("call 00998712345678901234", &[]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            prop_assert!(numbers(&text).len() <= NUMBERS_MAX);
        }

        #[test]
        fn whole_numbers_are_read_back(value in 0_u64..1_000_000_000) {
            prop_assert_eq!(numbers(&format!("a {value} b"))[0].milli, value * UNIT);
        }
    }
}
