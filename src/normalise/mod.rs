//! One form for every outlet: text, address, language, names and region brought to what an
//! [`Article`] holds.
//!
//! Deliberately absent: whether the article is new (the pipeline knows), and what story it belongs to
//! (`dedup` decides).

mod article;
pub mod concepts;
pub mod credit;
pub mod language;
pub mod names;
pub mod region;
pub mod text;
pub mod translit;
pub mod url;

pub use crate::extract::{DATE_WORDS, MonthDay, days, digit};
pub use article::{Article, Bare, Country, Fields, Identity, Named, Place, bare, normalise};
