//! Dates in the address of an article.

use jiff::tz::Offset;

use super::{Calendar, Date, Precision, civil};

/// How many bytes of an address's path are looked at; longer ones carry data, not a date.
const LOOKED_AT_BYTES: usize = 512;

/// Years that an address may carry: the web's, and the same years in Solar Hijri.
const GREGORIAN_YEARS: std::ops::RangeInclusive<u32> = 1990..=2099;
const SOLAR_YEARS: std::ops::RangeInclusive<u32> = 1369..=1478;

/// The day that stands in the path of an address: `/2024/11/05/`, `/2024-11-05-title`,
/// `/20241105/title`, `/1403/08/15/`. Midnight in UTC, precision a day. Host, query and fragment are
/// not looked at; a month alone is no date.
pub fn find_in_url(url: &str) -> Option<Date> {
    let path = path(url).as_bytes();
    let path = &path[..path.len().min(LOOKED_AT_BYTES)];
    let mut at = 0;
    while at < path.len() {
        let run = run(path, at);
        if run == 0 {
            at += 1;
            continue;
        }
        if let Some(date) = date_at(path, at, run) {
            return Some(date);
        }
        at += run;
    }
    None
}

fn path(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme.find('/').map_or("", |at| &after_scheme[at..])
}

/// How many digits stand at `at`.
fn run(path: &[u8], at: usize) -> usize {
    path[at.min(path.len())..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

fn date_at(path: &[u8], at: usize, digits: usize) -> Option<Date> {
    match digits {
        8 => compact(path, at),
        4 => parted(path, at).or_else(|| half_parted(path, at)),
        _ => None,
    }
}

/// `/20241105/…`, `/20241105-title`. As the last part of the path eight digits are more often the
/// number of the article.
fn compact(path: &[u8], at: usize) -> Option<Date> {
    let begins = at > 0 && path[at - 1] == b'/';
    let goes_on = matches!(path.get(at + 8..), Some([b'/' | b'-' | b'_', _, ..]));
    let value = number(path, at, 8);
    let year = value / 10_000;
    (begins && goes_on && GREGORIAN_YEARS.contains(&year))
        .then(|| day(year, value / 100 % 100, value % 100))?
}

/// `2024/11/05`, `2024-11-05`, `2024-11/05`.
fn parted(path: &[u8], at: usize) -> Option<Date> {
    let mark = |at: usize| path.get(at).is_some_and(|mark| b"/-_.".contains(mark));
    let month = at + 5;
    let month_digits = run(path, month);
    let number_at = month + month_digits + 1;
    let number_digits = run(path, number_at);
    let fits = |digits: usize| (1..=2).contains(&digits);
    if !mark(at + 4) || !mark(number_at - 1) || !fits(month_digits) || !fits(number_digits) {
        return None;
    }
    day(
        number(path, at, 4),
        number(path, month, month_digits),
        number(path, number_at, number_digits),
    )
}

/// `/2024/1105/`, as Chinese agencies have it.
fn half_parted(path: &[u8], at: usize) -> Option<Date> {
    let shape = path.get(at + 4) == Some(&b'/') && path.get(at + 9) == Some(&b'/');
    if !shape || run(path, at + 5) != 4 {
        return None;
    }
    let value = number(path, at + 5, 4);
    day(number(path, at, 4), value / 100, value % 100)
}

fn number(path: &[u8], at: usize, digits: usize) -> u32 {
    path[at..at + digits]
        .iter()
        .fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'))
}

fn day(year: u32, month: u32, number: u32) -> Option<Date> {
    let calendar = if GREGORIAN_YEARS.contains(&year) {
        Calendar::Gregorian
    } else if SOLAR_YEARS.contains(&year) {
        Calendar::SolarHijri
    } else {
        return None;
    };
    let day = civil::day(calendar, year as i32, month as u8, number as u8)?;
    Some(Date {
        at: Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?,
        precision: Precision::Day,
        offset_secs: None,
        calendar,
    })
}
