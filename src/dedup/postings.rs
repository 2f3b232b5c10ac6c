//! The inverted index: which articles have a hash in common.
//!
//! Most hashes are of one or two articles, and what is looked up often is of many. The first articles of a
//! hash are therefore kept as single nodes, later ones in blocks of a cache line each.

use std::collections::HashMap;

use super::hash::PlainState;

/// Ends a list.
const END: u32 = u32::MAX;
/// Articles of a hash that are kept as single nodes.
const SINGLES: u32 = 3;
/// Articles in a block.
const BLOCK: usize = 15;

/// For each hash the articles that hold it, newest first.
#[derive(Debug, Default)]
pub(super) struct Postings {
    heads: HashMap<u32, Head, PlainState>,
    nodes: Vec<Node>,
    blocks: Vec<Block>,
    /// Articles before this number were swept out.
    pub swept_to: u32,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    node: u32,
    block: u32,
    count: u32,
}

#[derive(Debug)]
struct Node {
    article: u32,
    next: u32,
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
        let head = self.heads.entry(hash).or_insert(Head {
            node: END,
            block: END,
            count: 0,
        });
        if head.count < SINGLES {
            let next = std::mem::replace(&mut head.node, self.nodes.len() as u32);
            self.nodes.push(Node { article, next });
        } else {
            let place = (head.count - SINGLES) as usize % BLOCK;
            if place == 0 {
                let next = std::mem::replace(&mut head.block, self.blocks.len() as u32);
                let articles = [END; BLOCK];
                self.blocks.push(Block { articles, next });
            }
            self.blocks[head.block as usize].articles[place] = article;
        }
        head.count += 1;
    }

    /// Articles that have held `hash` since the last sweep.
    pub fn count(&self, hash: u32) -> u32 {
        self.heads.get(&hash).map_or(0, |head| head.count)
    }

    /// Calls `found` with the newest articles that hold `hash`, at most `max`; with none if more than
    /// `common` hold it.
    pub fn newest(&self, hash: u32, max: usize, common: u32, mut found: impl FnMut(u32)) {
        let Some(head) = self.heads.get(&hash).filter(|head| head.count <= common) else {
            return;
        };
        let mut left = max;
        let mut in_block = (head.count.saturating_sub(SINGLES + 1)) as usize % BLOCK + 1;
        let mut block = head.block;
        while let Some(held) = self.blocks.get(block as usize) {
            for &article in held.articles[..in_block].iter().rev().take(left) {
                found(article);
            }
            left = left.saturating_sub(in_block);
            (block, in_block) = (held.next, BLOCK);
        }
        let mut node = head.node;
        while left > 0
            && let Some(single) = self.nodes.get(node as usize)
        {
            found(single.article);
            (node, left) = (single.next, left - 1);
        }
    }

    pub fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<Node>()
            + self.blocks.len() * size_of::<Block>()
            + self.heads.capacity() * (size_of::<(u32, Head)>() + 1)
    }

    pub fn clear(&mut self, swept_to: u32) {
        self.heads.clear();
        self.nodes.clear();
        self.blocks.clear();
        self.swept_to = swept_to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(postings: &Postings, hash: u32, max: usize, common: u32) -> Vec<u32> {
        let mut all = Vec::new();
        postings.newest(hash, max, common, |article| all.push(article));
        all
    }

    #[test]
    fn the_newest_come_first() {
        let mut postings = Postings::default();
        for count in 1..100 {
            postings.add(7, count - 1);
            let expected: Vec<u32> = (0..count).rev().collect();
            assert_eq!(newest(&postings, 7, 200, u32::MAX), expected);
            let few = expected.len().min(5);
            assert_eq!(newest(&postings, 7, 5, u32::MAX), expected[..few]);
            assert_eq!(postings.count(7), count);
        }
    }

    #[test]
    fn what_is_common_finds_nobody() {
        let mut postings = Postings::default();
        (0..9).for_each(|article| postings.add(7, article));
        assert!(newest(&postings, 7, 20, 8).is_empty());
        assert!(newest(&postings, 8, 20, 8).is_empty());
        postings.clear(9);
        assert!(newest(&postings, 7, 20, 9).is_empty());
        assert_eq!((postings.count(7), postings.swept_to), (0, 9));
    }
}
