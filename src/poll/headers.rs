//! What an answer says besides its body: validators, freshness, how long to wait.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{self, HeaderMap, HeaderValue};

use super::memory::Validators;

/// Header bytes that are believed to be a validator; longer ones are not sent back.
const VALIDATOR_BYTES_MAX: usize = 4096;

/// What the answer said besides its body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers {
    pub validators: Validators,
    /// `Cache-Control: max-age` less `Age`, or `Expires` (RFC 9111 §4.2).
    pub fresh_for: Option<Duration>,
    /// Where a chain of nothing but permanent redirects led (RFC 9110 §15.4.2, §15.4.9).
    pub moved_to: Option<String>,
}

pub(super) fn headers_of(headers: &HeaderMap, now: Timestamp) -> Headers {
    Headers {
        validators: Validators {
            etag: validator(headers, &header::ETAG),
            last_modified: validator(headers, &header::LAST_MODIFIED),
        },
        fresh_for: fresh_for(headers, now),
        moved_to: None,
    }
}

/// Header bytes one to one as characters, so that they can be sent back as they came.
fn validator(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    (value.len() <= VALIDATOR_BYTES_MAX).then(|| value.iter().map(|&b| char::from(b)).collect())
}

pub(super) fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}

fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
    };
    let max_age = text(header::CACHE_CONTROL).and_then(|value| {
        value.split(',').find_map(|directive| {
            let seconds = directive.trim().strip_prefix("max-age=")?;
            seconds.trim_matches('"').parse::<u64>().ok()
        })
    });
    if let Some(max_age) = max_age {
        let age = text(header::AGE)
            .and_then(|age| age.trim().parse().ok())
            .unwrap_or(0);
        return Some(Duration::from_secs(max_age.saturating_sub(age)));
    }
    until(text(header::EXPIRES)?, now)
}

pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => until(value, now),
    }
}

/// The time from now to an HTTP date (RFC 9110 §5.6.7), zero for the past.
fn until(date: &str, now: Timestamp) -> Option<Duration> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()?;
    let left = date.duration_since(now).max(SignedDuration::ZERO);
    Duration::try_from(left).ok()
}
