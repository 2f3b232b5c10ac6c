//! The days that a running text names: `on 8 November`, `8-noyabr`, `11月8日`, `۱۷ آبان`, `08.11.2026`.
//!
//! Only day and month: news leaves the year out. Days of the Solar Hijri calendar are turned into Gregorian ones
//! as in a year that begins on 21 March, which three of four do; the fourth is a day off. Lunar months have no
//! fixed place in the year and are not read, nor are "yesterday" and days of the week.

use jiff::ToSpan;
use jiff::civil::date;

use super::Calendar;
use super::fold::{fold, is_letter};
use super::words::roles;

/// Days that are read of one text.
const DAYS_MAX: usize = 24;
/// Words between a day and its month, at most: `8th of`, `11 дүгээр`.
const BETWEEN_MAX: usize = 2;
/// Letters of an ordinal ending that no table has.
const ENDING_LETTERS_MAX: usize = 3;
/// Bytes of the longest name of a month with its ending.
const WORD_BYTES_MAX: usize = 40;

/// A day of some year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MonthDay {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// The days that `text` names, with the byte offset of each, in the order in which they stand; at most 24.
/// Time is proportional to the text.
pub fn days(text: &str) -> Vec<(usize, MonthDay)> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < DAYS_MAX
        && let Some(ahead) = text[at..].find(|c| digit(c).is_some())
    {
        let start = at + ahead;
        let number = Digits::at(text, start);
        at = number.end;
        let day = if let Some((end, day)) = numeric(text, number) {
            at = end;
            day
        } else {
            named(text, start, number)
        };
        found.extend(day.map(|day| (start, day)));
    }
    found
}

/// Digits that stand together.
#[derive(Clone, Copy)]
struct Digits {
    value: u32,
    count: usize,
    end: usize,
}

impl Digits {
    fn at(text: &str, start: usize) -> Self {
        let mut digits = Self {
            value: 0,
            count: 0,
            end: start,
        };
        for c in text[start..].chars() {
            let Some(digit) = digit(c) else { break };
            digits.value = digits.value.saturating_mul(10).saturating_add(digit);
            digits.count += 1;
            digits.end += c.len_utf8();
        }
        digits
    }
}

/// `08.11.2026`, `8/11/2026` (the day first, as everywhere but in one country), `2026-11-08`; and where it ends.
/// None inside where it has that form but is no date.
fn numeric(text: &str, first: Digits) -> Option<(usize, Option<MonthDay>)> {
    let sign = text[first.end..].chars().next()?;
    if !matches!(sign, '.' | '/' | '-') {
        return None;
    }
    let second = Digits::at(text, first.end + 1);
    let rest = text[second.end..].strip_prefix(sign)?;
    let third = Digits::at(text, text.len() - rest.len());
    let (month, day) = match (first.count, second.count, third.count) {
        (1..=2, 1..=2, 4) => (second.value, first.value),
        (4, 1..=2, 1..=2) => (second.value, third.value),
        _ => return None,
    };
    Some((third.end, gregorian(month, day)))
}

/// A number with the name of a month behind it or in front of it.
fn named(text: &str, start: usize, number: Digits) -> Option<MonthDay> {
    if number.count > 2 || !(1..=31).contains(&number.value) {
        return None;
    }
    let (front, rest) = (&text[..start], &text[number.end..]);
    // Pashto writes `د نومبر ۸مه`; `۸ مه` is the eighth of May in Persian.
    let is_ordinal = rest.starts_with("مه") || rest.starts_with("مې");
    let in_front = || before(front, is_ordinal, number.value);
    let ordinal = if is_ordinal { in_front() } else { None };
    ordinal
        .or_else(|| behind(rest, number.value))
        .or_else(in_front)
}

fn behind(text: &str, day: u32) -> Option<MonthDay> {
    let mut rest = text;
    for _ in 0..=BETWEEN_MAX {
        let (word, behind) = next_word(rest)?;
        let folded = fold(word);
        let roles = roles(&folded);
        if roles.head
            && let Some((second, _)) = next_word(behind)
            && let Some(day) = of_month(&format!("{folded} {}", fold(second)), day)
        {
            return Some(day);
        }
        if roles.month.is_some() {
            return of_month(&folded, day);
        }
        if !roles.gap && word.chars().count() > ENDING_LETTERS_MAX {
            return None;
        }
        rest = behind;
    }
    None
}

fn before(text: &str, is_ordinal: bool, day: u32) -> Option<MonthDay> {
    let (rest, word) = last_word(text)?;
    let folded = fold(word);
    let roles = roles(&folded);
    if roles.month_mark {
        return gregorian(month_number(rest)?, day);
    }
    // In other languages the number counts what follows: `в ноябре 8 человек`.
    (word.is_ascii() || is_ordinal)
        .then(|| of_month(&folded, day))
        .flatten()
}

/// The number at the end of a text, perhaps with an ordinal ending: `11`, `11-р`, `11 дүгээр`.
fn month_number(text: &str) -> Option<u32> {
    let is_digit = |c: char| digit(c).is_some();
    let trimmed = text.trim_end_matches(|c: char| !is_digit(c) && (is_letter(c) || is_joint(c)));
    let ending = &text[trimmed.len()..];
    if ending.len() > WORD_BYTES_MAX || ending.trim().contains(' ') {
        return None;
    }
    let start = trimmed.trim_end_matches(is_digit).len();
    let number = Digits::at(trimmed, start);
    (1..=2).contains(&number.count).then_some(number.value)
}

fn of_month(folded: &str, day: u32) -> Option<MonthDay> {
    let month = roles(folded).month?;
    match month.calendar {
        Calendar::Gregorian => gregorian(u32::from(month.number), day),
        Calendar::SolarHijri if month.yearless => solar(u32::from(month.number), day),
        Calendar::SolarHijri | Calendar::LunarHijri => None,
    }
}

fn gregorian(month: u32, day: u32) -> Option<MonthDay> {
    // A leap year has every day that there is.
    let civil = jiff::civil::Date::new(2024, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    Some(MonthDay {
        month: civil.month().unsigned_abs(),
        day: civil.day().unsigned_abs(),
    })
}

/// Six months of 31 days, then months of 30.
fn solar(month: u32, day: u32) -> Option<MonthDay> {
    let longest = if month <= 6 { 31 } else { 30 };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let passed = 31 * (month - 1).min(6) + 30 * (month - 1).saturating_sub(6) + day - 1;
    let civil = date(2025, 3, 21)
        .checked_add(i64::from(passed).days())
        .ok()?;
    Some(MonthDay {
        month: civil.month().unsigned_abs(),
        day: civil.day().unsigned_abs(),
    })
}

/// The next word, if nothing but what may stand within a date is in front of it, and what follows.
fn next_word(text: &str) -> Option<(&str, &str)> {
    let word = text.trim_start_matches(is_joint);
    if text.len() - word.len() > 4 {
        return None;
    }
    let end = word.find(|c| !is_letter_any(c)).unwrap_or(word.len());
    (1..=WORD_BYTES_MAX)
        .contains(&end)
        .then(|| word.split_at(end))
}

/// What stands in front of the last word, and that word, if nothing but a space is behind it.
fn last_word(text: &str) -> Option<(&str, &str)> {
    let end = text.trim_end_matches([' ', '\u{a0}']);
    let start = end.trim_end_matches(is_letter_any).len();
    (1..=WORD_BYTES_MAX)
        .contains(&(end.len() - start))
        .then(|| (&end[..start], &end[start..]))
}

fn is_letter_any(c: char) -> bool {
    c.is_alphabetic() || matches!(c, 'ʻ' | 'ʼ' | '‘' | '’' | '\'' | '\u{200c}')
}

fn is_joint(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-' | '–' | '.')
}

/// A decimal digit of any script that news is written in.
pub fn digit(c: char) -> Option<u32> {
    let zero = match c {
        '0'..='9' => '0',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        '०'..='९' => '०',
        '０'..='９' => '０',
        _ => return None,
    };
    Some(c as u32 - zero as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(u8, u8)]) {
        let found: Vec<(u8, u8)> = days(text)
            .iter()
            .map(|(_, day)| (day.month, day.day))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_eighth_of_november_in_every_language() {
        for text in [
            "on 8 November in Kabul",
            "On November 8, the ministry",
            "the 8th of November",
            "le 8 novembre",
            "am 8. November",
            "8 ноября в Бишкеке",
            "8-ноябрда Ташкентте",
            "8 қарашада Астанада",
            "8-noyabr kuni",
            "8 ноябрь куни",
            "рӯзи 8 ноябр",
            "8-nji noýabrda",
            "8 Kasım'da",
            "8 noyabrda",
            "8 ноябрендә",
            "11 дүгээр сарын 8-нд",
            "11-р сарын 8",
            "۸ نوامبر",
            "د نومبر ۸مه",
            "8 نوفمبر",
            "٨ تشرين الثاني",
            "11月8日",
            "8 नवंबर",
            "08.11.2026",
            "2026-11-08",
            "۱۷ آبان",
            "۱۷ عقرب",
        ] {
            check(text, &[(11, 8)]);
        }
    }

    #[test]
    fn what_counts_something_else_is_no_day() {
        for text in [
            "в ноябре 8 человек",
            "8 people in November 2026",
            "45 November",
            "31.02.2026",
            "version 1.2.3",
            "30 February",
            "",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn each_day_is_read_where_it_stands() {
        check("from 3 May to 5 June", &[(5, 3), (6, 5)]);
        assert_eq!(days("the 5 June")[0].0, 4);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            prop_assert!(days(&text).len() <= DAYS_MAX);
        }

        #[test]
        fn days_next_to_anything_are_read(text in "[0-9 ./月日a-zй\u{600}-\u{6ff}-]{0,80}") {
            for (at, day) in days(&text) {
                prop_assert!(text.is_char_boundary(at));
                prop_assert!((1..=12).contains(&day.month) && (1..=31).contains(&day.day));
            }
        }
    }
}
