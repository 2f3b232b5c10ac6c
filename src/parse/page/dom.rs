//! An HTML page as a tree that is safe to build and to search, and what is asked of its elements.
//!
//! The tree builder of the HTML standard is quadratic on hostile input: start tags look through the
//! whole stack of open elements, and every paragraph opens again each formatting element that was
//! left open. So tags are counted on the way in, by the same rules of scope as the standard's, and
//! those past a bound are left out. Scripts, styles and drawings are left out as well: nothing in a
//! list of links needs them.

use scraper::node::{Element, Node};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use crate::parse::xml::{Tag, Token, Tokens};

/// Bytes of a page that are read. Listing pages of outlets of the region stay under 1 MB.
const HTML_BYTES_MAX: usize = 4 << 20;

/// Elements that may be open at a time; browsers stop at 512 as well.
const DEPTH_MAX: usize = 256;

/// Formatting elements that may be open at a time; pages that forget to close them stay below.
const FORMATTING_MAX: usize = 48;

/// Nodes that the tree may come to, formatting elements that open again included; a page of 1 MB
/// has some 20,000.
const NODES_MAX: usize = 400_000;

/// Longest address that is taken from a page, the bound of common servers.
const URL_BYTES_MAX: usize = 8 * 1024;

/// Elements whose content is dropped unread; all of them end at their first end tag.
const UNSEEN: [&str; 8] = [
    "script", "style", "noscript", "svg", "math", "iframe", "template", "xmp",
];

const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

const FORMATTING: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Elements that a sibling of the same name closes.
const SELF_CLOSING: [&str; 9] = ["p", "li", "td", "th", "tr", "dt", "dd", "option", "tbody"];

/// Elements past which an end tag does not reach (HTML, 13.2.4.2, "in scope").
const SCOPE: [&str; 8] = [
    "td", "th", "table", "caption", "html", "object", "marquee", "applet",
];

/// A page, ready to be searched.
pub(in crate::parse) struct Page {
    pub html: Html,
    base: Option<Url>,
    /// Something was left out because of a bound.
    pub cut: bool,
}

impl Page {
    /// Builds the tree of a page that was found at `url`.
    pub fn load(text: &str, url: &str) -> Self {
        let (source, cut) = tame(text);
        let html = Html::parse_document(&source);
        let address = Url::parse(url).ok();
        let base = html
            .select(&selector("base[href]"))
            .next()
            .and_then(|element| element.attr("href"))
            .and_then(|href| match &address {
                Some(address) => address.join(href.trim()).ok(),
                None => Url::parse(href.trim()).ok(),
            })
            .filter(is_web)
            .or(address);
        Self { html, base, cut }
    }

    /// An absolute `http` or `https` address, without user name and password.
    pub fn absolute(&self, href: &str) -> Option<Url> {
        let href = href.trim();
        if href.is_empty() || href.len() > URL_BYTES_MAX {
            return None;
        }
        let mut url = match &self.base {
            Some(base) => base.join(href).ok()?,
            None => Url::parse(href).ok()?,
        };
        if !is_web(&url) {
            return None;
        }
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(url)
    }

    /// The address against which links are read.
    pub fn base(&self) -> Option<&Url> {
        self.base.as_ref()
    }

    /// Text of the first element that fits, at most `bytes_max` long; `None` where it is empty.
    pub fn text_at(&self, css: &str, bytes_max: usize) -> Option<String> {
        let element = self.html.select(&selector(css)).next()?;
        Some(text(element, bytes_max)).filter(|text| !text.is_empty())
    }

    /// `lang` of the page, lower case.
    pub fn language(&self) -> Option<String> {
        let language = self
            .html
            .root_element()
            .attr("lang")?
            .trim()
            .to_ascii_lowercase();
        (!language.is_empty() && language.len() <= 35).then_some(language)
    }

    /// Feeds that the page points at, absolute.
    pub fn feeds(&self) -> Vec<String> {
        /// More than any site was seen to offer in its head.
        const FEEDS_MAX: usize = 32;
        self.html
            .select(&selector("link[rel~=alternate][href]"))
            .filter(|link| {
                let kind = link.attr("type").unwrap_or_default().to_ascii_lowercase();
                kind.contains("rss") || kind.contains("atom") || kind.contains("feed+json")
            })
            .filter_map(|link| self.absolute(link.attr("href")?).map(String::from))
            .take(FEEDS_MAX)
            .collect()
    }

    /// The picture that an element shows: `img`, `content` of a `meta`, or a CSS background.
    pub fn image(&self, element: ElementRef<'_>) -> Option<String> {
        let source = [
            "data-src",
            "data-original",
            "data-lazy-src",
            "src",
            "content",
            "poster",
        ]
        .iter()
        .filter_map(|name| element.attr(name))
        .find(|source| !source.is_empty() && !source.starts_with("data:"))
        .or_else(|| background(element.attr("style")?))?;
        self.absolute(source).map(String::from)
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host().is_some()
}

/// A selector that is part of this program.
pub(in crate::parse) fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("selectors of the program are valid")
}

/// The words of an element, white space collapsed, at most about `bytes_max` bytes.
pub(in crate::parse) fn text(element: ElementRef<'_>, bytes_max: usize) -> String {
    let mut out = String::new();
    let mut gap = false;
    'nodes: for node in element.descendants().take(TEXT_NODES_MAX) {
        match node.value() {
            Node::Text(text) => {
                gap |= text.starts_with(char::is_whitespace);
                for word in text.split_whitespace() {
                    if gap && !out.is_empty() {
                        out.push(' ');
                    }
                    out.push_str(word);
                    gap = true;
                    if out.len() > bytes_max {
                        break 'nodes;
                    }
                }
                gap &= text.ends_with(char::is_whitespace);
            }
            Node::Element(inner) => gap |= !is_inline(inner),
            _ => {}
        }
    }
    out.truncate(out.floor_char_boundary(bytes_max));
    out
}

/// Nodes whose words are gathered for one label, text or date.
const TEXT_NODES_MAX: usize = 4096;

fn is_inline(element: &Element) -> bool {
    FORMATTING.contains(&element.name())
        || matches!(
            element.name(),
            "mark" | "sup" | "sub" | "abbr" | "q" | "cite" | "wbr"
        )
}

/// The address in `background-image:url('…')`.
fn background(style: &str) -> Option<&str> {
    let rest = &style[style.find("url(")? + "url(".len()..];
    let inner = &rest[..rest.find(')')?];
    Some(inner.trim().trim_matches(['\'', '"']))
}

/// The source without what is not needed, and whether a bound was met.
fn tame(text: &str) -> (String, bool) {
    let mut cut = text.len() > HTML_BYTES_MAX;
    let text = &text[..text.floor_char_boundary(HTML_BYTES_MAX)];
    let mut out = String::with_capacity(text.len());
    let mut open = Open::default();
    let mut tokens = Tokens::new(text, 0);
    while let Some(token) = tokens.next() {
        let keep = match token {
            Token::Start(tag) if is_one_of(&UNSEEN, tag.name).is_some() => {
                if !tag.empty {
                    tokens.skip_to(past_end_tag(text, tokens.at(), tag.name));
                }
                continue;
            }
            Token::Start(tag) => open.start(&tag),
            Token::End(name) => open.end(name),
            Token::Text(text) => {
                push_text(&mut out, text);
                continue;
            }
            Token::CData { .. } | Token::Skipped => false,
        };
        if keep {
            out.push_str(&text[tokens.began()..tokens.at()]);
        } else {
            cut |= matches!(token, Token::Start(_));
        }
        if open.nodes > NODES_MAX {
            return (out, true);
        }
    }
    (out, cut)
}

/// A `<` that opens nothing is escaped, and a run of them is one: the tree builder notes an error for
/// each, and keeps them all.
fn push_text(out: &mut String, text: &str) {
    match text.strip_prefix('<') {
        Some(rest) => {
            if !out.ends_with("&lt;") {
                out.push_str("&lt;");
            }
            out.push_str(rest);
        }
        None => out.push_str(text),
    }
}

/// Behind the end tag of an element whose content is not markup.
fn past_end_tag(text: &str, from: usize, name: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(&bytes[from..], b"</")
        .map(|found| from + found + 2)
        .find(|&at| {
            bytes
                .get(at..at + name.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        })
        .and_then(|at| memchr::memchr(b'>', &bytes[at..]).map(|end| at + end + 1))
        .unwrap_or(text.len())
}

/// What is open at a place of the source.
#[derive(Default)]
struct Open {
    stack: Vec<Opened>,
    /// Formatting elements that were not closed, whether or not what held them is.
    formatting: usize,
    nodes: usize,
}

struct Opened {
    /// Lower-case name, cut to what tells the names apart.
    name: [u8; NAME_BYTES_MAX],
    /// [`Open::formatting`] when it was opened.
    formatting: usize,
}

/// Longer than every name that means anything here.
const NAME_BYTES_MAX: usize = 12;

fn short(name: &str) -> [u8; NAME_BYTES_MAX] {
    let mut out = [0; NAME_BYTES_MAX];
    for (to, from) in out.iter_mut().zip(name.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    out
}

fn is_one_of(names: &[&'static str], name: &str) -> Option<&'static str> {
    names
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .copied()
}

impl Opened {
    fn is_one_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.name == short(name))
    }
}

impl Open {
    /// Whether this start tag may stand.
    fn start(&mut self, tag: &Tag<'_>) -> bool {
        self.nodes += 1 + self.formatting;
        if is_one_of(&VOID, tag.name).is_some() {
            return true;
        }
        let name = short(tag.name);
        let formats = is_one_of(&FORMATTING, tag.name).is_some();
        if is_one_of(&SELF_CLOSING, tag.name).is_some()
            && let Some(at) = self.sibling(name)
        {
            self.pop_from(at);
        }
        if self.stack.len() >= DEPTH_MAX || (formats && self.formatting >= FORMATTING_MAX) {
            return false;
        }
        self.stack.push(Opened {
            name,
            formatting: self.formatting,
        });
        self.formatting += usize::from(formats);
        true
    }

    /// The open element of the same name that a start tag closes, past others that close by
    /// themselves.
    fn sibling(&self, name: [u8; NAME_BYTES_MAX]) -> Option<usize> {
        let mut at = self.stack.len();
        while at > 0 && self.stack[at - 1].is_one_of(&SELF_CLOSING) {
            at -= 1;
            if self.stack[at].name == name {
                return Some(at);
            }
        }
        None
    }

    /// Whether this end tag closes something.
    fn end(&mut self, name: &str) -> bool {
        let formats = is_one_of(&FORMATTING, name).is_some();
        let name = short(name);
        for at in (0..self.stack.len()).rev() {
            if self.stack[at].name == name {
                self.pop_from(at);
                self.formatting -= usize::from(formats && self.formatting > 0);
                return true;
            }
            let barrier = self.stack[at].is_one_of(&SCOPE);
            let reaches = name == short("table") || name == short("tr") || name == short("tbody");
            if barrier && !reaches {
                return false;
            }
        }
        self.formatting -= usize::from(formats && self.formatting > 0);
        formats
    }

    /// Closes the element at `at` and everything in it. A cell takes the formatting inside with it;
    /// elsewhere it goes on behind the element.
    fn pop_from(&mut self, at: usize) {
        for opened in self.stack.drain(at..).rev() {
            if opened.is_one_of(&SCOPE) {
                self.formatting = self.formatting.min(opened.formatting);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(tame(source).0, expected, "{source}");
    }

    #[test]
    fn leaves_out_what_is_no_list_of_links() {
        check("<p>a<SCRIPT>if (a<b) '</p>'</script >b</p>", "<p>ab</p>");
        check("<p>a<!-- <p>x</p> -->b<svg/>c</p>", "<p>abc</p>");
        check("a</div></td>b", "ab");
        check("5 < 6<noscript><img></noscript>", "5 &lt; 6");
        check(
            "<div><table><tr><td></div>x</table></div>",
            "<div><table><tr><td>x</table></div>",
        );
    }

    #[test]
    fn bounds_depth_whatever_the_end_tags() {
        for unit in [
            "<div>",
            "<div></x>",
            "<div><table><tr><td></div>",
            "<b id=1>",
            "<b id=1><table><td></b></table>",
            "<object><font size=1>",
        ] {
            let (source, cut) = tame(&unit.repeat(1000));
            let html = Html::parse_document(&source);
            let depth = html.tree.nodes().map(|node| node.ancestors().count()).max();
            assert!(cut && depth < Some(2 * DEPTH_MAX + 64), "{unit}: {depth:?}");
        }
    }

    #[test]
    fn bounds_what_opens_again() {
        let source = format!("{}{}", "<font size=1>".repeat(1000), "<p>x".repeat(20_000));
        let (source, cut) = tame(&source);
        assert!(cut);
        let html = Html::parse_document(&source);
        assert!(html.tree.nodes().count() < 2 * NODES_MAX + 1000);
    }

    #[test]
    fn long_lists_without_end_tags_are_read() {
        let source = format!("<ul>{}</ul>", "<li><p>x".repeat(1000));
        assert!(!tame(&source).1, "li and p take turns");
    }

    #[test]
    fn addresses() {
        let page = Page::load("<base href='/ru/'><a>", "https://user:pw@example.org/x/y");
        let check = |href: &str, expected: Option<&str>| {
            assert_eq!(
                page.absolute(href).map(String::from).as_deref(),
                expected,
                "{href}"
            );
        };
        check("a.html", Some("https://example.org/ru/a.html"));
        check("//example.net/a", Some("https://example.net/a"));
        check(" /a ", Some("https://example.org/a"));
        check("mailto:a@example.org", None);
        check("javascript:void(0)", None);
        check("data:text/html,x", None);
        check("", None);
    }

    #[test]
    fn words_of_an_element() {
        let html = Html::parse_fragment("<h2> A <b>b</b>c<br>d\n<span>e</span><span>f</span></h2>");
        let h2 = html.select(&selector("h2")).next().expect("a heading");
        assert_eq!(text(h2, 100), "A bc d e f");
        assert_eq!(text(h2, 4), "A bc");
    }
}
