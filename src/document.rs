//! Bytes as they came, and from where. The ground that every stage may name; it names nobody.

use jiff::Timestamp;

/// One answer from outside: a feed, a page, a sitemap, as it arrived.
///
/// `body` is what was left after the content encoding (gzip, br, zstd) was undone; nothing else was
/// done to it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The address that answered, after redirects; relative links are read against it.
    pub url: String,
    /// The `Content-Type` header as it came, with its `charset` parameter if it had one.
    pub content_type: Option<String>,
    pub body: Vec<u8>,
    /// When the answer arrived. Relative dates ("2 hours ago") are read against it.
    pub fetched: Timestamp,
}
