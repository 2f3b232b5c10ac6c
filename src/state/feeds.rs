//! What is remembered of each feed, as JSON: it is read whole at a start and never searched.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::params;

use super::{Batch, Error, State, open_to_read, sqlite};
use crate::poll::memory::Memory;

/// The memory of every feed, by its id.
pub type FeedState = HashMap<String, Memory>;

impl State {
    pub fn feeds(&self) -> Result<FeedState, Error> {
        read(&self.connection, &self.path)
    }
}

/// Reads the memory of every feed without disturbing a daemon.
pub fn read_only(path: &Path) -> Result<FeedState, Error> {
    read(&open_to_read(path)?, path)
}

fn read(connection: &rusqlite::Connection, path: &Path) -> Result<FeedState, Error> {
    let rows: Vec<(String, String)> = connection
        .prepare("SELECT id, memory FROM feed")
        .and_then(|mut statement| {
            statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .map_err(sqlite(path))?;
    rows.into_iter()
        .map(|(id, memory)| match serde_json::from_str(&memory) {
            Ok(memory) => Ok((id, memory)),
            Err(error) => Err(Error::Unreadable {
                path: path.to_owned(),
                what: format!("memory of feed {id}: {error}"),
            }),
        })
        .collect()
}

impl Batch<'_> {
    pub fn put_feed(&self, id: &str, memory: &Memory) -> rusqlite::Result<()> {
        let memory = serde_json::to_string(memory)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO feed (id, memory) VALUES (?1, ?2)")?
            .execute(params![id, memory])?;
        Ok(())
    }
}
