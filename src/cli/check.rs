//! `khabar check`

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::ProgressBar;
use jiff::Timestamp;

use super::table::{self, Cell};
use super::{Common, FAILED, Outcome};
use crate::config::{Config, Feed};
use crate::poll::client::Client;
use crate::poll::failure::Failure;
use crate::probe::{self, Look};

/// Longer ids are cut, so that the table fits into 80 columns.
const ID_COLUMNS_MAX: usize = 30;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Poll each feed once and report; nothing is written; fails when one cannot be read
    #[arg(long)]
    feeds: bool,
}

pub(super) fn check(common: &Common, options: &Options) -> Outcome {
    let path = common.config_path()?;
    let config = common.load()?;
    let enabled = config.feeds.iter().filter(|feed| feed.enabled).count();
    let disabled = config.feeds.len() - enabled;
    let rest = if disabled > 0 {
        format!(" ({disabled} more are disabled)")
    } else {
        String::new()
    };
    writeln!(
        io::stdout(),
        "{}: good, {enabled} feeds{rest}",
        path.display()
    )?;
    if options.feeds {
        common.log("error");
        if !check_feeds(config)? {
            return Ok(ExitCode::from(FAILED));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether every feed can be read.
fn check_feeds(config: Config) -> Result<bool, super::Failure> {
    let client = Arc::new(Client::new(&config.fetch));
    let feeds: Vec<Feed> = config
        .feeds
        .into_iter()
        .filter(|feed| feed.enabled)
        .collect();
    let is_terminal = io::stderr().is_terminal();
    let bar = if is_terminal {
        ProgressBar::new(feeds.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    let mut answers: Vec<Option<Result<Look, Failure>>> = feeds.iter().map(|_| None).collect();
    let at_once = config.fetch.concurrency as usize * 4;
    let survey = probe::survey(
        client,
        feeds.clone(),
        at_once,
        Timestamp::now,
        |number, answer| {
            answers[number] = Some(answer);
            bar.inc(1);
        },
    );
    super::runtime()?.block_on(survey);
    bar.finish_and_clear();
    let mut rows: Vec<(&Feed, &Option<Result<Look, Failure>>)> =
        feeds.iter().zip(&answers).collect();
    // Trouble first.
    rows.sort_by_key(|(_, answer)| matches!(answer, Some(Ok(_))));
    let good = answers
        .iter()
        .filter(|answer| matches!(answer, Some(Ok(_))))
        .count();
    let now = Timestamp::now();
    let mut out = io::stdout().lock();
    let header = ["FEED", "ANSWER", "ITEMS", "NEWEST", "LANGUAGE"].map(Cell::left);
    table::print_noted(
        &mut out,
        header,
        rows.into_iter()
            .map(|(feed, answer)| row(feed, answer.as_ref(), now)),
    )?;
    writeln!(out, "{good} of {} feeds can be read", feeds.len())?;
    Ok(good == feeds.len())
}

fn row(
    feed: &Feed,
    answer: Option<&Result<Look, Failure>>,
    now: Timestamp,
) -> ([Cell; 5], Option<String>) {
    let id = Cell::left(table::cut(&feed.id, ID_COLUMNS_MAX));
    let none = || Cell::left("");
    match answer {
        Some(Ok(look)) => {
            let format = format!("{:?}", look.format).to_lowercase();
            let newest = look
                .newest
                .map_or_else(|| "no dates".into(), |newest| table::ago(newest, now));
            let declared = feed.language.as_deref();
            let differs = |declared: &&str| declared.split('-').next() != Some(look.language.0);
            let note = declared
                .filter(differs)
                .map(|declared| format!(" (not {declared})"));
            let language = format!("{}{}", look.language.0, note.unwrap_or_default());
            let items = Cell::right(look.items.to_string());
            (
                [
                    id,
                    Cell::left(format),
                    items,
                    Cell::left(newest),
                    Cell::left(language),
                ],
                None,
            )
        }
        Some(Err(failure)) => {
            let note = Some(failure.message.clone());
            ([id, Cell::left(failure.kind), none(), none(), none()], note)
        }
        None => ([id, Cell::left("panicked"), none(), none(), none()], None),
    }
}
