//! `khabar feeds`

use std::io::{self, Write};
use std::process::ExitCode;

use jiff::Timestamp;
use serde::Serialize;

use super::table::{self, Cell};
use super::{Common, Outcome};
use crate::config::Feed;
use crate::poll::health::State;
use crate::poll::honesty::Honesty;
use crate::poll::memory::{Memory, Trouble, Validators};
use crate::state::{self, FeedState};

/// Longer ids are cut, so that the table fits into 80 columns.
const ID_COLUMNS_MAX: usize = 22;

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
    /// As observed, the older the less.
    items_per_day: Option<f64>,
    /// Items in the last document.
    window: u32,
    validators: Validators,
    learned_url: Option<String>,
    honesty: Honest,
    silent_since: Option<Timestamp>,
    trouble: Option<Trouble>,
}

/// Whether the server's 304s are believed, and why.
#[derive(Serialize)]
struct Honest {
    /// The share of comparisons that found nothing wrong, 0 to 1.
    score: f64,
    is_believed: bool,
    checks: u32,
    lies: u32,
    last_check: Option<Timestamp>,
}

impl Honest {
    fn of(honesty: &Honesty) -> Self {
        Self {
            score: (honesty.score() * 1000.0).round() / 1000.0,
            is_believed: honesty.is_believed(),
            checks: honesty.checks,
            lies: honesty.lies,
            last_check: honesty.last_check,
        }
    }
}

pub(super) fn feeds(common: &Common, options: &Options) -> Outcome {
    let config = common.load()?;
    let file = state::file_in(&config.state.dir);
    let memories = if file.exists() {
        state::read_only(&file)?
    } else {
        FeedState::new()
    };
    let unknown = Memory::default();
    let rows = config.feeds.iter().map(|feed| {
        row(
            feed,
            memories.get(&feed.id).map_or(&unknown, |memory| &**memory),
        )
    });
    let mut rows: Vec<(State, Row<'_>)> = rows.collect();
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
    let [id, state, ok, new, next] =
        ["FEED", "STATE", "LAST OK", "LAST NEW", "NEXT"].map(Cell::left);
    let header = [
        id,
        state,
        ok,
        new,
        next,
        Cell::right("PER DAY"),
        Cell::right("WRITTEN"),
    ];
    table::print_noted(
        &mut out,
        header,
        rows.iter()
            .map(|(_, row)| (cells(row, now), note(row, now))),
    )?;
    writeln!(out, "{}", summary(&rows))?;
    Ok(ExitCode::SUCCESS)
}

fn row<'a>(feed: &'a Feed, memory: &Memory) -> (State, Row<'a>) {
    let state = if feed.enabled {
        State::of(memory)
    } else {
        State::Disabled
    };
    let per_day =
        (memory.rhythm.observed_hours() > 0.0).then(|| memory.rhythm.mean(f64::MAX) * 24.0);
    let row = Row {
        id: &feed.id,
        name: &feed.name,
        url: feed.url.to_string(),
        state: state.name(),
        last_poll: memory.last_poll,
        last_success: memory.last_success,
        last_new: memory.last_new,
        next_poll: memory.next_poll.filter(|_| feed.enabled),
        polls: memory.polls,
        unchanged: memory.unchanged,
        written: memory.written,
        interval_secs: memory.pace_secs,
        items_per_day: per_day.map(|items| (items * 10.0).round() / 10.0),
        window: memory.items,
        validators: memory.validators.clone(),
        learned_url: memory.learned_url.clone(),
        honesty: Honest::of(&memory.honesty),
        silent_since: memory.silent,
        trouble: memory.trouble.clone(),
    };
    (state, row)
}

fn cells(row: &Row<'_>, now: Timestamp) -> [Cell; 7] {
    let ago = |at: Option<Timestamp>| {
        Cell::left(at.map_or_else(|| "never".into(), |at| table::ago(at, now)))
    };
    let next = match row.next_poll {
        Some(at) => table::ahead(at, now),
        None if row.state == State::Disabled.name() => "never".into(),
        None => "at start".into(),
    };
    let per_day = row
        .items_per_day
        .map_or_else(|| "?".into(), |items| format!("{items:.0}"));
    [
        Cell::left(table::cut(row.id, ID_COLUMNS_MAX)),
        Cell::left(row.state),
        ago(row.last_success),
        ago(row.last_new),
        Cell::left(next),
        Cell::right(per_day),
        Cell::right(row.written.to_string()),
    ]
}

/// What is wrong, in a line of its own.
fn note(row: &Row<'_>, now: Timestamp) -> Option<String> {
    if let Some(trouble) = &row.trouble {
        let times = if trouble.failures == 1 {
            "once".into()
        } else {
            format!("{} times", trouble.failures)
        };
        let since = table::ago(trouble.since, now);
        return Some(format!(
            "{}, {times}, first {since}: {}",
            trouble.kind, trouble.message
        ));
    }
    if let Some(since) = row.silent_since {
        return Some(format!("silent since {}", table::ago(since, now)));
    }
    if !row.honesty.is_believed {
        let (lies, checks) = (row.honesty.lies, row.honesty.checks);
        return Some(format!(
            "its 304 is not believed: {lies} of {checks} checks found news behind it"
        ));
    }
    row.learned_url
        .as_ref()
        .map(|url| format!("moved to {url}"))
}

/// `212 feeds: 1 gone, 3 failing, 208 ok`
fn summary(rows: &[(State, Row<'_>)]) -> String {
    let counts = rows.chunk_by(|(a, _), (b, _)| a == b);
    let counts: Vec<String> = counts
        .map(|same| format!("{} {}", same.len(), same[0].0.name()))
        .collect();
    let colon = if counts.is_empty() { "" } else { ": " };
    format!("{} feeds{colon}{}", rows.len(), counts.join(", "))
}
