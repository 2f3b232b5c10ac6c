//! What is remembered of a feed between polls.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::honesty::Honesty;
use super::rhythm::Rhythm;
use super::watch::Watch;

/// All of it. Written only after the records that came with it are durable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The address that this memory belongs to; another one in the configuration starts afresh.
    pub url: String,
    pub validators: Validators,
    /// XXH3-64 of the last body: what a server without validators sends unchanged is not read again.
    pub body: Option<String>,
    pub honesty: Honesty,
    pub last_poll: Option<Timestamp>,
    /// When the last poll that worked began.
    pub last_success: Option<Timestamp>,
    /// When the last document with a new item came.
    pub last_new: Option<Timestamp>,
    pub next_poll: Option<Timestamp>,
    /// Pause between two polls that the feed's own rhythm asks for, seconds.
    pub pace_secs: Option<f64>,
    /// Seconds that the last answer is fresh for (RFC 9111 §4.2).
    pub fresh_secs: Option<u32>,
    /// What the last document asked for.
    pub asked: Asked,
    pub rhythm: Rhythm,
    /// How far above its rhythm the feed publishes just now: 1 as usual, 3 when news breaks.
    pub surge: Option<f64>,
    /// Items that a document of the feed holds, the least of late.
    pub depth: Option<f64>,
    /// The longest time between two documents with a new item, seconds; fades.
    pub longest_pause_secs: f64,
    /// Items of the last day, and those that the rhythm expected, both discounted by age.
    pub recent: Recent,
    /// The newest items of the last document, by the hash of their id: if none of them comes back, the
    /// window turned over meanwhile.
    pub newest: Vec<u64>,
    /// Items in the last document that was read.
    pub items: u32,
    /// Polls that brought a document or a 304.
    pub successes: u64,
    pub polls: u64,
    pub unchanged: u64,
    /// Items written since the beginning.
    pub written: u64,
    pub trouble: Option<Trouble>,
    /// Since when the feed has been silent, once that was told.
    pub silent: Option<Timestamp>,
    /// What the last document had lost, so that a feed that is always cut off is told of once.
    pub loss: Option<String>,
    /// Items whose pages are asked for when they leave early, where the feed is set to `recheck`.
    pub watch: Watch,
    /// A permanent redirect that is being watched.
    pub moved: Option<Moved>,
    /// An address learned from a permanent redirect, asked instead of the configured one.
    pub learned_url: Option<String>,
    /// Which of the alternates is asked, 0 for the address itself.
    pub alternate: usize,
}

/// What a server gave to ask "changed since?" with, byte for byte (RFC 9110 §8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Validators {
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// What a document asks of whoever polls it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// RSS `ttl`, or the syndication module's period.
    pub ttl_secs: Option<u32>,
    /// Hours of the day, UTC, 0 to 23.
    pub skip_hours: Vec<u8>,
    /// Days of the week, 1 = Monday to 7 = Sunday.
    pub skip_days: Vec<u8>,
}

/// Sums over the last day or so: what is older counts half for each day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recent {
    pub items: f64,
    pub expected: f64,
    pub at: Option<Timestamp>,
}

/// What is wrong with a feed, and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// A kind of [`super::client::Failure`], or of the parser: `dns`, `timeout`, `challenge`, …
    pub kind: String,
    pub message: String,
    /// The status that the server answered with, where it is what went wrong.
    #[serde(default)]
    pub status: Option<u16>,
    pub since: Timestamp,
    /// Polls in a row that failed.
    pub failures: u32,
    /// The event that told of it: `failing`, `blocked` or `gone`.
    #[serde(default)]
    pub told: Option<String>,
}

/// A permanent redirect, seen but not yet believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    pub to: String,
    pub since: Timestamp,
    /// Polls in a row that were sent there and found a feed.
    pub seen: u32,
}
