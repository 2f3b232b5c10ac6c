//! A page to the story's text and metadata, and an item with its page to one [`Story`].
//!
//! A page is parsed once: [`slim`] leaves out what no reader sees and bounds the nesting, the HTML
//! tree is flattened into boxes and paragraphs ([`tree`]), and [`content`] decides which of them are
//! the story. What the page says about itself is gathered in [`head`] and [`jsonld`] and weighed in
//! [`metadata`]. [`story`] chooses between page and feed.
//!
//! Not here: fetching, and what a text means. No rule for a single site: an outlet whose pages
//! resist gets selectors in the configuration.

mod byline;
mod content;
mod head;
mod hints;
mod jsonld;
mod lines;
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
