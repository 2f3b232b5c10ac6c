//! Why a request brought nothing, told apart.

use std::time::Duration;

use super::guard::Refused;

/// Why a request brought nothing. `kind` is a word that a machine may compare.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Of the way: `dns`, `connect`, `tls`, `timeout`, `slow`, `reset`, `redirect`, `refused` (by our
    /// guard), `robots`, `config`. Of the answer: `status`, `challenge`, `geo_block`, `login`, `parked`,
    /// `too_large`, `truncated`.
    pub kind: &'static str,
    pub message: String,
    pub status: Option<u16>,
    /// How long the server asked to be left alone (RFC 9110 §10.2.3).
    pub retry_after: Option<Duration>,
    /// It was not the address that was asked for that failed, but one that it redirects to.
    pub is_redirected: bool,
}

impl Failure {
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_after: None,
            is_redirected: false,
        }
    }
}

pub(super) fn configured(error: reqwest::Error) -> Failure {
    Failure::new("config", in_words(&error))
}

pub(super) fn refused(error: Refused) -> Failure {
    Failure::new("refused", error.to_string())
}

pub(super) fn body_failure(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return failure_of(error);
    }
    Failure::new(
        "truncated",
        format!("the body broke off: {}", in_words(error)),
    )
}

pub(super) fn failure_of(error: &reqwest::Error) -> Failure {
    let message = in_words(error);
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let kind = if says(&["is not a public address"]) {
        "refused"
    } else if error.is_timeout() {
        "timeout"
    } else if says(&[
        "dns error",
        "failed to lookup",
        "name or service",
        "name resolution",
    ]) {
        "dns"
    } else if says(&[
        "certificate",
        "tls",
        "handshake",
        "corrupt message",
        "fatal alert",
    ]) {
        "tls"
    } else if !error.is_connect() && says(RESET_WORDS) {
        "reset"
    } else {
        "connect"
    };
    Failure::new(kind, message)
}

/// What a connection that ended before the answer began is called on the way up.
const RESET_WORDS: &[&str] = &[
    "connection reset",
    "connection closed",
    "broken pipe",
    "incomplete message",
    "stream error received",
    "connection error received",
];

/// The chain of causes without the address: it may hold a secret, and the caller names the feed.
fn in_words(error: &reqwest::Error) -> String {
    let mut words = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let word = cause.to_string();
        // What the library calls its layers helps nobody.
        if words.last() != Some(&word) && !word.starts_with("client error (") {
            words.push(word);
        }
        source = cause.source();
    }
    if words.is_empty() {
        "the request failed".into()
    } else {
        words.join(": ")
    }
}
