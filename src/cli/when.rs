//! Points in time on the command line.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Reads `24h` or `7d` as that long ago, `2026-11-24` as the start of that UTC day, and RFC 3339 as it
/// stands.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    moment_at(text, Timestamp::now())
}

fn moment_at(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(ago) = humantime::parse_duration(text) {
        return before(now, ago).ok_or_else(|| format!("{text} is too long ago"));
    }
    let day = text
        .parse::<Date>()
        .ok()
        .filter(|_| text.len() == "2026-11-24".len());
    if let Some(start) = day.and_then(|day| day.to_zoned_datetime(TimeZone::UTC).ok()) {
        return Ok(start.timestamp());
    }
    text.parse().map_err(|_| {
        "write how long ago (24h, 7d), a day (2026-11-24) or a time (2026-11-24T12:00:00Z)".into()
    })
}

fn before(now: Timestamp, ago: Duration) -> Option<Timestamp> {
    now.checked_sub(SignedDuration::try_from(ago).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let expected = expected.map(|time| time.parse().unwrap());
        assert_eq!(moment_at(text, now).ok(), expected, "{text}");
    }

    #[test]
    fn moments_are_read_as_people_write_them() {
        check("24h", Some("2026-11-23T12:00:00Z"));
        check("7d", Some("2026-11-17T12:00:00Z"));
        check("1h 30m", Some("2026-11-24T10:30:00Z"));
        check("2026-11-20", Some("2026-11-20T00:00:00Z"));
        check("2026-11-20T10:00:00+04:30", Some("2026-11-20T05:30:00Z"));
        check("2026-11-31", None);
        check("yesterday", None);
        check("999999y", None);
    }
}
