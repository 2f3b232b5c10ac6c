//! One pass over a feed, in front of every reader: where its entries are, and which pieces of text
//! make up each, as slices of the document.
//!
//! It bounds what the strict reader is shown (depth, attributes, entries), counts what that reader
//! ought to find, and keeps what that reader drops: identifiers and dates as they were written.
//! Nothing is decoded here. Nesting that is wrong is put right by the names of the tags.

use memchr::{memchr_iter, memmem};

use super::super::xml::{Tag, Token, Tokens};
use super::names::{Field, Namespaces, Root};

/// Elements nested deeper than this are not handed to the strict reader, which recurses. No real
/// feed was seen deeper than 20.
pub(super) const DEPTH_MAX: usize = 64;

/// The most elements around an entry. In RSS it is two; wrappers of some generators add one or two.
const ENTRY_DEPTH_MAX: usize = 8;

/// The most attributes of one tag that the strict reader is shown; it checks each against all.
pub(super) const ATTRIBUTES_MAX: usize = 128;

/// The shortest tag that can hold [`ATTRIBUTES_MAX`] attributes (`a="" `).
const CROWDED_TAG_BYTES: usize = ATTRIBUTES_MAX * 5;

/// The most entries that are looked at; what lies behind them is not read. At a hundred bytes an
/// entry, the least that can say something, it would take 5 MB to have more.
pub(super) const ENTRIES_SEEN_MAX: usize = 50_000;

/// The most pieces that are kept of one entry, or of the channel. Entries with forty categories and
/// as many pictures were seen.
pub(super) const PIECES_MAX: usize = 256;

/// A child of an entry or of the channel that means something to us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub field: Field,
    /// The inside of its start tag.
    pub attributes: &'a str,
    /// What stands between its tags, as written.
    pub inner: &'a str,
    /// It has elements in it.
    pub nested: bool,
}

/// One `<item>` or `<entry>`.
#[derive(Clone, Debug)]
pub(super) struct EntryOutline<'a> {
    pub attributes: &'a str,
    /// Range in [`Outline::pieces`].
    pieces: (usize, usize),
    /// Byte offsets of the whole element in the document.
    pub span: (usize, usize),
    /// The document ended inside it.
    pub cut: bool,
}

/// What is wrong with the document as XML, as far as it was noticed in passing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flaws {
    pub too_deep: bool,
    pub crowded_tag: bool,
    pub too_many_entries: bool,
    pub truncated: bool,
    pub mismatched_tags: bool,
    pub nested_entries: bool,
    pub too_many_pieces: bool,
}

impl Flaws {
    /// Not fit for the strict reader, which could overflow its stack or take quadratic time.
    pub fn unsafe_to_parse(&self) -> bool {
        self.too_deep || self.crowded_tag || self.too_many_entries
    }
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    pub root: Root,
    pub root_attributes: &'a str,
    /// Byte offset of the root's start tag.
    pub root_at: usize,
    /// Byte offset behind the root's end tag, or of the piece that the end of the document cut.
    pub end: usize,
    pub channel_attributes: &'a str,
    pub channel: Vec<Piece<'a>>,
    pub entries: Vec<EntryOutline<'a>>,
    pieces: Vec<Piece<'a>>,
    pub flaws: Flaws,
}

impl<'a> Outline<'a> {
    /// The pieces of an entry, in order.
    pub fn pieces(&self, entry: &EntryOutline<'a>) -> &[Piece<'a>] {
        &self.pieces[entry.pieces.0..entry.pieces.1]
    }

    /// Reads the document from the start tag of its root, at byte offset `root_at`.
    pub fn of(text: &'a str, root_at: usize, root: Root) -> Self {
        let mut walk = Walk::new(text, root_at, root);
        walk.run();
        walk.outline
    }
}

/// An element that has begun and not yet ended.
struct Open<'a> {
    name: &'a str,
    /// The piece that it is, if it is one.
    piece: Option<(Field, &'a str)>,
    began: usize,
    inner_at: usize,
    nested: bool,
}

struct Walk<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    namespaces: Namespaces<'a>,
    stack: Vec<Open<'a>>,
    /// Elements below [`DEPTH_MAX`], which are only counted.
    below: usize,
    /// Index in the stack of the entry that is open.
    entry_at: Option<usize>,
    /// Index in the stack of the channel (or of the root of an Atom feed) that is open.
    channel_at: Option<usize>,
    /// Where the last entry of the document begins; looked for once, when the root has closed.
    last_entry: Option<usize>,
    outline: Outline<'a>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, root_at: usize, root: Root) -> Self {
        Self {
            text,
            tokens: Tokens::new(text, root_at),
            namespaces: Namespaces::default(),
            stack: Vec::with_capacity(DEPTH_MAX),
            below: 0,
            entry_at: None,
            channel_at: None,
            last_entry: None,
            outline: Outline {
                root,
                root_attributes: "",
                root_at,
                end: text.len(),
                channel_attributes: "",
                channel: Vec::new(),
                entries: Vec::new(),
                pieces: Vec::new(),
                flaws: Flaws::default(),
            },
        }
    }

    fn run(&mut self) {
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Start(tag) => self.start(tag),
                Token::End(name) => self.end(name),
                Token::CData { closed, .. } => self.outline.flaws.truncated |= !closed,
                Token::Text(_) | Token::Skipped => {}
            }
            if self.stack.is_empty() && self.is_over() {
                self.outline.end = self.tokens.at();
                return;
            }
            if self.outline.flaws.too_many_entries {
                return;
            }
        }
        self.finish();
    }

    /// The root has closed and nothing else of a feed follows. Two documents glued together, or a
    /// root closed too early, are read on.
    fn is_over(&mut self) -> bool {
        let text = self.text.as_bytes();
        let last = *self.last_entry.get_or_insert_with(|| {
            let last = ENTRY_STARTS
                .iter()
                .filter_map(|start| memmem::rfind(text, start))
                .max();
            last.unwrap_or(0)
        });
        last < self.tokens.at()
    }

    /// The document ended with elements still open.
    fn finish(&mut self) {
        let end = self.text.len();
        self.outline.flaws.truncated |= !self.stack.is_empty();
        if let Some(at) = self.entry_at {
            // What is not closed is not whole: the entry keeps the pieces that are.
            if let Some(piece) = self.stack.get(at + 1) {
                self.outline.end = piece.began;
            }
            self.stack.truncate(at + 1);
            self.close_to(at, end);
            if let Some(entry) = self.outline.entries.last_mut() {
                entry.cut = true;
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        if tag.attributes.len() >= CROWDED_TAG_BYTES
            && memchr_iter(b'=', tag.attributes.as_bytes()).count() > ATTRIBUTES_MAX
        {
            self.outline.flaws.crowded_tag = true;
        }
        if let Some(parent) = self.stack.last_mut() {
            parent.nested = true;
        }
        self.close_forgotten(tag);
        if self.opens_entry(tag) {
            self.open_entry(tag);
        } else if self.stack.is_empty() {
            self.open_root(tag);
        } else if self.stack.len() >= DEPTH_MAX {
            self.outline.flaws.too_deep = true;
            self.below += usize::from(!tag.empty);
            return;
        } else {
            self.open_child(tag);
        }
        if tag.empty {
            self.close_to(self.stack.len() - 1, self.tokens.at());
        }
    }

    fn push(&mut self, name: &'a str, piece: Option<(Field, &'a str)>) {
        self.stack.push(Open {
            name,
            piece,
            began: self.tokens.began(),
            inner_at: self.tokens.at(),
            nested: false,
        });
    }

    fn open_root(&mut self, tag: Tag<'a>) {
        self.namespaces.declare(tag.attributes);
        if self.outline.root_attributes.is_empty() {
            self.outline.root_attributes = tag.attributes;
        }
        self.push(tag.name, None);
        if matches!(self.outline.root, Root::Feed) {
            self.channel_at = Some(0);
        }
    }

    fn open_child(&mut self, tag: Tag<'a>) {
        let parent = self.stack.len() - 1;
        if self.entry_at.is_none() && tag.local().eq_ignore_ascii_case("channel") {
            self.namespaces.declare(tag.attributes);
            self.outline.channel_attributes = tag.attributes;
            self.push(tag.name, None);
            self.channel_at = Some(parent + 1);
            return;
        }
        let in_entry = self.entry_at == Some(parent);
        let in_channel = self.entry_at.is_none() && self.channel_at == Some(parent);
        let piece = if in_entry || in_channel {
            self.namespaces
                .field(tag)
                .map(|field| (field, tag.attributes))
        } else if self.entry_at.is_some() && self.in_media() {
            // `media:group` and `media:content` only gather what they hold.
            self.namespaces
                .field(tag)
                .filter(|field| field.is_media())
                .map(|field| (field, tag.attributes))
        } else {
            None
        };
        self.push(tag.name, piece);
    }

    fn in_media(&self) -> bool {
        let first = self.entry_at.map_or(0, |at| at + 1);
        self.stack[first..]
            .iter()
            .all(|open| open.piece.is_some_and(|(field, _)| field.is_media()))
    }

    /// A start tag of an item or entry, where one may stand: outside every other, or directly in one
    /// whose end tag was forgotten.
    fn opens_entry(&self, tag: Tag<'a>) -> bool {
        let may_stand = self.entry_at.is_none_or(|at| at + 1 == self.stack.len());
        may_stand && self.namespaces.is_entry(tag)
    }

    fn open_entry(&mut self, tag: Tag<'a>) {
        if let Some(at) = self.entry_at {
            self.outline.flaws.nested_entries = true;
            self.close_to(at, self.tokens.began());
        }
        if self.stack.len() > ENTRY_DEPTH_MAX {
            // What is open around an entry so deep was never closed.
            self.outline.flaws.mismatched_tags = true;
            self.below = 0;
            self.close_to(self.channel_at.map_or(1, |at| at + 1), self.tokens.began());
        }
        if self.outline.entries.len() >= ENTRIES_SEEN_MAX {
            self.outline.flaws.too_many_entries = true;
        }
        if self.stack.is_empty() {
            self.namespaces.declare(tag.attributes);
        }
        self.entry_at = Some(self.stack.len());
        let first = self.outline.pieces.len();
        self.outline.entries.push(EntryOutline {
            attributes: tag.attributes,
            pieces: (first, first),
            span: (self.tokens.began(), self.text.len()),
            cut: false,
        });
        self.push(tag.name, None);
    }

    /// A title, link, identifier or date holds no other of them: where one seems to, its end tag was
    /// forgotten.
    fn close_forgotten(&mut self, tag: Tag<'a>) {
        let Some(open) = self.stack.last() else {
            return;
        };
        let is_short = open.piece.is_some_and(|(field, _)| field.is_short());
        if is_short
            && (self.namespaces.is_entry(tag)
                || self.namespaces.field(tag).is_some_and(Field::follows_short))
        {
            self.outline.flaws.mismatched_tags = true;
            self.close_to(self.stack.len() - 1, self.tokens.began());
        }
    }

    fn end(&mut self, name: &'a str) {
        if self.below > 0 {
            self.below -= 1;
            return;
        }
        let inner_end = self.tokens.began();
        let Some(top) = self.stack.last() else { return };
        if top.name == name {
            self.close_to(self.stack.len() - 1, inner_end);
            return;
        }
        let found = self
            .stack
            .iter()
            .rposition(|open| open.name.eq_ignore_ascii_case(name));
        self.outline.flaws.mismatched_tags = true;
        if let Some(at) = found {
            self.close_to(at, inner_end);
        }
    }

    /// Closes the element at this index of the stack and all inside it; the inside of the innermost
    /// ends at byte offset `inner_end`.
    fn close_to(&mut self, at: usize, inner_end: usize) {
        while self.stack.len() > at {
            let Some(open) = self.stack.pop() else { return };
            let index = self.stack.len();
            if let Some((field, attributes)) = open.piece {
                let inner = self.text.get(open.inner_at..inner_end).unwrap_or("");
                self.keep(Piece {
                    field,
                    attributes,
                    inner,
                    nested: open.nested,
                });
            }
            if self.entry_at == Some(index) {
                self.entry_at = None;
                let last = self.outline.pieces.len();
                let end = self.tokens.at();
                if let Some(entry) = self.outline.entries.last_mut() {
                    entry.pieces.1 = last;
                    entry.span.1 = end.max(inner_end);
                }
            }
            if self.channel_at == Some(index) {
                self.channel_at = None;
            }
        }
    }

    fn keep(&mut self, piece: Piece<'a>) {
        let entry_first = match (self.entry_at, self.outline.entries.last()) {
            (Some(_), Some(entry)) => Some(entry.pieces.0),
            _ => None,
        };
        match entry_first {
            Some(first) if self.outline.pieces.len() - first < PIECES_MAX => {
                self.outline.pieces.push(piece)
            }
            // Weblogs list every category that they ever used before they say their title.
            None if matches!(piece.field, Field::Category | Field::Subject) => {}
            None if self.outline.channel.len() < PIECES_MAX => self.outline.channel.push(piece),
            _ => self.outline.flaws.too_many_pieces = true,
        }
    }
}

const ENTRY_STARTS: [&[u8]; 2] = [b"<item", b"<entry"];
