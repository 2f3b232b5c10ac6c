//! The query of an address.

use std::str::FromStr;

use axum::http::Uri;
use jiff::{SignedDuration, Timestamp};

use super::routes::Refusal;
use super::stories::{Filter, Order};

/// Pairs that are read; our own addresses have fewer.
const PAIRS_MAX: usize = 16;

/// Names and values, decoded.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(uri: &Uri) -> Self {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self(pairs.into_owned().take(PAIRS_MAX).collect())
    }

    /// The first value of this name; an empty one is none.
    pub fn text(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(have, _)| have == name);
        pair.map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    pub fn number<T: FromStr>(&self, name: &str, default: T) -> Result<T, Refusal> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| Refusal::Parameter(format!("{name}: {text:?} is not a number"))),
        }
    }

    /// What `since`, `country`, `language`, `voices` and `order` ask for.
    pub fn filter(&self, now: Timestamp) -> Result<Filter, Refusal> {
        let today = Filter::today(now);
        let owned = |name| self.text(name).map(str::to_owned);
        Ok(Filter {
            since: match self.text("since") {
                None => today.since,
                Some(text) => moment(text, now).ok_or_else(|| {
                    let what =
                        format!("since: {text:?} is neither 24h or 3d nor 2026-11-24T12:00:00Z");
                    Refusal::Parameter(what)
                })?,
            },
            country: owned("country").map(|code| code.to_ascii_uppercase()),
            language: owned("language"),
            voices: self.number("voices", 0)?,
            order: match self.text("order") {
                None => today.order,
                Some(text) => Order::named(text).ok_or_else(|| {
                    Refusal::Parameter(format!("order: {text:?} is not top, size or new"))
                })?,
            },
        })
    }
}

/// A time, or how long ago.
fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let ago = SignedDuration::try_from(humantime::parse_duration(text).ok()?).ok()?;
    now.checked_sub(ago).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn filter(query: &str) -> Option<Filter> {
        let uri = format!("/?{query}").parse().unwrap();
        Query::of(&uri).filter(now()).ok()
    }

    #[test]
    fn a_filter_is_read() {
        let read = filter("since=3h&country=afg&language=fa&order=new&voices=2").unwrap();
        let expected = Filter {
            since: "2026-11-24T09:00:00Z".parse().unwrap(),
            country: Some("AFG".into()),
            language: Some("fa".into()),
            order: Order::New,
            voices: 2,
        };
        assert_eq!(read, expected);
        assert_eq!(filter("country=&order="), Some(Filter::today(now())));
        assert_eq!(
            filter("since=2026-11-24T09:00:00Z").map(|f| f.since),
            Some(expected.since)
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for query in [
            "since=soon",
            "order=loud",
            "voices=-1",
            "since=999999999999y",
        ] {
            assert_eq!(filter(query), None, "{query}");
        }
    }
}
