//! Problems of entries, with a bound for each kind, so that one fault in every entry does not drown
//! the others.

use std::collections::HashMap;

use super::super::Problem;

/// The most problems of one kind that are told one by one.
const PROBLEMS_OF_A_KIND_MAX: usize = 8;

/// Problems with a bound for each kind.
pub(super) struct Notes {
    problems: Vec<Problem>,
    counts: HashMap<&'static str, usize>,
}

impl Notes {
    /// Begins with what is known of the document as a whole.
    pub fn new(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            counts: HashMap::new(),
        }
    }

    pub fn document(&mut self, kind: &'static str, message: impl Into<String>) {
        self.problems.push(Problem::document(kind, message));
    }

    /// A problem of the entry at `index`.
    pub fn entry(&mut self, kind: &'static str, index: usize, message: impl FnOnce() -> String) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= PROBLEMS_OF_A_KIND_MAX {
            self.problems.push(Problem::entry(kind, index, message()));
        }
    }

    /// All that was noted, with the number of those that were left out.
    pub fn finish(mut self) -> Vec<Problem> {
        let mut more: Vec<_> = self
            .counts
            .into_iter()
            .filter(|&(_, count)| count > PROBLEMS_OF_A_KIND_MAX)
            .collect();
        more.sort_unstable();
        self.problems.extend(more.into_iter().map(|(kind, count)| {
            Problem::document(
                kind,
                format!("and {} more entries", count - PROBLEMS_OF_A_KIND_MAX),
            )
        }));
        self.problems
    }
}

/// As much of a text as a message needs.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
