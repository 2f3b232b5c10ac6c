//! What a feed asks of whoever polls it.

use memchr::memmem;

use super::super::Hints;
use super::entry::{first, first_text};
use super::names::Field;
use super::outline::Piece;

/// Reads `ttl`, `skipHours`, `skipDays` and the syndication module's elements.
pub(super) fn of(channel: &[Piece<'_>]) -> Hints {
    let number = |field| first_text(channel, field).and_then(|text| text.parse::<u32>().ok());
    let ttl = number(Field::Ttl).filter(|&minutes| minutes > 0);
    Hints {
        ttl_minutes: ttl.max(update_minutes(channel, number(Field::UpdateFrequency))),
        skip_hours: listed(channel, Field::SkipHours, "hour", |hour| {
            hour.parse()
                .ok()
                .map(|hour: u8| hour % 24)
                .filter(|_| hour.len() <= 2)
        }),
        skip_days: listed(channel, Field::SkipDays, "day", |day| {
            let day = day.to_ascii_lowercase();
            let at = WEEK.iter().position(|name| day.starts_with(name))?;
            u8::try_from(at + 1).ok()
        }),
    }
}

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The period of the syndication module divided by its frequency.
fn update_minutes(channel: &[Piece<'_>], frequency: Option<u32>) -> Option<u32> {
    const HOUR: u32 = 60;
    let period = match first_text(channel, Field::UpdatePeriod)?
        .to_ascii_lowercase()
        .as_str()
    {
        "hourly" => HOUR,
        "daily" => 24 * HOUR,
        "weekly" => 7 * 24 * HOUR,
        "monthly" => 30 * 24 * HOUR,
        "yearly" => 365 * 24 * HOUR,
        _ => return None,
    };
    Some((period / frequency.unwrap_or(1).max(1)).max(1))
}

/// The values of the children of `skipHours` and `skipDays`.
fn listed(
    channel: &[Piece<'_>],
    field: Field,
    child: &str,
    read: impl Fn(&str) -> Option<u8>,
) -> Vec<u8> {
    let Some(piece) = first(channel, field) else {
        return Vec::new();
    };
    let open = format!("<{child}>");
    let mut found: Vec<u8> = memmem::find_iter(piece.inner.as_bytes(), open.as_bytes())
        .take(LISTED_MAX)
        .filter_map(|at| {
            let rest = &piece.inner[at + open.len()..];
            read(rest.split('<').next()?.trim())
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A day has 24 hours.
const LISTED_MAX: usize = 32;
