//! The model file: character n-grams of each script with their cost under each language.
//!
//! Reads the bytes where they lie and copies nothing, so that opening it costs nothing. What the
//! numbers mean is told at [`Table::costs`]; how they are made, in `examples/train_language.rs`.

/// First bytes of a model file; the digit is the version of the layout.
pub const MAGIC: &[u8; 8] = b"KHLANG1\n";
/// Characters below this have a code of their own in the file: Latin to Arabic.
pub const CHARS_LOW: usize = 0x700;
/// So have the 128 characters of Devanagari, after them.
pub const CHARS: usize = CHARS_LOW + 0x80;
/// Most classes that one script may have; the widest, Latin, has 34.
pub const CLASSES_MAX: usize = 64;
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

/// The n-grams of one script.
pub struct Table<'a> {
    /// ISO 15924.
    pub script: &'a str,
    /// The language of each class: a BCP 47 tag, or `und` for a neighbour that is known only in
    /// order to be refused.
    pub languages: Vec<&'a str>,
    /// Open-addressed, by the hash of the n-gram: its row, or [`NO_ROW`].
    slots: &'a [[u8; 2]],
    /// The n-gram of each row.
    keys: &'a [[u8; 4]],
    /// For each row, one cost for each class, filled up to whole lanes.
    costs: &'a [[u8; LANES]],
}

/// A language tag in the file, filled up with zeros.
pub const TAG_BYTES: usize = 8;
/// An empty slot.
pub const NO_ROW: u16 = u16::MAX;
/// Classes whose costs are added in one step; rows are filled up to a multiple of it.
pub const LANES: usize = 8;

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
            0x2000..0x2070 => return 0,
            // All of them are letters; the question is dear.
            0x4E00..0xA000 => return OTHER,
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
        // A free slot is what ends a search.
        if classes == 0 || classes > CLASSES_MAX || slot_bits > 16 || rows >= 1 << slot_bits {
            return None;
        }
        let tags = take(rest, classes * TAG_BYTES)?.chunks_exact(TAG_BYTES);
        let tags = tags.map(|tag| Some(std::str::from_utf8(tag).ok()?.trim_end_matches('\0')));
        let table = Self {
            script,
            languages: tags.collect::<Option<_>>()?,
            slots: take(rest, 2 << slot_bits)?.as_chunks().0,
            keys: take(rest, rows * 4)?.as_chunks().0,
            costs: take(rest, rows * classes.next_multiple_of(LANES))?
                .as_chunks()
                .0,
        };
        let used = table
            .slots
            .iter()
            .map(|slot| u16::from_le_bytes(*slot))
            .filter(|row| *row != NO_ROW);
        let is_whole =
            used.clone().count() <= rows && used.clone().all(|row| usize::from(row) < rows);
        is_whole.then_some(table)
    }

    /// What the last code of `history` costs each class after the three codes before it:
    /// −ln P × [`COST_SCALE`], from the longest n-gram that the table has.
    pub fn costs(&self, history: u32) -> &'a [[u8; LANES]] {
        let lanes = self.languages.len().div_ceil(LANES);
        let row = match self.row(history) {
            Some(row) => Some(row),
            None => self.shorter_row(history),
        };
        row.map_or(&[], |row| &self.costs[row * lanes..][..lanes])
    }

    /// The row of the longest n-gram at the end of `history`, which has no row itself.
    fn shorter_row(&self, history: u32) -> Option<usize> {
        let shorter = [24, 16, 8].map(|bits| (bits, history & ((1 << bits) - 1)));
        let mut known = shorter
            .into_iter()
            .filter(|&(bits, _)| history >> bits != 0);
        known.find_map(|(_, key)| self.row(key))
    }

    #[inline]
    fn row(&self, key: u32) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut slot = slot_of(key, self.slots.len());
        loop {
            match u16::from_le_bytes(self.slots[slot]) {
                NO_ROW => return None,
                row if u32::from_le_bytes(self.keys[usize::from(row)]) == key => {
                    return Some(usize::from(row));
                }
                _ => slot = (slot + 1) & mask,
            }
        }
    }
}

/// Where the search for a key begins in a table of `slots` slots, a power of two (Fibonacci
/// hashing, Knuth, The Art of Computer Programming, 6.4).
pub fn slot_of(key: u32, slots: usize) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> 12) as usize & (slots - 1)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHIPPED: &[u8] = include_bytes!("../data/language.bin");

    #[test]
    fn the_shipped_model_opens_and_is_small() {
        let model = Model::open(SHIPPED).expect("a whole model");
        assert!(
            ["Latn", "Cyrl", "Arab", "Deva"]
                .iter()
                .all(|script| model.table(script).is_some())
        );
        assert!(SHIPPED.len() <= 2 << 20);
    }

    #[test]
    fn han_is_letters_throughout() {
        for c in '\u{4E00}'..'\u{A000}' {
            assert!(c.is_alphabetic(), "{c}");
        }
    }

    proptest! {
        #[test]
        fn the_longest_ngram_that_is_known_tells_the_costs(codes in prop::collection::vec(1_u8..90, 2..5)) {
            let model = Model::open(SHIPPED).expect("a whole model");
            let table = model.table("Cyrl").expect("a table");
            let number = |codes: &[u8]| codes.iter().fold(0, |key, &code| key << 8 | u32::from(code));
            let row = (0..codes.len()).find_map(|from| table.row(number(&codes[from..])));
            let lanes = table.languages.len().div_ceil(LANES);
            let expected = row.map_or(&[][..], |row| &table.costs[row * lanes..][..lanes]);
            prop_assert_eq!(table.costs(number(&codes)), expected);
        }

        #[test]
        fn a_torn_or_altered_file_is_refused_or_searched_safely(
            cut in 0..SHIPPED.len(), at in 8..SHIPPED.len(), byte: u8, history: u32,
        ) {
            prop_assert!(Model::open(&SHIPPED[..cut]).is_none_or(|model| model.tables.len() < 4));
            let mut altered = SHIPPED.to_vec();
            altered[at] = byte;
            if let Some(table) = Model::open(&altered).as_ref().and_then(|model| model.table("Cyrl")) {
                table.costs(history);
            }
        }
    }
}
