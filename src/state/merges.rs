//! Stories that turned out to be another one: where a revision of an item that was placed in such a story
//! belongs, though the index has forgotten both.
//!
//! The items themselves keep the story that they were written with. One row for each merge is enough, and the
//! earliest go once there are too many: whose story was merged so long ago is hardly edited any more, and the
//! record of the merge still says where it stands.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Batch, Error, State};

/// Merges that are remembered, some 100 bytes each.
const MERGES_MAX: i64 = 500_000;
/// A story may be merged into one that is merged in its turn; each time the other one is older.
const MERGES_FOLLOWED: usize = 64;

impl State {
    /// The story that `story` has become by now, where that is another one.
    pub fn surviving(&self, story: &str) -> Result<Option<String>, Error> {
        self.try_sql(|connection| {
            let mut surviving = None;
            for _ in 0..MERGES_FOLLOWED {
                let current = surviving.as_deref().unwrap_or(story);
                match target(connection, current)? {
                    Some(target) => surviving = Some(target),
                    None => break,
                }
            }
            Ok(surviving)
        })
    }
}

fn target(connection: &Connection, story: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT target FROM merge WHERE story = ?1")?
        .query_row([story], |row| row.get(0))
        .optional()
}

impl Batch<'_> {
    /// Remembers that `story` was merged into `target`.
    pub fn put_merge(&self, story: &str, target: &str) -> rusqlite::Result<()> {
        let row = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO merge (story, target) VALUES (?1, ?2)")?
            .insert(params![story, target])?;
        self.connection
            .prepare_cached("DELETE FROM merge WHERE row <= ?1")?
            .execute([row - MERGES_MAX])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_with(merges: &[(&str, &str)]) -> (tempfile::TempDir, State) {
        let dir = tempfile::tempdir().unwrap();
        let mut state = State::open(dir.path()).unwrap();
        state
            .batch(|batch| merges.iter().try_for_each(|(a, b)| batch.put_merge(a, b)))
            .unwrap();
        (dir, state)
    }

    #[track_caller]
    fn check(merges: &[(&str, &str)], story: &str, expected: Option<&str>) {
        let (_dir, state) = state_with(merges);
        assert_eq!(state.surviving(story).unwrap().as_deref(), expected);
    }

    #[test]
    fn merges_are_followed_to_their_end() {
        check(&[("a", "b")], "b", None);
        check(&[("a", "b")], "a", Some("b"));
        check(&[("a", "b"), ("b", "c"), ("c", "d")], "a", Some("d"));
        // Said twice, as when a directory is read once more.
        check(&[("a", "b"), ("b", "c"), ("a", "b")], "a", Some("c"));
    }

    #[test]
    fn a_circle_that_no_khabar_wrote_ends() {
        let (_dir, state) = state_with(&[("a", "b"), ("b", "a")]);
        assert!(state.surviving("a").unwrap().is_some());
    }
}
