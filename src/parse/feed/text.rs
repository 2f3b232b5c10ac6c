//! The inside of an element as text: references and CDATA sections undone once, as XML says; child
//! elements kept as the markup that they are.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use super::super::entity;
use super::super::xml::{Token, Tokens, split_name};
use super::outline::Piece;

/// What an element says. Markup inside it, escaped or not, comes out as HTML.
pub(super) fn of(piece: &Piece<'_>) -> String {
    let inner = piece.inner.trim();
    if piece.nested {
        return markup(inner);
    }
    characters(inner).into_owned()
}

/// Character data with references and CDATA sections undone.
pub(super) fn characters(inner: &str) -> Cow<'_, str> {
    if memchr(b'<', inner.as_bytes()).is_none() {
        return match entity::decode(inner) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => trimmed(text),
        };
    }
    if let Some(section) = lone_section(inner) {
        return Cow::Borrowed(section.trim());
    }
    let mut out = String::with_capacity(inner.len());
    for token in Tokens::new(inner, 0) {
        match token {
            Token::Text(text) => entity::decode_into(text, &mut out),
            Token::CData { text, .. } => out.push_str(text),
            Token::Start(_) | Token::End(_) | Token::Skipped => {}
        }
    }
    trimmed(out)
}

/// The inside of the one CDATA section that a text consists of.
fn lone_section(inner: &str) -> Option<&str> {
    let section = inner.strip_prefix("<![CDATA[")?.strip_suffix("]]>")?;
    memmem::find(section.as_bytes(), b"]]>")
        .is_none()
        .then_some(section)
}

fn trimmed<'a>(text: String) -> Cow<'a, str> {
    match text.trim() {
        whole if whole.len() == text.len() => Cow::Owned(text),
        part => Cow::Owned(part.to_owned()),
    }
}

/// C1 controls, which nobody writes, as the windows-1252 characters that they were meant to be.
pub(super) fn without_c1(text: String) -> String {
    let is_c1 = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    let has_c1 = memchr_iter(0xc2, text.as_bytes())
        .any(|at| matches!(text.as_bytes().get(at + 1), Some(0x80..=0x9f)));
    if has_c1 {
        text.chars()
            .map(|c| if is_c1(c) { entity::from_c1(c) } else { c })
            .collect()
    } else {
        text
    }
}

/// Text with elements in it, written as HTML: prefixes are taken off the names, sections opened.
fn markup(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut tokens = Tokens::new(inner, 0);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(_) => out.push_str(&inner[tokens.began()..tokens.at()]),
            Token::CData { text, .. } => out.push_str(text),
            Token::Start(tag) => {
                out.push('<');
                out.push_str(tag.local());
                if !tag.attributes.is_empty() {
                    out.push(' ');
                    out.push_str(tag.attributes);
                }
                out.push_str(if tag.empty { "/>" } else { ">" });
            }
            Token::End(name) => {
                out.push_str("</");
                out.push_str(split_name(name).1);
                out.push('>');
            }
            Token::Skipped => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::feed::names::Field;

    fn check(inner: &str, nested: bool, expected: &str) {
        let piece = Piece {
            field: Field::Summary,
            attributes: "",
            inner,
            nested,
        };
        assert_eq!(of(&piece), expected, "{inner}");
    }

    #[test]
    fn undoes_references_and_sections_once() {
        check("  a &amp;amp; b ", false, "a &amp; b");
        check(" <![CDATA[ <b>x</b> &amp; ]]> ", false, "<b>x</b> &amp;");
        check("a<![CDATA[b]]>c<!-- d --><![CDATA[e]]>", false, "abce");
        check("\u{a0}\n a &#160;", false, "a");
        check("<![CDATA[a]]]]><![CDATA[>b]]>", false, "a]]>b");
    }

    #[test]
    fn keeps_elements_as_markup() {
        check(
            "<x:div a='1'>t &lt; u<x:br/></x:div>",
            true,
            "<div a='1'>t &lt; u<br/></div>",
        );
    }
}
