//! The inverted index: which articles have a hash in common.

use std::collections::HashMap;

use super::hash::PlainState;

/// Bytes of one posting: its node and its share of the table.
pub(super) const POSTING_BYTES: usize = 20;
/// Ends a list.
const END: u32 = u32::MAX;

/// For each hash the articles that hold it, newest first.
#[derive(Debug, Default)]
pub(super) struct Postings {
    heads: HashMap<u32, Head, PlainState>,
    nodes: Vec<Node>,
    /// Articles before this number were swept out.
    pub swept_to: u32,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    node: u32,
    count: u32,
}

#[derive(Debug)]
struct Node {
    article: u32,
    next: u32,
}

impl Postings {
    pub fn add(&mut self, hash: u32, article: u32) {
        let node = self.nodes.len() as u32;
        let head = self.heads.entry(hash).or_insert(Head {
            node: END,
            count: 0,
        });
        self.nodes.push(Node {
            article,
            next: head.node,
        });
        *head = Head {
            node,
            count: head.count + 1,
        };
    }

    /// Articles that have held `hash` since the last sweep.
    pub fn count(&self, hash: u32) -> u32 {
        self.heads.get(&hash).map_or(0, |head| head.count)
    }

    /// The newest `max` articles that hold `hash`.
    pub fn newest(&self, hash: u32, max: usize) -> impl Iterator<Item = u32> {
        let first = self.heads.get(&hash).map_or(END, |head| head.node);
        let mut node = first;
        let list = std::iter::from_fn(move || {
            let found = self.nodes.get(node as usize)?;
            node = found.next;
            Some(found.article)
        });
        list.take(max)
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn clear(&mut self, swept_to: u32) {
        self.heads.clear();
        self.nodes.clear();
        self.swept_to = swept_to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first() {
        let mut postings = Postings::default();
        (0..5).for_each(|article| postings.add(7, article));
        assert_eq!(postings.newest(7, 3).collect::<Vec<_>>(), [4, 3, 2]);
        assert_eq!(postings.newest(8, 3).count(), 0);
        postings.clear(5);
        assert_eq!(
            (
                postings.newest(7, 3).count(),
                postings.len(),
                postings.swept_to
            ),
            (0, 0, 5)
        );
    }
}
