//! A folded text as atoms: numbers, clocks, words with their roles, marks.

use super::clock::Clock;
use super::fold::is_letter;
use super::words::{Roles, roles};

/// The most atoms of a text that are kept; 200 characters of words and numbers stay far below.
const ATOMS_MAX: usize = 120;

/// The longest run of Chinese characters that the tables hold as one word.
const HAN_WORD_CHARS_MAX: usize = 4;

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// `digits` counts leading zeros too.
    Number {
        value: u64,
        digits: u8,
    },
    Clock(Clock),
    Word(&'static Roles),
    Mark(char),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    pub kind: Kind,
    /// No white space stands before it.
    pub glued: bool,
}

pub(super) struct Atoms {
    list: Vec<Atom>,
    /// Words without any role.
    pub strangers: usize,
}

impl Atoms {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<Atom> {
        self.list.get(at).copied()
    }

    pub(super) fn number(&self, at: usize) -> Option<(u64, u8)> {
        match self.get(at)?.kind {
            Kind::Number { value, digits } => Some((value, digits)),
            _ => None,
        }
    }

    pub(super) fn word(&self, at: usize) -> Option<&'static Roles> {
        match self.get(at)?.kind {
            Kind::Word(roles) => Some(roles),
            _ => None,
        }
    }

    pub(super) fn mark(&self, at: usize) -> Option<char> {
        match self.get(at)?.kind {
            Kind::Mark(mark) => Some(mark),
            _ => None,
        }
    }

    pub(super) fn is_glued(&self, at: usize) -> bool {
        self.get(at).is_some_and(|atom| atom.glued)
    }

    pub(super) fn has_figures(&self) -> bool {
        let is_figure = |atom: &Atom| matches!(atom.kind, Kind::Number { .. } | Kind::Clock(_));
        self.list.iter().any(is_figure)
    }

    /// Latin letters touch the atom from the left: a version, a label, an identifier. Chinese
    /// touches everything.
    pub(super) fn is_labelled(&self, at: usize) -> bool {
        let word = at.checked_sub(1).and_then(|at| self.word(at));
        self.is_glued(at) && word.is_some_and(|roles| roles.latin)
    }

    fn push(&mut self, kind: Kind, glued: bool) {
        if let Kind::Word(roles) = kind
            && !roles.known
        {
            self.strangers += 1;
        }
        self.list.push(Atom { kind, glued });
    }
}

pub(super) fn atoms(text: &str) -> Atoms {
    let mut atoms = Atoms {
        list: Vec::with_capacity(24),
        strangers: 0,
    };
    let mut rest = text;
    let mut glued = false;
    while atoms.len() < ATOMS_MAX {
        let Some(first) = rest.chars().next() else {
            break;
        };
        let (kind, used) = match first {
            ' ' => {
                glued = false;
                rest = &rest[1..];
                continue;
            }
            '0'..='9' => clock(rest).unwrap_or_else(|| number(rest)),
            _ if is_letter(first) => word(rest),
            _ => (Kind::Mark(first), first.len_utf8()),
        };
        atoms.push(kind, glued);
        glued = true;
        rest = &rest[used..];
    }
    atoms
}

fn number(text: &str) -> (Kind, usize) {
    let run = digits(text);
    let value = run.parse().unwrap_or(u64::MAX);
    let digits = u8::try_from(run.len()).unwrap_or(u8::MAX);
    (Kind::Number { value, digits }, run.len())
}

fn digits(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

/// `h:mm`, `h:m:s`, `h:mm:ss.fraction`.
fn clock(text: &str) -> Option<(Kind, usize)> {
    let field = |at: usize| {
        let run = digits(text.get(at..)?);
        let value: u32 = (run.len() <= 2).then(|| run.parse().ok())??;
        Some((value, at + run.len(), run.len()))
    };
    let colon = |at: usize| (text.as_bytes().get(at) == Some(&b':')).then_some(at + 1);
    let (hour, end, _) = field(0)?;
    let (minute, end, width) = field(colon(end)?)?;
    let Some((second, end_of_second, _)) = colon(end).and_then(field) else {
        let clock = Clock::new(hour, minute, None, 0)?;
        return (width == 2).then_some((Kind::Clock(clock), end));
    };
    let (nanos, end) = fraction(text, end_of_second);
    Some((
        Kind::Clock(Clock::new(hour, minute, Some(second), nanos)?),
        end,
    ))
}

fn fraction(text: &str, at: usize) -> (i32, usize) {
    let run = match text.as_bytes().get(at) {
        Some(b'.' | b',') => digits(&text[at + 1..]),
        _ => "",
    };
    if run.is_empty() {
        return (0, at);
    }
    let nanos = run
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    (nanos, at + 1 + run.len())
}

fn word(text: &str) -> (Kind, usize) {
    let end = text.find(|c| !is_letter(c)).unwrap_or(text.len());
    let run = &text[..end];
    if run.starts_with(is_han) {
        return han_word(run);
    }
    if let Some(found) = dotted(text, end) {
        return found;
    }
    let known = roles(run);
    if known.head
        && let Some(found) = two_words(text, end)
    {
        return found;
    }
    (Kind::Word(known), end)
}

/// `a.m.`, `ق.ظ`: single letters with dots between them, looked up without the dots.
fn dotted(text: &str, end: usize) -> Option<(Kind, usize)> {
    let mut letters = text.chars();
    let (first, dot, second) = (letters.next()?, letters.next()?, letters.next()?);
    if dot != '.' || !is_letter(second) || end != first.len_utf8() {
        return None;
    }
    if letters.clone().next().is_some_and(is_letter) {
        return None;
    }
    let mut key = [0; 8];
    let mut used = first.encode_utf8(&mut key).len();
    used += second.encode_utf8(&mut key[used..]).len();
    let known = roles(std::str::from_utf8(&key[..used]).ok()?);
    let dots = 1 + usize::from(letters.next() == Some('.'));
    known.known.then_some((Kind::Word(known), used + dots))
}

/// A name of two words, such as `كانون الثاني`.
fn two_words(text: &str, end: usize) -> Option<(Kind, usize)> {
    let after = text.get(end..)?.strip_prefix(' ')?;
    let second = after.find(|c| !is_letter(c)).unwrap_or(after.len());
    let end = end + 1 + second;
    let known = roles(&text[..end]);
    known.known.then_some((Kind::Word(known), end))
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}')
}

/// Chinese is written without spaces: the longest word of the tables, or one character.
fn han_word(run: &str) -> (Kind, usize) {
    let mut best = (
        Kind::Word(roles("")),
        run.chars().next().map_or(0, char::len_utf8),
    );
    for (at, c) in run.char_indices().take(HAN_WORD_CHARS_MAX) {
        let end = at + c.len_utf8();
        let known = roles(&run[..end]);
        if known.known {
            best = (Kind::Word(known), end);
        }
    }
    best
}
