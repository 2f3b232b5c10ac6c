//! Dates with the name of the month, in the orders that languages put them.

use super::lex::{Atoms, Kind};
use super::words::Month;
use super::{Calendar, Found, civil};

/// How many atoms may stand between two parts of a date: marks, a weekday, "of", an ordinal's
/// ending, the word for year.
const GAP_MAX: usize = 4;

/// The first year of each two-digit century: RFC 2822, section 4.3, has 00 to 49 in this one.
const SHORT_YEAR_PIVOT: u64 = 50;

/// A day without its year.
pub(super) struct Partial {
    pub calendar: Calendar,
    pub month: u8,
    pub number: u8,
    /// One past the last atom.
    pub to: usize,
}

/// A day, a month by name and a year that begin at this atom, in any order that is in use.
pub(super) fn read(atoms: &Atoms, at: usize) -> Option<Found> {
    day_month_year(atoms, at)
        .or_else(|| year_first(atoms, at))
        .or_else(|| month_day_year(atoms, at))
}

/// A day and a month, in this order; or the other way where the text begins with it. A number that
/// could be a year and is none shows that something was not understood.
pub(super) fn yearless(atoms: &Atoms, at: usize) -> Option<Partial> {
    let ((number, month), to) = day_month(atoms, at).or_else(|| {
        let begins = (0..at).all(|at| skips(atoms, at));
        begins.then(|| month_day(atoms, at))?
    })?;
    let has_year = (0..atoms.len()).any(|at| is_yearlike(atoms, at));
    (month.yearless && !has_year).then_some(Partial {
        calendar: month.calendar,
        month: month.number,
        number,
        to,
    })
}

fn is_yearlike(atoms: &Atoms, at: usize) -> bool {
    let is_offset = matches!(
        at.checked_sub(1).and_then(|at| atoms.mark(at)),
        Some('+' | '-')
    );
    atoms.number(at).is_some_and(|(_, digits)| digits >= 4) && !is_offset
}

fn day_month(atoms: &Atoms, at: usize) -> Option<((u8, Month), usize)> {
    let (number, next) = day(atoms, at)?;
    let (month, to) = gap(atoms, next, |at| named_month(atoms, at))?;
    Some(((number, month), to))
}

fn month_day(atoms: &Atoms, at: usize) -> Option<((u8, Month), usize)> {
    let (month, next) = month(atoms, at)?;
    let (number, to) = gap(atoms, next, |at| day(atoms, at))?;
    Some(((number, month), to))
}

/// `24 November 2026`, `24-noyabr, 2026`, `06-Nov-94`.
fn day_month_year(atoms: &Atoms, at: usize) -> Option<Found> {
    let ((number, month), next) = day_month(atoms, at)?;
    let (year, to) = gap(atoms, next, |at| year(atoms, at, month))
        .or_else(|| short_year(atoms, next, month))
        .or_else(|| year_after_clock(atoms, next, month))?;
    found(month, year, number, at, to)
}

/// `2024-yil 25-noyabr`, `2020 Ekim 30`, `د ۱۴۰۵ کال د لیندۍ ۳مه`.
fn year_first(atoms: &Atoms, at: usize) -> Option<Found> {
    let (_, 4) = atoms.number(at)? else {
        return None;
    };
    let ((number, month), to) = gap(atoms, at + 1, |at| {
        day_month(atoms, at).or_else(|| month_day(atoms, at))
    })?;
    let (year, _) = year(atoms, at, month)?;
    found(month, year, number, at, to)
}

/// `November 24, 2026`, and `Nov 24 10:00:00 MSK 2026`, as `asctime` and Java write it.
fn month_day_year(atoms: &Atoms, at: usize) -> Option<Found> {
    let ((number, month), next) = month_day(atoms, at)?;
    let (year, to) = gap(atoms, next, |at| year(atoms, at, month))
        .or_else(|| year_after_clock(atoms, next, month))?;
    found(month, year, number, at, to)
}

fn found(month: Month, year: i32, number: u8, from: usize, to: usize) -> Option<Found> {
    Some(Found {
        day: civil::day(month.calendar, year, month.number, number)?,
        calendar: month.calendar,
        from,
        to,
        iso: false,
        clock: None,
    })
}

/// Tries `part` at `from` and after each atom that may be skipped.
fn gap<T>(atoms: &Atoms, from: usize, part: impl Fn(usize) -> Option<T>) -> Option<T> {
    for at in from..=from + GAP_MAX {
        if let Some(found) = part(at) {
            return Some(found);
        }
        if !skips(atoms, at) {
            return None;
        }
    }
    None
}

fn skips(atoms: &Atoms, at: usize) -> bool {
    match atoms.get(at).map(|atom| atom.kind) {
        Some(Kind::Mark(mark)) => matches!(mark, ',' | '.' | '-' | '—' | '/' | '(' | ')' | '\''),
        Some(Kind::Word(roles)) => roles.gap,
        _ => false,
    }
}

fn day(atoms: &Atoms, at: usize) -> Option<(u8, usize)> {
    let (value, digits) = atoms.number(at)?;
    (digits <= 2 && (1..=31).contains(&value)).then_some((value as u8, at + 1))
}

fn month(atoms: &Atoms, at: usize) -> Option<(Month, usize)> {
    match atoms.number(at) {
        Some((value @ 1..=12, 1 | 2)) => numbered_month(atoms, at, value as u8),
        _ => named_month(atoms, at),
    }
}

fn named_month(atoms: &Atoms, at: usize) -> Option<(Month, usize)> {
    let roles = atoms.word(at)?;
    let month = roles.month?;
    let next = atoms.word(at + 1).and_then(|roles| roles.month);
    match next {
        // `مه` is May in Persian and ends an ordinal in Pashto: `۳مه لیندۍ`.
        Some(next) if roles.gap && next != month => Some((next, at + 2)),
        _ => Some((month, second_name(atoms, at + 1, month))),
    }
}

/// `11月`, `11 сарын`, `11-ئاينىڭ`. The day never goes before it: `1-9月` is nine months.
fn numbered_month(atoms: &Atoms, at: usize, number: u8) -> Option<(Month, usize)> {
    let is_month = |at: usize| atoms.word(at).is_some_and(|roles| roles.month_mark);
    let skips =
        |at: usize| atoms.mark(at) == Some('-') || atoms.word(at).is_some_and(|roles| roles.gap);
    let word = (at + 1..at + 4).find(|&at| is_month(at) || !skips(at))?;
    let month = Month {
        calendar: Calendar::Gregorian,
        number,
        yearless: true,
    };
    is_month(word).then_some((month, word + 1))
}

/// Steps over the same month's other name: `نيسان / أبريل`, `Қараша (ноябрь)`.
fn second_name(atoms: &Atoms, at: usize, month: Month) -> usize {
    let same = |at: usize| atoms.word(at).and_then(|roles| roles.month) == Some(month);
    match atoms.mark(at) {
        Some('/' | '-' | '(') if same(at + 1) => at + 2,
        _ => at,
    }
}

fn year(atoms: &Atoms, at: usize, month: Month) -> Option<(i32, usize)> {
    let (value, 4) = atoms.number(at)? else {
        return None;
    };
    let fits = match month.calendar {
        Calendar::Gregorian => (1900..=2199).contains(&value),
        Calendar::SolarHijri => (1300..=1500).contains(&value),
        Calendar::LunarHijri => (1300..=1550).contains(&value),
    };
    fits.then_some((value as i32, at + 1))
}

/// A year of two digits, after an apostrophe, or where the text or a clock follows.
fn short_year(atoms: &Atoms, at: usize, month: Month) -> Option<(i32, usize)> {
    let at = match atoms.mark(at) {
        Some(_) => at + 1,
        None => at,
    };
    let (value, 2) = atoms.number(at)? else {
        return None;
    };
    let ends = match atoms.get(at + 1).map(|atom| atom.kind) {
        None | Some(Kind::Clock(_)) => true,
        Some(Kind::Mark(mark)) => {
            mark == ','
                && matches!(
                    atoms.get(at + 2).map(|atom| atom.kind),
                    Some(Kind::Clock(_))
                )
        }
        _ => false,
    };
    let told = ends || atoms.mark(at - 1) == Some('\'');
    if !told || month.calendar != Calendar::Gregorian {
        return None;
    }
    let century = if value < SHORT_YEAR_PIVOT { 2000 } else { 1900 };
    Some(((century + value) as i32, at + 1))
}

/// The year after the clock and its zone. The date then ends before the clock.
fn year_after_clock(atoms: &Atoms, at: usize, month: Month) -> Option<(i32, usize)> {
    let Kind::Clock(_) = atoms.get(at)?.kind else {
        return None;
    };
    let (year, _) = (at + 1..at + 5).find_map(|at| {
        let sign = matches!(atoms.mark(at.checked_sub(1)?), Some('+' | '-'));
        (!sign).then(|| year(atoms, at, month))?
    })?;
    Some((year, at))
}
