#![no_main]
//! Any text gives an answer: no panic, no date before 1970, the same answer twice.

use jiff::{Timestamp, tz::TimeZone};
use khabar::parse::date::{find, find_in_url, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u32)| {
    let (text, secs) = input;
    let now = Timestamp::from_second(secs.into()).expect("within range");
    let zone = TimeZone::fixed(jiff::tz::offset(5));
    let date = read(text, now, &zone);
    assert_eq!(date, read(text, now, &zone));
    assert!(date.is_none_or(|date| date.at > Timestamp::UNIX_EPOCH));
    find(text, now, &zone);
    find_in_url(text);
});
