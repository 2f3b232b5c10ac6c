//! Pages that came instead of a feed, and the feeds that they point at.

use url::Url;

use super::super::entity;
use super::super::xml::{Token, Tokens, attribute};

/// The most feeds that are taken from one page.
const FEEDS_MAX: usize = 16;

/// How many tokens of a document are looked at to tell a page from other things.
const HEAD_TOKENS: usize = 256;

/// Whether a document is an HTML page, or a piece of one.
pub(super) fn is_html(text: &str) -> bool {
    let start = text.trim_start();
    if start
        .get(..14)
        .is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html"))
    {
        return true;
    }
    Tokens::new(start, 0).take(HEAD_TOKENS).any(|token| {
        matches!(token, Token::Start(tag) if ["html", "head", "body", "meta", "div", "script"]
            .iter()
            .any(|name| tag.name.eq_ignore_ascii_case(name)))
    })
}

/// The addresses of `<link rel="alternate">` elements that name a feed, absolute.
pub(super) fn feeds(text: &str, page: &str) -> Vec<String> {
    let base = Url::parse(page).ok();
    let mut feeds: Vec<String> = Vec::new();
    for token in Tokens::new(text, 0) {
        let Token::Start(tag) = token else { continue };
        if feeds.len() >= FEEDS_MAX {
            break;
        }
        if !tag.name.eq_ignore_ascii_case("link") || !is_feed_link(tag.attributes) {
            continue;
        }
        let Some(href) = tag.attribute("href") else {
            continue;
        };
        let href = entity::decode(href.trim());
        let found = match &base {
            Some(base) => base.join(&href),
            None => Url::parse(&href),
        };
        if let Ok(url) = found
            && matches!(url.scheme(), "http" | "https")
            && !feeds.iter().any(|known| known == url.as_str())
        {
            feeds.push(url.into());
        }
    }
    feeds
}

fn is_feed_link(attributes: &str) -> bool {
    let has = |name: &str, part: &str| {
        attribute(attributes, name).is_some_and(|value| value.to_ascii_lowercase().contains(part))
    };
    has("rel", "alternate")
        && ["rss", "atom", "feed+json", "rdf"]
            .iter()
            .any(|part| has("type", part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_feeds_of_a_page() {
        let page = "<!doctype html><html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/rss?a=1&amp;b=2\">\
            <LINK REL='alternate' TYPE='application/atom+xml' HREF='https://f.kz/atom'>\
            <link rel=alternate hreflang=ru href=/ru><link rel=stylesheet href=/a.css></head></html>";
        assert!(is_html(page));
        assert_eq!(
            feeds(page, "https://e.kz/news/"),
            ["https://e.kz/rss?a=1&b=2", "https://f.kz/atom"]
        );
    }

    #[test]
    fn other_markup_is_no_page() {
        assert!(!is_html("<rss><channel/></rss>"));
        assert!(!is_html("plain words"));
    }
}
