//! Distances from now: "2 hours ago", "вчера, 14:05", «۳ ساعت پیش».

use jiff::{Span, Timestamp, tz::TimeZone};

use super::lex::{Atoms, Kind};
use super::words::Unit;
use super::{Calendar, Date, Found, Precision};

/// The largest count that is believed; "3 hours ago" is written this way, 5,000 hours are not.
const COUNT_MAX: u64 = 1000;

/// How many atoms may stand between a span and the word that makes it past.
const GAP_MAX: usize = 2;

/// Units and a word for "ago". A unit without a count comes last: French "il" is Azerbaijani for
/// year.
pub(super) fn distance(atoms: &Atoms, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    [true, false]
        .into_iter()
        .find_map(|counted| (0..atoms.len()).find_map(|at| ago(atoms, at, counted, now, zone)))
}

/// Today, yesterday, now. Such words are common in headlines, so that hardly another word may stand
/// beside them: one label, or a few with a clock.
pub(super) fn day(atoms: &Atoms, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    (0..atoms.len()).find_map(|at| {
        let roles = atoms.word(at)?;
        if let Some(back) = roles.days_back {
            let date = on_day(atoms, at, back, now, zone)?;
            return (date.precision != Precision::Day || atoms.strangers <= 1).then_some(date);
        }
        let alone = roles.now && atoms.strangers == 0 && !atoms.has_figures();
        alone.then_some(date(now, Precision::Minute))
    })
}

/// Today or a day shortly before it, with its clock.
fn on_day(atoms: &Atoms, at: usize, back: u8, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let today = zone.to_datetime(now).date();
    let found = Found {
        day: today.checked_sub(Span::new().days(back)).ok()?,
        calendar: Calendar::Gregorian,
        from: at,
        to: at + 1,
        iso: false,
        clock: None,
    };
    super::with_clock(atoms, &found).instant(zone)
}

/// One or more units, with a word for "ago" on either side. The first has a count if it is
/// `counted`, else none: `час назад`.
fn ago(atoms: &Atoms, from: usize, counted: bool, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let (mut span, mut smallest, mut at) = (Span::new(), Unit::Year, from);
    while let Some((unit, count, next)) = counted_unit(atoms, at, counted || at > from) {
        span = add(span, unit, count)?;
        smallest = smallest.min(unit);
        at = next;
        if atoms.mark(at) == Some(',') {
            at += 1;
        }
    }
    if at == from || !(is_ago_after(atoms, at) || is_ago_before(atoms, from)) {
        return None;
    }
    let then = now.to_zoned_datetime(zone.clone()).checked_sub(span).ok()?;
    if smallest < Unit::Day {
        return Some(date(then.timestamp(), Precision::Minute));
    }
    Some(date(then.start_of_day().ok()?.timestamp(), Precision::Day))
}

/// `2 hours`, `two hours`; or, if `counted` is false, `hour` and the dual `ساعتين`.
fn counted_unit(atoms: &Atoms, at: usize, counted: bool) -> Option<(Unit, i64, usize)> {
    let unit_at = |at: usize| {
        let at = if atoms.mark(at) == Some('-') {
            at + 1
        } else {
            at
        };
        let (unit, times) = atoms.word(at)?.unit?;
        let dot = usize::from(atoms.mark(at + 1) == Some('.'));
        Some((unit, i64::from(times), at + 1 + dot))
    };
    if !counted {
        return unit_at(at);
    }
    let count = match atoms.get(at)?.kind {
        Kind::Number { value, .. } if value <= COUNT_MAX && !atoms.is_labelled(at) => value as i64,
        Kind::Word(roles) => i64::from(roles.count?),
        _ => return None,
    };
    unit_at(at + 1).map(|(unit, times, next)| (unit, count * times, next))
}

fn add(span: Span, unit: Unit, count: i64) -> Option<Span> {
    match unit {
        Unit::Second => span.try_seconds(span.get_seconds() + count),
        Unit::Minute => span.try_minutes(span.get_minutes() + count),
        Unit::Hour => span.try_hours(i64::from(span.get_hours()) + count),
        Unit::Day => span.try_days(i64::from(span.get_days()) + count),
        Unit::Week => span.try_weeks(i64::from(span.get_weeks()) + count),
        Unit::Month => span.try_months(i64::from(span.get_months()) + count),
        Unit::Year => span.try_years(i64::from(span.get_years()) + count),
    }
    .ok()
}

fn is_ago_after(atoms: &Atoms, at: usize) -> bool {
    (at..=at + GAP_MAX)
        .take_while(|&at| at == 0 || skips(atoms, at) || is_ago(atoms, at))
        .any(|at| is_ago(atoms, at))
}

fn is_ago_before(atoms: &Atoms, at: usize) -> bool {
    (at.saturating_sub(GAP_MAX + 1)..at)
        .rev()
        .take_while(|&at| skips(atoms, at) || is_ago(atoms, at))
        .any(|at| is_ago(atoms, at))
}

fn is_ago(atoms: &Atoms, at: usize) -> bool {
    atoms.word(at).is_some_and(|roles| roles.ago)
}

fn skips(atoms: &Atoms, at: usize) -> bool {
    atoms.word(at).is_some_and(|roles| roles.gap)
}

fn date(at: Timestamp, precision: Precision) -> Date {
    Date {
        at,
        precision,
        offset_secs: None,
        calendar: Calendar::Gregorian,
    }
}
