//! Any fragment has a text, of a length in proportion, with single separators.
#![no_main]

use khabar::parse::markup;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|html: &str| {
    let text = markup::text(html);
    assert!(text.len() <= html.len() * 2);
    assert!(!text.contains("  ") && !text.contains('\t'));
});
