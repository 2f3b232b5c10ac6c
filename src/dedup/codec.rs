//! What the index knows, as bytes: small numbers short, hashes whole, texts with their length. Nothing here is
//! believed when it is read back: lengths are held against the bytes that are left.

use jiff::Timestamp;

use super::Relation;

/// Something that can be kept as bytes.
pub(super) trait Keep: Sized {
    fn put(&self, out: &mut Vec<u8>);

    /// Takes it from the front of `from`; `None` where that does not hold one.
    fn take(from: &mut &[u8]) -> Option<Self>;
}

impl Keep for u64 {
    /// LEB128.
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = from.split_first()?;
            *from = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Keep for u32 {
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        u64::take(from)?.try_into().ok()
    }
}

impl Keep for i64 {
    /// Zigzag.
    fn put(&self, out: &mut Vec<u8>) {
        ((self << 1) ^ (self >> 63)).cast_unsigned().put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let bits = u64::take(from)?;
        Some((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed())
    }
}

impl Keep for f32 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        bytes(from).map(Self::from_le_bytes)
    }
}

impl Keep for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let [byte] = bytes(from)?;
        (byte < 2).then_some(byte == 1)
    }
}

impl Keep for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_text(self, out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = usize::try_from(u64::take(from)?).ok()?;
        let (text, rest) = from.split_at_checked(length)?;
        *from = rest;
        Some(str::from_utf8(text).ok()?.to_owned())
    }
}

impl Keep for Timestamp {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_second().put(out);
        i64::from(self.subsec_nanosecond()).put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let second = i64::take(from)?;
        Self::new(second, i64::take(from)?.try_into().ok()?).ok()
    }
}

impl Keep for Relation {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let all = [
            Self::First,
            Self::Copy,
            Self::Near,
            Self::Rewrite,
            Self::Translation,
        ];
        let [byte] = bytes(from)?;
        all.get(usize::from(byte)).copied()
    }
}

impl<T: Keep> Keep for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(match bool::take(from)? {
            true => Some(T::take(from)?),
            false => None,
        })
    }
}

impl<A: Keep, B: Keep> Keep for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

impl<T: Keep> Keep for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        self.iter().for_each(|one| one.put(out));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = length(from)?;
        (0..length).map(|_| T::take(from)).collect()
    }
}

/// The length of a list, each element of which has a byte at least.
pub(super) fn length(from: &mut &[u8]) -> Option<usize> {
    let length = usize::try_from(u64::take(from)?).ok()?;
    (length <= from.len()).then_some(length)
}

pub(super) fn put_text(text: &str, out: &mut Vec<u8>) {
    (text.len() as u64).put(out);
    out.extend_from_slice(text.as_bytes());
}

/// A few bytes as they are.
pub(super) fn bytes<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (&bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(bytes)
}

/// Puts rising numbers as their differences, which are short.
pub(super) fn put_rising(numbers: &[u32], out: &mut Vec<u8>) {
    (numbers.len() as u64).put(out);
    let mut last = 0;
    for &number in numbers {
        number.wrapping_sub(last).put(out);
        last = number;
    }
}

pub(super) fn take_rising(from: &mut &[u8]) -> Option<Box<[u32]>> {
    let length = length(from)?;
    let mut last = 0_u32;
    let numbers = (0..length).map(|_| {
        last = last.checked_add(u32::take(from)?)?;
        Some(last)
    });
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: Keep + PartialEq + std::fmt::Debug>(value: T) {
        let mut out = Vec::new();
        value.put(&mut out);
        let mut from = &out[..];
        assert_eq!(T::take(&mut from).as_ref(), Some(&value));
        assert!(from.is_empty());
        for cut in 0..out.len() {
            assert_eq!(T::take(&mut &out[..cut]), None, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_put_is_taken_and_a_part_of_it_is_nothing() {
        for number in [0, 1, 127, 128, u64::MAX] {
            check(number);
        }
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            check(number);
        }
        check(Timestamp::MIN);
        check(
            "2026-11-24T12:00:00.123456789Z"
                .parse::<Timestamp>()
                .unwrap(),
        );
        check((Some("Ташкент".to_owned()), vec![1.5_f32, -0.0]));
        check(Relation::Translation);
        check(Option::<String>::None);
    }

    #[test]
    fn rising_numbers_come_back() {
        for numbers in [&[][..], &[0], &[5, 9, u32::MAX]] {
            let mut out = Vec::new();
            put_rising(numbers, &mut out);
            assert_eq!(take_rising(&mut &out[..]).as_deref(), Some(numbers));
        }
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        let mut out = Vec::new();
        u64::MAX.put(&mut out);
        assert_eq!(Vec::<u64>::take(&mut &out[..]), None);
        assert_eq!(String::take(&mut &out[..]), None);
        assert_eq!(take_rising(&mut &out[..]), None);
    }
}
