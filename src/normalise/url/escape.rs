//! Percent-encoding in one form: RFC 3986 section 6.2.2. Not for decoding text that people read.

use std::fmt::Write as _;

/// Where in an address the text stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    Path,
    Query,
}

impl Part {
    /// Bytes that stand for themselves. RFC 3986 calls some of them reserved; no server was seen to
    /// tell `,` from `%2C` in a path, and feeds mix the two.
    fn plain(self, byte: u8) -> bool {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'!' | b'\'' | b'(' | b')' | b'*' | b',' | b':' | b'@' => {
                true
            }
            b'/' | b'?' => self == Self::Query,
            _ => byte.is_ascii_alphanumeric(),
        }
    }

    /// Delimiters that mean something else when they are escaped.
    fn delimiter(self, byte: u8) -> bool {
        matches!(byte, b'$' | b'&' | b';' | b'=') || (byte == b'+' && self == Self::Path)
    }
}

/// RFC 3986 6.2.2.1 and 6.2.2.2: upper-case escapes, and none where none is needed.
pub(super) fn escape(text: &str, part: Part) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        if byte == b'%'
            && let Some(decoded) = hex_pair(bytes.get(at..at + 2))
        {
            at += 2;
            if part.plain(decoded) {
                out.push(char::from(decoded));
            } else {
                push_escape(&mut out, decoded);
            }
        } else if byte == b'+' && part == Part::Query {
            out.push_str("%20");
        } else if part.plain(byte) || part.delimiter(byte) {
            out.push(char::from(byte));
        } else {
            push_escape(&mut out, byte);
        }
    }
    out
}

fn hex_pair(pair: Option<&[u8]>) -> Option<u8> {
    let pair = pair?;
    let high = char::from(pair[0]).to_digit(16)?;
    let low = char::from(pair[1]).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

fn push_escape(out: &mut String, byte: u8) {
    write!(out, "%{byte:02X}").expect("writing to a string does not fail");
}
