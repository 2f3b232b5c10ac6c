//! `khabar stories`

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};
use std::process::ExitCode;

use jiff::Timestamp;

use super::table::{self, Cell};
use super::{Common, Outcome, when};
use crate::write::read::records;
use crate::write::record::{Record, Story};
use crate::write::{Kind, Manifest};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Stories that were told at this time or later: 24h (ago), 2026-11-24, 2026-11-24T12:00:00Z
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = when::moment)]
    since: Timestamp,
    /// Stories about this country (ISO 3166-1 alpha-3)
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// Stories told in this language; their titles are shown in it
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// The story records, one a line, instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn stories(common: &Common, options: &Options) -> Outcome {
    common.log("warn");
    let dir = common.load()?.output.dir;
    let manifest = Manifest::load(&dir)?;
    // For each story the highest seq holds. One that was told since was also written since.
    let mut latest: HashMap<String, Story> = HashMap::new();
    for record in records(&dir, &manifest, &[Kind::Story], 0, Some(options.since))? {
        if let Record::Story(story) = record? {
            latest.insert(story.id.clone(), *story);
        }
    }
    let mut stories: Vec<Story> = latest
        .into_values()
        .filter(|story| options.want(story))
        .collect();
    stories.sort_by(|a, b| a.id.cmp(&b.id));
    stories.sort_by_key(|story| {
        Reverse((
            story.article_count,
            story.independent_voices,
            story.last_seen,
        ))
    });
    let mut out = io::BufWriter::new(io::stdout().lock());
    if options.json {
        for story in &stories {
            serde_json::to_writer(&mut out, story).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    } else {
        let now = (super::clock())();
        let header = [
            "articles",
            "voices",
            "languages",
            "countries",
            "last told",
            "title",
        ]
        .map(Cell::left);
        table::print(
            &mut out,
            header,
            stories.iter().map(|story| options.row(story, now)),
        )?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

impl Options {
    fn want(&self, story: &Story) -> bool {
        let holds = |list: &[String], wanted: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|wanted| list.iter().any(|item| item.eq_ignore_ascii_case(wanted)))
        };
        story.last_seen >= self.since
            && story.merged_into.is_none()
            && holds(&story.countries, &self.country)
            && holds(&story.languages, &self.language)
    }

    fn row(&self, story: &Story, now: Timestamp) -> [Cell; 6] {
        let in_language = self.language.as_ref().and_then(|wanted| {
            story
                .titles
                .iter()
                .find(|headline| headline.language.eq_ignore_ascii_case(wanted))
        });
        let title = in_language
            .or(story.titles.first())
            .map_or("(no title)", |headline| &headline.title);
        [
            Cell::right(story.article_count.to_string()),
            Cell::right(story.independent_voices.to_string()),
            Cell::left(story.languages.join(" ")),
            Cell::left(story.countries.join(" ")),
            Cell::left(table::ago(story.last_seen, now)),
            Cell::left(title),
        ]
    }
}
