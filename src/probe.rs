//! What a poll of an address would give, and which sources stand behind a home page.
//!
//! It polls and reads as the daemon does, and remembers nothing.

mod site;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

use crate::config::block::Block;
use crate::config::{Feed, Kind};
use crate::document::Document;
use crate::normalise::language;
use crate::parse::{self, Format, Parsed};
use crate::poll::client::{Answer, Client};
use crate::poll::failure::Failure;
use crate::poll::memory::Validators;
use crate::poll::refusal;

pub use site::sources;

/// Characters of items that the language is told from.
const SAMPLE_CHARS: usize = 4_000;
/// Kinds of problems that are named.
const PROBLEMS_MAX: usize = 6;

/// What stands at an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    pub url: Url,
    pub kind: Kind,
    pub format: Format,
    pub title: Option<String>,
    pub items: usize,
    pub dated: usize,
    pub oldest: Option<Timestamp>,
    pub newest: Option<Timestamp>,
    /// Items a day over the time that the document covers.
    pub per_day: Option<f64>,
    /// As the document says.
    pub declared: Option<String>,
    /// As the items read, with the script.
    pub language: (&'static str, &'static str),
    pub charset: String,
    /// Items with a text of their own, not only a title or a summary.
    pub full: usize,
    /// Kinds of problems, with their numbers, the most frequent first.
    pub problems: Vec<(&'static str, usize)>,
    /// Further documents that it is an index of.
    pub more: usize,
}

/// Polls a feed once and reads what comes.
pub async fn look(client: &Client, feed: &Feed, now: fn() -> Timestamp) -> Result<Look, Failure> {
    let answer = client
        .poll(feed, feed.url.as_str(), &Validators::default(), now)
        .await?;
    let Answer::Document(document, _) = answer else {
        return Err(Failure::new(
            "status",
            "304 to a request without conditions",
        ));
    };
    let feed = feed.clone();
    let read = move || {
        let parsed = parse::parse(&document, &feed.reading());
        parsed
            .map(|parsed| describe(&feed, &document, &parsed))
            .map_err(|unreadable| {
                let refusal = refusal::of_page(&document.body);
                let (kind, message) = refusal.unwrap_or((unreadable.kind, unreadable.message));
                Failure::new(kind, message)
            })
    };
    let looked = tokio::task::spawn_blocking(read).await;
    looked.unwrap_or_else(|error| Err(Failure::new("malformed", error.to_string())))
}

/// Polls many feeds, as many at a time as the client allows; answers come as they are ready, with the
/// number of their feed.
pub async fn survey(
    client: Arc<Client>,
    feeds: Vec<Feed>,
    at_once: usize,
    now: fn() -> Timestamp,
    mut done: impl FnMut(usize, Result<Look, Failure>),
) {
    let places = Arc::new(Semaphore::new(at_once));
    let mut looks = JoinSet::new();
    for (number, feed) in feeds.into_iter().enumerate() {
        let (client, places) = (Arc::clone(&client), Arc::clone(&places));
        looks.spawn(async move {
            let _place = places.acquire().await;
            (number, look(&client, &feed, now).await)
        });
    }
    while let Some(joined) = looks.join_next().await {
        // A task that panicked has told of it; its feed stays without an answer.
        if let Ok((number, answer)) = joined {
            done(number, answer);
        }
    }
}

fn describe(feed: &Feed, document: &Document, parsed: &Parsed) -> Look {
    let mut dates: Vec<Timestamp> = parsed
        .items
        .iter()
        .filter_map(|item| item.published)
        .map(|date| date.at)
        .collect();
    dates.sort_unstable();
    let (oldest, newest) = (dates.first().copied(), dates.last().copied());
    let span = oldest
        .zip(newest)
        .map(|(oldest, newest)| newest.duration_since(oldest).as_secs_f64() / 86_400.0);
    let texts = parsed
        .items
        .iter()
        .flat_map(|item| [&item.title, &item.summary, &item.content])
        .flatten();
    let sample: String = texts
        .flat_map(|text| text.chars().chain([' ']))
        .take(SAMPLE_CHARS)
        .collect();
    let identified = language::identify(&sample, parsed.language.as_deref());
    let mut problems: Vec<(&'static str, usize)> = Vec::new();
    for problem in &parsed.problems {
        match problems.iter_mut().find(|(kind, _)| *kind == problem.kind) {
            Some((_, count)) => *count += 1,
            None => problems.push((problem.kind, 1)),
        }
    }
    problems.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    problems.truncate(PROBLEMS_MAX);
    Look {
        url: Url::parse(&document.url).unwrap_or_else(|_| Url::clone(&feed.url)),
        kind: feed.kind,
        format: parsed.format,
        title: parsed.title.clone(),
        items: parsed.items.len(),
        dated: dates.len(),
        oldest,
        newest,
        per_day: span
            .filter(|days| *days > 0.0)
            .map(|days| (dates.len() - 1) as f64 / days),
        declared: parsed.language.clone(),
        language: (identified.language, identified.script),
        charset: charset(document),
        full: parsed
            .items
            .iter()
            .filter(|item| item.content.is_some())
            .count(),
        problems,
        more: parsed.more.len(),
    }
}

/// What the bytes are, or are said to be.
fn charset(document: &Document) -> String {
    if std::str::from_utf8(&document.body).is_ok() {
        return "utf-8".into();
    }
    let head =
        String::from_utf8_lossy(&document.body[..document.body.len().min(1024)]).to_lowercase();
    let header = document
        .content_type
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let label = |text: &str, key: &str| {
        let rest = text.split_once(key)?.1.trim_start_matches(['"', '\'']);
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
            .unwrap_or(rest.len());
        (end > 0).then(|| rest[..end].to_owned())
    };
    let declared = label(&head, "encoding=")
        .or_else(|| label(&header, "charset="))
        .or_else(|| label(&head, "charset="));
    declared.map_or_else(
        || "not utf-8, and not said".into(),
        |label| format!("{label}, as declared"),
    )
}

impl Look {
    /// A block for the configuration, with what was found as comments above it.
    pub fn block(&self, id: String) -> Block {
        let name = self.title.clone().filter(|title| !title.trim().is_empty());
        let (language, script) = self.language;
        let language = if language == "und" {
            self.declared.clone()
        } else if language == "uz" && script == "Cyrl" {
            Some("uz-Cyrl".into())
        } else {
            Some(language.to_owned())
        };
        let block = Block {
            id,
            name: name.unwrap_or_else(|| self.url.host_str().unwrap_or_default().to_owned()),
            url: self.url.to_string(),
            kind: self.kind,
            language,
            comments: self.comments(),
            ..Block::default()
        };
        block.tidy()
    }

    fn comments(&self) -> Vec<String> {
        let format = format!("{:?}", self.format).to_lowercase();
        let mut lines = vec![format!(
            "{} ({format}), {} items, {} with a date",
            self.kind.name(),
            self.items,
            self.dated
        )];
        if let Some((oldest, newest)) = self.oldest.zip(self.newest) {
            lines.push(format!("from {oldest} to {newest}"));
        }
        if let Some(per_day) = self.per_day {
            let window = self.items as f64 / per_day.max(1e-6) * 24.0;
            lines.push(format!(
                "about {per_day:.1} items a day: the window turns over in {window:.0} hours"
            ));
        }
        let (language, script) = self.language;
        let declared = self.declared.as_deref().unwrap_or("nothing");
        lines.push(format!(
            "language {language} in script {script}, declared {declared}; charset {}",
            self.charset
        ));
        lines.push(match self.full {
            0 => "items without full text: consider full_text = true".to_owned(),
            full => format!("{full} items with text"),
        });
        if self.more > 0 {
            lines.push(format!("an index of {} further documents", self.more));
        }
        if !self.problems.is_empty() {
            let named: Vec<String> = self
                .problems
                .iter()
                .map(|(kind, count)| format!("{kind} ×{count}"))
                .collect();
            lines.push(format!("problems: {}", named.join(", ")));
        }
        lines
    }
}
