//! khabar watches the news of Central Asia and Afghanistan: it polls many outlets, folds every
//! retelling of a story into one, and leaves clean, typed records in a directory.
//!
//! The modules, in the order in which a news item meets them:
//!
//! - [`config`]: what the user wrote, checked, with its place in the file.
//! - [`poll`]: when to ask an outlet, how, and what we remember of it. The only network code.
//! - [`digest`]: SHA-256 as records carry it.
//! - [`lock`]: one process at a time in a directory.
//! - [`document`]: bytes as they came, and from where.
//! - [`parse`]: bytes to items, whatever an outlet sends, losing none.
//! - [`extract`]: an item and its page to one story's text and metadata.
//! - [`normalise`]: one form for every outlet's stories, the article: text, address, language, region.
//! - [`dedup`]: the one answer to "is this the same story?".
//! - [`pipeline`]: the chain of these, as two plain functions.
//! - [`write`]: placed articles to durable records. The only code that touches the output directory.
//! - [`state`]: what is remembered between runs, in SQLite.
//! - [`http`]: the status page, metrics and health. Reads, never decides.
//! - [`daemon`]: tasks, threads, reload and stop; the only place that knows all stages.
//! - [`probe`]: what a poll of an address would give, and which sources a site has.
//! - [`systemd`]: what the service manager is told.
//! - [`cli`]: a file for each command, none with logic of its own.
//!
//! Data goes one way. The one arrow that runs back is what makes the whole lossless: a feed's
//! validators are remembered, and an item counts as seen, only after its record is synced to disk.
//! `parse`, `extract`, `normalise`, `dedup` and `pipeline` do no I/O, wait for nothing and read no
//! clock. `docs/ARCHITECTURE.md` says more.

#![forbid(unsafe_code)]

pub mod cli;
pub mod config;
pub mod daemon;
pub mod dedup;
pub mod demo;
pub mod digest;
pub mod document;
pub mod extract;
pub mod http;
pub mod letters;
pub mod lock;
pub mod normalise;
pub mod parse;
pub mod pipeline;
pub mod poll;
pub mod probe;
pub mod state;
pub mod systemd;
pub mod write;
