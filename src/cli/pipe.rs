//! The pipes: JSON Lines in, JSON Lines out, same order. A bad line is answered in its place.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use crate::config::Reading;
use crate::dedup::{self, Comparison, InStory, Index, Moved, Relation};
use crate::document::Document;
use crate::extract;
use crate::normalise::{self, Article, Bare, language, region};
use crate::parse;

/// Longest line that is read; a longer one is an error in its place.
const LINE_BYTES_MAX: u64 = 64 << 20;
/// Largest document that a `path` may name, after decompression.
const DOCUMENT_BYTES_MAX: u64 = 256 << 20;
/// All lines of a `cluster` run are one window.
const CLUSTER_MEMORY_MAX: u64 = 8 << 30;

#[derive(clap::Args)]
pub(super) struct Files {
    /// The folder that a relative `path` is read from
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct Cluster {
    /// Print each line as it is decided, and later changes of mind
    #[arg(long)]
    stream: bool,
    /// How far apart in time two tellings of a story may lie
    #[arg(long, value_name = "DURATION", default_value = "7d")]
    window: humantime::Duration,
}

/// What went wrong with one line.
#[derive(Debug, Serialize)]
struct Mistake {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feeds: Vec<String>,
}

impl Mistake {
    fn new(kind: &'static str, message: impl ToString) -> Self {
        Self {
            kind,
            message: message.to_string(),
            feeds: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct FileLine {
    path: String,
    url: Option<String>,
    content_type: Option<String>,
}

#[derive(Deserialize)]
struct TextLine {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    url: Option<String>,
    language: Option<String>,
    published: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct PairLine {
    a: TextLine,
    b: TextLine,
}

impl TextLine {
    fn article(self, id: String) -> Result<Article, Mistake> {
        let published = match self.published.as_deref() {
            Some(raw) => Some(time(raw)?),
            None => None,
        };
        Ok(normalise::bare(Bare {
            id,
            title: self.title.unwrap_or_default(),
            text: self.text.unwrap_or_default(),
            url: self.url,
            language: self.language,
            published,
            source: self.source,
        }))
    }
}

fn time(raw: &str) -> Result<Timestamp, Mistake> {
    let zone = jiff::tz::TimeZone::UTC;
    let date = parse::date::read(raw, Timestamp::now(), &zone);
    date.map(|date| date.at)
        .ok_or_else(|| Mistake::new("bad_date", format!("`published` is not a date: {raw}")))
}

pub(super) fn parse(files: &Files) -> Outcome {
    answer_each(|_, line: FileLine| {
        let document = document(files, line)?;
        parse::parse(&document, &Reading::default()).map_err(|unreadable| Mistake {
            kind: unreadable.kind,
            message: unreadable.message,
            feeds: unreadable.feeds,
        })
    })
}

pub(super) fn extract(files: &Files) -> Outcome {
    answer_each(|_, line: FileLine| {
        let document = document(files, line)?;
        extract::page(&document, &Reading::default())
            .map_err(|unreadable| Mistake::new(unreadable.kind, unreadable.message))
    })
}

#[derive(Serialize)]
struct Identified {
    language: &'static str,
    script: &'static str,
    confidence: f32,
}

pub(super) fn identify() -> Outcome {
    answer_each(|_, line: TextLine| {
        let found = language::identify(&line.text.unwrap_or_default(), line.language.as_deref());
        Ok(Identified {
            language: found.language,
            script: found.script,
            confidence: found.confidence,
        })
    })
}

pub(super) fn tag() -> Outcome {
    answer_each(|_, line: TextLine| {
        let (title, text) = (
            line.title.unwrap_or_default(),
            line.text.unwrap_or_default(),
        );
        let found = language::identify(&format!("{title}\n{text}"), line.language.as_deref());
        let tags = region::tag(&title, &text, found.language);
        let named = |list: &[region::Named]| -> Vec<Value> {
            list.iter()
                .map(|n| json!({"id": n.id, "name": n.name}))
                .collect()
        };
        Ok(json!({
            "language": found.language,
            "countries": tags.countries.iter()
                .map(|c| json!({"code": c.code, "score": c.score})).collect::<Vec<_>>(),
            "places": tags.places.iter()
                .map(|p| json!({"id": p.id, "name": p.name, "country": p.country})).collect::<Vec<_>>(),
            "people": named(&tags.people),
            "bodies": named(&tags.bodies),
            "relevance": tags.relevance,
        }))
    })
}

pub(super) fn compare() -> Outcome {
    answer_each(|_, line: PairLine| -> Result<Comparison, Mistake> {
        let (a, b) = (line.a.article("a".into())?, line.b.article("b".into())?);
        Ok(dedup::compare(&a, &b))
    })
}

#[derive(Serialize)]
struct Assigned {
    story: String,
    relation: Relation,
    of: Option<String>,
    score: f32,
}

impl From<InStory> for Assigned {
    fn from(story: InStory) -> Self {
        let InStory {
            id,
            relation,
            of,
            score,
        } = story;
        Self {
            story: id,
            relation,
            of,
            score,
        }
    }
}

pub(super) fn cluster(options: &Cluster) -> Outcome {
    let window = SignedDuration::try_from(*options.window).unwrap_or(SignedDuration::MAX);
    let mut index = Index::new(dedup::Settings {
        window,
        max_memory: CLUSTER_MEMORY_MAX,
    });
    let mut out = BufWriter::new(io::stdout().lock());
    // Stories are final only once everything has been read: until then nothing is printed, but for a stream.
    let mut answers: Vec<(Value, Result<Assigned, Mistake>)> = Vec::new();
    let mut rows: HashMap<String, usize> = HashMap::new();
    each_line(|id, line| {
        let assigned = line.and_then(|line| assign(&mut index, &id, parsed(line)?));
        let moved = if index.is_unsettled() {
            index.settle()
        } else {
            Vec::new()
        };
        if options.stream {
            writeln!(out, "{}", answer(&id, assigned))?;
            tell_merges(&mut out, &moved)?;
            return out.flush();
        }
        if assigned.is_ok() {
            rows.insert(plain_id(&id), answers.len());
        }
        answers.push((id, assigned));
        correct(&mut answers, &rows, moved);
        Ok(())
    })?;
    let moved = index.settle();
    if options.stream {
        tell_merges(&mut out, &moved)?;
    }
    correct(&mut answers, &rows, moved);
    for (id, assigned) in answers {
        writeln!(out, "{}", answer(&id, assigned))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn assign(index: &mut Index, id: &Value, line: TextLine) -> Result<Assigned, Mistake> {
    let article = line.article(plain_id(id))?;
    if index.holds(&article.id) {
        return Err(Mistake::new("repeated_id", "an earlier line has this id"));
    }
    // No line is too late: nothing is forgotten, and how far apart two tellings may lie is told by their dates.
    let now = Timestamp::MIN;
    Ok(Assigned::from(
        index.place(article, None, now).story().clone(),
    ))
}

/// Enters what was decided anew into the answers that are not yet given.
fn correct(
    answers: &mut [(Value, Result<Assigned, Mistake>)],
    rows: &HashMap<String, usize>,
    moved: Vec<Moved>,
) {
    for Moved {
        article, placement, ..
    } in moved
    {
        if let Some((_, assigned)) = rows.get(&article).and_then(|&row| answers.get_mut(row)) {
            *assigned = Ok(Assigned::from(placement.story));
        }
    }
}

/// `{"merged":[from,into]}` for each story that turned out to be another.
fn tell_merges(out: &mut impl Write, moved: &[Moved]) -> io::Result<()> {
    let merges: BTreeSet<(&str, &str)> = moved
        .iter()
        .map(|moved| (moved.from.as_str(), moved.placement.story.id.as_str()))
        .collect();
    for (from, into) in merges {
        writeln!(out, "{}", json!({ "merged": [from, into] }))?;
    }
    Ok(())
}

fn plain_id(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// Answers every line of standard input on standard output.
fn answer_each<L, T>(mut work: impl FnMut(&Value, L) -> Result<T, Mistake>) -> Outcome
where
    L: for<'de> Deserialize<'de>,
    T: Serialize,
{
    let mut out = BufWriter::new(io::stdout().lock());
    each_line(|id, line| {
        let result = line.and_then(|line| work(&id, parsed(line)?));
        writeln!(out, "{}", answer(&id, result))?;
        out.flush()
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Hands on each line with its `id`, null where it has none.
fn each_line(
    mut work: impl FnMut(Value, Result<Value, Mistake>) -> io::Result<()>,
) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut raw = Vec::new();
    loop {
        raw.clear();
        let read = input
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut raw)?;
        if read == 0 {
            return Ok(());
        }
        if raw.last() != Some(&b'\n') && read as u64 == LINE_BYTES_MAX {
            skip_line(&mut input)?;
            let message = format!("the line is longer than {LINE_BYTES_MAX} bytes");
            work(Value::Null, Err(Mistake::new("line_too_long", message)))?;
            continue;
        }
        if raw.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Value>(&raw) {
            Ok(line) => {
                let id = line.get("id").cloned().unwrap_or_default();
                work(id, Ok(line))?;
            }
            Err(error) => work(Value::Null, Err(Mistake::new("bad_json", error)))?,
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let chunk = input.fill_buf()?;
        let (used, ended) = match chunk.iter().position(|&byte| byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (chunk.len(), chunk.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

fn parsed<L: for<'de> Deserialize<'de>>(line: Value) -> Result<L, Mistake> {
    serde_json::from_value(line).map_err(|error| Mistake::new("bad_line", error))
}

fn answer<T: Serialize>(id: &Value, result: Result<T, Mistake>) -> String {
    #[derive(Serialize)]
    struct Good<'a, T> {
        id: &'a Value,
        #[serde(flatten)]
        rest: T,
    }
    #[derive(Serialize)]
    struct Bad<'a> {
        id: &'a Value,
        error: Mistake,
    }
    let text = match result {
        Ok(rest) => serde_json::to_string(&Good { id, rest }),
        Err(error) => serde_json::to_string(&Bad { id, error }),
    };
    text.expect("answers hold nothing that JSON cannot say")
}

fn document(files: &Files, line: FileLine) -> Result<Document, Mistake> {
    let path = files.root.join(&line.path);
    let body = read_file(&path).map_err(|error| Mistake::new("unreadable_file", error))?;
    Ok(Document {
        url: line.url.unwrap_or_default(),
        content_type: line.content_type,
        body,
        fetched: Timestamp::now(),
    })
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut reader: Box<dyn Read> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut body = Vec::new();
    let read = reader
        .by_ref()
        .take(DOCUMENT_BYTES_MAX + 1)
        .read_to_end(&mut body)?;
    if read as u64 > DOCUMENT_BYTES_MAX {
        return Err(io::Error::other(format!(
            "larger than {DOCUMENT_BYTES_MAX} bytes"
        )));
    }
    Ok(body)
}
