//! Zones that a text names.

use jiff::civil::{Date as Day, date};

/// The widest offsets in use are -12:00 and +14:00.
const OFFSET_HOURS_MAX: i32 = 14;

/// What a zone's name stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Zone {
    /// Seconds east of UTC.
    Fixed(i32),
    /// Almaty time: +06:00 until Kazakhstan moved to one zone, +05:00 from then on.
    Almaty,
}

impl Zone {
    pub(super) fn offset_secs(self, day: Day) -> i32 {
        match self {
            Self::Fixed(secs) => secs,
            Self::Almaty if day < date(2024, 3, 1) => 6 * 3600,
            Self::Almaty => 5 * 3600,
        }
    }
}

/// Seconds east of UTC, or `None` where no such offset is in use.
pub(super) fn offset(sign: i32, hours: i32, minutes: i32) -> Option<i32> {
    // `+3000` is `+0300` typed carelessly: seen in podcast feeds, copied from Apple's own sample.
    let hours = if hours > OFFSET_HOURS_MAX && hours % 10 == 0 && minutes == 0 {
        hours / 10
    } else {
        hours
    };
    let secs = hours * 3600 + minutes * 60;
    (minutes < 60 && secs <= OFFSET_HOURS_MAX * 3600).then_some(sign * secs)
}
