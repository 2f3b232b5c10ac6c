//! A byte trie of folded names. Names begin where words begin, so the trie is walked from word
//! starts only: nearly every word falls out of it after three or four bytes, which is less work
//! than an automaton does for every byte of the text.

use std::collections::VecDeque;
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Trie<N> {
    needles: Vec<N>,
    nodes: Vec<Node>,
    /// Edges of all nodes, each sorted by label.
    edges: Vec<(u8, u32)>,
    /// For nodes with many edges the target by label, 0 for none (nothing leads to the root).
    tables: Vec<[u32; 256]>,
}

/// Edges from which a table answers instead of a search: the first bytes of words go through such
/// nodes, and there are only a few dozen of them.
const TABLE_EDGES: usize = 6;

#[derive(Clone, Debug, Default)]
struct Node {
    edges: Range<u32>,
    /// The needles that end here; in a leaf, those whose rest is still to compare.
    needles: Range<u32>,
    /// One more than the number of its table, 0 for none.
    table: u32,
    /// The next byte of the needles of a leaf: most texts differ here, and are spared the rest.
    next: Option<u8>,
}

impl<N: AsRef<str>> Trie<N> {
    pub fn new(mut needles: Vec<N>) -> Self {
        needles.sort_by(|a, b| a.as_ref().cmp(b.as_ref()));
        let mut trie = Self {
            needles,
            nodes: vec![Node::default()],
            edges: Vec::new(),
            tables: Vec::new(),
        };
        let mut queue = VecDeque::from([(0, 0..trie.needles.len(), 0)]);
        while let Some((node, range, depth)) = queue.pop_front() {
            trie.grow(node, range, depth, &mut queue);
        }
        trie
    }

    /// Fills `node`, which all needles of `range` reach with their first `depth` bytes.
    fn grow(
        &mut self,
        node: usize,
        range: Range<usize>,
        depth: usize,
        queue: &mut VecDeque<(usize, Range<usize>, usize)>,
    ) {
        if self.are_equal(range.clone()) {
            self.nodes[node].next = range
                .clone()
                .next()
                .and_then(|needle| self.byte(needle, depth));
            self.nodes[node].needles = to_u32(range);
            return;
        }
        let ending = range.start..self.run_end(range.clone(), depth, None);
        let mut start = ending.end;
        self.nodes[node].needles = to_u32(ending);
        let first_edge = self.edges.len();
        while start < range.end {
            let label = self.byte(start, depth);
            let end = self.run_end(start..range.end, depth, label);
            self.edges
                .extend(label.map(|label| (label, self.nodes.len() as u32)));
            queue.push_back((self.nodes.len(), start..end, depth + 1));
            self.nodes.push(Node::default());
            start = end;
        }
        self.nodes[node].edges = to_u32(first_edge..self.edges.len());
        let edges = &self.edges[first_edge..];
        if edges.len() >= TABLE_EDGES {
            let mut table = [0; 256];
            for &(label, target) in edges {
                table[usize::from(label)] = target;
            }
            self.tables.push(table);
            self.nodes[node].table = self.tables.len() as u32;
        }
    }

    fn are_equal(&self, range: Range<usize>) -> bool {
        let needles = &self.needles[range];
        match (needles.first(), needles.last()) {
            (Some(first), Some(last)) => first.as_ref() == last.as_ref(),
            _ => true,
        }
    }

    fn byte(&self, needle: usize, depth: usize) -> Option<u8> {
        self.needles[needle].as_ref().as_bytes().get(depth).copied()
    }

    /// Where the run of needles with `label` at `depth` ends.
    fn run_end(&self, mut range: Range<usize>, depth: usize, label: Option<u8>) -> usize {
        let end = range.end;
        range
            .find(|&needle| self.byte(needle, depth) != label)
            .unwrap_or(end)
    }

    /// Calls `found` with the length and all needles of that length that `text` starts with.
    pub fn prefixes<'t>(&'t self, text: &[u8], mut found: impl FnMut(usize, &'t [N])) {
        let mut node = &self.nodes[0];
        let mut depth = 0;
        loop {
            if node.next.is_some() && node.next.as_ref() != text.get(depth) {
                return;
            }
            let needles = &self.needles[node.needles.start as usize..node.needles.end as usize];
            if let Some(needle) = needles.first().map(|needle| needle.as_ref().as_bytes())
                && text[depth..].starts_with(&needle[depth..])
            {
                found(needle.len(), needles);
            }
            let Some(target) = text.get(depth).and_then(|&byte| self.target(node, byte)) else {
                return;
            };
            node = &self.nodes[target];
            depth += 1;
        }
    }

    fn target(&self, node: &Node, byte: u8) -> Option<usize> {
        if let Some(table) = (node.table as usize).checked_sub(1) {
            let target = self.tables[table][usize::from(byte)];
            return (target != 0).then_some(target as usize);
        }
        let edges = &self.edges[node.edges.start as usize..node.edges.end as usize];
        let edge = edges
            .binary_search_by_key(&byte, |&(label, _)| label)
            .ok()?;
        Some(edges[edge].1 as usize)
    }
}

/// The tables hold some ten thousand names; their bytes count far below 2³².
fn to_u32(range: Range<usize>) -> Range<u32> {
    range.start as u32..range.end as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(needles: &[&str], text: &str, expected: &[(usize, usize)]) {
        let trie = Trie::new(needles.to_vec());
        let mut found = Vec::new();
        trie.prefixes(text.as_bytes(), |length, needles| {
            found.push((length, needles.len()))
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn every_prefix_is_found() {
        let needles = ["osh", "kabul", "kabul river", "kabul", "kandahar"];
        check(&needles, "kabul river basin", &[(5, 2), (11, 1)]);
        check(&needles, "kabul", &[(5, 2)]);
        check(&needles, "kandaha", &[]);
        check(&needles, "oshawa", &[(3, 1)]);
        check(&needles, "", &[]);
        check(&[], "kabul", &[]);
    }
}
