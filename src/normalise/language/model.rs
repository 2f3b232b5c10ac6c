//! The model file: character n-grams of each script with their cost under each language.
//!
//! Reads the bytes where they lie and copies nothing, so that opening it costs nothing. What the
//! numbers mean is in [`Table::costs`]; how they are made is in `examples/train_language.rs`.

/// First bytes of a model file; the digit is the version of the layout.
pub const MAGIC: &[u8; 8] = b"KHLANG1\n";
/// Characters below this have a code of their own in the file: Latin to Arabic.
pub const CHARS_LOW: usize = 0x700;
/// So have the 128 characters of Devanagari, after them.
pub const CHARS: usize = CHARS_LOW + 0x80;
/// Most classes that one script may have; the widest, Latin, has 34.
pub const CLASSES_MAX: usize = 64;
/// Longest n-gram: four codes of one byte fill a `u32`.
pub const ORDER: u32 = 4;
/// Costs are stored in sixteenths of a nat; 255 is a probability of about 10⁻⁷.
pub const COST_SCALE: f32 = 16.0;

/// Code of a character that parts words, and of the start of a text.
pub const GAP: u8 = 1;
/// Code of an apostrophe inside a word.
pub const APOSTROPHE: u8 = 2;
/// Code of a letter that training did not see.
pub const OTHER: u8 = 3;
/// Codes of letters begin here.
pub const FIRST_LETTER: u8 = 4;
/// Stands in the character table for what is left out of words: vowel marks, tatweel, joiners.
pub const SKIPPED: u8 = 255;

/// A class of a script: a language of ours, or a neighbour that is known in order to be refused.
#[derive(Clone, Copy, Debug)]
pub struct Class<'a> {
    /// A BCP 47 language tag; `und` for a neighbour.
    pub language: &'a str,
}

/// The n-grams of one script.
pub struct Table<'a> {
    /// ISO 15924.
    pub script: &'a str,
    classes: &'a [[u8; 8]],
    keys: &'a [[u8; 4]],
    rows: &'a [[u8; 2]],
    costs: &'a [u8],
}

/// A model file, opened.
#[derive(Default)]
pub struct Model<'a> {
    chars: &'a [u8],
    tables: Vec<Table<'a>>,
}

impl<'a> Model<'a> {
    /// Opens a model file; `None` if these bytes are not a whole one.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let chars = take(&mut rest, CHARS)?;
        let mut tables = Vec::new();
        while !rest.is_empty() {
            tables.push(Table::open(&mut rest)?);
        }
        Some(Self { chars, tables })
    }

    /// The code of a character: 0 parts words, [`SKIPPED`] is passed over, others are letters.
    pub fn code(&self, c: char) -> u8 {
        let at = match c as usize {
            low @ 0..CHARS_LOW => low,
            devanagari @ 0x900..0x980 => devanagari - 0x900 + CHARS_LOW,
            _ => return if c.is_alphabetic() { OTHER } else { 0 },
        };
        self.chars.get(at).copied().unwrap_or(0)
    }

    pub fn table(&self, script: &str) -> Option<&Table<'a>> {
        self.tables.iter().find(|table| table.script == script)
    }
}

impl<'a> Table<'a> {
    fn open(rest: &mut &'a [u8]) -> Option<Self> {
        let script = std::str::from_utf8(take(rest, 4)?).ok()?;
        let classes = usize::from(take(rest, 1)?[0]);
        let slot_bits = u32::from(take(rest, 1)?[0]);
        let rows = usize::from(u16::from_le_bytes(*take(rest, 2)?.first_chunk()?));
        if classes == 0 || classes > CLASSES_MAX || slot_bits > 16 || rows >= 1 << slot_bits {
            return None;
        }
        let table = Self {
            script,
            classes: take(rest, classes * 8)?.as_chunks().0,
            keys: take(rest, 4 << slot_bits)?.as_chunks().0,
            rows: take(rest, 2 << slot_bits)?.as_chunks().0,
            costs: take(rest, rows * classes)?,
        };
        let is_whole = table.rows.iter().all(|row| usize::from(u16::from_le_bytes(*row)) < rows.max(1));
        is_whole.then_some(table)
    }

    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    pub fn class(&self, at: usize) -> Class<'a> {
        let tag = &self.classes[at];
        let end = tag.iter().position(|&b| b == 0).unwrap_or(tag.len());
        let language = std::str::from_utf8(&tag[..end]).unwrap_or("und");
        Class { language }
    }

    /// What the last code of `history` costs each class after the three codes before it:
    /// −ln P × 16, from the longest n-gram that the table has.
    pub fn costs(&self, history: u32) -> Option<&'a [u8]> {
        let mut key = history;
        loop {
            if let Some(row) = self.row(key) {
                let from = row * self.classes.len();
                return self.costs.get(from..from + self.classes.len());
            }
            if key < 1 << 8 {
                return None;
            }
            key = shortened(key);
        }
    }

    fn row(&self, key: u32) -> Option<usize> {
        let mask = self.keys.len() - 1;
        let mut slot = slot_of(key, self.keys.len());
        loop {
            match u32::from_le_bytes(self.keys[slot]) {
                0 => return None,
                found if found == key => return Some(usize::from(u16::from_le_bytes(self.rows[slot]))),
                _ => slot = (slot + 1) & mask,
            }
        }
    }
}

/// The n-gram without its first code.
pub fn shortened(key: u32) -> u32 {
    key & (u32::MAX >> (key.leading_zeros() / 8 * 8 + 8))
}

/// Where the search for a key begins in a table of `slots` slots, a power of two (Fibonacci
/// hashing, Knuth, The Art of Computer Programming, 6.4).
pub fn slot_of(key: u32, slots: usize) -> usize {
    (key.wrapping_mul(0x9E37_79B1) as usize >> 8) & (slots - 1)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(taken)
}
