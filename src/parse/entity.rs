//! Character and entity references of XML and HTML, decoded once.
//!
//! Entities that a document declares for itself are not known here and stay as they are written.

use std::borrow::Cow;

use memchr::memchr;

/// The longest name of an HTML entity is 31 letters (`CounterClockwiseContourIntegral`).
const NAME_BYTES_MAX: usize = 32;

/// What a reference stood for, and how many bytes of the text it took.
pub(super) enum Reference {
    Text(&'static str, usize),
    Char(char, usize),
    /// A number that names no character; it stands for nothing.
    Nothing(usize),
}

impl Reference {
    pub fn len(&self) -> usize {
        match *self {
            Self::Text(_, len) | Self::Char(_, len) | Self::Nothing(len) => len,
        }
    }

    pub fn push_to(&self, out: &mut String) {
        match *self {
            Self::Text(text, _) => out.push_str(text),
            Self::Char(c, _) => out.push(c),
            Self::Nothing(_) => {}
        }
    }
}

/// Reads the reference at the start of `text`, which begins with `&`; `None` where it is a bare
/// ampersand or a name that nobody knows.
pub(super) fn reference(text: &str) -> Option<Reference> {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b'#') {
        return numeric(bytes);
    }
    let name_len = bytes[1..]
        .iter()
        .take(NAME_BYTES_MAX)
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    if name_len == 0 || bytes.get(1 + name_len) != Some(&b';') {
        return None;
    }
    named(&text[1..1 + name_len]).map(|found| Reference::Text(found, name_len + 2))
}

fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{a0}",
        "laquo" => "«",
        "raquo" => "»",
        "mdash" => "—",
        "ndash" => "–",
        "hellip" => "…",
        "zwnj" => "\u{200c}",
        _ => return quick_xml::escape::resolve_html5_entity(name),
    })
}

/// `&#8230;` and `&#x2026;`, with or without the semicolon. Numbers from 128 to 159 mean windows-1252,
/// as browsers read them (HTML Standard, "numeric character reference end state").
fn numeric(bytes: &[u8]) -> Option<Reference> {
    let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
    let (digits_at, radix) = if hex { (3, 16) } else { (2, 10) };
    let mut value = 0_u32;
    let mut at = digits_at;
    while let Some(digit) = bytes.get(at).and_then(|&b| char::from(b).to_digit(radix)) {
        value = value.saturating_mul(radix).saturating_add(digit);
        at += 1;
    }
    if at == digits_at {
        return None;
    }
    let len = at + usize::from(bytes.get(at) == Some(&b';'));
    Some(match char::from_u32(value) {
        Some(c @ '\u{80}'..='\u{9f}') => Reference::Char(from_c1(c), len),
        Some('\0'..='\u{8}' | '\u{b}'..='\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}'..='\u{ffff}')
        | None => Reference::Nothing(len),
        Some(c) => Reference::Char(c, len),
    })
}

/// A C1 control is windows-1252 that was taken for ISO-8859-1.
pub(super) fn from_c1(c: char) -> char {
    u8::try_from(u32::from(c)).map_or(c, |byte| {
        let bytes = [byte];
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
        text.chars().next().unwrap_or(c)
    })
}

/// Decodes every reference once; what is not one stays.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    decode_into(text, &mut out);
    Cow::Owned(out)
}

/// As [`decode`], at the end of a string.
pub(super) fn decode_into(mut text: &str, out: &mut String) {
    while let Some(at) = memchr(b'&', text.as_bytes()) {
        out.push_str(&text[..at]);
        text = &text[at..];
        match reference(text) {
            Some(found) => {
                found.push_to(out);
                text = &text[found.len()..];
            }
            None => {
                out.push('&');
                text = &text[1..];
            }
        }
    }
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(decode(text), expected, "{text}");
    }

    #[test]
    fn decodes_once() {
        check("a &amp; b &amp;lt; c", "a & b &lt; c");
        check("&#1055;&#x41F; &laquo;&Ccedil;&raquo;", "ПП «Ç»");
        check("&#151;&#x92;", "—’");
    }

    #[test]
    fn leaves_what_is_no_reference() {
        check(
            "AT&T & co &nosuch; &#; &#x; &",
            "AT&T & co &nosuch; &#; &#x; &",
        );
        check("?a=1&copy=2&lt=3", "?a=1&copy=2&lt=3");
    }

    #[test]
    fn drops_numbers_that_name_no_character() {
        check("a&#0;b&#xD800;c&#99999999999;d&#11;e", "abcde");
    }
}
