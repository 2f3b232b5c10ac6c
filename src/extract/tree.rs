//! A page as a flat list of boxes and the paragraphs in them, made in one walk over the parsed
//! HTML. A subtree is a range of both lists, so that sums over it cost two look-ups. Nothing is
//! judged here.

use scraper::{ElementRef, Node, node};

use super::hints::{Hints, hints};

/// What an element is, as far as the text is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `p`.
    Paragraph,
    /// `h1` to `h6`.
    Heading(u8),
    /// `li`, `dt`, `dd`.
    Item,
    Quote,
    Cell,
    Pre,
    Article,
    Main,
    Section,
    Figure,
    FigureCaption,
    Aside,
    Nav,
    Footer,
    Header,
    Form,
    /// Buttons, fields and the like.
    Control,
    Table,
    List,
    /// `address`, `time` and inline elements that carry hints.
    Inline,
    /// `div` and everything else that opens a box.
    Block,
}

/// A box.
#[derive(Debug)]
pub(super) struct Element {
    pub tag: Tag,
    pub hints: Hints,
    pub parent: u32,
    /// Boxes inside: `index + 1..end`.
    pub end: u32,
    /// Paragraphs inside: `blocks.start..blocks.end`.
    pub blocks: std::ops::Range<u32>,
}

/// A run of text that nothing but inline markup interrupts: a paragraph, a heading, a label.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// The innermost box around it.
    pub element: u32,
    /// Where it stands in [`Tree::text`].
    pub text: std::ops::Range<usize>,
    /// Letters and digits; one of a script without spaces counts as [`WIDE_LETTER`].
    pub letters: u32,
    /// Of these, in links.
    pub link_letters: u32,
    pub links: u32,
    /// Of the letters, in bold.
    pub bold_letters: u32,
    /// Marks that end sentences, and commas, of any script.
    pub stops: u32,
    pub commas: u32,
}

/// How many letters of an alphabet a Chinese, Japanese or Korean character is worth.
const WIDE_LETTER: u32 = 3;

/// Boxes that are kept; the largest of 627 saved pages has some 30,000 elements.
const ELEMENTS_MAX: usize = 200_000;

#[derive(Debug, Default)]
pub(super) struct Tree {
    /// In document order; the first is the page.
    pub elements: Vec<Element>,
    pub blocks: Vec<Block>,
    pub text: String,
    /// More boxes than are kept.
    pub cut: bool,
}

impl Tree {
    pub fn text(&self, block: &Block) -> &str {
        &self.text[block.text.clone()]
    }
}

/// Flattens what is below `root`.
pub(super) fn flatten(root: ElementRef<'_>) -> Tree {
    let mut walk = Walk::default();
    walk.open(Tag::Block, Hints::default());
    let mut node = *root;
    'down: loop {
        if walk.enter(node.value())
            && let Some(child) = node.first_child()
        {
            node = child;
            continue;
        }
        loop {
            walk.leave(node.value());
            if node == *root {
                break 'down;
            }
            if let Some(sibling) = node.next_sibling() {
                node = sibling;
                continue 'down;
            }
            match node.parent() {
                Some(parent) => node = parent,
                None => break 'down,
            }
        }
    }
    walk.finish()
}

#[derive(Default)]
struct Walk {
    tree: Tree,
    /// Open boxes.
    open: Vec<u32>,
    /// For each open HTML element, what leaving it has to undo.
    opened: Vec<Opened>,
    block: Block,
    links: u32,
    bold: u32,
    /// White space came after the last text of the block.
    space: bool,
    /// Line breaks came after the last text of the block.
    breaks: u32,
    spelled: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Opened {
    Nothing,
    Box,
    Link,
    Bold,
    Skipped,
}

impl Walk {
    /// Whether to go on to the children.
    fn enter(&mut self, node: &Node) -> bool {
        match node {
            Node::Element(element) => {
                let opened = self.element(element);
                self.opened.push(opened);
                opened != Opened::Skipped
            }
            Node::Text(text) => {
                self.push(text);
                false
            }
            _ => true,
        }
    }

    fn leave(&mut self, node: &Node) {
        if !node.is_element() {
            return;
        }
        match self.opened.pop() {
            Some(Opened::Box) => self.close(),
            Some(Opened::Link) => self.links -= 1,
            Some(Opened::Bold) => self.bold -= 1,
            _ => {}
        }
    }

    fn element(&mut self, element: &node::Element) -> Opened {
        match kind(element.name()) {
            Kind::Skipped => Opened::Skipped,
            Kind::Break => {
                self.breaks += 1;
                self.space = true;
                Opened::Nothing
            }
            Kind::Rule => {
                self.flush();
                Opened::Nothing
            }
            Kind::Link => {
                if element
                    .attr("href")
                    .is_none_or(|target| target.is_empty() || target == "#")
                {
                    return Opened::Nothing;
                }
                self.links += 1;
                self.block.links += 1;
                Opened::Link
            }
            Kind::Bold => {
                self.bold += 1;
                Opened::Bold
            }
            Kind::Inline => {
                let hints = hints(element, &mut self.spelled);
                if !hints.has(Hints::SET_APART) {
                    return Opened::Nothing;
                }
                self.open(Tag::Inline, hints)
            }
            Kind::Box(tag) => {
                let hints = hints(element, &mut self.spelled);
                self.open(tag, hints)
            }
        }
    }

    fn open(&mut self, tag: Tag, hints: Hints) -> Opened {
        if self.tree.elements.len() >= ELEMENTS_MAX {
            self.tree.cut = true;
            return Opened::Skipped;
        }
        self.flush();
        let index = self.tree.elements.len() as u32;
        let blocks = self.tree.blocks.len() as u32;
        self.tree.elements.push(Element {
            tag,
            hints,
            parent: self.open.last().copied().unwrap_or(0),
            end: index + 1,
            blocks: blocks..blocks,
        });
        self.open.push(index);
        Opened::Box
    }

    fn close(&mut self) {
        self.flush();
        let end = self.tree.elements.len() as u32;
        if let Some(index) = self.open.pop() {
            let element = &mut self.tree.elements[index as usize];
            element.end = end;
            element.blocks.end = self.tree.blocks.len() as u32;
        }
    }

    fn push(&mut self, text: &str) {
        for word in text.split_inclusive(char::is_whitespace) {
            let kept = word.trim_end();
            if !kept.is_empty() {
                self.word(kept);
            }
            self.space |= kept.len() < word.len();
        }
    }

    fn word(&mut self, word: &str) {
        if self.breaks > 1 {
            self.flush();
        }
        let start = self.block.text.start;
        let text = &mut self.tree.text;
        if text.len() > start && self.space {
            text.push(if self.breaks > 0 { '\n' } else { ' ' });
        }
        (self.space, self.breaks) = (false, 0);
        let mut letters = 0;
        for c in word.chars().filter(|&c| c != SOFT_HYPHEN) {
            text.push(c);
            match c {
                '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '۔' | '।' | '։' => {
                    self.block.stops += 1;
                }
                ',' | '،' | '、' | '，' | ';' | '؛' | '；' => self.block.commas += 1,
                c => letters += weight(c),
            }
        }
        self.block.letters += letters;
        if self.links > 0 {
            self.block.link_letters += letters;
        }
        if self.bold > 0 {
            self.block.bold_letters += letters;
        }
    }

    /// Ends the block.
    fn flush(&mut self) {
        let start = self.block.text.start;
        let end = self.tree.text.len();
        let mut block = std::mem::take(&mut self.block);
        self.block.text.start = end;
        (self.space, self.breaks) = (false, 0);
        if end > start {
            block.element = self.open.last().copied().unwrap_or(0);
            block.text = start..end;
            self.tree.blocks.push(block);
        }
    }

    fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.close();
        }
        self.tree
    }
}

/// Letters of a text, counted as [`Block::letters`].
pub(super) fn letters(text: &str) -> u32 {
    text.chars().map(weight).sum()
}

fn weight(c: char) -> u32 {
    match c {
        'a'..='z' | 'A'..='Z' => 1,
        // Punctuation of these scripts.
        '\u{3000}'..='\u{303f}' | '\u{30fb}' => 0,
        '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => WIDE_LETTER,
        c => c.is_alphanumeric().into(),
    }
}

const SOFT_HYPHEN: char = '\u{ad}';

enum Kind {
    Skipped,
    Break,
    Rule,
    Link,
    Bold,
    Inline,
    Box(Tag),
}

fn kind(name: &str) -> Kind {
    match name {
        "head" | "script" | "style" | "noscript" | "template" | "svg" | "math" | "iframe"
        | "object" | "embed" | "audio" | "video" | "canvas" | "map" | "select" | "datalist"
        | "textarea" | "input" | "button" | "rp" | "frameset" => Kind::Skipped,
        "br" => Kind::Break,
        "hr" => Kind::Rule,
        "a" => Kind::Link,
        "b" | "strong" => Kind::Bold,
        "span" | "em" | "i" | "font" | "u" | "small" | "cite" | "label" | "time" => Kind::Inline,
        "sup" | "sub" | "abbr" | "q" | "code" | "mark" | "kbd" | "samp" | "var" | "s"
        | "strike" | "del" | "ins" | "bdi" | "bdo" | "ruby" | "rt" | "data" | "big" | "tt"
        | "nobr" | "wbr" | "img" | "acronym" | "picture" | "source" | "dfn" => Kind::Inline,
        "p" => Kind::Box(Tag::Paragraph),
        "h1" => Kind::Box(Tag::Heading(1)),
        "h2" => Kind::Box(Tag::Heading(2)),
        "h3" => Kind::Box(Tag::Heading(3)),
        "h4" => Kind::Box(Tag::Heading(4)),
        "h5" => Kind::Box(Tag::Heading(5)),
        "h6" => Kind::Box(Tag::Heading(6)),
        "li" | "dt" | "dd" => Kind::Box(Tag::Item),
        "blockquote" => Kind::Box(Tag::Quote),
        "td" | "th" => Kind::Box(Tag::Cell),
        "pre" => Kind::Box(Tag::Pre),
        "article" => Kind::Box(Tag::Article),
        "main" => Kind::Box(Tag::Main),
        "section" => Kind::Box(Tag::Section),
        "figure" => Kind::Box(Tag::Figure),
        "figcaption" => Kind::Box(Tag::FigureCaption),
        "aside" => Kind::Box(Tag::Aside),
        "nav" | "menu" => Kind::Box(Tag::Nav),
        "footer" => Kind::Box(Tag::Footer),
        "header" => Kind::Box(Tag::Header),
        "form" => Kind::Box(Tag::Form),
        "dialog" | "fieldset" => Kind::Box(Tag::Control),
        "table" => Kind::Box(Tag::Table),
        "ul" | "ol" | "dl" => Kind::Box(Tag::List),
        _ => Kind::Box(Tag::Block),
    }
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn tree(html: &str) -> Tree {
        flatten(Html::parse_document(html).root_element())
    }

    fn check(html: &str, expected: &[&str]) {
        let tree = tree(html);
        let texts: Vec<&str> = tree.blocks.iter().map(|block| tree.text(block)).collect();
        assert_eq!(texts, expected, "{html}");
    }

    #[test]
    fn inline_markup_does_not_part_a_paragraph() {
        check("<p>a <b>b</b>c<i> d</i></p>e", &["a bc d", "e"]);
        check("<div>a<br>b<br><br>c</div>", &["a\nb", "c"]);
        check("<p>a<hr>b", &["a", "b"]);
        check("<ul><li>a</li><li>b</li></ul>", &["a", "b"]);
        check("<p>a<span class=caption>b</span>c</p>", &["a", "b", "c"]);
        check("<p>a<button>b</button> c</p>", &["a c"]);
        check("<p>  \n </p><p>\u{a0}</p>", &[]);
    }

    #[test]
    fn what_the_script_needs_is_kept() {
        check("<p>می\u{200c}رود</p>", &["می\u{200c}رود"]);
        check("<p>ком\u{ad}пания</p>", &["компания"]);
    }

    #[test]
    fn letters_are_counted() {
        let tree = tree("<p>ab <a href=/x>cde</a>, <b>f.</b></p><p>中国，好。</p>");
        let block = &tree.blocks[0];
        assert_eq!((block.letters, block.link_letters, block.links), (6, 3, 1));
        assert_eq!((block.bold_letters, block.stops, block.commas), (1, 1, 1));
        let block = &tree.blocks[1];
        assert_eq!((block.letters, block.stops, block.commas), (9, 1, 1));
        assert_eq!(letters("中国，好。"), 9);
    }

    #[test]
    fn a_subtree_is_a_range() {
        let tree = tree("<div><p>a</p><p>b</p></div><p>c</p>");
        let outer = tree.elements.iter().position(|e| e.blocks == (0..2));
        let outer = outer.expect("the box around two paragraphs");
        assert_eq!(tree.elements[outer].end as usize, outer + 3);
        assert_eq!(tree.elements[0].blocks, 0..3);
    }
}
