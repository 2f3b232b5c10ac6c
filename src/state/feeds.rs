//! What is remembered of each feed, as JSON: it is read whole at a start and never searched.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::params;

use super::{Batch, Error, State, open_to_read, sqlite};
use crate::poll::memory::Memory;

/// The memory of every feed, by its id.
pub type FeedState = HashMap<String, Box<Memory>>;

impl State {
    /// Through a connection of its own: these pages need not stay in memory.
    pub fn feeds(&self) -> Result<FeedState, Error> {
        read_only(&self.path)
    }
}

/// Reads the memory of every feed without disturbing a daemon.
pub fn read_only(path: &Path) -> Result<FeedState, Error> {
    read(&open_to_read(path)?, path)
}

fn read(connection: &rusqlite::Connection, path: &Path) -> Result<FeedState, Error> {
    let mut statement = connection
        .prepare("SELECT id, memory FROM feed")
        .map_err(sqlite(path))?;
    let mut rows = statement.query([]).map_err(sqlite(path))?;
    let mut feeds = FeedState::new();
    while let Some(row) = rows.next().map_err(sqlite(path))? {
        let id: String = row.get(0).map_err(sqlite(path))?;
        let memory = row
            .get_ref(1)
            .and_then(|text| Ok(text.as_str()?))
            .map_err(sqlite(path))?;
        let memory = serde_json::from_str(memory).map_err(|error| Error::Unreadable {
            path: path.to_owned(),
            what: format!("memory of feed {id}: {error}"),
        })?;
        feeds.insert(id, memory);
    }
    Ok(feeds)
}

impl Batch<'_> {
    pub fn forget_feed(&self, id: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("DELETE FROM feed WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }

    pub fn put_feed(&self, id: &str, memory: &Memory) -> rusqlite::Result<()> {
        let memory = serde_json::to_string(memory)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO feed (id, memory) VALUES (?1, ?2)")?
            .execute(params![id, memory])?;
        Ok(())
    }
}
