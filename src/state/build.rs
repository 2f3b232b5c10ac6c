//! A state made anew from every record of a directory.
//!
//! It is made in a file of its own without a journal, and takes the place of the old one when it is whole: what
//! dies before leaves the old state as it was. Keys are hashes and come in no order, so they are gathered and
//! put into their table sorted, many at a time.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::items::{by_row, outlet_key};
use super::told::{Told, What};
use super::versions::{self, VERSION};
use super::{Batch, Error, FILE, NewItem, STATEMENTS, State, file_error, lock, sqlite};
use crate::lock::Lock;
use crate::pipeline::identity::KnownItem;

const UNFINISHED: &str = "khabar.sqlite.new";
/// Keys that are gathered before they are put into their table, some 50 bytes each.
const KEYS_GATHERED: usize = 1 << 20;

/// A state that is not whole yet.
pub struct Building {
    dir: PathBuf,
    path: PathBuf,
    connection: Connection,
    /// Rows of items by outlet and key, where they are not in the table yet.
    gathered: HashMap<(i64, i64), i64>,
    lock: Lock,
}

impl Building {
    /// Begins an empty state for `dir`, which nobody else may be using.
    pub fn begin(dir: &Path) -> Result<Self, Error> {
        let lock = lock(dir)?;
        let path = dir.join(UNFINISHED);
        remove(&path)?;
        super::snapshot::remove(dir).map_err(file_error(dir))?;
        let connection = Connection::open(&path).map_err(sqlite(&path))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
                 PRAGMA cache_size = -65536; BEGIN; {} PRAGMA user_version = {VERSION};",
                versions::tables()
            ))
            .map_err(sqlite(&path))?;
        Ok(Self {
            dir: dir.to_owned(),
            path,
            connection,
            gathered: HashMap::new(),
            lock,
        })
    }

    /// Takes in the next records of the directory.
    pub fn take(&mut self, records: &[Told]) -> Result<(), Error> {
        for told in records {
            let taken = match &told.what {
                What::Item(item) => self.put(item),
                What::Merge { story, target } => self.batch().put_merge(story, target),
                What::Nothing => Ok(()),
            };
            taken.map_err(sqlite(&self.path))?;
        }
        Ok(())
    }

    /// Puts the state, which knows every record of `directory` up to `last_seq`, in the place of the old one.
    pub fn finish(mut self, directory: &str, last_seq: u64) -> Result<State, Error> {
        let written = self.put_gathered().and_then(|()| {
            self.batch().set_meta("directory", directory)?;
            self.batch().absorbed(last_seq)?;
            self.connection.execute_batch("COMMIT")
        });
        written.map_err(sqlite(&self.path))?;
        let Self {
            dir,
            path,
            connection,
            lock,
            ..
        } = self;
        connection
            .close()
            .map_err(|(_, source)| sqlite(&path)(source))?;
        File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(file_error(&path))?;
        // The journal first: without it an older state is left, not a torn one.
        for suffix in ["-wal", "-shm"] {
            remove(&dir.join(format!("{FILE}{suffix}")))?;
        }
        fs::rename(&path, dir.join(FILE)).map_err(file_error(&path))?;
        State::open_locked(&dir, lock)
    }

    fn put(&mut self, item: &NewItem) -> rusqlite::Result<()> {
        let outlet = outlet_key(&item.outlet);
        // A directory has one first revision of an article.
        let known = if item.revision > 1 {
            self.known(outlet, item)?
        } else {
            None
        };
        let row = match known {
            Some(known) => self.batch().update(known, item)?,
            None => self.batch().insert(outlet, item)?,
        };
        for key in item.keys.each() {
            self.gathered.entry((outlet, key)).or_insert(row);
        }
        if self.gathered.len() >= KEYS_GATHERED {
            self.put_gathered()?;
        }
        Ok(())
    }

    fn known(&self, outlet: i64, item: &NewItem) -> rusqlite::Result<Option<KnownItem>> {
        for key in item.keys.each() {
            let Some(row) = self.row(outlet, key)? else {
                continue;
            };
            if let Some(known) = by_row(&self.connection, row)?
                && known.id == item.id
            {
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    /// The item that was the first to have a key.
    fn row(&self, outlet: i64, key: i64) -> rusqlite::Result<Option<i64>> {
        let stored = self
            .connection
            .prepare_cached("SELECT item FROM key WHERE outlet = ?1 AND key = ?2")?
            .query_row(params![outlet, key], |row| row.get(0))
            .optional()?;
        Ok(stored.or_else(|| self.gathered.get(&(outlet, key)).copied()))
    }

    fn put_gathered(&mut self) -> rusqlite::Result<()> {
        let mut keys: Vec<((i64, i64), i64)> = self.gathered.drain().collect();
        keys.sort_unstable();
        let batch = self.batch();
        for ((outlet, key), row) in keys {
            batch.add_key(outlet, key, row)?;
        }
        Ok(())
    }

    fn batch(&self) -> Batch<'_> {
        Batch {
            connection: &self.connection,
        }
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(path)(error)),
        _ => Ok(()),
    }
}
