//! The inverted index: which articles have a hash in common.
//!
//! Most hashes are of one or two articles, which stand in the table itself; of more, all stand in blocks of a
//! cache line each. The table is searched apart from the blocks, so that many hashes can be looked for at a
//! time: nearly every step waits for memory, and such waits can be had together.

use super::flat::{Flat, Slot};

/// Ends a chain of blocks.
const END: u32 = u32::MAX;
/// Articles that stand in the table.
const INLINE: u32 = 2;
/// Articles in a block.
const BLOCK: usize = 15;

/// For each hash the articles that hold it, newest first.
#[derive(Debug, Default)]
pub(super) struct Postings {
    heads: Flat<Head>,
    blocks: Vec<Block>,
    /// Articles before this number were swept out.
    pub swept_to: u32,
}

/// The articles of one hash: [`newest`](Postings::newest) tells which.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    hash: u32,
    /// 0 in a free slot.
    count: u32,
    /// The articles; of more than [`INLINE`], the first is the latest block.
    held: [u32; INLINE as usize],
}

/// Filled from the front.
#[derive(Debug)]
#[repr(align(64))]
struct Block {
    articles: [u32; BLOCK],
    next: u32,
}

impl Postings {
    pub fn add(&mut self, hash: u32, article: u32) {
        let head = self.heads.slot(hash);
        if let Some(free) = head.held.get_mut(head.count as usize) {
            *free = article;
        } else {
            let place = head.count as usize % BLOCK;
            if head.count == INLINE {
                let mut articles = [END; BLOCK];
                articles[..INLINE as usize].copy_from_slice(&head.held);
                head.held[0] = self.blocks.len() as u32;
                self.blocks.push(Block {
                    articles,
                    next: END,
                });
            } else if place == 0 {
                let next = std::mem::replace(&mut head.held[0], self.blocks.len() as u32);
                let articles = [END; BLOCK];
                self.blocks.push(Block { articles, next });
            }
            self.blocks[head.held[0] as usize].articles[place] = article;
        }
        head.count += 1;
    }

    /// What is known of a hash.
    pub fn head(&self, hash: u32) -> Head {
        self.heads.get(hash)
    }

    /// Calls `found` with the newest articles of a hash, at most `max`.
    pub fn newest(&self, head: Head, max: usize, mut found: impl FnMut(u32)) {
        if head.count <= INLINE {
            let held = &head.held[..head.count as usize];
            held.iter()
                .rev()
                .take(max)
                .for_each(|&article| found(article));
            return;
        }
        let mut left = max;
        let mut filled = (head.count - 1) as usize % BLOCK + 1;
        let mut next = head.held[0];
        while let Some(block) = self.blocks.get(next as usize) {
            for &article in block.articles[..filled].iter().rev().take(left) {
                found(article);
            }
            left = left.saturating_sub(filled);
            if left == 0 {
                return;
            }
            (next, filled) = (block.next, BLOCK);
        }
    }

    pub fn bytes(&self) -> usize {
        self.blocks.len() * size_of::<Block>() + self.heads.bytes()
    }

    pub fn clear(&mut self, swept_to: u32) {
        self.heads.clear();
        self.blocks.clear();
        self.swept_to = swept_to;
    }
}

impl Slot for Head {
    fn of(hash: u32) -> Self {
        Self {
            hash,
            ..Self::default()
        }
    }

    fn hash(&self) -> u32 {
        self.hash
    }

    fn is_free(&self) -> bool {
        self.count == 0
    }
}

impl Head {
    /// Articles that have held the hash since the last sweep.
    pub fn count(self) -> u32 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(postings: &Postings, hash: u32, max: usize) -> Vec<u32> {
        let mut all = Vec::new();
        postings.newest(postings.head(hash), max, |article| all.push(article));
        all
    }

    #[test]
    fn the_newest_come_first() {
        let mut postings = Postings::default();
        for count in 1..100 {
            postings.add(7, count - 1);
            let expected: Vec<u32> = (0..count).rev().collect();
            assert_eq!(newest(&postings, 7, 200), expected);
            let few = expected.len().min(5);
            assert_eq!(newest(&postings, 7, 5), expected[..few]);
            assert_eq!(postings.head(7).count(), count);
        }
    }

    #[test]
    fn every_hash_is_found_however_many_there_are() {
        let mut postings = Postings::default();
        for hash in 0..5000 {
            postings.add(hash * 8, hash);
            postings.add(hash * 8, hash + 1);
        }
        assert!((0..5000).all(|hash| newest(&postings, hash * 8, 9) == [hash + 1, hash]));
        assert!(newest(&postings, 7, 9).is_empty());
    }

    #[test]
    fn after_a_sweep_nothing_is_held() {
        let mut postings = Postings::default();
        assert!(newest(&postings, 7, 20).is_empty());
        (0..9).for_each(|article| postings.add(7, article));
        postings.clear(9);
        assert!(newest(&postings, 7, 20).is_empty());
        assert_eq!((postings.head(7).count(), postings.swept_to), (0, 9));
    }
}
