//! UTF-8, UTF-16 and UTF-32 that are known by a byte order mark or by where their zero bytes stand
//! (XML 1.0, appendix F).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::parse::Problem;

/// The text of a document whose first bytes tell its encoding; `None` for every other.
pub(super) fn marked<'a>(body: &'a [u8], problems: &mut Vec<Problem>) -> Option<Cow<'a, str>> {
    match *body {
        [0xef, 0xbb, 0xbf, ref rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        [0xff, 0xfe, 0, 0, ref rest @ ..] => Some(utf_32(rest, u32::from_le_bytes)),
        [0, 0, 0xfe, 0xff, ref rest @ ..] => Some(utf_32(rest, u32::from_be_bytes)),
        [0xff, 0xfe, ref rest @ ..] => Some(utf_16(rest, UTF_16LE, problems)),
        [0xfe, 0xff, ref rest @ ..] => Some(utf_16(rest, UTF_16BE, problems)),
        _ => unmarked(body, problems),
    }
}

/// Markup begins with `<`, perhaps behind white space, so zero bytes beside the first character tell
/// width and order.
fn unmarked<'a>(body: &[u8], problems: &mut Vec<Problem>) -> Option<Cow<'a, str>> {
    let text = match *body {
        [first, 0, 0, 0, ..] if first != 0 => utf_32(body, u32::from_le_bytes),
        [0, 0, 0, last, ..] if last != 0 => utf_32(body, u32::from_be_bytes),
        [first, 0, third, 0, ..] if first != 0 && third != 0 => utf_16(body, UTF_16LE, problems),
        [0, second, 0, fourth, ..] if second != 0 && fourth != 0 => {
            utf_16(body, UTF_16BE, problems)
        }
        _ => return None,
    };
    problems.push(Problem::document(
        "charset_assumed",
        "UTF-16 or UTF-32 without a byte order mark".to_owned(),
    ));
    Some(text)
}

fn utf_16<'a>(
    body: &[u8],
    encoding: &'static Encoding,
    problems: &mut Vec<Problem>,
) -> Cow<'a, str> {
    Cow::Owned(super::decode_with(body, encoding, problems))
}

fn utf_32<'a>(body: &[u8], read: fn([u8; 4]) -> u32) -> Cow<'a, str> {
    let units = body
        .chunks_exact(4)
        .map(|unit| read([unit[0], unit[1], unit[2], unit[3]]));
    Cow::Owned(
        units
            .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
    )
}
