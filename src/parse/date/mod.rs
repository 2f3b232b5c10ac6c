//! Dates as outlets write them: in the languages, scripts and calendars of the region, with the
//! slips that feeds and pages really have. What a text does not say is not made up: a month
//! without a day, a bare clock or prose without a date is no date. Whether a date can be true (a
//! feed that lives in the future) is not judged here, save for what is absurd; see [`read`].
//!
//! A text meets, in this order: the two strict forms that need no allocation (`strict`); folding
//! to one spelling (`fold`); atoms, where words get their roles from the tables in
//! `data/date_words.txt` (`lex`, `words`); and the patterns over atoms (`numeric`, `named`,
//! `clock`, `relative`).

mod civil;
mod clock;
mod fold;
mod lex;
mod mentions;
mod named;
mod numeric;
mod relative;
mod strict;
mod url;
mod words;
mod zone;

#[cfg(test)]
mod tests;

use jiff::civil::{Date as Day, Time};
use jiff::{Span, Timestamp, tz::TimeZone};
use serde::{Serialize, Serializer};

pub use self::mentions::{MonthDay, days, digit};
pub use self::url::find_in_url;
pub use self::words::TABLE as DATE_WORDS;

use self::lex::Atoms;
use self::zone::Zone;

/// How exactly a date was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    Second,
    /// A clock without seconds, or a distance in hours or less ("2 hours ago").
    Minute,
    /// `Date::at` is the first instant of the day.
    Day,
}

/// The calendar that a date was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    Gregorian,
    SolarHijri,
    LunarHijri,
}

/// An instant, and how it was written. Serialises as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Date {
    pub at: Timestamp,
    pub precision: Precision,
    /// Seconds east of UTC that the text itself named; `None` where the zone was assumed. A Unix
    /// time names UTC.
    pub offset_secs: Option<i32>,
    pub calendar: Calendar,
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.at)
    }
}

/// How far ahead of `now` a date may lie before it is absurd rather than wrong. Feeds announce
/// events years ahead and a slip moves a digit of the year; nothing sane lies past a century.
const AHEAD_DAYS_MAX: i64 = 36_525;

/// How far ahead a date may lie and still be one of several readings: zones and fast clocks.
const NOT_YET_DAYS: i64 = 2;

/// The most unknown words beside a date that is short of something (a year, a century, or written
/// as a distance from now). A label and a place; more is prose, where such a thing is chance.
const STRANGERS_MAX: usize = 3;

/// Reads a date in any of the languages and calendars of the region; `None` where nothing sure can
/// be read. `now` is when the document was fetched, `zone` is used where the text names none.
///
/// - The first date with day, month and year counts; labels and short prose around it do not
///   disturb. A date without a year is the last such day before `now`, and is read, like a
///   distance from `now`, only where little else is said.
/// - A weekday is never believed. `24:00` is the midnight after.
/// - `05/11/2024` has the day first, as everywhere in the region, unless only the other reading
///   exists or is not in the future, or the clock reads like `2:05:33 PM`, which American software
///   writes. Of the readings of `18/01/30` the one nearest before `now` counts.
/// - Refused as absurd: the instant 0 and all before it (1970-01-01T00:00:00Z is what an unset
///   field prints), more than a century after `now`, and what no calendar has (30 February).
/// - Only the first 200 characters are looked at.
pub fn read(raw: &str, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let date = match strict::read(raw) {
        Some(stamp) => Written::from(stamp).instant(zone)?,
        None => lenient(raw, now, zone)?,
    };
    is_sane(date.at, now).then_some(date)
}

/// How many characters of a page's text [`find`] looks through; a dateline stands near the top.
const FIND_CHARS_MAX: usize = 4_000;

/// The longest line, in characters, that is taken for a dateline and not for prose.
const DATELINE_CHARS_MAX: usize = 120;

/// The most unknown words beside the date in a dateline: an author, a place, a section.
const DATELINE_STRANGERS_MAX: usize = 8;

/// Finds the dateline in the visible text of an article page: the first short line that gives a
/// day, a month and a year, and is not in the future. Lines are what `\n` separates.
pub fn find(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let end = text
        .char_indices()
        .nth(FIND_CHARS_MAX)
        .map_or(text.len(), |(at, _)| at);
    text[..end]
        .lines()
        .filter(|line| line.chars().nth(DATELINE_CHARS_MAX).is_none())
        .find_map(|line| dateline(line, now, zone))
}

fn dateline(line: &str, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let date = match strict::read(line) {
        Some(stamp) => Written::from(stamp),
        None => {
            let atoms = lex::atoms(&fold::fold(line));
            if atoms.strangers > DATELINE_STRANGERS_MAX {
                return None;
            }
            full(&atoms, now)?
        }
    };
    let date = date.instant(zone)?;
    let sane = is_sane(date.at, now) && !is_ahead(date.at.as_second(), now);
    sane.then_some(date)
}

/// A date as written: a day of a calendar, a clock, perhaps a zone.
struct Written {
    day: Day,
    calendar: Calendar,
    time: Option<clock::Clock>,
    zone: Option<Zone>,
}

impl Written {
    fn instant(self, zone: &TimeZone) -> Option<Date> {
        let day = match self.time {
            Some(clock) if clock.next_day => self.day.checked_add(Span::new().days(1)).ok()?,
            _ => self.day,
        };
        let time = self.time.map_or(Time::midnight(), |clock| clock.time);
        let wall = day.to_datetime(time);
        let offset_secs = self.zone.map(|zone| zone.offset_secs(day));
        let at = match offset_secs {
            Some(secs) => {
                let offset = jiff::tz::Offset::from_seconds(secs).ok()?;
                offset.to_timestamp(wall).ok()?
            }
            None => zone.to_timestamp(wall).ok()?,
        };
        Some(Date {
            at,
            precision: self.time.map_or(Precision::Day, |clock| clock.precision),
            offset_secs,
            calendar: self.calendar,
        })
    }
}

impl From<strict::Stamp> for Written {
    fn from(stamp: strict::Stamp) -> Self {
        Self {
            day: stamp.day,
            calendar: Calendar::Gregorian,
            time: stamp.clock,
            zone: stamp.offset_secs.map(Zone::Fixed),
        }
    }
}

fn lenient(raw: &str, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let folded = fold::fold(raw);
    if let Some(date) = numeric::unix(&folded) {
        return Some(date);
    }
    let atoms = lex::atoms(&folded);
    if let Some(date) = full(&atoms, now) {
        return date.instant(zone);
    }
    if atoms.strangers > STRANGERS_MAX {
        return None;
    }
    relative::distance(&atoms, now, zone)
        .or_else(|| yearless(&atoms, now, zone))
        .or_else(|| relative::day(&atoms, now, zone))
}

/// The first date that names day, month and year, with the clock that stands beside it.
fn full(atoms: &Atoms, now: Timestamp) -> Option<Written> {
    (0..atoms.len()).find_map(|at| {
        let found = numeric::read(atoms, at, now).or_else(|| named::read(atoms, at))?;
        Some(with_clock(atoms, &found))
    })
}

fn with_clock(atoms: &Atoms, found: &Found) -> Written {
    let (time, zone) = clock::beside(atoms, found);
    Written {
        day: found.day,
        calendar: found.calendar,
        time,
        zone,
    }
}

/// A day and a month without a year: the last such day that is not ahead of `now`.
fn yearless(atoms: &Atoms, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let (at, partial) = (0..atoms.len()).find_map(|at| Some((at, named::yearless(atoms, at)?)))?;
    let today = zone.to_datetime(now).date();
    let this_year = civil::year_of(partial.calendar, today)?;
    // Four years back: 29 February is that rare.
    (this_year - 4..=this_year + 1).rev().find_map(|year| {
        let day = civil::day(partial.calendar, year, partial.month, partial.number)?;
        let found = Found {
            day,
            calendar: partial.calendar,
            from: at,
            to: partial.to,
            iso: false,
            clock: None,
        };
        let date = with_clock(atoms, &found).instant(zone)?;
        (!is_ahead(date.at.as_second(), now)).then_some(date)
    })
}

/// A day found among the atoms `from..to`.
#[derive(Clone, Copy)]
struct Found {
    day: Day,
    calendar: Calendar,
    from: usize,
    to: usize,
    /// Year first: what follows the clock after a sign is an offset, not the end of a span.
    iso: bool,
    /// The clock, where it is written in one number with the day.
    clock: Option<clock::Clock>,
}

fn is_sane(at: Timestamp, now: Timestamp) -> bool {
    at > Timestamp::UNIX_EPOCH
        && at.as_second() <= now.as_second().saturating_add(AHEAD_DAYS_MAX * 86_400)
}

fn is_ahead(secs: i64, now: Timestamp) -> bool {
    secs > now.as_second().saturating_add(NOT_YET_DAYS * 86_400)
}
