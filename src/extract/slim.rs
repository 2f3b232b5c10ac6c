//! The source of a page without what no reader sees (scripts, styles, comments, drawings), and
//! within the bounds that the HTML tree builder needs to stay linear. Not a sanitiser: nothing here
//! makes markup safe to show.
//!
//! The tree builder of the HTML standard is quadratic on hostile input in two ways: an end tag may
//! walk the whole stack of open elements, and every paragraph opens again each formatting element
//! that was left open. Both are bounded by leaving out tags past [`DEPTH_MAX`] and
//! [`FORMATTING_MAX`]; [`NODES_MAX`] bounds what remains.

use memchr::{memchr, memmem};

/// Bytes of a page that are read. The largest of 627 saved article pages has 3.6 MB; what outlets
/// of the region serve is below 1 MB.
pub(super) const HTML_BYTES_MAX: usize = 5 << 20;

/// Elements that may be open at a time; browsers stop at 512 as well.
const DEPTH_MAX: usize = 512;

/// Formatting elements (`b`, `font`, `a`, …) that may be open at a time; pages that forget to close
/// them stay below.
const FORMATTING_MAX: usize = 32;

/// Nodes that the tree may come to, formatting elements that open again included. A page of 1 MB
/// has some 20,000.
const NODES_MAX: usize = 250_000;

/// End tags without anything to close that are kept; each walks the stack of open elements.
const STRAYS_MAX: usize = 5_000;

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
    let mut slim = Slim {
        html: String::with_capacity(source.len() / 2),
        json_ld: Vec::new(),
        cut: source.len() > HTML_BYTES_MAX,
    };
    let source = &source[..source.floor_char_boundary(HTML_BYTES_MAX)];
    let mut open = Open::default();
    let mut at = 0;
    while let Some(found) = memchr(b'<', &source.as_bytes()[at..]) {
        let tag = at + found;
        slim.html.push_str(&source[at..tag]);
        at = slim.step(source, tag, &mut open);
        if open.nodes > NODES_MAX {
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
    nodes: usize,
    strays: usize,
}

impl Open {
    /// Whether this tag may stand.
    fn admits(&mut self, name: &str, closes: bool) -> bool {
        if UNCOUNTED.contains(&name) {
            self.nodes += 1 + self.formatting;
            return true;
        }
        let formats = FORMATTING.contains(&name);
        let (count, max) = if formats {
            (&mut self.formatting, FORMATTING_MAX)
        } else {
            (&mut self.elements, DEPTH_MAX)
        };
        if closes {
            self.strays += usize::from(*count == 0);
            *count = count.saturating_sub(1);
            return self.strays <= STRAYS_MAX;
        }
        if *count >= max {
            return false;
        }
        *count += 1;
        self.nodes += 1 + if formats { 0 } else { self.formatting };
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
            self.html.push('<');
            return tag + 1;
        }
        let end = tag + tag_end(bytes);
        if !closes && UNSEEN.contains(&name) {
            return self.skip(source, name, tag, end);
        }
        if open.admits(name, closes) {
            self.html.push_str(&source[tag..end]);
        } else {
            self.cut = true;
        }
        end
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
        close + tag_end(&source.as_bytes()[close..])
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

/// Length of the tag that begins at `bytes[0]`, quoted attribute values respected.
fn tag_end(bytes: &[u8]) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            after_equals = byte == b'=';
        }
    }
    bytes.len()
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
    }
}
