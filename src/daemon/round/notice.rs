//! What a document says of its feed besides its items: that they were re-issued, that some were lost.

use crate::parse::Problem;
use crate::pipeline::Intake;
use crate::poll::health::Change;
use crate::poll::memory::Memory;

/// Problems of a document that cost an item, or part of one.
const LOSSES: [&str; 6] = [
    "truncated",
    "too_many_entries",
    "unread_rest",
    "crowded_entry",
    "empty_entry",
    "too_many_items",
];
/// Detail of an event, bytes.
const DETAIL_BYTES_MAX: usize = 500;

/// What a document says of the feed besides its items.
pub(super) fn noticed(intake: &Intake, before: &Memory) -> Vec<Change> {
    let change = |kind, detail| Change {
        kind,
        since: None,
        until: None,
        detail,
    };
    let mut changes = Vec::new();
    if intake.reissued {
        let detail = format!(
            "{} items came back under other identifiers",
            intake.known.len()
        );
        changes.push(change("reissued", detail));
    }
    if let Some(problem) = loss(intake)
        && before.loss.as_deref() != Some(problem.kind)
    {
        let mut detail = problem.message.clone();
        detail.truncate(detail.floor_char_boundary(DETAIL_BYTES_MAX));
        changes.push(change("unreadable_item", detail));
    }
    changes
}

/// The first sign that something in the document could not be read as an item.
pub(super) fn loss(intake: &Intake) -> Option<&Problem> {
    losses(intake).next()
}

/// What in a document could not be read as an item.
pub fn losses(intake: &Intake) -> impl Iterator<Item = &Problem> {
    let problems = intake.problems.iter();
    problems.filter(|problem| LOSSES.contains(&problem.kind))
}
