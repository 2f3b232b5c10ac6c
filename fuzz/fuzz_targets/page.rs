//! Any bytes are read as a page without a panic, in time proportional to their length.

#![no_main]

use khabar::config::Reading;
use khabar::document::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let document = Document {
        url: "https://a.example/2026/11/03/b".to_owned(),
        content_type: None,
        body: body.to_vec(),
        fetched: "2026-11-24T10:00:00Z".parse().expect("a time"),
    };
    let _ = khabar::extract::page(&document, &Reading::default());
});
