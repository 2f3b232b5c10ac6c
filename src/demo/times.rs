//! The time tokens of the bundled documents; `outlets/README.md` describes them.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// Replaces every token in `body` by a time before `start`. Anything that is not a token stays.
pub(super) fn fill(body: &[u8], start: Timestamp) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 8);
    let mut rest = body;
    while let Some(begin) = find(rest, b"{{T-") {
        out.extend_from_slice(&rest[..begin]);
        rest = &rest[begin..];
        let end = find(rest, b"}}").map(|end| end + 2);
        let token = end.and_then(|end| std::str::from_utf8(&rest[4..end - 2]).ok());
        match (end, token.and_then(|token| time(token, start))) {
            (Some(end), Some(time)) => {
                out.extend_from_slice(time.as_bytes());
                rest = &rest[end..];
            }
            _ => {
                out.extend_from_slice(b"{{T-");
                rest = &rest[4..];
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// `7h30m|rfc2822+0500`
fn time(token: &str, start: Timestamp) -> Option<String> {
    let (ago, form) = token.split_once('|').unwrap_or((token, "rfc3339"));
    let (hours, minutes) = ago.split_once('h')?;
    let minutes = minutes
        .strip_suffix('m')
        .map_or(Some(0), |m| m.parse().ok())?;
    let ago = SignedDuration::from_mins(hours.parse::<i64>().ok()? * 60 + minutes);
    let at = start.checked_sub(ago).ok()?;
    let split = form.find(['+', '-']).unwrap_or(form.len());
    let (name, offset) = form.split_at(split);
    let zoned = at.to_zoned_datetime(zone(offset)?);
    written(name, offset, &zoned)
}

fn zone(offset: &str) -> Option<TimeZone> {
    if offset.is_empty() {
        return Some(TimeZone::UTC);
    }
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let number: i32 = digits.parse().ok()?;
    let secs = (number / 100 * 60 + number % 100) * 60;
    let secs = if offset.starts_with('-') { -secs } else { secs };
    Some(TimeZone::fixed(Offset::from_seconds(secs).ok()?))
}

fn written(name: &str, offset: &str, zoned: &ZonedDateTime) -> Option<String> {
    match name {
        "rfc3339" if offset.is_empty() => Some(zoned.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        "rfc3339" => Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
        "rfc2822" => Some(zoned.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()),
        "date" => Some(zoned.strftime("%Y-%m-%d").to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let start = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(
            String::from_utf8(fill(text.as_bytes(), start)).unwrap(),
            expected
        );
    }

    #[test]
    fn tokens_become_times() {
        check("<{{T-7h}}>", "<2026-03-01T05:00:00Z>");
        check("{{T-7h|rfc3339+04:30}}", "2026-03-01T09:30:00+04:30");
        check("{{T-7h30m|rfc2822}}", "Sun, 01 Mar 2026 04:30:00 +0000");
        check("{{T-7h|rfc2822+0500}}", "Sun, 01 Mar 2026 10:00:00 +0500");
        check("{{T-7h|date}} {{T-x}} {{T-", "2026-03-01 {{T-x}} {{T-");
    }
}
