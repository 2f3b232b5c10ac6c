//! `khabar feeds`

use std::io::{self, Write};
use std::process::ExitCode;

use jiff::Timestamp;
use serde::Serialize;

use super::table::{self, Cell};
use super::{Common, Failure, Outcome};
use crate::config::Feed;
use crate::poll::health::State;
use crate::poll::memory::{Memory, Trouble, Validators};
use crate::state::{self, FeedState};

#[derive(clap::Args)]
pub(super) struct Options {
    /// One JSON object a line instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    url: String,
    state: &'static str,
    last_poll: Option<Timestamp>,
    last_success: Option<Timestamp>,
    last_new: Option<Timestamp>,
    next_poll: Option<Timestamp>,
    polls: u64,
    unchanged: u64,
    written: u64,
    interval_secs: Option<f64>,
    validators: Validators,
    learned_url: Option<String>,
    trouble: Option<Trouble>,
}

pub(super) fn feeds(common: &Common, options: &Options) -> Outcome {
    let config = common.load()?;
    let file = state::file_in(&config.state.dir);
    let memories = if file.exists() {
        state::read_only(&file).map_err(|error| Failure::Other(error.to_string()))?
    } else {
        FeedState::new()
    };
    let unknown = Memory::default();
    let mut rows: Vec<(State, Row<'_>)> = config
        .feeds
        .iter()
        .filter(|feed| feed.enabled)
        .map(|feed| row(feed, memories.get(&feed.id).unwrap_or(&unknown)))
        .collect();
    rows.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.id.cmp(y.id)));
    let mut out = io::stdout().lock();
    if options.json {
        for (_, row) in &rows {
            serde_json::to_writer(&mut out, row).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let now = (super::clock())();
    let header = ["feed", "state", "last success", "next poll", "written", "trouble"].map(Cell::left);
    let lines = rows.iter().map(|(_, row)| cells(row, now));
    table::print(&mut out, header, lines)?;
    Ok(ExitCode::SUCCESS)
}

fn row<'a>(feed: &'a Feed, memory: &Memory) -> (State, Row<'a>) {
    let state = State::of(memory);
    let row = Row {
        id: &feed.id,
        name: &feed.name,
        url: feed.url.to_string(),
        state: state.name(),
        last_poll: memory.last_poll,
        last_success: memory.last_success,
        last_new: memory.last_new,
        next_poll: memory.next_poll,
        polls: memory.polls,
        unchanged: memory.unchanged,
        written: memory.written,
        interval_secs: memory.pace_secs,
        validators: memory.validators.clone(),
        learned_url: memory.learned_url.clone(),
        trouble: memory.trouble.clone(),
    };
    (state, row)
}

fn cells(row: &Row<'_>, now: Timestamp) -> [Cell; 6] {
    let trouble = row.trouble.as_ref().map(|trouble| {
        let since = table::ago(trouble.since, now);
        format!("{} ({}×, {since}): {}", trouble.kind, trouble.failures, trouble.message)
    });
    [
        Cell::left(row.id),
        Cell::left(row.state),
        Cell::left(row.last_success.map_or_else(|| "never".into(), |at| table::ago(at, now))),
        Cell::left(row.next_poll.map_or_else(|| "at the next start".into(), |at| table::ahead(at, now))),
        Cell::right(row.written.to_string()),
        Cell::left(trouble.unwrap_or_default()),
    ]
}
