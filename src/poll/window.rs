//! Whether a feed's window turned over between two documents: then there may have been items that nobody
//! saw. Pure.

use std::collections::HashSet;

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

/// Newest items that are remembered: an editor who takes back seven at once is rare.
const NEWEST_MAX: usize = 8;
/// Known items that may stand in a document for ever, pinned at its top or its end, and prove nothing.
const PINNED_MAX: usize = 3;
/// And their share of the document, at most.
const PINNED_SHARE: usize = 4;

/// An item of a document, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Hash of the article's id.
    pub id: u64,
    pub published: Option<Timestamp>,
}

impl Place {
    pub fn new(id: &str, published: Option<Timestamp>) -> Self {
        Self {
            id: xxh3_64(id.as_bytes()),
            published,
        }
    }
}

/// The newest items of a document: by date where there are dates, else the first ones.
pub fn newest(document: &[Place]) -> Vec<u64> {
    let mut places = document.to_vec();
    // Stable: without dates, and among equal ones, the order of the document stands.
    places.sort_by_key(|place| std::cmp::Reverse(place.published));
    places
        .iter()
        .take(NEWEST_MAX.min(document.len().div_ceil(2)))
        .map(|place| place.id)
        .collect()
}

/// Whether none of the items that were newest came back. `met`: items of the document that the feed had
/// before; a few of them may be pinned, many of them mean that the order is not what it seems.
pub fn turned_over(newest_before: &[u64], document: &[Place], met: usize) -> bool {
    if document.is_empty() || newest_before.is_empty() {
        return false;
    }
    let ids: HashSet<u64> = document.iter().map(|place| place.id).collect();
    let is_back = newest_before.iter().any(|id| ids.contains(id));
    !is_back && met <= PINNED_MAX && met * PINNED_SHARE <= document.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items of these numbers, dated by their number.
    fn dated(numbers: impl IntoIterator<Item = i64>) -> Vec<Place> {
        let date = |n: i64| Timestamp::from_second(n * 60).ok();
        numbers
            .into_iter()
            .map(|n| Place::new(&n.to_string(), date(n)))
            .collect()
    }

    fn undated(numbers: impl IntoIterator<Item = i64>) -> Vec<Place> {
        dated(numbers)
            .into_iter()
            .map(|place| Place {
                published: None,
                ..place
            })
            .collect()
    }

    #[track_caller]
    fn check(before: &[Place], after: &[Place], met: usize, expected: bool) {
        assert_eq!(turned_over(&newest(before), after, met), expected);
    }

    #[test]
    fn a_window_that_slid_is_told_from_one_that_turned_over() {
        let before = dated(0..20);
        check(&before, &dated(15..35), 5, false);
        check(&before, &dated(19..39), 1, false);
        check(&before, &dated(20..40), 0, true);
        check(&undated((0..20).rev()), &undated((19..39).rev()), 1, false);
        check(&undated((0..20).rev()), &undated((20..40).rev()), 0, true);
    }

    #[test]
    fn a_pinned_item_does_not_hide_a_gap() {
        check(
            &dated([0, 1, 21, 22, 23, 24]),
            &dated([0, 41, 42, 43, 44, 45]),
            1,
            true,
        );
    }

    #[test]
    fn items_that_an_editor_took_back_are_no_gap() {
        check(&dated(0..20), &dated(0..13), 13, false);
        check(&dated(0..20), &dated([17, 30, 31]), 1, false);
    }

    #[test]
    fn oldest_first_without_dates_is_no_gap() {
        check(&undated(0..20), &undated(12..32), 8, false);
    }

    #[test]
    fn an_empty_document_is_no_gap() {
        check(&dated(0..20), &[], 0, false);
        check(&[], &dated(0..20), 0, false);
    }
}
