//! The log of records that are durable but not yet visible: `.open/log-*`.
//!
//! A line is `HASH KIND SEQ DAY JSON`, where HASH is the XXH3-64 of the rest in sixteen hexadecimal
//! digits, KIND one letter (a capital where the line stands or falls with the next one), SEQ sixteen
//! hexadecimal digits and DAY the UTC day of writing. A sync that
//! fails is never repeated on the same file as if it were clean (the kernel may have dropped the
//! pages): what was not acknowledged is written again to a new part.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use super::files::{self, Handle};
use super::record::{Kind, Record};

const HASH_LEN: usize = 16;
/// `YYYY-MM-DD`: years of four digits are what this format can say.
const DAY_LEN: usize = 10;
const SECONDS_PER_DAY: i64 = 86_400;
/// Longest line that is read back: the largest record is bounded by the body limit, JSON escapes
/// included; this stands far above it and keeps a damaged log from filling the memory.
const LINE_BYTES_MAX: usize = 256 << 20;

pub(super) struct Log {
    open_dir: PathBuf,
    /// The newest part, while it can be trusted.
    file: Option<Handle>,
    /// Parts of this log, oldest first.
    parts: Vec<PathBuf>,
    /// Acknowledged bytes of the newest part.
    part_bytes: u64,
    /// A part whose sync failed, with the acknowledged bytes of it: they are written once more.
    suspect: Option<(PathBuf, u64)>,
    /// Parts that are of no use any more and could not be removed yet.
    useless: Vec<PathBuf>,
    /// Lines that are not yet synced.
    buffer: Vec<u8>,
    buffered: usize,
    /// Bytes synced since the last seal.
    synced_bytes: u64,
    /// The day of the last record, by its number since 1970.
    day: Option<(i64, [u8; DAY_LEN])>,
}

/// One line of the log, read back and found whole.
pub(super) struct Line {
    pub kind: Kind,
    pub seq: u64,
    pub day: String,
    pub json: Vec<u8>,
    and_next: bool,
}

impl Log {
    pub fn new(open_dir: PathBuf) -> Self {
        Self {
            open_dir,
            file: None,
            parts: Vec::new(),
            part_bytes: 0,
            suspect: None,
            useless: Vec::new(),
            buffer: Vec::new(),
            buffered: 0,
            synced_bytes: 0,
            day: None,
        }
    }

    /// Adds a stamped record to the lines that wait for the next sync. With `and_next` it is read back
    /// only together with the record that is pushed after it.
    pub fn push(&mut self, record: &Record, and_next: bool) -> serde_json::Result<()> {
        let start = self.buffer.len();
        let day = self.day_of(record.written());
        let letter = match letter(record.kind()) {
            letter if and_next => letter.to_ascii_uppercase(),
            letter => letter,
        };
        let seq = record.seq();
        // Writing to a Vec cannot fail.
        let _ = write!(self.buffer, "{:HASH_LEN$} {letter} {seq:016x} ", "");
        self.buffer.extend_from_slice(&day);
        self.buffer.push(b' ');
        if let Err(error) = record.write_json(&mut self.buffer) {
            self.buffer.truncate(start);
            return Err(error);
        }
        let hash = xxh3_64(&self.buffer[start + HASH_LEN + 1..]);
        let mut hex = [0; HASH_LEN];
        let _ = write!(&mut hex[..], "{hash:016x}");
        self.buffer[start..start + HASH_LEN].copy_from_slice(&hex);
        self.buffer.push(b'\n');
        self.buffered += 1;
        Ok(())
    }

    /// `YYYY-MM-DD`, formatted once a day.
    fn day_of(&mut self, at: Timestamp) -> [u8; DAY_LEN] {
        let number = at.as_second().div_euclid(SECONDS_PER_DAY);
        match self.day {
            Some((known, day)) if known == number => day,
            _ => {
                let text = at.strftime("%Y-%m-%d").to_string();
                let mut day = [b'0'; DAY_LEN];
                day.copy_from_slice(&text.as_bytes()[..DAY_LEN]);
                self.day = Some((number, day));
                day
            }
        }
    }

    /// Records that wait for a sync.
    pub fn buffered(&self) -> usize {
        self.buffered
    }

    /// Bytes that wait for a seal.
    pub fn bytes(&self) -> u64 {
        self.synced_bytes + self.buffer.len() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.buffer.is_empty()
    }

    pub fn parts(&self) -> &[PathBuf] {
        &self.parts
    }

    /// Makes everything that was pushed durable. After an error nothing is lost: the lines stay in the
    /// buffer and the next call writes them to a new part.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.start_part()?,
        };
        if let Err(error) = file.write_all(&self.buffer) {
            self.drop_part_without_acknowledged();
            return Err(error);
        }
        if let Err(error) = file.sync_data() {
            if !self.drop_part_without_acknowledged() {
                let part = self.parts.last().expect("a part was written to");
                self.suspect = Some((part.clone(), self.part_bytes));
            }
            return Err(error);
        }
        let bytes = self.buffer.len() as u64;
        self.part_bytes += bytes;
        self.synced_bytes += bytes;
        if let Some((part, copied)) = self.suspect.take() {
            self.part_bytes += copied;
            self.parts.retain(|other| *other != part);
            self.useless.push(part);
            // It is tried again at the next seal.
            let _ = self.remove_useless();
        }
        self.file = Some(file);
        self.buffer.clear();
        self.buffered = 0;
        Ok(())
    }

    /// Removes the newest part if none of its lines was acknowledged, so that a disk that is full for hours
    /// does not fill with parts.
    fn drop_part_without_acknowledged(&mut self) -> bool {
        let is_empty = self.part_bytes == 0;
        if is_empty {
            self.useless.extend(self.parts.pop());
            // It is tried again at the next seal.
            let _ = self.remove_useless();
        }
        is_empty
    }

    /// A part that holds what was acknowledged of a suspect one, and nothing else yet.
    fn start_part(&mut self) -> io::Result<Handle> {
        let number = next_part_number(&self.open_dir)?;
        let path = self.open_dir.join(format!("log-{number:08}"));
        let mut file = Handle::create_new(&path)?;
        self.parts.push(path);
        self.part_bytes = 0;
        let begun = files::sync_dir(&self.open_dir).and_then(|()| match &self.suspect {
            Some((part, bytes)) => copy_whole_lines(part, *bytes, &mut file),
            None => Ok(()),
        });
        match begun {
            Ok(()) => Ok(file),
            Err(error) => {
                self.drop_part_without_acknowledged();
                Err(error)
            }
        }
    }

    /// Removes the parts after a seal.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file = None;
        self.part_bytes = 0;
        self.synced_bytes = 0;
        self.useless.append(&mut self.parts);
        self.remove_useless()?;
        files::sync_dir(&self.open_dir)
    }

    fn remove_useless(&mut self) -> io::Result<()> {
        let mut result = Ok(());
        self.useless.retain(|part| {
            let removed = files::remove_if_there(part).map(|_| ());
            let is_left = removed.is_err();
            result = std::mem::replace(&mut result, Ok(())).and(removed);
            is_left
        });
        result
    }
}

/// Writes the first `bytes` of a part, which were acknowledged, to another file. They come from the memory
/// of the kernel: the disk refused them.
fn copy_whole_lines(part: &Path, bytes: u64, to: &mut Handle) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 18, File::open(part)?).take(bytes);
    let mut raw = Vec::new();
    let mut copied = 0;
    while copied < bytes {
        raw.clear();
        reader.read_until(b'\n', &mut raw)?;
        if read_back(&raw).is_none() {
            let message = format!("{} lost acknowledged records", part.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        to.write_all(&raw)?;
        copied += raw.len() as u64;
    }
    Ok(())
}

/// The parts that an earlier run left in `open_dir`, oldest first.
pub(super) fn left_parts(open_dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(open_dir)? {
        let path = entry?.path();
        if part_number(&path).is_some() {
            parts.push(path);
        }
    }
    parts.sort();
    Ok(parts)
}

fn next_part_number(open_dir: &Path) -> io::Result<u64> {
    let last = left_parts(open_dir)?.last().and_then(|p| part_number(p));
    Ok(last.map_or(0, |number| number + 1))
}

fn part_number(path: &Path) -> Option<u64> {
    path.file_name()?
        .to_str()?
        .strip_prefix("log-")?
        .parse()
        .ok()
}

/// Reads parts in order and hands on each whole line once, in order of `seq`, up to the first hole; what is
/// sealed already, up to `sealed`, is none. Returns the number of bytes that were not whole.
pub(super) fn replay(
    parts: &[PathBuf],
    sealed: u64,
    mut line: impl FnMut(Line) -> io::Result<()>,
) -> io::Result<u64> {
    let mut last = None;
    let mut held: Vec<Line> = Vec::new();
    let mut damaged_bytes = 0;
    for part in parts {
        let mut reader = BufReader::with_capacity(1 << 18, File::open(part)?);
        let mut raw = Vec::new();
        // Nothing that stands behind a damaged line of a part is believed, be it the first line.
        let mut is_whole = true;
        loop {
            raw.clear();
            let read = read_line(&mut reader, &mut raw)?;
            if read == 0 {
                break;
            }
            match read_back(&raw).filter(|_| is_whole) {
                // A line that was written again after a failed sync.
                Some(found) if last.is_some_and(|last| found.seq <= last) => {}
                // A log whose first line is damaged holds nothing that is whole up to some record.
                Some(found)
                    if found.seq <= sealed + 1
                        || last.map_or(damaged_bytes == 0, |last| found.seq == last + 1) =>
                {
                    last = Some(found.seq);
                    let is_complete = !found.and_next;
                    held.push(found);
                    if is_complete {
                        held.drain(..).try_for_each(&mut line)?;
                    }
                }
                _ => {
                    damaged_bytes += read as u64;
                    is_whole = false;
                }
            }
        }
    }
    // A line whose other half was never synced was never acknowledged either.
    let unfinished = held.iter().map(|line| line.json.len() as u64);
    Ok(damaged_bytes + unfinished.sum::<u64>())
}

fn read_line(reader: &mut impl BufRead, raw: &mut Vec<u8>) -> io::Result<usize> {
    reader.take(LINE_BYTES_MAX as u64).read_until(b'\n', raw)
}

/// `None` where the line is torn or altered.
fn read_back(raw: &[u8]) -> Option<Line> {
    let body = raw.strip_suffix(b"\n")?;
    let (hash, rest) = body.split_at_checked(HASH_LEN)?;
    let rest = rest.strip_prefix(b" ")?;
    let hash = u64::from_str_radix(std::str::from_utf8(hash).ok()?, 16).ok()?;
    if xxh3_64(rest) != hash {
        return None;
    }
    let mut fields = rest.splitn(4, |&b| b == b' ');
    let (kind, and_next) = kind_of(fields.next()?)?;
    let seq = u64::from_str_radix(std::str::from_utf8(fields.next()?).ok()?, 16).ok()?;
    let day = String::from_utf8(fields.next()?.to_vec()).ok()?;
    Some(Line {
        kind,
        seq,
        day,
        json: fields.next()?.to_vec(),
        and_next,
    })
}

fn letter(kind: Kind) -> char {
    match kind {
        Kind::Article => 'a',
        Kind::Placement => 'p',
        Kind::Story => 's',
        Kind::Event => 'e',
    }
}

fn kind_of(field: &[u8]) -> Option<(Kind, bool)> {
    let [byte] = field else { return None };
    let wanted = char::from(byte.to_ascii_lowercase());
    let kind = Kind::ALL.into_iter().find(|&kind| letter(kind) == wanted)?;
    Some((kind, byte.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::record::Event;

    fn event(seq: u64) -> Record {
        let mut event = Record::Event(Box::new(Event::new(
            None,
            "config",
            None,
            None,
            format!("n {seq}"),
        )));
        event.stamp(seq, Timestamp::UNIX_EPOCH);
        event
    }

    fn written(pairs: &[(u64, bool)]) -> (tempfile::TempDir, Log) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::new(dir.path().to_owned());
        for &(seq, and_next) in pairs {
            log.push(&event(seq), and_next).unwrap();
        }
        log.sync().unwrap();
        (dir, log)
    }

    fn seqs(log: &Log) -> Vec<u64> {
        let mut seqs = Vec::new();
        replay(log.parts(), 0, |line| {
            seqs.push(line.seq);
            Ok(())
        })
        .unwrap();
        seqs
    }

    #[test]
    fn what_was_synced_is_read_back_in_order() {
        let (_dir, log) = written(&[(1, false), (2, false), (3, false)]);
        assert_eq!(seqs(&log), [1, 2, 3]);
    }

    #[test]
    fn a_line_that_belongs_to_the_next_is_not_read_without_it() {
        let (_dir, log) = written(&[(1, true), (2, false), (3, true)]);
        assert_eq!(seqs(&log), [1, 2]);
    }

    #[test]
    fn a_torn_or_altered_log_is_read_up_to_the_last_whole_record() {
        let (_dir, log) = written(&[(1, false), (2, false), (3, false)]);
        let whole = fs::read(&log.parts()[0]).unwrap();
        for cut in 0..whole.len() {
            fs::write(&log.parts()[0], &whole[..cut]).unwrap();
            let complete = whole[..cut].iter().filter(|&&b| b == b'\n').count() as u64;
            assert_eq!(
                seqs(&log),
                (1..=complete).collect::<Vec<_>>(),
                "cut at {cut}"
            );
        }
        for byte in 0..whole.len() {
            let mut altered = whole.clone();
            altered[byte] ^= 1;
            fs::write(&log.parts()[0], &altered).unwrap();
            let before = whole[..byte].iter().filter(|&&b| b == b'\n').count();
            assert_eq!(seqs(&log).len(), before, "bit turned at {byte}");
        }
    }

    #[test]
    fn lines_that_were_written_again_after_a_failed_sync_count_once() {
        let (dir, log) = written(&[(1, false), (2, false)]);
        let mut again = Log::new(dir.path().to_owned());
        for seq in [2, 3] {
            again.push(&event(seq), false).unwrap();
        }
        again.sync().unwrap();
        let mut both = Log::new(dir.path().to_owned());
        both.parts = [log.parts(), again.parts()].concat();
        assert_eq!(seqs(&both), [1, 2, 3]);
    }
}
