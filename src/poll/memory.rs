//! What is remembered of a feed between polls.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// All of it. Written only after the records that came with it are durable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The address that this memory belongs to; another one in the configuration starts afresh.
    pub url: String,
    pub validators: Validators,
    /// XXH3-64 of the last body: what a server without validators sends unchanged is not read again.
    pub body: Option<String>,
    pub last_poll: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    /// When the last document with a new item came.
    pub last_new: Option<Timestamp>,
    pub next_poll: Option<Timestamp>,
    /// Pause between two polls that the feed's own pace asks for, seconds.
    pub pace_secs: Option<f64>,
    /// Seconds that the server or the document asked to leave between two polls.
    pub asked_secs: Option<u32>,
    /// Items in the last document that was read.
    pub items: u32,
    /// Polls that brought a document or a 304.
    pub successes: u64,
    pub polls: u64,
    pub unchanged: u64,
    /// Items written since the beginning.
    pub written: u64,
    pub trouble: Option<Trouble>,
    /// What the last document had lost, so that a feed that is always cut off is told of once.
    pub loss: Option<String>,
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

/// What is wrong with a feed, and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// `dns`, `connect`, `timeout`, `status`, …
    pub kind: String,
    pub message: String,
    pub since: Timestamp,
    /// Polls in a row that failed.
    pub failures: u32,
    /// Whether someone was told.
    pub reported: bool,
}

/// A permanent redirect, seen but not yet believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    pub to: String,
    pub since: Timestamp,
    /// Polls in a row that were sent there and found a feed.
    pub seen: u32,
}
