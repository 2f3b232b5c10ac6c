//! Well-formed documents, by feed-rs. It answers for the texts of each entry; what it does not tell,
//! or tells otherwise than the document did (identifiers, dates, links), is taken from the
//! [outline](super::outline).
//!
//! Only text that the outline found safe may come here: feed-rs recurses over nested elements and
//! compares every attribute of a tag with all others.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model;
use feed_rs::parser::Builder;

/// The texts of one entry, trimmed, otherwise as the document gave them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Texts {
    pub title: Option<String>,
    pub summary: Option<String>,
    pub content: Option<String>,
}

/// Reads UTF-8 text that begins with its root's start tag. `Err` tells why feed-rs would not have it.
pub(super) fn read(text: &str) -> Result<Vec<Texts>, String> {
    // feed-rs slices at byte offsets behind an address in an author's name, which panics beside a
    // letter of more than one byte; its message goes to standard error, the document to the next reader.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        Builder::new()
            .sanitize_content(false)
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(|_| None)
            .build()
            .parse(text.as_bytes())
    }));
    match parsed {
        Ok(Ok(feed)) => Ok(feed.entries.into_iter().map(texts).collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the strict parser panicked".to_owned()),
    }
}

fn texts(entry: model::Entry) -> Texts {
    let some = |text: String| (!text.is_empty()).then_some(text);
    Texts {
        title: entry.title.and_then(|title| some(title.content)),
        summary: entry.summary.and_then(|summary| some(summary.content)),
        content: entry
            .content
            .filter(is_text)
            .and_then(|content| content.body)
            .and_then(|body| some(body.trim().to_owned())),
    }
}

/// Atom allows anything as content, pictures in base64 too.
fn is_text(content: &model::Content) -> bool {
    let kind = &content.content_type;
    kind.ty() == "text"
        || kind.subty().as_str().ends_with("xml")
        || kind.suffix().is_some_and(|s| s == "xml")
}
