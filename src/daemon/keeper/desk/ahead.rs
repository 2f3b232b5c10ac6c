//! Records of the directory, read and taken to pieces ahead of the index, which takes them back in their order.
//!
//! One thread reads lines and deals them out in batches, one batch to each worker in turn; the owner of the index
//! collects them in the same turn, so that the order stands. All queues are bounded.

use std::io;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use jiff::Timestamp;

use crate::dedup::{Prepared, Preparer};
use crate::write::read::{Line, merged};
use crate::write::record::{Kind, Record};
use crate::write::{Entry, Writer};

/// Lines that are dealt out at a time.
const BATCH_LINES: usize = 64;
/// Batches that wait before each worker, and behind it.
const BATCHES_AHEAD: usize = 4;
/// Threads that take texts to pieces; one reads for all of them.
const WORKERS_MAX: usize = 8;
/// Kinds of records that the index takes back.
const KINDS: [Kind; 3] = [Kind::Article, Kind::Placement, Kind::Story];

/// A record that the index can take back.
pub(super) struct Ready {
    pub prepared: Prepared,
    /// The article that it places, and its `seq`.
    pub placed: Option<(String, u64)>,
}

/// Hands on the records with a `seq` above `after`, in files that are sealed at or after `since`, in order.
pub(super) fn each_ready(
    writer: &Writer,
    after: u64,
    since: Option<Timestamp>,
    mut work: impl FnMut(Ready),
) -> io::Result<()> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let (mut dealt, mut collected) = (Vec::new(), Vec::new());
        for _ in 0..workers.min(WORKERS_MAX) {
            let (deal, lines) = sync_channel(BATCHES_AHEAD);
            let (hand_back, ready) = sync_channel(BATCHES_AHEAD);
            scope.spawn(move || prepare(&lines, &hand_back));
            dealt.push(deal);
            collected.push(ready);
        }
        scope.spawn(move || deal_out(writer, after, since, &dealt));
        // Whoever has nothing more to hand back in its turn had the last batch before that.
        for ready in collected.iter().cycle() {
            let Ok(batch) = ready.recv() else { break };
            batch?.into_iter().for_each(&mut work);
        }
        Ok(())
    })
}

type Batch<T> = io::Result<Vec<T>>;

fn deal_out(
    writer: &Writer,
    after: u64,
    since: Option<Timestamp>,
    workers: &[SyncSender<Batch<Line>>],
) {
    let mut turns = workers.iter().cycle();
    let mut deal = |batch: Batch<Line>| {
        // The other side is gone once it has seen an error.
        turns
            .next()
            .is_some_and(|worker| worker.send(batch).is_ok())
    };
    let sealed = |entry: &&Entry| since.is_none_or(|since| entry.sealed >= since);
    let entries = writer.manifest().entries.iter().filter(sealed);
    let mut lines = match merged::<Line>(writer.dir(), entries, &KINDS, after) {
        Ok(lines) => lines,
        Err(error) => {
            deal(Err(error));
            return;
        }
    };
    loop {
        let batch: Batch<Line> = lines.by_ref().take(BATCH_LINES).collect();
        let is_last = batch.as_ref().map_or(true, Vec::is_empty);
        if !deal(batch) || is_last {
            return;
        }
    }
}

fn prepare(lines: &Receiver<Batch<Line>>, hand_back: &SyncSender<Batch<Ready>>) {
    let mut preparer = Preparer::default();
    for batch in lines {
        let batch = batch.and_then(|lines| {
            let ready = lines.into_iter().map(|line| ready(&line, &mut preparer));
            ready.filter_map(Result::transpose).collect()
        });
        if hand_back.send(batch).is_err() {
            return;
        }
    }
}

fn ready(line: &Line, preparer: &mut Preparer) -> io::Result<Option<Ready>> {
    let record = Record::read_json(line.kind, &line.json).map_err(|error| {
        let message = format!("seq {}: {error}", line.seq);
        io::Error::new(io::ErrorKind::InvalidData, message)
    })?;
    let (remembered, placed) = match record {
        Record::Article(article) => (article.remembered(), None),
        Record::Story(story) => (story.remembered(), None),
        Record::Placement(placement) => {
            let placed = (placement.article.clone(), placement.seq);
            (placement.remembered(), Some(placed))
        }
        Record::Event(_) => return Ok(None),
    };
    Ok(Some(Ready {
        prepared: preparer.prepare(remembered),
        placed,
    }))
}
