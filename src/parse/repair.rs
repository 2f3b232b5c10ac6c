//! The smallest repair that makes a feed well-formed and its root one that the strict reader knows.
//! Applied only to what that reader would not have as it was; each kind of repair is named once.
//!
//! The document is written anew from its tokens: what was right comes out as it went in.

use memchr::memchr2;

use super::Problem;
use super::entity;
use super::feed::FeedRoot as Root;
use super::xml::{Attributes, Tag, Token, Tokens, split_name};

/// A mended document, from its root's start tag to its root's end tag, and what was done to it.
pub(super) struct Mended {
    pub text: String,
    pub problems: Vec<Problem>,
}

/// A document that would grow by more than this is not damaged but something else.
const GROWTH_BYTES_MAX: usize = 1024 * 1024;

/// Mends the text of a document that begins with its root's start tag; `None` where that is beyond
/// repair.
pub(super) fn mend(text: &str, root: Root) -> Option<Mended> {
    let mut mender = Mender {
        out: String::with_capacity(text.len() + text.len() / 64),
        open: Vec::new(),
        root,
        repairs: Vec::new(),
        empty_from: None,
    };
    for token in Tokens::new(text, 0) {
        mender.token(token);
        if mender.open.is_empty() {
            break;
        }
        if mender.out.len() > text.len() + GROWTH_BYTES_MAX {
            return None;
        }
    }
    mender.close_to(0);
    Some(Mended {
        text: mender.out,
        problems: mender
            .repairs
            .iter()
            .map(|repair| repair.problem())
            .collect(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repair {
    BareAmpersand,
    HtmlEntity,
    StrayLessThan,
    MismatchedTags,
    UnclosedCdata,
    Attributes,
    Root,
    EmptyMedia,
    OddType,
}

impl Repair {
    fn problem(self) -> Problem {
        let (kind, message) = match self {
            Self::BareAmpersand => ("bare_ampersand", "ampersands were escaped"),
            Self::HtmlEntity => (
                "html_entity",
                "references that XML does not know were decoded",
            ),
            Self::StrayLessThan => ("stray_less_than", "signs that open no tag were escaped"),
            Self::MismatchedTags => ("mismatched_tags", "end tags were added or left out"),
            Self::UnclosedCdata => ("unclosed_cdata", "a CDATA section was closed"),
            Self::Attributes => (
                "bad_attributes",
                "attributes were quoted, escaped or left out",
            ),
            Self::Root => (
                "odd_root",
                "the root's name, version or namespace was put right",
            ),
            Self::EmptyMedia => ("empty_media", "empty elements of Media RSS were left out"),
            Self::OddType => (
                "odd_type",
                "a type that Atom does not know was read as HTML",
            ),
        };
        Problem::document(kind, message)
    }
}

struct Mender<'a> {
    out: String,
    /// Names as they were written out, outermost first.
    open: Vec<&'a str>,
    root: Root,
    repairs: Vec<Repair>,
    /// Where in `out` an element of Media RSS that must not be empty began, while it still is.
    empty_from: Option<usize>,
}

impl<'a> Mender<'a> {
    fn note(&mut self, repair: Repair) {
        if !self.repairs.contains(&repair) {
            self.repairs.push(repair);
        }
    }

    fn token(&mut self, token: Token<'a>) {
        match token {
            Token::Start(tag) => self.start(tag),
            Token::End(name) => self.end(name),
            Token::Text(text) => {
                if !text.trim_ascii().is_empty() {
                    self.empty_from = None;
                }
                self.characters(text, Repair::BareAmpersand);
            }
            Token::CData { text, closed } => {
                if !closed {
                    self.note(Repair::UnclosedCdata);
                }
                self.empty_from = None;
                self.out.push_str("<![CDATA[");
                self.out.push_str(text);
                self.out.push_str("]]>");
            }
            Token::Skipped => {}
        }
    }

    /// Character data or an attribute's value, with what XML does not allow escaped or decoded.
    fn characters(&mut self, mut text: &str, repair: Repair) {
        while let Some(at) = memchr2(b'&', b'<', text.as_bytes()) {
            self.out.push_str(&text[..at]);
            text = &text[at..];
            if text.starts_with('<') {
                self.note(Repair::StrayLessThan);
                self.out.push_str("&lt;");
                text = &text[1..];
                continue;
            }
            match entity::reference(text) {
                Some(found) => {
                    let (written, rest) = text.split_at(found.len());
                    self.reference(written, &found);
                    text = rest;
                }
                None => {
                    self.note(repair);
                    self.out.push_str("&amp;");
                    text = &text[1..];
                }
            }
        }
        self.out.push_str(text);
    }

    fn reference(&mut self, written: &str, found: &entity::Reference) {
        let is_xml = matches!(written, "&amp;" | "&lt;" | "&gt;" | "&quot;" | "&apos;");
        if is_xml {
            self.out.push_str(written);
            return;
        }
        let mut decoded = String::new();
        found.push_to(&mut decoded);
        if !written.starts_with("&#") || !written.ends_with(';') || decoded.is_empty() {
            self.note(Repair::HtmlEntity);
        }
        match decoded.as_str() {
            "&" => self.out.push_str("&amp;"),
            "<" => self.out.push_str("&lt;"),
            "\"" => self.out.push_str("&quot;"),
            _ => self.out.push_str(&decoded),
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        let from = self.out.len();
        self.empty_from = None;
        let is_root = self.open.is_empty();
        let name = if is_root { self.root_name() } else { tag.name };
        self.out.push('<');
        self.out.push_str(name);
        if is_root {
            self.root_attributes(tag);
        } else {
            self.attributes(tag, |_| true);
        }
        if is_media_text(tag.name) {
            self.empty_from = Some(from);
        }
        if tag.empty {
            self.out.push_str("/>");
            self.drop_if_empty();
        } else {
            self.out.push('>');
            self.open.push(name);
        }
    }

    fn root_name(&self) -> &'static str {
        match self.root {
            Root::Rss => "rss",
            Root::Rdf => "rdf:RDF",
            Root::Feed => "feed",
            Root::Entry => "entry",
        }
    }

    /// The root with the version and namespaces that the strict reader expects.
    fn root_attributes(&mut self, tag: Tag<'a>) {
        self.note_root(tag);
        self.out.push_str(match self.root {
            Root::Rss => " version=\"2.0\"",
            Root::Rdf => {
                " xmlns=\"http://purl.org/rss/1.0/\" xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\""
            }
            Root::Feed | Root::Entry => " xmlns=\"http://www.w3.org/2005/Atom\"",
        });
        self.attributes(tag, |name| {
            !matches!(name, "version" | "xmlns" | "xmlns:rdf")
        });
    }

    fn note_root(&mut self, tag: Tag<'a>) {
        let version = tag.attribute("version").unwrap_or_default();
        let space = tag.attribute("xmlns").unwrap_or_default();
        let is_known = match self.root {
            Root::Rss => {
                tag.name == "rss" && matches!(version, "2.0" | "0.91" | "0.92") && space.is_empty()
            }
            Root::Rdf => tag.local() == "RDF" && space == "http://purl.org/rss/1.0/",
            Root::Feed | Root::Entry => space == "http://www.w3.org/2005/Atom",
        };
        if !is_known {
            self.note(Repair::Root);
        }
    }

    fn attributes(&mut self, tag: Tag<'a>, keep: impl Fn(&str) -> bool) {
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in Attributes(tag.attributes) {
            if seen.contains(&name) || !is_name(name) {
                self.note(Repair::Attributes);
                continue;
            }
            seen.push(name);
            if !keep(name) {
                continue;
            }
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            let value = self.known_type(tag, name, value);
            self.value(value);
            self.out.push('"');
        }
    }

    fn value(&mut self, value: &str) {
        for (index, part) in value.split('"').enumerate() {
            if index > 0 {
                self.out.push_str("&quot;");
            }
            self.characters(part, Repair::Attributes);
        }
    }

    /// The `type` of an Atom text: one of the three that the strict reader knows.
    fn known_type(&mut self, tag: Tag<'a>, name: &str, value: &'a str) -> &'a str {
        let is_text = matches!(
            tag.name,
            "title" | "summary" | "content" | "subtitle" | "tagline" | "rights" | "info"
        );
        if name != "type" || !is_text || !matches!(self.root, Root::Feed | Root::Entry) {
            return value;
        }
        match value {
            "text" | "html" | "xhtml" | "text/html" => value,
            "text/plain" => "text",
            "application/xhtml+xml" => "xhtml",
            _ if tag.name == "content" && value.contains('/') && !value.starts_with("text/") => {
                value
            }
            _ => {
                self.note(Repair::OddType);
                "html"
            }
        }
    }

    fn end(&mut self, name: &'a str) {
        let is_open = |open: &&str| split_name(open).1.eq_ignore_ascii_case(split_name(name).1);
        match self
            .open
            .iter()
            .rposition(|open| *open == name)
            .or_else(|| self.open.iter().rposition(is_open))
        {
            Some(at) => {
                if at + 1 < self.open.len() {
                    self.note(Repair::MismatchedTags);
                }
                self.close_to(at);
                self.drop_if_empty();
            }
            None => self.note(Repair::MismatchedTags),
        }
        self.empty_from = None;
    }

    fn close_to(&mut self, at: usize) {
        for name in self.open.drain(at..).rev() {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    fn drop_if_empty(&mut self) {
        if let Some(from) = self.empty_from.take() {
            self.out.truncate(from);
            self.note(Repair::EmptyMedia);
        }
    }
}

/// Elements of Media RSS without which the strict reader refuses the whole document.
fn is_media_text(name: &str) -> bool {
    matches!(
        name,
        "media:title" | "media:description" | "media:credit" | "media:text" | "media:rating"
    )
}

/// Whether an attribute's name can stand in a well-formed document.
fn is_name(name: &str) -> bool {
    let first = name.chars().next();
    first.is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | ':'))
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str, kinds: &[&str]) {
        let mended = mend(text, Root::Rss).expect("mendable");
        assert_eq!(mended.text, expected, "{text}");
        let found: Vec<_> = mended.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(found, kinds, "{text}");
    }

    #[test]
    fn leaves_alone_what_is_right() {
        let text = "<rss version=\"2.0\"><a b=\"1\">t &amp; u</a><![CDATA[& <]]></rss>";
        check(text, text, &[]);
    }

    #[test]
    fn mends_each_slip() {
        let rss = |inner: &str| format!("<rss version=\"2.0\">{inner}</rss>");
        check(&rss("a & b"), &rss("a &amp; b"), &["bare_ampersand"]);
        check(&rss("&nbsp;&laquo;"), &rss("\u{a0}«"), &["html_entity"]);
        check(&rss("&#0;x"), &rss("x"), &["html_entity"]);
        check(&rss("5 < 6"), &rss("5 &lt; 6"), &["stray_less_than"]);
        check(&rss("<a>x</b></a>"), &rss("<a>x</a>"), &["mismatched_tags"]);
        check(
            &rss("<a><b>x</a>"),
            &rss("<a><b>x</b></a>"),
            &["mismatched_tags"],
        );
        check(
            &rss("<a b=c d='e&f' d=''/>"),
            &rss("<a b=\"c\" d=\"e&amp;f\"/>"),
            &["bad_attributes"],
        );
        check(
            &rss("<media:credit/>x<media:text> </media:text>"),
            &rss("x"),
            &["empty_media"],
        );
        check(
            "<rss version=\"2.0\"><a><![CDATA[x",
            "<rss version=\"2.0\"><a><![CDATA[x]]></a></rss>",
            &["unclosed_cdata"],
        );
        check("<RSS xmlns='u'></RSS>", &rss(""), &["odd_root"]);
        check(&format!("{}tail", rss("")), &rss(""), &[]);
    }
}
