//! Hashes of words and the tables that are keyed by them.

use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

/// 32 bits for a word. Two of a million words share one with a chance of 1 in 4,300 for each word: less
/// harm than a misspelling, at half the memory.
pub(super) fn hash_of(word: &str) -> u32 {
    (xxh3_64(word.as_bytes()) >> 32) as u32
}

/// A hash for a thing in a group.
pub(super) fn mixed(group: u32, hash: u32) -> u32 {
    (mix(u64::from(group) << 32 | u64::from(hash)) >> 32) as u32
}

/// Stafford's variant 13 of the 64-bit finaliser of MurmurHash3.
pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 64 bits for an identifier.
pub(super) fn hash_of_id(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

/// For keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct Plain(u64);

pub(super) type PlainState = BuildHasherDefault<Plain>;

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u32(&mut self, key: u32) {
        // The table takes its tag from the top bits and its slot from the low ones.
        self.0 = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// For keys that are texts. Not proof against keys made to collide: for words of our own tables and for
/// identifiers that are hashes.
#[derive(Debug, Default)]
pub(super) struct Text(u64);

pub(super) type TextState = BuildHasherDefault<Text>;

impl Hasher for Text {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes) ^ self.0.rotate_left(32);
    }

    /// Ends a text; there is only one.
    fn write_u8(&mut self, _: u8) {}
}
