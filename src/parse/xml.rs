//! A tokenizer for XML as it is found: any text is cut into tags, text and the rest, without copies,
//! without recursion and in time proportional to its length. It never fails.
//!
//! Not a parser: it does not check nesting, expand entities or resolve namespaces, and a document
//! type declaration is skipped whole, so that nothing declared in it can grow.

use memchr::{memchr, memchr2, memmem};

/// One piece of a document. Slices borrow from the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Start(Tag<'a>),
    /// The qualified name of an end tag.
    End(&'a str),
    /// Character data with its references still in it.
    Text(&'a str),
    /// The inside of a CDATA section; `closed` is false where the document ended first.
    CData {
        text: &'a str,
        closed: bool,
    },
    /// A comment, processing instruction or document type declaration.
    Skipped,
}

/// A start tag or an empty-element tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tag<'a> {
    /// The qualified name as written.
    pub name: &'a str,
    /// Everything between the name and the end of the tag, `/` not included.
    pub attributes: &'a str,
    pub empty: bool,
}

impl<'a> Tag<'a> {
    /// The name without its prefix.
    pub fn local(&self) -> &'a str {
        split_name(self.name).1
    }

    /// The raw value of the attribute with this qualified name, whatever its case.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        attribute(self.attributes, name)
    }
}

/// Prefix (empty where there is none) and local part of a qualified name.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    match memchr(b':', name.as_bytes()) {
        Some(colon) => (&name[..colon], &name[colon + 1..]),
        None => ("", name),
    }
}

/// The raw value of one attribute out of the inside of a tag.
pub(super) fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    if attributes.is_empty() {
        return None;
    }
    Attributes(attributes)
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The attributes of a tag: name and raw value, quotes taken off, in order.
pub(super) struct Attributes<'a>(pub &'a str);

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches(|c: char| {
            c.is_ascii_whitespace() || matches!(c, '/' | '=' | '"' | '\'')
        });
        if rest.is_empty() {
            return None;
        }
        let name_end = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let name = &rest[..name_end];
        let after = rest[name_end..].trim_ascii_start();
        let Some(value) = after.strip_prefix('=').map(str::trim_ascii_start) else {
            self.0 = after;
            return Some((name, ""));
        };
        let (value, rest) = match value.as_bytes().first() {
            Some(&quote @ (b'"' | b'\'')) => {
                let inner = &value[1..];
                let end = memchr(quote, inner.as_bytes()).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or(""))
            }
            _ => {
                let end = value
                    .find(|c: char| c.is_ascii_whitespace())
                    .unwrap_or(value.len());
                value.split_at(end)
            }
        };
        self.0 = rest;
        Some((name, value))
    }
}

/// The tokens of a document, from a byte offset on.
pub(super) struct Tokens<'a> {
    text: &'a str,
    /// Where the next token begins.
    at: usize,
    /// Where the last token began.
    began: usize,
    /// Closing marks that were looked for in vain: they need not be looked for again, which keeps the
    /// work linear on documents full of opening ones.
    missing: Missing,
    /// A `<` that opened nothing was taken as text.
    pub stray_less_than: bool,
}

#[derive(Default)]
struct Missing {
    comment: bool,
    instruction: bool,
    double_quote: bool,
    single_quote: bool,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str, at: usize) -> Self {
        Self {
            text,
            at,
            began: at,
            missing: Missing::default(),
            stray_less_than: false,
        }
    }

    /// Byte offset at which the last token began.
    pub fn began(&self) -> usize {
        self.began
    }

    /// Byte offset behind the last token.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes on at a later byte offset, which must be a character boundary.
    pub fn skip_to(&mut self, at: usize) {
        self.at = at.max(self.at);
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes the next `len` bytes as the token's body and `behind` more as its closing mark.
    fn take(&mut self, len: usize, behind: usize) -> &'a str {
        let body = &self.text[self.at..self.at + len];
        self.at = (self.at + len + behind).min(self.text.len());
        body
    }

    fn text_token(&mut self, from: usize) -> Token<'a> {
        let rest = self.rest().as_bytes();
        let len = memchr(b'<', &rest[from..]).map_or(rest.len(), |found| from + found);
        Token::Text(self.take(len, 0))
    }

    fn declaration(&mut self) -> Token<'a> {
        let rest = self.rest();
        if rest.starts_with("<![CDATA[") {
            self.at += "<![CDATA[".len();
            let inner = self.rest();
            return match memmem::find(inner.as_bytes(), b"]]>") {
                Some(end) => Token::CData {
                    text: self.take(end, 3),
                    closed: true,
                },
                None => Token::CData {
                    text: self.take(inner.len(), 0),
                    closed: false,
                },
            };
        }
        if rest.starts_with("<!--") && !self.missing.comment {
            match memmem::find(&rest.as_bytes()[4..], b"-->") {
                Some(end) => {
                    self.take(4 + end, 3);
                    return Token::Skipped;
                }
                None => self.missing.comment = true,
            }
        }
        let end = doctype_end(rest);
        self.take(end, 0);
        Token::Skipped
    }

    fn instruction(&mut self) -> Token<'a> {
        let rest = self.rest().as_bytes();
        let end = if self.missing.instruction {
            None
        } else {
            memmem::find(rest, b"?>").map(|end| end + 2)
        };
        self.missing.instruction |= end.is_none();
        let end = end
            .or_else(|| memchr(b'>', rest).map(|end| end + 1))
            .unwrap_or(rest.len());
        self.take(end, 0);
        Token::Skipped
    }

    fn end_tag(&mut self) -> Token<'a> {
        self.at += 2;
        let rest = self.rest().as_bytes();
        let end = memchr2(b'>', b'<', rest).unwrap_or(rest.len());
        let closed = usize::from(rest.get(end) == Some(&b'>'));
        Token::End(self.take(end, closed).trim_ascii())
    }

    fn start_tag(&mut self) -> Token<'a> {
        self.at += 1;
        let end = self.tag_end();
        let inside = self.take(end, 1);
        let (inside, empty) = match inside.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let name_end = inside
            .bytes()
            .position(|b| b.is_ascii_whitespace() || b == b'/')
            .unwrap_or(inside.len());
        Token::Start(Tag {
            name: &inside[..name_end],
            attributes: inside[name_end..].trim_ascii(),
            empty,
        })
    }

    /// Length of the inside of the tag that begins here: up to the `>` that no quotes hold, or, where
    /// a quote is never closed, up to the first `>`.
    fn tag_end(&mut self) -> usize {
        let rest = self.rest().as_bytes();
        let first = memchr(b'>', rest).unwrap_or(rest.len());
        let mut at = 0;
        loop {
            let end = if at <= first {
                first
            } else {
                match memchr(b'>', &rest[at..]) {
                    Some(end) => at + end,
                    None => return first,
                }
            };
            let Some(quote) = memchr2(b'"', b'\'', &rest[at..end]) else {
                return end;
            };
            let quote = at + quote;
            // A quote opens a value only behind `=`; an apostrophe elsewhere is a slip of the pen.
            if rest[..quote].trim_ascii_end().last() != Some(&b'=') {
                at = quote + 1;
                continue;
            }
            let missing = match rest[quote] {
                b'"' => &mut self.missing.double_quote,
                _ => &mut self.missing.single_quote,
            };
            if *missing {
                return end;
            }
            match memchr(rest[quote], &rest[quote + 1..]) {
                Some(close) => at = quote + 1 + close + 1,
                None => {
                    *missing = true;
                    return first;
                }
            }
        }
    }
}

/// Length of a `<!DOCTYPE …>` with its internal subset, or of whatever else began with `<!`.
fn doctype_end(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let Some(close) = memchr(b'>', bytes) else {
        return bytes.len();
    };
    if memchr(b'[', &bytes[..close]).is_none() {
        return close + 1;
    }
    match memmem::find(&bytes[..bytes.len().min(SUBSET_BYTES_MAX)], b"]") {
        Some(bracket) => {
            memchr(b'>', &bytes[bracket..]).map_or(bytes.len(), |end| bracket + end + 1)
        }
        None => close + 1,
    }
}

/// How far the end of an internal subset is looked for. The longest seen in a feed is under 20 KiB
/// (the entity list of HTML, written out).
const SUBSET_BYTES_MAX: usize = 256 * 1024;

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.began = self.at;
        let bytes = self.rest().as_bytes();
        let token = match bytes {
            [] => return None,
            [b'<', b'!', ..] => self.declaration(),
            [b'<', b'?', ..] => self.instruction(),
            [b'<', b'/', ..] => self.end_tag(),
            [b'<', next, ..] if next.is_ascii_alphabetic() || *next == b'_' || *next >= 0x80 => {
                self.start_tag()
            }
            [b'<', ..] => {
                self.stray_less_than = true;
                self.text_token(1)
            }
            _ => self.text_token(0),
        };
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[Token<'_>]) {
        assert_eq!(Tokens::new(text, 0).collect::<Vec<_>>(), expected, "{text}");
    }

    fn start<'a>(name: &'a str, attributes: &'a str, empty: bool) -> Token<'a> {
        Token::Start(Tag {
            name,
            attributes,
            empty,
        })
    }

    #[test]
    fn cuts_what_is_well_formed() {
        check(
            "<a x='1>2'>t<![CDATA[<b>]]><!-- - --><?p i?></a><c/>",
            &[
                start("a", "x='1>2'", false),
                Token::Text("t"),
                Token::CData {
                    text: "<b>",
                    closed: true,
                },
                Token::Skipped,
                Token::Skipped,
                Token::End("a"),
                start("c", "", true),
            ],
        );
    }

    #[test]
    fn cuts_what_is_not() {
        check(
            "5 < 6 <b",
            &[
                Token::Text("5 "),
                Token::Text("< 6 "),
                start("b", "", false),
            ],
        );
        check(
            "<a href=\"x>y</a>",
            &[
                start("a", "href=\"x", false),
                Token::Text("y"),
                Token::End("a"),
            ],
        );
        check(
            "<p don't>y",
            &[start("p", "don't", false), Token::Text("y")],
        );
        check(
            "<![CDATA[cut",
            &[Token::CData {
                text: "cut",
                closed: false,
            }],
        );
        check("</a <b>", &[Token::End("a"), start("b", "", false)]);
        check(
            "<!-- never > closed",
            &[Token::Skipped, Token::Text(" closed")],
        );
    }

    #[test]
    fn skips_a_document_type_with_its_entities() {
        check(
            "<!DOCTYPE r [<!ENTITY a \"b\"> <!ENTITY c '>'> ]><r/>",
            &[Token::Skipped, start("r", "", true)],
        );
    }

    #[test]
    fn reads_attributes_in_any_quotes() {
        let got: Vec<_> = Attributes("a=\"1\" b = '2' c=3 d e=''").collect();
        assert_eq!(
            got,
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", ""), ("e", "")]
        );
    }
}
