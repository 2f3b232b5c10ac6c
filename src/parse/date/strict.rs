//! The two forms that nearly every feed uses, read from bytes without an allocation: RFC 3339
//! (with a space for `T`, without seconds, without an offset) and RFC 822 as RFC 2822 and RFC 9110
//! write it. Whatever differs from them in any other way is left to the lenient reader.

use jiff::civil::Date as Day;

use super::clock::Clock;
use super::zone;

/// What a strict form says; the caller turns it into an instant.
pub(super) struct Stamp {
    pub day: Day,
    pub clock: Option<Clock>,
    pub offset_secs: Option<i32>,
}

pub(super) fn read(raw: &str) -> Option<Stamp> {
    let bytes = raw.trim_ascii().as_bytes();
    match bytes.first()? {
        b'0'..=b'9' if bytes.get(4) == Some(&b'-') => rfc3339(bytes),
        _ => rfc822(bytes),
    }
}

/// RFC 3339, section 5.6.
fn rfc3339(bytes: &[u8]) -> Option<Stamp> {
    let mut at = Cursor { bytes, at: 0 };
    let year = at.digits(4, 4)?;
    at.expect(b'-')?;
    let month = at.digits(2, 2)?;
    at.expect(b'-')?;
    let day = day(year, month, at.digits(2, 2)?)?;
    if at.done() {
        return Some(Stamp {
            day,
            clock: None,
            offset_secs: None,
        });
    }
    match at.next()? {
        b'T' | b't' | b' ' => {}
        _ => return None,
    }
    let clock = at.clock()?;
    at.spaces();
    let offset_secs = if at.done() { None } else { Some(at.offset()?) };
    at.done().then_some(Stamp {
        day,
        clock: Some(clock),
        offset_secs,
    })
}

/// RFC 822, section 5, with the years of RFC 2822, section 3.3.
fn rfc822(bytes: &[u8]) -> Option<Stamp> {
    let mut at = Cursor { bytes, at: 0 };
    if at.peek()?.is_ascii_alphabetic() {
        at.letters();
        if at.peek() == Some(b',') {
            at.at += 1;
        }
        at.spaces();
    }
    let number = at.digits(1, 2)?;
    at.spaces();
    let month = month(at.letters())?;
    at.spaces();
    let day = day(at.digits(4, 4)?, month, number)?;
    at.spaces();
    let clock = at.clock()?;
    at.spaces();
    let offset_secs = if at.done() { None } else { Some(at.offset()?) };
    at.done().then_some(Stamp {
        day,
        clock: Some(clock),
        offset_secs,
    })
}

/// Years that are surely Gregorian; the rest needs the lenient reader's judgement.
fn day(year: u32, month: u32, day: u32) -> Option<Day> {
    if !(1900..=2200).contains(&year) {
        return None;
    }
    Day::new(year as i16, month as i8, day as i8).ok()
}

fn month(name: &[u8]) -> Option<u32> {
    let [a, b, c] = name else { return None };
    Some(match [a | 32, b | 32, c | 32] {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    })
}

struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn done(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn letters(&mut self) -> &'t [u8] {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    /// A number of `least` to `most` digits, and no digit after it.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let start = self.at;
        let mut value = 0;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            if self.at - start == most {
                return None;
            }
            value = value * 10 + u32::from(byte - b'0');
            self.at += 1;
        }
        (self.at - start >= least).then_some(value)
    }

    fn clock(&mut self) -> Option<Clock> {
        let hour = self.digits(2, 2)?;
        self.expect(b':')?;
        let minute = self.digits(2, 2)?;
        let (mut second, mut nanos) = (None, 0);
        if self.peek() == Some(b':') {
            self.at += 1;
            second = Some(self.digits(2, 2)?);
            if self.peek() == Some(b'.') {
                self.at += 1;
                nanos = self.fraction()?;
            }
        }
        Clock::new(hour, minute, second, nanos)
    }

    /// Nanoseconds; digits past the ninth are read over.
    fn fraction(&mut self) -> Option<i32> {
        let start = self.at;
        let mut nanos = 0;
        let mut unit = 100_000_000;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            nanos += i32::from(byte - b'0') * unit;
            unit /= 10;
            self.at += 1;
        }
        (self.at > start).then_some(nanos)
    }

    fn offset(&mut self) -> Option<i32> {
        let sign = match self.peek()? {
            b'+' => 1,
            b'-' => -1,
            _ => return self.zone_name(),
        };
        self.at += 1;
        let mut digits = [0; 4];
        for (i, digit) in digits.iter_mut().enumerate() {
            if i == 2 && self.peek() == Some(b':') {
                self.at += 1;
            }
            *digit = match self.next()? {
                byte @ b'0'..=b'9' => i32::from(byte - b'0'),
                _ => return None,
            };
        }
        let [h, hh, m, mm] = digits;
        zone::offset(sign, h * 10 + hh, m * 10 + mm)
    }

    fn zone_name(&mut self) -> Option<i32> {
        match self.letters() {
            b"GMT" | b"UTC" | b"UT" | b"Z" | b"z" => Some(0),
            b"EDT" => Some(-4 * 3600),
            b"EST" | b"CDT" => Some(-5 * 3600),
            b"CST" | b"MDT" => Some(-6 * 3600),
            b"MST" | b"PDT" => Some(-7 * 3600),
            b"PST" => Some(-8 * 3600),
            _ => None,
        }
    }
}
