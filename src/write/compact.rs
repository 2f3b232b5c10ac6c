//! Closed days in columns: `parquet/KIND/date=DAY/part-SEQ.parquet`, a copy of the day's JSON Lines.
//!
//! A day is closed once it is over and nothing of it waits in the log. What comes late, because the clock
//! was set, goes to a further part. A copy is made of files that are as the manifest says, or not at all;
//! one that is in place without being in the manifest is worth nothing and is set aside at a start.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::columns::Columns;
use super::manifest::{COLUMNS, Entry, Manifest};
use super::record::Kind;
use super::segment::Digested;
use super::{OPEN_DIR, files, read, recover};

/// The oldest closed day that has no, or no complete, copy in columns; `YYYY-MM-DD`. Days in `except` are
/// passed over.
pub fn due<'a>(
    manifest: &'a Manifest,
    now: Timestamp,
    except: &HashSet<String>,
) -> Option<&'a str> {
    let copied = copied(manifest);
    let today = now.strftime("%Y-%m-%d").to_string();
    manifest
        .entries
        .iter()
        .filter(|entry| is_due(entry, &copied))
        .filter_map(Entry::day)
        .filter(|&day| day < today.as_str() && !except.contains(day))
        .min()
}

/// The last `seq` that has a copy, by kind and day.
type Copied<'a> = BTreeMap<(Kind, &'a str), u64>;

fn copied(manifest: &Manifest) -> Copied<'_> {
    let mut copied = Copied::new();
    for entry in &manifest.entries {
        if let (Some(kind), Some(day)) = (entry.columns_of(), entry.day()) {
            let last = copied.entry((kind, day)).or_default();
            *last = entry.last_seq.max(*last);
        }
    }
    copied
}

/// Whether a file of JSON Lines has no copy. A later seal has higher `seq`s, so one number tells.
fn is_due(entry: &Entry, copied: &Copied<'_>) -> bool {
    let (Some(kind), Some(day)) = (entry.kind(), entry.day()) else {
        return false;
    };
    copied
        .get(&(kind, day))
        .is_none_or(|&last| entry.first_seq > last)
}

/// Puts what `day` holds and has no copy yet into columns, one further file for each kind. The files are
/// in place and durable when this returns; they count once the manifest names them.
///
/// A file of JSON Lines that is not as the manifest says is an error of the kind
/// [`io::ErrorKind::InvalidData`]. Memory is bounded by the size of a row group.
pub fn compact(
    dir: &Path,
    manifest: &Manifest,
    day: &str,
    now: Timestamp,
) -> io::Result<Vec<Entry>> {
    let copied = copied(manifest);
    let mut ready = Vec::new();
    let result = Kind::ALL.into_iter().try_for_each(|kind| {
        let mut sources: Vec<&Entry> = manifest
            .entries
            .iter()
            .filter(|entry| entry.kind() == Some(kind) && entry.day() == Some(day))
            .filter(|entry| is_due(entry, &copied))
            .collect();
        sources.sort_by_key(|entry| entry.first_seq);
        let (Some(first), Some(last)) = (sources.first(), sources.last()) else {
            return Ok(());
        };
        let temporary = dir.join(OPEN_DIR).join(format!("{}.tmp", kind.folder()));
        ready.push((temporary.clone(), None));
        let (rows, bytes, sha256) = copy(dir, kind, &sources, &temporary)?;
        let entry = Entry {
            path: format!(
                "{COLUMNS}/{}/date={day}/part-{:08}.parquet",
                kind.folder(),
                first.first_seq
            ),
            rows,
            bytes,
            sha256,
            first_seq: first.first_seq,
            last_seq: last.last_seq,
            sealed: now,
            removed: None,
        };
        ready.last_mut().expect("it was just pushed").1 = Some(entry);
        Ok(())
    });
    if let Err(error) = result {
        for (temporary, _) in ready {
            // It may never have been created.
            let _ = files::remove(&temporary);
        }
        return Err(error);
    }
    let ready = ready
        .into_iter()
        .filter_map(|(temporary, entry)| Some((temporary, entry?)));
    ready
        .map(|(temporary, entry)| publish(dir, &temporary, entry))
        .collect()
}

/// Writes one file of columns; returns its rows, length and digest.
fn copy(dir: &Path, kind: Kind, sources: &[&Entry], to: &Path) -> io::Result<(u64, u64, String)> {
    let expected: u64 = sources.iter().map(|entry| entry.rows).sum();
    let mut columns = Columns::new(kind, expected, Digested::create(to)?)?;
    for entry in sources {
        let path = dir.join(&entry.path);
        if read::digest_of(&path)? != (entry.bytes, entry.sha256.clone()) {
            return Err(altered(&entry.path, "is not as the manifest says"));
        }
        read::lines_of(&path, |line| columns.add(line)).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                altered(&entry.path, &error.to_string())
            }
            _ => error,
        })?;
    }
    let (rows, file) = columns.finish()?;
    if rows != expected {
        let what = format!("holds {rows} rows with its like, the manifest says {expected}");
        return Err(altered(
            sources.first().map_or("", |entry| &entry.path),
            &what,
        ));
    }
    let (bytes, sha256) = file.finish()?;
    Ok((rows, bytes, sha256))
}

fn altered(path: &str, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{path}: {what}"))
}

fn publish(dir: &Path, temporary: &Path, entry: Entry) -> io::Result<Entry> {
    let path = dir.join(&entry.path);
    files::create_dir(path.parent().unwrap_or(dir))?;
    files::publish(temporary, &path)?;
    Ok(entry)
}

/// Moves files of columns that the manifest does not name to `.open/rejected/`; returns their paths.
pub(super) fn set_strays_aside(dir: &Path, manifest: &Manifest) -> io::Result<Vec<String>> {
    let known: HashSet<&str> = manifest
        .entries
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();
    let mut strays = Vec::new();
    for path in files_of(dir)? {
        if !known.contains(path.as_str()) && !manifest.has_removed(&path) {
            recover::set_aside(dir, &path)?;
            strays.push(path);
        }
    }
    Ok(strays)
}

/// Every file in columns that is in place, relative to `dir`.
pub(super) fn files_of(dir: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for kind in Kind::ALL {
        let folder = format!("{COLUMNS}/{}", kind.folder());
        for day in files::names_in(&dir.join(&folder))? {
            for name in files::names_in(&dir.join(&folder).join(&day))? {
                if name.ends_with(".parquet") {
                    found.push(format!("{folder}/{day}/{name}"));
                }
            }
        }
    }
    Ok(found)
}
