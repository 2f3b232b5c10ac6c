//! `output.keep`: days whose time is over are removed, and the manifest says so.
//!
//! First the lines, then the files: a file that the manifest calls removed and that is still there is
//! removed at the next start. A line is never taken back, so `seq` keeps its meaning.

use std::io;
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::files;
use super::manifest::{Entry, Manifest};

/// The files, copies in columns included, of the oldest day of which all has been kept for `keep`. One day
/// at a time: a clock that was set wrong must not cost more than that.
pub(super) fn expired(manifest: &Manifest, keep: SignedDuration, now: Timestamp) -> Vec<Entry> {
    let Some(day) = manifest.entries.iter().filter_map(Entry::day).min() else {
        return Vec::new();
    };
    let is_over = end_of(day).is_some_and(|end| now.duration_since(end) >= keep);
    let of_day = manifest
        .entries
        .iter()
        .filter(|entry| is_over && entry.day() == Some(day));
    let mut expired: Vec<Entry> = of_day
        .map(|entry| Entry {
            removed: Some(now),
            ..entry.clone()
        })
        .collect();
    // Should the lines be torn, no copy is left without the lines that it copies.
    expired.sort_by_key(|entry| entry.columns_of().is_none());
    expired
}

/// Midnight after a UTC day `YYYY-MM-DD`.
fn end_of(day: &str) -> Option<Timestamp> {
    let day: Date = day.parse().ok()?;
    let next = day.checked_add(1.day()).ok()?;
    Some(next.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

/// Removes the files of these lines, those that are still there.
pub(super) fn remove(dir: &Path, removed: &[Entry]) -> io::Result<()> {
    for entry in removed {
        let path = dir.join(&entry.path);
        if path.exists()
            && files::remove_if_there(&path)?
            && let Some(folder) = path.parent()
        {
            // Fails until it is empty, which is meant.
            let _ = files::remove_dir(folder);
        }
    }
    Ok(())
}
