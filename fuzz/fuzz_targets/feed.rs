//! Any bytes give an answer as a feed, the same each time, with addresses of the web alone.
#![no_main]

use khabar::config::Reading;
use khabar::document::Document;
use khabar::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let document = Document {
        url: "https://outlet.example/rss".to_owned(),
        content_type: None,
        body: body.to_vec(),
        fetched: jiff::Timestamp::UNIX_EPOCH,
    };
    let reading = Reading::default();
    let first = parse::parse(&document, &reading);
    assert_eq!(first, parse::parse(&document, &reading));
    for item in first.iter().flat_map(|parsed| &parsed.items) {
        for url in item.url.iter().chain(&item.image) {
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
        }
    }
});
