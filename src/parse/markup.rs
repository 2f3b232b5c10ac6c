//! HTML fragments to plain text, quickly and without building a tree: for titles, summaries and
//! wherever only the words count.
//!
//! Not for finding the story in a page: that is `extract`, which looks at the tree.

use memchr::{memchr, memchr_iter, memmem};

use super::entity::{self, Reference};
use super::xml::{Tag, Token, Tokens};

/// The words of an HTML fragment: tags, comments, scripts and styles are left out, references are
/// decoded (twice where they were plainly escaped twice), white space is collapsed, and what a block
/// element or `<br>` parts is parted by one `\n`. Zero-width joiners and non-joiners are kept.
pub fn text(html: &str) -> String {
    let (text, has_tags) = flatten(html);
    if !has_tags
        && memchr(b'<', text.as_bytes()).is_some()
        && memmem::find(html.as_bytes(), b"&lt;").is_some()
        && is_html(&text)
    {
        // The whole fragment was escaped once more than it should have been.
        return flatten(&text).0;
    }
    text
}

/// Whether a text holds at least one tag of HTML, and so is not plain text.
pub fn is_html(text: &str) -> bool {
    memchr_iter(b'<', text.as_bytes()).any(|at| {
        let inside = &text.as_bytes()[at + 1..];
        let inside = inside.strip_prefix(b"/").unwrap_or(inside);
        let len = inside
            .iter()
            .take(TAG_NAME_BYTES_MAX)
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let ends = matches!(
            inside.get(len),
            Some(b'>' | b'/' | b' ' | b'\n' | b'\t' | b'\r')
        );
        ends && is_tag_name(&inside[..len])
    })
}

/// The raw `src` of the first image of a fragment that is neither inlined nor a tracking pixel.
pub(super) fn first_image(html: &str) -> Option<&str> {
    IMAGE_STARTS.iter().find_map(|start| {
        memmem::find_iter(html.as_bytes(), start)
            .take(IMAGES_MAX)
            .find_map(|at| image_at(html, at))
    })
}

const IMAGE_STARTS: [&[u8]; 2] = [b"<img", b"<IMG"];

/// How many images of a fragment are looked at. The picture of a story is among the first.
const IMAGES_MAX: usize = 8;

fn image_at(html: &str, at: usize) -> Option<&str> {
    let Some(Token::Start(tag)) = Tokens::new(html, at).next() else {
        return None;
    };
    let tiny = |name| {
        tag.attribute(name)
            .is_some_and(|size| matches!(size, "0" | "1"))
    };
    if tiny("width") || tiny("height") {
        return None;
    }
    ["src", "data-src"]
        .iter()
        .filter_map(|name| tag.attribute(name))
        .find(|src| !src.is_empty() && !src.starts_with("data:"))
}

/// The words, and whether any tag stood among them.
fn flatten(html: &str) -> (String, bool) {
    let mut words = Words::with_capacity(html.len());
    let mut has_tags = false;
    let mut tokens = Tokens::new(html, 0);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => words.push_escaped(text),
            Token::CData { text, .. } => words.push_escaped(text),
            // `x <y`: nothing closes it and HTML has no such element.
            Token::Start(tag)
                if is_open_end(html, &tokens) && !is_tag_name(tag.name.as_bytes()) =>
            {
                words.push_escaped(&html[tokens.began()..]);
            }
            Token::Start(tag) => {
                has_tags = true;
                words.part(gap_of(tag.name));
                if is_hidden(&tag) {
                    tokens.skip_to(end_of_hidden(html, tokens.at(), tag.name));
                }
            }
            Token::End(name) => {
                has_tags = true;
                words.part(gap_of(name));
            }
            Token::Skipped => {}
        }
    }
    (words.out, has_tags)
}

/// Whether the last token was a tag that the end of the fragment cut off.
fn is_open_end(html: &str, tokens: &Tokens<'_>) -> bool {
    tokens.at() == html.len() && !html.ends_with('>')
}

/// Where the content of a hidden element that began at `from` ends: at its end tag, or nowhere.
fn end_of_hidden(html: &str, from: usize, name: &str) -> usize {
    memmem::find_iter(&html.as_bytes()[from..], b"</")
        .map(|at| from + at)
        .find(|at| {
            html.as_bytes()[at + 2..]
                .get(..name.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        })
        .unwrap_or(html.len())
}

fn is_hidden(tag: &Tag<'_>) -> bool {
    !tag.empty && with_lower(tag.name, |name| HIDDEN.contains(&name))
}

const HIDDEN: [&str; 6] = ["script", "style", "template", "noscript", "iframe", "svg"];

const BLOCKS: [&str; 31] = [
    "p",
    "br",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "table",
    "tbody",
    "thead",
    "blockquote",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "figure",
    "figcaption",
    "aside",
    "dl",
    "dt",
    "dd",
    "main",
    "address",
];

const CELLS: [&str; 3] = ["td", "th", "option"];

const INLINE: [&str; 21] = [
    "a", "b", "i", "u", "s", "em", "strong", "span", "img", "font", "small", "big", "sub", "sup",
    "code", "q", "cite", "strike", "del", "ins", "center",
];

/// `blockquote` and `figcaption` are the longest names here.
const TAG_NAME_BYTES_MAX: usize = 12;

fn is_tag_name(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| {
        with_lower(name, |name| {
            BLOCKS.contains(&name)
                || INLINE.contains(&name)
                || CELLS.contains(&name)
                || HIDDEN.contains(&name)
        })
    })
}

/// Calls back with the name in lower case; names that are too long to be known become empty.
fn with_lower<T>(name: &str, call: impl FnOnce(&str) -> T) -> T {
    let mut buffer = [0_u8; TAG_NAME_BYTES_MAX];
    let Some(buffer) = buffer.get_mut(..name.len()) else {
        return call("");
    };
    buffer.copy_from_slice(name.as_bytes());
    buffer.make_ascii_lowercase();
    call(std::str::from_utf8(buffer).unwrap_or_default())
}

fn gap_of(name: &str) -> Gap {
    with_lower(name, |name| {
        if BLOCKS.contains(&name) {
            Gap::Line
        } else if CELLS.contains(&name) {
            Gap::Space
        } else {
            Gap::None
        }
    })
}

/// What stands between the words so far and the next one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

/// Text that grows word by word, with one separator at a time.
struct Words {
    out: String,
    gap: Gap,
}

impl Words {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            out: String::with_capacity(bytes),
            gap: Gap::None,
        }
    }

    fn part(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn push_escaped(&mut self, mut text: &str) {
        while let Some(at) = memchr(b'&', text.as_bytes()) {
            self.push(&text[..at]);
            text = &text[at..];
            let Some(found) = entity::reference(text) else {
                self.push_word("&");
                text = &text[1..];
                continue;
            };
            text = &text[found.len()..];
            // `&amp;quot;`: what the first decoding leaves is a reference again.
            if let Reference::Text("&", _) = found
                && let Some((second, behind)) = twice_escaped(text)
            {
                self.push_reference(&second);
                text = behind;
                continue;
            }
            self.push_reference(&found);
        }
        self.push(text);
    }

    fn push_reference(&mut self, found: &Reference) {
        match *found {
            Reference::Text(text, _) => self.push(text),
            Reference::Char(c, _) => self.push(c.encode_utf8(&mut [0; 4])),
            Reference::Nothing(_) => {}
        }
    }

    /// Collapses white space on the way.
    fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let (mut from, mut at) = (0, 0);
        while let Some(&byte) = bytes.get(at) {
            if !SPECIAL[usize::from(byte)] {
                at += 1;
                continue;
            }
            let next = bytes.get(at + 1).copied();
            match byte {
                b' ' if at > from && next.is_some_and(|next| !SPECIAL[usize::from(next)]) => {
                    at += 2
                }
                0xc2 if next != Some(0xa0) => at += 2,
                _ => {
                    self.push_word(&text[from..at]);
                    if byte >= b' ' || byte.is_ascii_whitespace() {
                        self.part(Gap::Space);
                    }
                    at += if byte == 0xc2 { 2 } else { 1 };
                    from = at;
                }
            }
        }
        self.push_word(&text[from..]);
    }

    fn push_word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        if !self.out.is_empty() {
            match self.gap {
                Gap::None => {}
                Gap::Space => self.out.push(' '),
                Gap::Line => self.out.push('\n'),
            }
        }
        self.gap = Gap::None;
        self.out.push_str(word);
    }
}

/// Reads `quot;` as it is left of `&amp;quot;`, and what follows it.
fn twice_escaped(text: &str) -> Option<(Reference, &str)> {
    let len = text
        .bytes()
        .take(TWICE_BYTES_MAX)
        .position(|b| b == b';')
        .filter(|&len| len > 0)?;
    let inner = &text.as_bytes()[..len];
    if !inner
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || *b == b'#')
    {
        return None;
    }
    let again = format!("&{}", &text[..=len]);
    let found = entity::reference(&again).filter(|found| found.len() == again.len())?;
    Some((found, &text[len + 1..]))
}

/// References that are found twice escaped are short: `#1234567;` is the longest that happens.
const TWICE_BYTES_MAX: usize = 10;

/// Bytes at which copying may have to stop: white space, controls, and the first byte of U+00A0.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte <= b' ' as usize {
        table[byte] = true;
        byte += 1;
    }
    table[0x7f] = true;
    table[0xc2] = true;
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(text(html), expected, "{html}");
    }

    #[test]
    fn keeps_the_words_and_parts_the_blocks() {
        check(
            "<p>One <b>two</b></p>\n<p>three<br/>four</p>",
            "One two\nthree\nfour",
        );
        check("  a \n\t b\u{a0}&nbsp; c  ", "a b c");
        check("<td>1</td><td>2</td>", "1 2");
        check("a<b>b</b>c<!-- d -->e", "abce");
        check("", "");
    }

    #[test]
    fn leaves_out_what_nobody_reads() {
        check(
            "a<script>if (a < b) {}</SCRIPT>b<style>p{}</style >c",
            "abc",
        );
        check("a<script>never closed", "a");
    }

    #[test]
    fn decodes_what_was_escaped_twice() {
        check(
            "&amp;quot;A&amp;quot; &amp;amp; B &amp;#8212; C",
            "\"A\" & B — C",
        );
        check(
            "&lt;p&gt;A&lt;/p&gt;&lt;p&gt;B &amp;amp; C&lt;/p&gt;",
            "A\nB & C",
        );
        check("AT&amp;T; R&amp;D", "AT&T; R&D");
    }

    #[test]
    fn knows_less_than_from_a_tag() {
        check("5 < 6 &amp; 7 &lt; 8", "5 < 6 & 7 < 8");
        check("if a <b2 then", "if a <b2 then");
        check("cut <img src='", "cut");
        assert!(!is_html("5 < 6 <x> a<bcd>"));
        assert!(is_html("a <br/> b") && is_html("</P>") && is_html("<a href=''>"));
    }

    #[test]
    fn never_loses_a_joiner() {
        check(
            "می\u{200c}روم &zwnj;&#8204;",
            "می\u{200c}روم \u{200c}\u{200c}",
        );
    }

    #[test]
    fn finds_the_first_image_that_shows_something() {
        let html = "<img width='1' src='/pixel'><img src='data:x'><img alt='' src=\"/a.jpg\">";
        assert_eq!(first_image(html), Some("/a.jpg"));
        assert_eq!(first_image("<p>none</p>"), None);
    }

    proptest! {
        #[test]
        fn text_of_anything_is_no_longer_than_it_and_settles(html in ".*") {
            let once = text(&html);
            prop_assert!(once.len() <= html.len() * 2);
            prop_assert!(!once.contains("  ") && !once.contains('\t'));
        }
    }
}
