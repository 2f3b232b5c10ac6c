//! Addresses: which of an entry's links is its page, and what a relative one means.

use std::borrow::Cow;

use url::Url;

use super::super::entity;
use super::super::xml::attribute;
use super::names::Field;
use super::outline::Piece;
use super::text;

/// The longest address that is kept. Browsers and servers stop at 8 KB.
const URL_BYTES_MAX: usize = 8 * 1024;

/// What relative addresses are read against.
#[derive(Clone, Debug)]
pub(super) struct Base(Option<Url>);

impl Base {
    /// The address of the request.
    pub fn of(url: &str) -> Self {
        Self(Url::parse(url).ok().filter(|url| !url.cannot_be_a_base()))
    }

    /// The base inside an element: its `xml:base`, read against the base around it.
    pub fn inside(&self, attributes: &str) -> Cow<'_, Self> {
        match attribute(attributes, "xml:base") {
            Some(base) if !base.trim().is_empty() => {
                Cow::Owned(self.against(&entity::decode(base)))
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// This base with another address read against it.
    pub fn against(&self, address: &str) -> Self {
        match self.resolve(address) {
            Some(found) => Self::of(&found.url),
            None => self.clone(),
        }
    }

    /// An absolute `http` or `https` address; `None` for anything else.
    pub fn resolve(&self, raw: &str) -> Option<Resolved> {
        let raw = raw.trim();
        if raw.is_empty() || raw.len() > URL_BYTES_MAX {
            return None;
        }
        let raw = unescaped(raw);
        if is_clean_absolute(&raw) {
            return Url::parse(&raw).is_ok().then(|| Resolved {
                url: raw.into_owned(),
                was_relative: false,
            });
        }
        let (url, was_relative) = match Url::parse(&raw) {
            Ok(url) => (url, false),
            Err(url::ParseError::RelativeUrlWithoutBase) if raw.starts_with("www.") => {
                (Url::parse(&format!("http://{raw}")).ok()?, false)
            }
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                (self.0.as_ref()?.join(&raw).ok()?, true)
            }
            Err(_) => return None,
        };
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| Resolved {
            url: url.into(),
            was_relative,
        })
    }
}

/// An absolute address, and whether it was written as one.
#[derive(Debug, PartialEq)]
pub(super) struct Resolved {
    pub url: String,
    pub was_relative: bool,
}

/// Ampersands of a query are often escaped once more than they should be, and line breaks get in.
fn unescaped(raw: &str) -> Cow<'_, str> {
    let raw = match raw.contains("&amp;") {
        true => Cow::Owned(raw.replace("&amp;", "&")),
        false => Cow::Borrowed(raw),
    };
    if raw.contains(['\n', '\r', '\t']) {
        Cow::Owned(raw.replace(['\n', '\r', '\t'], ""))
    } else {
        raw
    }
}

/// An address that needs no change: kept byte for byte.
fn is_clean_absolute(raw: &str) -> bool {
    (raw.starts_with("https://") || raw.starts_with("http://"))
        && raw.bytes().all(|b| b.is_ascii_graphic())
}

/// The raw addresses that an entry's page may have, the likeliest first, each with the attributes of
/// its element.
pub(super) fn candidates<'a>(pieces: &[Piece<'a>]) -> Vec<(Cow<'a, str>, &'a str)> {
    let mut ranked: Vec<(u8, Cow<'a, str>, &'a str)> = pieces
        .iter()
        .filter_map(|piece| {
            let rank = rank(piece)?;
            Some((rank, address(piece), piece.attributes))
        })
        .filter(|(_, address, _)| !address.is_empty())
        .collect();
    ranked.sort_by_key(|&(rank, ..)| rank);
    ranked
        .into_iter()
        .map(|(_, address, attributes)| (address, attributes))
        .collect()
}

/// The address that a link, or an element that is one, holds.
pub(super) fn address<'a>(piece: &Piece<'a>) -> Cow<'a, str> {
    ["href", "url", "rdf:resource"]
        .iter()
        .find_map(|name| attribute(piece.attributes, name))
        .filter(|href| !href.trim().is_empty())
        .map_or_else(
            || text::characters(piece.inner.trim_ascii()),
            entity::decode,
        )
}

/// How likely a piece holds the address of the page, 0 the most; `None` if it cannot.
fn rank(piece: &Piece<'_>) -> Option<u8> {
    match piece.field {
        Field::OriginalLink => Some(0),
        Field::Link => link_rank(piece.attributes),
        Field::Guid => {
            let is_permanent = attribute(piece.attributes, "isPermaLink")
                .is_none_or(|value| !value.eq_ignore_ascii_case("false"));
            let inner = piece.inner.trim_ascii_start();
            let inner = inner
                .strip_prefix("<![CDATA[")
                .unwrap_or(inner)
                .trim_ascii_start();
            (is_permanent && inner.starts_with("http")).then_some(4)
        }
        _ => None,
    }
}

fn link_rank(attributes: &str) -> Option<u8> {
    if attributes.is_empty() {
        return Some(1);
    }
    let mime = attribute(attributes, "type").unwrap_or("text/html");
    let is_html = mime.contains("html");
    match attribute(attributes, "rel").unwrap_or("alternate") {
        "alternate" | "" | "http://www.iana.org/assignments/relation/alternate" => {
            Some(if is_html { 1 } else { 3 })
        }
        "canonical" | "bookmark" => Some(2),
        "related" | "via" => Some(5),
        "self" => Some(6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, raw: &str, expected: Option<&str>) {
        let found = Base::of(base).resolve(raw).map(|found| found.url);
        assert_eq!(found.as_deref(), expected, "{raw} in {base}");
    }

    #[test]
    fn reads_relative_addresses_against_their_base() {
        check(
            "https://e.kz/rss/all",
            "/news/1",
            Some("https://e.kz/news/1"),
        );
        check(
            "https://e.kz/rss/all",
            "2?a=1&amp;b=2",
            Some("https://e.kz/rss/2?a=1&b=2"),
        );
        check("https://e.kz/", "//m.e.kz/3", Some("https://m.e.kz/3"));
        check("", "/news/1", None);
    }

    #[test]
    fn keeps_only_the_web() {
        for raw in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "mailto:a@b.kz",
            "tag:e.kz,2026:1",
            "",
            "http://",
        ] {
            check("", raw, None);
        }
        check("", "www.e.kz/a", Some("http://www.e.kz/a"));
        check("", " http://e.kz/а б ", Some("http://e.kz/%D0%B0%20%D0%B1"));
        check("", "HTTP://E.kz/A", Some("http://e.kz/A"));
    }

    #[test]
    fn keeps_a_good_address_byte_for_byte() {
        check(
            "",
            "https://E.kz:443/a/../b?x=%d0",
            Some("https://E.kz:443/a/../b?x=%d0"),
        );
    }
}
