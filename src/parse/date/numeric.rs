//! Dates in digits: ISO 8601 in all its forms, `24.11.2026`, `1405/09/03`, Unix times.

use jiff::civil::{Date as Day, ISOWeekDate, Weekday, date};
use jiff::{Span, Timestamp};

use super::clock::Clock;
use super::lex::{Atoms, Kind};
use super::words::Half;
use super::{Calendar, Date, Found, Precision, STRANGERS_MAX, civil, is_ahead};

/// Years of four digits that are read as Gregorian.
const GREGORIAN_YEARS: std::ops::RangeInclusive<u64> = 1900..=2199;

/// Years of four digits that are read as Hijri: solar 1400 is 2021, lunar 1400 is 1979.
const HIJRI_YEARS: std::ops::RangeInclusive<u64> = 1300..=1500;

/// How far ahead a Hijri year may lie as a solar one before it is taken for a lunar one. The two
/// are 42 years apart in these decades.
const SOLAR_AHEAD_DAYS_MAX: i64 = 2 * 366;

/// A Unix time that stands alone: seconds with a fraction or without, milli-, micro- or
/// nanoseconds, also as `/Date(…)/`. Ten digits begin in 2001, thirteen likewise.
pub(super) fn unix(folded: &str) -> Option<Date> {
    let inner = folded
        .strip_prefix("/date(")
        .and_then(|rest| rest.strip_suffix(")/"))
        .or_else(|| folded.strip_prefix('@'))
        .unwrap_or(folded);
    let whole = match inner.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) && whole.len() == 10 => whole,
        Some(_) => return None,
        None => inner,
    };
    if !is_digits(whole) {
        return None;
    }
    let value: i64 = whole.parse().ok()?;
    let at = match whole.len() {
        10 => Timestamp::from_second(value),
        13 => Timestamp::from_millisecond(value),
        16 => Timestamp::from_microsecond(value),
        19 => Timestamp::from_nanosecond(value.into()),
        _ => return None,
    };
    Some(Date {
        at: at.ok()?,
        precision: Precision::Second,
        offset_secs: Some(0),
        calendar: Calendar::Gregorian,
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn read(atoms: &Atoms, at: usize, now: Timestamp) -> Option<Found> {
    let (value, digits) = atoms.number(at)?;
    match digits {
        8 => compact(atoms, at, value),
        12 | 14 => compact_with_clock(atoms, at, value, digits),
        4 => week(atoms, at, value)
            .or_else(|| triple(atoms, at, now))
            .or_else(|| ordinal(atoms, at, value))
            .or_else(|| spaced(atoms, at, value)),
        1 | 2 => triple(atoms, at, now),
        _ => None,
    }
}

/// `20241105`, where little else is said.
fn compact(atoms: &Atoms, at: usize, value: u64) -> Option<Found> {
    if atoms.strangers > STRANGERS_MAX || atoms.is_labelled(at) {
        return None;
    }
    let day = ymd(value / 10_000, value / 100 % 100, value % 100)?;
    Some(found(day, Calendar::Gregorian, at, at + 1, true))
}

/// `20241105140500`, where nothing else is said.
fn compact_with_clock(atoms: &Atoms, at: usize, value: u64, digits: u8) -> Option<Found> {
    let (minutes, second) = match digits {
        14 => (value / 100, Some((value % 100) as u32)),
        _ => (value, None),
    };
    let (date, clock) = (minutes / 10_000, minutes % 10_000);
    let day = ymd(date / 10_000, date / 100 % 100, date % 100)?;
    let clock = Clock::new((clock / 100) as u32, (clock % 100) as u32, second, 0)?;
    (atoms.strangers == 0).then_some(Found {
        clock: Some(clock),
        ..found(day, Calendar::Gregorian, at, at + 1, true)
    })
}

/// `2024-W45-2`, `2024W452`, `2024-W45` (its Monday). ISO 8601-1:2019, section 5.2.4.
fn week(atoms: &Atoms, at: usize, year: u64) -> Option<Found> {
    let at_w = if atoms.mark(at + 1) == Some('-') {
        at + 2
    } else {
        at + 1
    };
    if !atoms.word(at_w)?.week_mark || !atoms.is_glued(at_w) || !atoms.is_glued(at_w + 1) {
        return None;
    }
    let (week, weekday, to) = match atoms.number(at_w + 1)? {
        (value, 3) => (value / 10, value % 10, at_w + 2),
        (value, 2) => match (atoms.mark(at_w + 2), atoms.number(at_w + 3)) {
            (Some('-'), Some((weekday, 1))) => (value, weekday, at_w + 4),
            _ => (value, 1, at_w + 2),
        },
        _ => return None,
    };
    let weekday = Weekday::from_monday_one_offset(weekday as i8).ok()?;
    let day = ISOWeekDate::new(year as i16, week as i8, weekday)
        .ok()?
        .date();
    GREGORIAN_YEARS
        .contains(&year)
        .then(|| found(day, Calendar::Gregorian, at, to, true))
}

/// `2024-310`. ISO 8601-1:2019, section 5.2.3.
fn ordinal(atoms: &Atoms, at: usize, year: u64) -> Option<Found> {
    let (number, 3) = atoms.number(at + 2)? else {
        return None;
    };
    let tight = atoms.mark(at + 1)? == '-' && atoms.is_glued(at + 1) && atoms.is_glued(at + 2);
    if !tight || number == 0 || number > 366 || !GREGORIAN_YEARS.contains(&year) {
        return None;
    }
    let day = date(year as i16, 1, 1)
        .checked_add(Span::new().days(number as i64 - 1))
        .ok()?;
    (day.year() == year as i16).then(|| found(day, Calendar::Gregorian, at, at + 3, true))
}

/// `2026 11 24`, where nothing but a clock is said.
fn spaced(atoms: &Atoms, at: usize, year: u64) -> Option<Found> {
    let (Some((month, 2)), Some((number, 2))) = (atoms.number(at + 1), atoms.number(at + 2)) else {
        return None;
    };
    let alone = at == 0 && atoms.strangers == 0 && atoms.number(at + 3).is_none();
    let day = ymd(year, month, number).filter(|_| alone)?;
    Some(found(day, Calendar::Gregorian, at, at + 3, true))
}

/// Three numbers with the same mark between them.
fn triple(atoms: &Atoms, at: usize, now: Timestamp) -> Option<Found> {
    let mark = atoms
        .mark(at + 1)
        .filter(|mark| matches!(mark, '.' | '/' | '-' | '—'))?;
    if atoms.mark(at + 3)? != mark || is_longer(atoms, at, mark) {
        return None;
    }
    let fields = [
        atoms.number(at)?,
        atoms.number(at + 2)?,
        atoms.number(at + 4)?,
    ];
    let to = at + 5;
    let [(a, a_digits), (b, b_digits), (c, c_digits)] = fields;
    if b_digits > 2 {
        return None;
    }
    match (a_digits, c_digits) {
        (4, 1 | 2) => {
            let (day, calendar) = of_year(a, b, c, now)?;
            Some(found(day, calendar, at, to, true))
        }
        (1 | 2, 4) if HIJRI_YEARS.contains(&c) => {
            let (day, calendar) = of_year(c, b, a, now)?;
            Some(found(day, calendar, at, to, false))
        }
        (1 | 2, 4) => {
            let american = mark == '/' && has_american_clock(atoms, to);
            let day = day_first(ymd(c, b, a), ymd(c, a, b), american, now)?;
            Some(found(day, Calendar::Gregorian, at, to, false))
        }
        (1 | 2, 2) if atoms.strangers <= STRANGERS_MAX && !atoms.is_labelled(at) => {
            let day = short_year(fields.map(|(value, _)| value), mark, now)?;
            Some(found(day, Calendar::Gregorian, at, to, false))
        }
        _ => None,
    }
}

/// More of the same follows or goes before: an address of a network, a version.
fn is_longer(atoms: &Atoms, at: usize, mark: char) -> bool {
    let goes_on = |at_mark: usize, at_number: usize| {
        atoms.mark(at_mark) == Some(mark) && atoms.number(at_number).is_some()
    };
    let before = at >= 2 && goes_on(at - 1, at - 2) && atoms.is_glued(at);
    before || goes_on(at + 5, at + 6) && atoms.is_glued(at + 5) && atoms.is_glued(at + 6)
}

/// A day of a year of four digits, in the calendar that the year belongs to.
fn of_year(year: u64, month: u64, number: u64, now: Timestamp) -> Option<(Day, Calendar)> {
    if !HIJRI_YEARS.contains(&year) {
        return Some((ymd(year, month, number)?, Calendar::Gregorian));
    }
    let of = |calendar| civil::day(calendar, year as i32, month as u8, number as u8);
    let far = now
        .as_second()
        .saturating_add(SOLAR_AHEAD_DAYS_MAX * 86_400);
    match of(Calendar::SolarHijri) {
        Some(day) if noon_secs(day) <= far => Some((day, Calendar::SolarHijri)),
        _ => {
            let day = of(Calendar::LunarHijri)?;
            (!is_ahead(noon_secs(day), now)).then_some((day, Calendar::LunarHijri))
        }
    }
}

/// Picks between day first and month first, as [`super::read`] promises.
fn day_first(dmy: Option<Day>, mdy: Option<Day>, american: bool, now: Timestamp) -> Option<Day> {
    let (Some(day), Some(other)) = (dmy, mdy) else {
        return dmy.or(mdy);
    };
    let ahead = |day| is_ahead(noon_secs(day), now);
    match (ahead(day), ahead(other)) {
        (true, false) => Some(other),
        (false, true) => Some(day),
        _ if american => Some(other),
        _ => Some(day),
    }
}

/// `2:05:33 PM`, with seconds: what a program set to American English prints.
fn has_american_clock(atoms: &Atoms, at: usize) -> bool {
    let at = if atoms.mark(at) == Some(',') {
        at + 1
    } else {
        at
    };
    let Some(Kind::Clock(clock)) = atoms.get(at).map(|atom| atom.kind) else {
        return false;
    };
    let half = atoms
        .word(at + 1)
        .filter(|roles| roles.latin)
        .and_then(|roles| roles.half);
    clock.precision == Precision::Second && matches!(half, Some(Half::Am | Half::Pm))
}

/// Of the readings of three short numbers the one nearest before `now`. Dots put the day first.
fn short_year([a, b, c]: [u64; 3], mark: char, now: Timestamp) -> Option<Day> {
    let orders = match mark {
        '.' => [(c, b, a), (c, b, a), (c, b, a)],
        _ => [(a, b, c), (c, a, b), (c, b, a)],
    };
    let readings = orders.map(|(year, month, number)| ymd(2000 + year, month, number));
    readings
        .into_iter()
        .flatten()
        .filter(|&day| !is_ahead(noon_secs(day), now))
        .max_by_key(|&day| noon_secs(day))
}

fn ymd(year: u64, month: u64, number: u64) -> Option<Day> {
    if !GREGORIAN_YEARS.contains(&year) || month > 12 || number > 31 {
        return None;
    }
    Day::new(year as i16, month as i8, number as i8).ok()
}

/// Noon in UTC, to compare days by.
fn noon_secs(day: Day) -> i64 {
    let epoch = date(1970, 1, 1);
    let days = day
        .since(epoch)
        .map_or(0, |span| i64::from(span.get_days()));
    days * 86_400 + 43_200
}

fn found(day: Day, calendar: Calendar, from: usize, to: usize, iso: bool) -> Found {
    Found {
        day,
        calendar,
        from,
        to,
        iso,
        clock: None,
    }
}
