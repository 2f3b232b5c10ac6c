//! The versions of the state's tables, and the way from each to the next.
//!
//! A version that was given to users once is never changed: a change is a further step. Each is kept as a
//! fixture (`tests/data/state`), and brought up from in `tests/state.rs`. There is no way down: who goes back
//! to an earlier khabar makes the state anew from the records.

use rusqlite::{Connection, Transaction};

/// What makes version n + 1 of version n; version 0 is an empty file.
const STEPS: [&str; 4] = [
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE feed (
        id TEXT PRIMARY KEY,
        memory TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE item (
        row INTEGER PRIMARY KEY,
        outlet INTEGER NOT NULL,
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        guid INTEGER,
        url INTEGER,
        text INTEGER NOT NULL,
        title INTEGER NOT NULL,
        texts BLOB NOT NULL,
        published INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        feeds TEXT NOT NULL,
        story TEXT,
        learned INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE key (
        outlet INTEGER NOT NULL,
        key INTEGER NOT NULL,
        item INTEGER NOT NULL,
        PRIMARY KEY (outlet, key)
    ) WITHOUT ROWID;",
    // Which stories were merged: the directory tells, and is read once more for it.
    "CREATE TABLE merge (
        row INTEGER PRIMARY KEY,
        story TEXT NOT NULL UNIQUE,
        target TEXT NOT NULL
    );
    UPDATE meta SET value = '0' WHERE name = 'absorbed';",
    // So it does which items were taken back, and in which record each was written.
    "ALTER TABLE item ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE item ADD COLUMN record INTEGER;
    UPDATE meta SET value = '0' WHERE name = 'absorbed';",
    // Days since 1970 when a document last held the item; 0: nobody counted yet.
    "ALTER TABLE item ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
    -- What was told of a trouble was a yes or no once: it would be told again.
    UPDATE feed SET memory = json_set(memory, '$.trouble.told', CASE
            WHEN memory ->> '$.trouble.kind' = 'gone' THEN 'gone'
            WHEN memory ->> '$.trouble.kind' IN ('challenge', 'geo_block', 'login') THEN 'blocked'
            ELSE 'failing' END)
        WHERE memory ->> '$.trouble.reported' = 1;
    -- What server and document ask for was one number once.
    UPDATE feed SET memory = json_set(memory, '$.fresh_secs', memory -> '$.asked_secs')
        WHERE memory ->> '$.asked_secs' IS NOT NULL;",
];

/// The version that this program makes and knows.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// What makes an empty file one of this version.
pub(super) fn tables() -> String {
    STEPS.concat()
}

/// The version of a file.
pub(super) fn of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Takes all steps that are left, each whole or not at all. Returns the version that it came from, where that
/// was an earlier one.
pub(super) fn bring_up(connection: &mut Connection) -> rusqlite::Result<Option<i64>> {
    let from = of(connection)?;
    for (version, step) in (1..).zip(STEPS).skip_while(|(version, _)| *version <= from) {
        let transaction: Transaction<'_> = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok((1..VERSION).contains(&from).then_some(from))
}
