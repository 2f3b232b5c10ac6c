//! Any bytes under any label decode, and alike each time.
#![no_main]

use khabar::parse::charset;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str)| {
    let (body, content_type) = input;
    let (mut once, mut again) = (Vec::new(), Vec::new());
    let first = charset::decode(body, Some(content_type), &mut once);
    let second = charset::decode(body, Some(content_type), &mut again);
    assert_eq!(first, second);
    assert_eq!(once, again);
});
