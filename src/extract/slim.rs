//! The source of a page without what no reader sees (scripts, styles, comments, drawings), and
//! within the bounds that the HTML tree builder needs to stay linear. Not a sanitiser: nothing here
//! makes markup safe to show.
//!
//! The tree builder of the HTML standard is quadratic on hostile input in two ways: an end tag may
//! walk the whole stack of open elements, and every paragraph opens again each formatting element
//! that was left open. Both are bounded by leaving out tags past [`DEPTH_MAX`] and
//! [`FORMATTING_MAX`]. Its tokeniser compares each attribute of a tag with all before it
//! ([`ATTRIBUTES_MAX`]), and the parser keeps a note of every error that it forgives
//! ([`STRAYS_MAX`]). [`TAGS_MAX`] bounds the tree, and with it the memory that one page can take.

use memchr::{memchr, memchr_iter, memmem};

/// Bytes of a page that are read. The largest of 627 saved article pages has 3.6 MB; what outlets
/// of the region serve is below 1 MB.
pub(super) const HTML_BYTES_MAX: usize = 5 << 20;

/// Elements that may be open at a time; browsers stop at 512 as well.
const DEPTH_MAX: usize = 512;

/// Formatting elements (`b`, `font`, `a`, …) that may be open at a time; pages that forget to close
/// them stay below.
const FORMATTING_MAX: usize = 32;

/// Tags that are kept, formatting elements that open again included; each may bring an element and
/// a text, of some 200 bytes each. The most of 627 saved article pages has 13,400.
const TAGS_MAX: usize = 100_000;

/// Attributes of one tag that are kept. Well-formed ones of saved pages have below 100; a quotation
/// mark that was forgotten makes some hundreds of words into attributes.
const ATTRIBUTES_MAX: usize = 256;

/// What the parser has to forgive: end tags without anything to close, each of which walks the stack
/// of open elements; angle brackets that open no tag; marks that belong in no attribute. Addresses
/// without quotation marks bring some hundreds of the last.
const STRAYS_MAX: usize = 20_000;

/// Character references that are kept: a text of 3 MB in nothing else.
const REFERENCES_MAX: usize = 500_000;

/// Scripts of linked data that are kept, and the bytes of each.
const JSON_LD_MAX: usize = 32;
const JSON_LD_BYTES_MAX: usize = 512 << 10;

/// What is left of a page's source.
pub(super) struct Slim<'a> {
    pub html: String,
    /// Bodies of `<script type="application/ld+json">`, in document order.
    pub json_ld: Vec<&'a str>,
    /// Something was left out because of a bound.
    pub cut: bool,
}

/// Elements whose content is dropped unread; all of them end at their first end tag.
const UNSEEN: [&str; 7] = [
    "script", "style", "svg", "noscript", "iframe", "template", "math",
];

const FORMATTING: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Elements that hold nothing, and those that their next sibling closes: they cannot nest without
/// another element between them, which is counted.
const UNCOUNTED: [&str; 30] = [
    "area", "base", "body", "br", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html",
    "img", "input", "li", "link", "meta", "option", "p", "param", "rp", "rt", "source", "tbody",
    "td", "tfoot", "th", "thead", "tr", "wbr",
];

/// Leaves out what is not needed; time proportional to the length.
pub(super) fn slim(source: &str) -> Slim<'_> {
    let end = memchr_iter(b'&', source.as_bytes())
        .nth(REFERENCES_MAX)
        .unwrap_or(source.len())
        .min(source.floor_char_boundary(HTML_BYTES_MAX));
    let mut slim = Slim {
        html: String::with_capacity(end / 2),
        json_ld: Vec::new(),
        cut: end < source.len(),
    };
    let source = &source[..end];
    let mut open = Open::default();
    let mut at = 0;
    while let Some(found) = memchr(b'<', &source.as_bytes()[at..]) {
        let tag = at + found;
        slim.html.push_str(&source[at..tag]);
        at = slim.step(source, tag, &mut open);
        if open.tags > TAGS_MAX {
            slim.cut = true;
            return slim;
        }
    }
    slim.html.push_str(&source[at..]);
    slim
}

/// A count of what is open; an estimate, since end tags may be missing.
#[derive(Default)]
struct Open {
    elements: usize,
    formatting: usize,
    tags: usize,
    strays: usize,
}

impl Open {
    /// Whether this tag may stand.
    fn admits(&mut self, name: &str, closes: bool) -> bool {
        if UNCOUNTED.contains(&name) {
            self.tags += 1 + self.formatting;
            return true;
        }
        let formats = FORMATTING.contains(&name);
        let (count, max) = if formats {
            (&mut self.formatting, FORMATTING_MAX)
        } else {
            (&mut self.elements, DEPTH_MAX)
        };
        if closes {
            self.tags += 1;
            self.strays += usize::from(*count == 0);
            *count = count.saturating_sub(1);
            return true;
        }
        if *count >= max {
            return false;
        }
        *count += 1;
        self.tags += 1 + if formats { 0 } else { self.formatting };
        true
    }
}

impl<'a> Slim<'a> {
    /// Deals with what begins at the `<` at `tag`; says where to go on.
    fn step(&mut self, source: &'a str, tag: usize, open: &mut Open) -> usize {
        let rest = &source[tag..];
        let bytes = rest.as_bytes();
        if rest.starts_with("<!--") {
            return memmem::find(&bytes[2..], b"-->").map_or(source.len(), |end| tag + 2 + end + 3);
        }
        let closes = bytes.get(1) == Some(&b'/');
        let name_at = if closes { 2 } else { 1 };
        let mut buffer = [0; 12];
        let name = tag_name(&bytes[name_at.min(bytes.len())..], &mut buffer);
        if name.is_empty() {
            return self.nameless(source, tag, open);
        }
        let shape = shape(bytes);
        let end = tag + shape.end;
        if !closes && UNSEEN.contains(&name) {
            return self.skip(source, name, tag, end);
        }
        open.strays += shape.strays;
        let admitted = open.admits(name, closes) && open.strays <= STRAYS_MAX;
        self.cut |= !admitted || shape.kept < shape.end;
        if admitted {
            self.html.push_str(&source[tag..tag + shape.kept]);
            if shape.kept < shape.end {
                self.html.push('>');
            }
        }
        end
    }

    /// Deals with a `<` at `tag` that no name follows: the document type is kept, since nesting
    /// depends on it; `<?`, `</` and any other `<!` open what the parser takes for a comment; the
    /// rest is text.
    fn nameless(&mut self, source: &str, tag: usize, open: &mut Open) -> usize {
        let bytes = &source.as_bytes()[tag..];
        let is_type = bytes
            .get(2..9)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"doctype"));
        match bytes.get(1) {
            Some(b'!' | b'?' | b'/') => {
                let end = memchr(b'>', bytes).map_or(source.len(), |end| tag + end + 1);
                if is_type && self.html.trim_ascii().is_empty() {
                    self.html.push_str(&source[tag..end]);
                }
                end
            }
            _ => {
                open.strays += 1;
                if open.strays <= STRAYS_MAX {
                    self.html.push('<');
                } else {
                    self.cut = true;
                }
                tag + 1
            }
        }
    }

    /// Passes over an element whose content is not markup that a reader sees.
    fn skip(&mut self, source: &'a str, name: &str, tag: usize, body: usize) -> usize {
        if source[tag..body].ends_with("/>") && matches!(name, "svg" | "math") {
            return body;
        }
        let Some(length) = find_end_tag(&source.as_bytes()[body..], name) else {
            return source.len();
        };
        if name == "script"
            && source[tag..body].contains("ld+json")
            && self.json_ld.len() < JSON_LD_MAX
            && length <= JSON_LD_BYTES_MAX
        {
            self.json_ld.push(&source[body..body + length]);
        }
        let close = body + length;
        close + shape(&source.as_bytes()[close..]).end
    }
}

/// The lower-case name at the start of `bytes`; empty where there is none, cut where it is longer
/// than any name that matters.
fn tag_name<'b>(bytes: &[u8], buffer: &'b mut [u8; 12]) -> &'b str {
    let mut length = 0;
    for (place, byte) in buffer.iter_mut().zip(bytes) {
        if !(byte.is_ascii_alphabetic() || (length > 0 && byte.is_ascii_digit())) {
            break;
        }
        *place = byte.to_ascii_lowercase();
        length += 1;
    }
    std::str::from_utf8(&buffer[..length]).unwrap_or_default()
}

/// What a tag is like.
struct Shape {
    /// Its length.
    end: usize,
    /// The length without attributes that are too many.
    kept: usize,
    /// Marks that belong in no attribute.
    strays: usize,
}

/// Where in a tag a byte stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In a name, or between attributes.
    Name,
    /// After `=`, where white space may follow.
    Equals,
    /// In a value without quotation marks.
    Bare,
    /// In a value that this mark ends.
    Quoted(u8),
}

/// Measures the tag that begins at `bytes[0]`, values in quotation marks respected.
fn shape(bytes: &[u8]) -> Shape {
    let mut place = Place::Name;
    let (mut attributes, mut strays, mut kept) = (0, 0, None);
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        if let Place::Quoted(mark) = place {
            if byte == mark {
                place = Place::Name;
                attributes += 1;
            }
            continue;
        }
        match byte {
            b'>' => {
                let end = at + 1;
                let kept = kept.unwrap_or(end);
                return Shape { end, kept, strays };
            }
            b'"' | b'\'' if place == Place::Equals => place = Place::Quoted(byte),
            b'=' if place == Place::Name => place = Place::Equals,
            b'"' | b'\'' | b'<' | b'=' | b'`' => strays += 1,
            b'/' if place == Place::Name => attributes += 1,
            byte if byte.is_ascii_whitespace() && place != Place::Equals => {
                place = Place::Name;
                attributes += 1;
            }
            byte if place == Place::Equals && !byte.is_ascii_whitespace() => place = Place::Bare,
            _ => {}
        }
        // One in quotation marks counts twice.
        if attributes > 2 * ATTRIBUTES_MAX && kept.is_none() {
            kept = Some(at);
        }
    }
    let end = bytes.len();
    Shape {
        end,
        kept: kept.unwrap_or(end),
        strays,
    }
}

/// Where `</name` begins in `bytes`.
fn find_end_tag(bytes: &[u8], name: &str) -> Option<usize> {
    memmem::find_iter(bytes, b"</").find(|&at| {
        bytes[at + 2..]
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(slim(source).html, expected, "{source}");
    }

    #[test]
    fn leaves_out_what_no_reader_sees() {
        check("<p>a<script>if (a<b) '</p>'</script>b</p>", "<p>ab</p>");
        check("a<!-- <p>x</p> -->b<!-->c", "abc");
        check("<STYLE>p{}</STYLE >x", "x");
        check("<svg/><p>x</p>", "<p>x</p>");
        check("1 < 2 <p title='a>b'>", "1 < 2 <p title='a>b'>");
        check("open <script>forever", "open ");
    }

    #[test]
    fn keeps_linked_data() {
        let slim = slim("<script type=\"application/ld+json\">{\"a\":1}</script>x");
        assert_eq!(slim.json_ld, ["{\"a\":1}"]);
        assert_eq!(slim.html, "x");
    }

    #[test]
    fn bounds_what_is_open() {
        let source = "<b id=1>".repeat(1000);
        let slim = slim(&source);
        assert!(slim.cut);
        assert_eq!(slim.html.matches("<b").count(), FORMATTING_MAX);
        let source = "<x>".repeat(10_000);
        let slim = super::slim(&source);
        assert_eq!(slim.html.matches("<x").count(), DEPTH_MAX);
        let source = "<p>a</p>".repeat(TAGS_MAX);
        let slim = super::slim(&source);
        assert!(slim.cut);
        assert!(slim.html.matches('<').count() <= TAGS_MAX + 1);
    }

    #[test]
    fn bounds_what_the_parser_forgives() {
        for (source, most) in [
            ("<".repeat(10 * STRAYS_MAX), STRAYS_MAX),
            ("</x>".repeat(10 * STRAYS_MAX), 4 * STRAYS_MAX),
            (
                format!("<p {}>", "a ".repeat(100 * ATTRIBUTES_MAX)),
                5 * ATTRIBUTES_MAX,
            ),
            (format!("<p {}>", "\"".repeat(2 * STRAYS_MAX)), 0),
            ("&amp;".repeat(2 * REFERENCES_MAX), 5 * REFERENCES_MAX),
        ] {
            let slim = slim(&source);
            assert!(slim.cut, "{}", &source[..10]);
            assert!(slim.html.len() <= most, "{} bytes left", slim.html.len());
        }
    }

    #[test]
    fn attributes_are_told_from_their_values() {
        check("<a href=\"x>y\" b='\"'>", "<a href=\"x>y\" b='\"'>");
        check("<a href=/x?a=b&c=d>t</a>", "<a href=/x?a=b&c=d>t</a>");
        check("<a title=\"it's\">t</a>", "<a title=\"it's\">t</a>");
        check("<a href = 'x>y'>t", "<a href = 'x>y'>t");
        check("<p title=it's>t</p>", "<p title=it's>t</p>");
    }

    #[test]
    fn what_opens_no_tag_is_no_tag() {
        check("<!DOCTYPE html><p>a", "<!DOCTYPE html><p>a");
        check(
            "a<!doctype html>b<?xml version='1.0'?>c<![CDATA[d]]>e</>f",
            "abcef",
        );
        check("a <3 b", "a <3 b");
    }
}
