//! The seen-table: items of an outlet by their keys.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use xxhash_rust::xxh3::xxh3_64;

use super::{Batch, Error, State, open_to_read};
use crate::dedup::InStory;
use crate::pipeline::identity::{Keys, Known, KnownItem, TEXTS_MAX, Unavailable};

const COLUMNS: &str = "row, id, revision, guid, url, text, title, texts, published, first_seen, feeds, story, learned, gone, record, seen";
/// Keys that one item may learn: an outlet that gives a new link at each poll must not fill the disk.
const KEYS_LEARNED_MAX: u32 = 8;

/// An item as it is to be remembered.
#[derive(Clone, Debug)]
pub struct NewItem {
    pub outlet: String,
    pub id: String,
    /// 0 for an item that was not written (out of the region).
    pub revision: u32,
    pub keys: Keys,
    pub published: Timestamp,
    pub first_seen: Timestamp,
    pub feeds: Vec<String>,
    pub story: Option<InStory>,
    /// This revision says that the outlet took it back.
    pub gone: bool,
    /// `seq` of the record that this revision was written as.
    pub record: Option<u64>,
}

impl State {
    /// What is remembered of an item by now.
    pub fn known(&self, item: &NewItem) -> Result<Option<KnownItem>, Error> {
        self.try_sql(|connection| Batch { connection }.known(outlet_key(&item.outlet), item))
    }

    /// The item of `outlet` that has `key` as one of its own.
    pub fn by_key(&self, outlet: &str, key: i64) -> Result<Option<KnownItem>, Error> {
        self.try_sql(|connection| by_key(connection, outlet_key(outlet), key))
    }
}

impl Batch<'_> {
    pub(super) fn forget(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch(
            "DELETE FROM key; DELETE FROM item; DELETE FROM merge; DELETE FROM feed; DELETE FROM meta;",
        )
    }

    /// Remembers an item, or a further revision of it. Doing it again changes nothing, unless the caller
    /// says that the item `is_new`, which saves the look-up.
    pub fn put_item(&self, item: &NewItem, is_new: bool) -> rusqlite::Result<()> {
        let outlet = outlet_key(&item.outlet);
        let known = if is_new {
            None
        } else {
            self.known(outlet, item)?
        };
        let row = match known {
            Some(known) => self.update(known, item)?,
            None => self.insert(outlet, item)?,
        };
        for key in item.keys.each() {
            self.add_key(outlet, key, row)?;
        }
        Ok(())
    }

    /// The row of an earlier revision: one of its keys is nearly always still the same.
    fn known(&self, outlet: i64, item: &NewItem) -> rusqlite::Result<Option<KnownItem>> {
        for key in item.keys.each() {
            if let Some(known) = by_key(self.connection, outlet, key)?
                && known.id == item.id
            {
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    pub(super) fn insert(&self, outlet: i64, item: &NewItem) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(
                "INSERT INTO item (outlet, id, revision, guid, url, text, title, texts, published, \
                 first_seen, feeds, story, gone, record) VALUES \
                 (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
            )?
            .insert(params![
                outlet,
                item.id,
                item.revision,
                item.keys.guid,
                item.keys.url,
                item.keys.text,
                item.keys.title,
                pack(&[item.keys.text]),
                item.published.as_second(),
                item.first_seen.as_microsecond(),
                item.feeds.join(" "),
                story_json(item.story.as_ref()),
                item.gone,
                item.record.map(u64::cast_signed),
            ])
    }

    pub(super) fn update(&self, known: KnownItem, item: &NewItem) -> rusqlite::Result<i64> {
        let mut texts = known.texts;
        texts.retain(|&text| text != item.keys.text);
        texts.push(item.keys.text);
        let texts = &texts[texts.len().saturating_sub(TEXTS_MAX)..];
        let mut feeds = known.feeds;
        feeds.extend(
            item.feeds
                .iter()
                .filter(|f| !feeds.contains(f))
                .cloned()
                .collect::<Vec<_>>(),
        );
        self.connection
            .prepare_cached(
                "UPDATE item SET revision = ?2, guid = ?3, url = ?4, text = ?5, title = ?6, texts = ?7, \
                 published = ?8, feeds = ?9, story = ?10, gone = ?11, record = coalesce(?12, record), seen = 0 \
                 WHERE row = ?1",
            )?
            .execute(params![
                known.row,
                item.revision.max(known.revision),
                item.keys.guid,
                item.keys.url,
                item.keys.text,
                item.keys.title,
                pack(texts),
                item.published.as_second(),
                feeds.join(" "),
                story_json(item.story.as_ref()),
                item.gone,
                item.record.map(u64::cast_signed),
            ])?;
        Ok(known.row)
    }

    /// Further keys and a further feed of an item that is known already, and that a document of `today` held.
    pub fn learn(
        &self,
        outlet: &str,
        item: &KnownItem,
        keys: &[i64],
        feed: &str,
        today: i64,
    ) -> rusqlite::Result<()> {
        let outlet = outlet_key(outlet);
        let room = KEYS_LEARNED_MAX.saturating_sub(item.learned);
        let learned = keys.len().min(room as usize);
        for &key in &keys[..learned] {
            self.add_key(outlet, key, item.row)?;
        }
        let mut feeds = item.feeds.join(" ");
        if !item.feeds.iter().any(|have| have == feed) {
            feeds = format!("{feeds} {feed}");
        } else if learned == 0 && item.seen >= today {
            return Ok(());
        }
        self.connection
            .prepare_cached(
                "UPDATE item SET learned = learned + ?2, feeds = ?3, seen = max(seen, ?4) WHERE row = ?1",
            )?
            .execute(params![item.row, learned as i64, feeds, today])?;
        Ok(())
    }

    /// Forgets the items that no document held since `day`. Those of which nobody counted yet are counted from
    /// `today` on.
    pub fn forget_unseen(&self, day: i64, today: i64) -> rusqlite::Result<usize> {
        self.connection
            .execute("UPDATE item SET seen = ?1 WHERE seen = 0", [today])?;
        self.connection.execute(
            "DELETE FROM key WHERE item IN (SELECT row FROM item WHERE seen <= ?1)",
            [day],
        )?;
        self.connection
            .execute("DELETE FROM item WHERE seen <= ?1", [day])
    }

    /// The first item that has a key keeps it.
    pub(super) fn add_key(&self, outlet: i64, key: i64, row: i64) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO key (outlet, key, item) VALUES (?1, ?2, ?3)")?
            .execute(params![outlet, key, row])?;
        Ok(())
    }
}

/// The seen-table for a thread that only asks.
pub struct Items {
    connection: Connection,
}

impl Items {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = open_to_read(path)?;
        Ok(Self { connection })
    }
}

impl Known for Items {
    fn item(&self, outlet: &str, key: i64) -> Result<Option<KnownItem>, Unavailable> {
        by_key(&self.connection, outlet_key(outlet), key).map_err(unavailable)
    }

    fn is_new(&self, outlet: &str) -> Result<bool, Unavailable> {
        self.connection
            .prepare_cached("SELECT 1 FROM key WHERE outlet = ?1 LIMIT 1")
            .and_then(|mut statement| statement.exists([outlet_key(outlet)]))
            .map(|exists| !exists)
            .map_err(unavailable)
    }
}

fn by_key(connection: &Connection, outlet: i64, key: i64) -> rusqlite::Result<Option<KnownItem>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM item WHERE row = (SELECT item FROM key WHERE outlet = ?1 AND key = ?2)"
    );
    connection
        .prepare_cached(&sql)?
        .query_row(params![outlet, key], known_item)
        .optional()
}

pub(super) fn by_row(connection: &Connection, row: i64) -> rusqlite::Result<Option<KnownItem>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM item WHERE row = ?1"))?
        .query_row([row], known_item)
        .optional()
}

fn known_item(row: &Row<'_>) -> rusqlite::Result<KnownItem> {
    let texts: Vec<u8> = row.get(7)?;
    let feeds: String = row.get(10)?;
    let story: Option<String> = row.get(11)?;
    Ok(KnownItem {
        row: row.get(0)?,
        id: row.get(1)?,
        revision: row.get(2)?,
        keys: Keys {
            guid: row.get(3)?,
            url: row.get(4)?,
            text: row.get(5)?,
            title: row.get(6)?,
        },
        texts: unpack(&texts),
        published: Timestamp::from_second(row.get(8)?).unwrap_or(Timestamp::UNIX_EPOCH),
        first_seen: Timestamp::from_microsecond(row.get(9)?).unwrap_or(Timestamp::UNIX_EPOCH),
        feeds: feeds.split(' ').map(str::to_owned).collect(),
        story: story.and_then(|json| serde_json::from_str(&json).ok()),
        learned: row.get(12)?,
        gone: row.get(13)?,
        record: row.get::<_, Option<i64>>(14)?.map(i64::cast_unsigned),
        seen: row.get(15)?,
    })
}

pub(super) fn outlet_key(outlet: &str) -> i64 {
    xxh3_64(outlet.as_bytes()).cast_signed()
}

fn story_json(story: Option<&InStory>) -> Option<String> {
    story.and_then(|story| serde_json::to_string(story).ok())
}

fn pack(keys: &[i64]) -> Vec<u8> {
    keys.iter().flat_map(|key| key.to_le_bytes()).collect()
}

fn unpack(bytes: &[u8]) -> Vec<i64> {
    bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|chunk| i64::from_le_bytes(*chunk))
        .collect()
}

fn unavailable(error: rusqlite::Error) -> Unavailable {
    Unavailable(Box::new(error))
}
