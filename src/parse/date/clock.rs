//! The time of day that stands beside a date, and the zone beside that.

use jiff::civil::Time;

use super::lex::{Atoms, Kind};
use super::words::{Half, Unit};
use super::zone::{self, Zone};
use super::{Found, Precision};

/// How many atoms may stand between a date and its clock, or a clock and its zone: marks, a
/// weekday, "at".
const GAP_MAX: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock {
    pub time: Time,
    /// `24:00`: `time` is midnight, and of the day after.
    pub next_day: bool,
    pub precision: Precision,
}

impl Clock {
    pub(super) fn new(hour: u32, minute: u32, second: Option<u32>, nanos: i32) -> Option<Self> {
        let whole = second.unwrap_or(0);
        let next_day = hour == 24 && minute == 0 && whole == 0 && nanos == 0;
        let hour = if next_day { 0 } else { hour };
        if hour > 23 || minute > 59 || whole > 60 {
            return None;
        }
        // RFC 3339 allows a leap second; no clock here counts it.
        let time = Time::new(hour as i8, minute as i8, whole.min(59) as i8, nanos).ok()?;
        Some(Self {
            time,
            next_day,
            precision: match second {
                Some(_) => Precision::Second,
                None => Precision::Minute,
            },
        })
    }

    fn in_half(mut self, half: Half) -> Option<Self> {
        let hour = match (half, self.time.hour()) {
            (Half::Am, 12) => 0,
            (Half::Pm, hour @ 1..=11) => hour + 12,
            (_, hour) => hour,
        };
        self.time = self.time.with().hour(hour).build().ok()?;
        Some(self)
    }
}

/// A clock among the atoms `from..to`.
struct Seen {
    clock: Clock,
    from: usize,
    to: usize,
}

/// The clock that belongs to a date, and the zone: after the date, else before it. A stranger or
/// another number between the two parts them.
pub(super) fn beside(atoms: &Atoms, found: &Found) -> (Option<Clock>, Option<Zone>) {
    if let Some(clock) = found.clock {
        return (Some(clock), zone_at(atoms, found.to, true));
    }
    match after(atoms, found.to).or_else(|| before(atoms, found.from)) {
        Some(seen) => with_zone(atoms, found, seen),
        // `2026-11-24+05:00`, a date of XML Schema.
        None if found.iso => (None, zone_at(atoms, found.to, true)),
        None => (None, None),
    }
}

fn with_zone(atoms: &Atoms, found: &Found, seen: Seen) -> (Option<Clock>, Option<Zone>) {
    let signed = found.iso || seen.clock.precision == Precision::Second;
    let (clock, to) = half(atoms, &seen);
    // `GMT 17:49 17.03.2020`
    let zone_before = || atoms.word(seen.from.checked_sub(1)?)?.zone;
    (Some(clock), zone_at(atoms, to, signed).or_else(zone_before))
}

/// Whether the text between a date and its clock may go on over this atom.
fn is_gap(atoms: &Atoms, at: usize) -> bool {
    match atoms.get(at).map(|atom| atom.kind) {
        Some(Kind::Mark(mark)) => mark != '+',
        Some(Kind::Word(roles)) => roles.known && roles.month.is_none(),
        _ => false,
    }
}

fn after(atoms: &Atoms, from: usize) -> Option<Seen> {
    for at in from..from + GAP_MAX {
        if let Some(seen) = clock_at(atoms, at, at == from || at == from + 1) {
            return Some(seen);
        }
        if !is_gap(atoms, at) {
            return None;
        }
    }
    None
}

fn before(atoms: &Atoms, to: usize) -> Option<Seen> {
    for at in (to.saturating_sub(GAP_MAX)..to).rev() {
        if let Some(Kind::Clock(clock)) = atoms.get(at).map(|atom| atom.kind) {
            return Some(Seen {
                clock,
                from: at,
                to: at + 1,
            });
        }
        // The offset of a clock before the date: `14:05 +0500, 5 Nov 2024`.
        let is_offset =
            atoms.number(at).is_some() && matches!(atoms.mark(at.wrapping_sub(1)), Some('+'));
        if !is_gap(atoms, at) && !is_offset {
            return None;
        }
    }
    None
}

/// A clock in any of its forms; `bare` allows `14.05`, which elsewhere is a number.
fn clock_at(atoms: &Atoms, at: usize, bare: bool) -> Option<Seen> {
    if let Kind::Clock(clock) = atoms.get(at)?.kind {
        return Some(Seen {
            clock,
            from: at,
            to: at + 1,
        });
    }
    let (value, digits) = atoms.number(at)?;
    let hour = u32::try_from(value).ok()?;
    let (clock, to) = if digits == 6 || digits == 4 {
        (compact(atoms, at, hour, digits)?, at + 1)
    } else if digits > 2 {
        return None;
    } else {
        with_words(atoms, at, hour)
            .or_else(|| bare.then(|| dotted(atoms, at, hour))?)
            .or_else(|| bare_half(atoms, at, hour))?
    };
    Some(Seen {
        clock,
        from: at,
        to,
    })
}

/// `T140500`, `T1405` of the basic format of ISO 8601.
fn compact(atoms: &Atoms, at: usize, value: u32, digits: u8) -> Option<Clock> {
    let after_t = atoms.is_glued(at) && atoms.word(at.checked_sub(1)?)?.time_mark;
    if !after_t {
        return None;
    }
    if digits == 4 {
        return Clock::new(value / 100, value % 100, None, 0);
    }
    Clock::new(value / 10_000, value / 100 % 100, Some(value % 100), 0)
}

/// `14h05`, `14 h`, `14时05分`, `14 часов 05 минут`.
fn with_words(atoms: &Atoms, at: usize, hour: u32) -> Option<(Clock, usize)> {
    if atoms.word(at + 1)?.unit != Some((Unit::Hour, 1)) {
        return None;
    }
    let minute = atoms
        .number(at + 2)
        .filter(|&(value, digits)| value < 60 && digits <= 2);
    let Some((minute, _)) = minute else {
        return Some((Clock::new(hour, 0, None, 0)?, at + 2));
    };
    let clock = Clock::new(hour, minute as u32, None, 0)?;
    let named = matches!(atoms.word(at + 3), Some(roles) if roles.unit == Some((Unit::Minute, 1)));
    Some((clock, at + 3 + usize::from(named)))
}

/// `14.05` and `14-05`, with nothing of the kind after it.
fn dotted(atoms: &Atoms, at: usize, hour: u32) -> Option<(Clock, usize)> {
    let mark = atoms
        .mark(at + 1)
        .filter(|mark| matches!(mark, '.' | '-'))?;
    let (minute, digits) = atoms.number(at + 2)?;
    let tight = atoms.is_glued(at + 1) && atoms.is_glued(at + 2) && digits == 2;
    if !tight || atoms.mark(at + 3) == Some(mark) && atoms.number(at + 4).is_some() {
        return None;
    }
    Some((
        Clock::new(hour, u32::try_from(minute).ok()?, None, 0)?,
        at + 3,
    ))
}

/// `2 PM`.
fn bare_half(atoms: &Atoms, at: usize, hour: u32) -> Option<(Clock, usize)> {
    atoms.word(at + 1)?.half?;
    Some((Clock::new(hour, 0, None, 0).filter(|_| hour <= 12)?, at + 1))
}

/// AM or PM after the clock, or before it in Chinese.
fn half(atoms: &Atoms, seen: &Seen) -> (Clock, usize) {
    let halved = |half: Option<Half>| seen.clock.in_half(half?);
    if let Some(clock) = halved(atoms.word(seen.to).and_then(|roles| roles.half)) {
        return (clock, seen.to + 1);
    }
    let leading = seen.from.checked_sub(1).and_then(|at| atoms.word(at));
    let leading = leading
        .filter(|roles| roles.leads)
        .and_then(|roles| roles.half);
    (halved(leading).unwrap_or(seen.clock), seen.to)
}

/// The zone that is named at `from` or after a few marks. `signed` tells that a bare sign can only
/// begin an offset; otherwise `10:00-12:00` is a span of time.
fn zone_at(atoms: &Atoms, from: usize, signed: bool) -> Option<Zone> {
    for at in from..from + GAP_MAX {
        match atoms.get(at)?.kind {
            Kind::Mark('+' | '-') if at == from || signed => {
                return offset_at(atoms, at, signed).map(Zone::Fixed);
            }
            Kind::Mark('(' | '[' | ',' | '|' | '/' | '.') => {}
            Kind::Word(roles) => match roles.zone {
                Some(zone) => return Some(from_utc(atoms, at + 1).map_or(zone, Zone::Fixed)),
                None if roles.gap => {}
                None => return None,
            },
            _ => return None,
        }
    }
    None
}

/// The offset in `GMT+9`, `UTC +05:00`.
fn from_utc(atoms: &Atoms, at: usize) -> Option<i32> {
    matches!(atoms.mark(at)?, '+' | '-').then(|| offset_at(atoms, at, true))?
}

fn offset_at(atoms: &Atoms, at: usize, signed: bool) -> Option<i32> {
    let sign = if atoms.mark(at)? == '-' { -1 } else { 1 };
    if !atoms.is_glued(at + 1) {
        return None;
    }
    // Half of a date that follows the clock: `14:05 -05.11.2024`.
    let is_date = atoms.is_glued(at + 2) && matches!(atoms.mark(at + 2), Some('.' | '/' | '-'));
    match atoms.get(at + 1)?.kind {
        Kind::Clock(clock) if signed || sign > 0 => {
            zone::offset(sign, clock.time.hour().into(), clock.time.minute().into())
        }
        Kind::Number { value, digits: 4 } => {
            zone::offset(sign, (value / 100) as i32, (value % 100) as i32)
        }
        Kind::Number {
            value,
            digits: 1 | 2,
        } if signed && !is_date => zone::offset(sign, value as i32, 0),
        _ => None,
    }
}
