//! Any text is answered by `canonical`, and a key is its own key.
#![no_main]

use khabar::normalise::url::{canonical, host, is_home, site};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(key) = canonical(text) {
        assert_eq!(canonical(&key).as_deref(), Some(key.as_str()));
    }
    let _ = (is_home(text), host(text), site(text));
});
