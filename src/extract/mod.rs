//! A page to the story's text and metadata.

mod byline;
mod content;
mod head;
mod hints;
mod jsonld;
mod metadata;
mod page;
mod slim;
mod story;
mod title;
mod tree;
mod visible;
mod wall;
mod when;

pub use page::{Page, Unreadable, page};
pub use story::{Extracted, PageAnswer, Published, PublishedFrom, Story, TextFrom, Told, extract};
