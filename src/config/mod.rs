//! What the user wrote, checked. [`load`] reads a file and all that it includes, and gives either a [`Config`] or every mistake
//! at once, each with its place and with what to write instead.
//!
//! The keys stand in `settings`, each with its type, its fall-back, its words and its shape; reader, schema and help for unknown keys
//! follow from that one list. `shape` and `values` say what a value may look like, `walk` collects problems over toml's tree of
//! spans, `expand` fills in `${…}`, `advice` guesses what was meant, `error` shows it.
//!
//! Not here: what the settings do, the command line, and whether an address answers.

mod advice;
pub mod block;
mod codes;
mod error;
mod expand;
mod load;
pub mod opml;
mod reading;
mod schema;
mod section;
mod settings;
mod shape;
mod values;
mod walk;

pub use error::{ConfigErrors, Problem};
pub use expand::Env;
pub use load::{load, load_with};
pub use reading::{Kind, Reading, Select};
pub use schema::schema;
pub use settings::{
    Compression, Config, Feed, Fetch, Format, Http, HttpVersion, Keep, Log, Output, Poll, Region,
    RegionSettings, State, Stories,
};
pub use values::{Address, Headers, Proxy, Secret};
