//! What the daemon remembers between runs, in one SQLite file: of each feed how it is polled, of each
//! item of each outlet how it is known again.
//!
//! The output directory is the truth about the news. Everything here about items can be made again
//! from it ([`State::absorb`]), so nothing is synced for durability of its own: a transaction that a
//! power cut takes is absorbed again at the next start. What SQLite guarantees, and what counts, is
//! that the memory is never torn and never ahead of the directory.

mod build;
mod feeds;
mod items;
mod merges;
pub mod snapshot;
mod told;
mod versions;

pub use build::Building;
pub use feeds::{FeedState, read_only};
pub use items::{Items, NewItem};
pub use told::{KINDS, Told};

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use tracing::info;

use versions::VERSION;

use crate::lock::{self, Lock};
use crate::poll::health::groups::Groups;
use told::What;

const FILE: &str = "khabar.sqlite";
/// The line of `meta` that holds [`Groups`].
const GROUPS: &str = "groups";
/// Prepared statements kept by a connection; there are fewer than this.
const STATEMENTS: usize = 32;
/// The journal that is left lying after a large transaction, bytes.
const JOURNAL_BYTES_MAX: u32 = 16 << 20;

/// Why the state could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Lock(#[from] lock::Error),
    #[error("cannot use {path}: {source}")]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {source}")]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error(
        "{path} was written by a later khabar: its version is {found}, this one knows {VERSION} at most. \
         Install the later khabar again, or rename the directory and make a state that fits with `khabar rebuild`"
    )]
    Later { path: PathBuf, found: i64 },
    #[error("{path} holds something unreadable: {what}")]
    Unreadable { path: PathBuf, what: String },
}

impl Error {
    /// Whether trying again later may work: a disk that is full, read-only or gone for a while.
    pub fn may_pass(&self) -> bool {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure,
        };
        let Self::Sqlite { source, .. } = self else {
            return false;
        };
        matches!(
            source.sqlite_error_code(),
            Some(
                CannotOpen
                    | DatabaseBusy
                    | DiskFull
                    | PermissionDenied
                    | ReadOnly
                    | SystemIoFailure
            )
        )
    }
}

/// The one writing connection.
pub struct State {
    path: PathBuf,
    connection: Connection,
    _lock: Lock,
}

impl State {
    /// Opens or creates the state in `dir`, which nobody else may be using: one daemon would take the state
    /// of another, of another directory, for foreign and forget it.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_locked(dir, lock(dir)?)
    }

    fn open_locked(dir: &Path, lock: Lock) -> Result<Self, Error> {
        let path = dir.join(FILE);
        let connection = Connection::open(&path).map_err(sqlite(&path))?;
        let mut state = Self {
            path,
            connection,
            _lock: lock,
        };
        state.prepare()?;
        Ok(state)
    }

    fn prepare(&mut self) -> Result<(), Error> {
        self.connection
            .set_prepared_statement_cache_capacity(STATEMENTS);
        check_version(&self.connection, &self.path)?;
        self.try_sql(|connection| {
            connection.execute_batch(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; \
                 PRAGMA cache_size = -8192; PRAGMA journal_size_limit = {JOURNAL_BYTES_MAX};",
            ))
        })?;
        let came_from = versions::bring_up(&mut self.connection).map_err(sqlite(&self.path))?;
        if let Some(version) = came_from {
            info!(from = version, to = VERSION, "the state was brought up");
        }
        Ok(())
    }

    /// The directory of the state.
    pub fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last `seq` of the directory whose article is known here.
    pub fn absorbed(&self) -> Result<u64, Error> {
        let value = self.meta("absorbed")?;
        Ok(value.and_then(|value| value.parse().ok()).unwrap_or(0))
    }

    /// Makes sure that what is known of items belongs to `directory`, which holds records up to
    /// `last_seq`; else all is forgotten: items are absorbed anew, and a validator that belongs to
    /// records of another directory must not be sent. Returns whether that happened.
    pub fn belong_to(&mut self, directory: &str, last_seq: u64) -> Result<bool, Error> {
        let ours = self.meta("directory")?;
        let ahead = self.absorbed()? > last_seq;
        if ours.as_deref() == Some(directory) && !ahead {
            return Ok(false);
        }
        let foreign = ours.is_some();
        self.batch(|batch| {
            batch.forget()?;
            batch.set_meta("directory", directory)?;
            batch.set_meta("absorbed", "0")
        })?;
        Ok(foreign)
    }

    /// Runs `work` in one transaction.
    pub fn batch<T>(
        &mut self,
        work: impl FnOnce(&Batch<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let path = &self.path;
        let transaction = self.connection.transaction().map_err(sqlite(path))?;
        let result = work(&Batch {
            connection: &transaction,
        })
        .map_err(sqlite(path))?;
        transaction.commit().map_err(sqlite(path))?;
        Ok(result)
    }

    /// Takes over what records of the directory say. Every record up to `last_seq` is known by then.
    pub fn absorb(&mut self, records: &[Told], last_seq: u64) -> Result<(), Error> {
        self.batch(|batch| {
            for told in records {
                match &told.what {
                    What::Item(item) => batch.put_item(item, false)?,
                    What::Merge { story, target } => batch.put_merge(story, target)?,
                    What::Nothing => {}
                }
            }
            batch.absorbed(last_seq)
        })
    }

    /// Which groups of feeds are silent, as it was told last.
    pub fn groups(&self) -> Result<Groups, Error> {
        let Some(value) = self.meta(GROUPS)? else {
            return Ok(Groups::default());
        };
        serde_json::from_str(&value).map_err(|error| Error::Unreadable {
            path: self.path.clone(),
            what: format!("silent groups: {error}"),
        })
    }

    fn meta(&self, name: &str) -> Result<Option<String>, Error> {
        self.try_sql(|connection| {
            connection
                .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        })
    }

    fn try_sql<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        work(&self.connection).map_err(sqlite(&self.path))
    }
}

/// A transaction in progress.
pub struct Batch<'a> {
    connection: &'a Connection,
}

impl Batch<'_> {
    fn set_meta(&self, name: &str, value: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
            .execute(params![name, value])?;
        Ok(())
    }

    pub fn put_groups(&self, groups: &Groups) -> rusqlite::Result<()> {
        let value = serde_json::to_string(groups)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.set_meta(GROUPS, &value)
    }

    /// Every record up to `seq` is known.
    pub fn absorbed(&self, seq: u64) -> rusqlite::Result<()> {
        self.set_meta("absorbed", &seq.to_string())
    }
}

/// A connection that only reads, for threads and commands that look at a running daemon.
fn open_to_read(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sqlite(path))?;
    connection
        .execute_batch("PRAGMA busy_timeout = 5000;")
        .map_err(sqlite(path))?;
    check_version(&connection, path)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// A later version may have other tables, or mean something else by the same ones.
fn check_version(connection: &Connection, path: &Path) -> Result<(), Error> {
    let found = versions::of(connection).map_err(sqlite(path))?;
    if found > VERSION {
        return Err(Error::Later {
            path: path.to_owned(),
            found,
        });
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<Lock, Error> {
    std::fs::create_dir_all(dir).map_err(file_error(dir))?;
    Ok(Lock::take(dir, &dir.join("lock"))?)
}

/// The state file of a state directory.
pub fn file_in(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> Error + '_ {
    |source| Error::File {
        path: path.to_owned(),
        source,
    }
}

/// Days since 1970.
pub fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(24 * 3600)
}

fn sqlite(path: &Path) -> impl Fn(rusqlite::Error) -> Error + '_ {
    |source| Error::Sqlite {
        path: path.to_owned(),
        source,
    }
}
