//! What an earlier run left: the state learns what the directory holds beyond it, and the index is filled.

use std::io;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use tracing::warn;

use crate::dedup::Index;
use crate::state::{Building, KINDS, State, Told};
use crate::write::Writer;
use crate::write::read::{Parsed, merged};

use super::ahead::each_ready;
use super::{Desk, Error, Start};

/// Records that are read, and absorbed in one transaction, at a time.
const BATCH_RECORDS: usize = 4096;
/// Batches that are read ahead of what is absorbed.
const BATCHES_AHEAD: usize = 4;

/// The state, brought in line with the directory that `writer` has.
pub(super) fn open_state(state_dir: &Path, writer: &Writer, start: Start) -> Result<State, Error> {
    match start {
        Start::Remembering => remembering(state_dir, writer),
        Start::Afresh => afresh(state_dir, writer),
    }
}

/// The state that an earlier run left, with everything that the directory holds and it does not know.
fn remembering(state_dir: &Path, writer: &Writer) -> Result<State, Error> {
    let mut state = State::open(state_dir)?;
    let last_seq = writer.manifest().last_seq();
    if state.belong_to(writer.directory(), last_seq)? {
        warn!("the state belonged to another output directory and starts afresh");
    }
    let absorbed = state.absorbed()?;
    if absorbed < last_seq {
        each_batch(writer, absorbed, |batch| {
            let upto = batch.last().map_or(absorbed, Told::seq);
            Ok(state.absorb(&batch, upto)?)
        })?;
        state.absorb(&[], last_seq)?;
    }
    Ok(state)
}

/// A state that is made of the directory alone.
fn afresh(state_dir: &Path, writer: &Writer) -> Result<State, Error> {
    let mut building = Building::begin(state_dir)?;
    each_batch(writer, 0, |batch| Ok(building.take(&batch)?))?;
    Ok(building.finish(writer.directory(), writer.manifest().last_seq())?)
}

/// Hands on what the directory tells the state of records after `seq`. A thread of its own reads ahead.
fn each_batch(
    writer: &Writer,
    seq: u64,
    mut work: impl FnMut(Vec<Told>) -> Result<(), Error>,
) -> Result<(), Error> {
    thread::scope(|scope| {
        let (batches, queue) = sync_channel(BATCHES_AHEAD);
        scope.spawn(move || {
            if let Err(error) = read_batches(writer, seq, &batches) {
                // Nobody is there to be told where the state could not be written.
                let _ = batches.send(Err(error));
            }
        });
        queue
            .into_iter()
            .try_for_each(|batch| work(batch.map_err(|source| unreadable(writer.dir(), source))?))
    })
}

fn read_batches(
    writer: &Writer,
    seq: u64,
    batches: &SyncSender<io::Result<Vec<Told>>>,
) -> io::Result<()> {
    let entries = writer.manifest().entries.iter();
    let mut told = merged::<Told>(writer.dir(), entries, &KINDS, seq)?;
    loop {
        let batch = told.by_ref().take(BATCH_RECORDS);
        let batch: Vec<Told> = batch.collect::<io::Result<_>>()?;
        if batch.is_empty() || batches.send(Ok(batch)).is_err() {
            return Ok(());
        }
    }
}

pub(super) fn unreadable(dir: &Path, source: io::Error) -> Error {
    Error::Read {
        dir: dir.to_owned(),
        source,
    }
}

impl Desk {
    /// Fills the index: from what an earlier run left of it, and from what the directory holds beyond that.
    pub(super) fn load_index(&mut self) -> Result<&mut Index, Error> {
        let (mut index, known) = match self.snapshot() {
            Some(found) => found,
            None => (Index::new(self.index_settings), 0),
        };
        let since = (self.clock)().checked_sub(self.index_settings.window).ok();
        let filled = each_ready(&self.writer, known, since, |ready| {
            self.signs.pulse.keeper_moved();
            self.placed.extend(ready.placed);
            index.restore_prepared(ready.prepared);
            self.saved.unsaved += 1;
        });
        filled.map_err(|source| unreadable(&self.dir, source))?;
        index.file();
        Ok(self.index.insert(index))
    }
}
