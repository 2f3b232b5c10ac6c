//! The records of the output directory, field for field: what `docs/FORMAT.md` describes and
//! `khabar schema` prints is generated from these types.
//!
//! Every key is always present (`null` or `[]` where there is nothing); a field is added, never
//! renamed or retyped, within a major version. A key that is not known here is a later version's, and is
//! passed over.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::dedup::{Evidence, Headline, InStory, Relation, RunnerUp};
use crate::normalise::{Country, Named, Place};

/// The four kinds of record, in the order in which they are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Article,
    Placement,
    Story,
    Event,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Article, Self::Placement, Self::Story, Self::Event];

    /// The value of a record's `record` field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Placement => "placement",
            Self::Story => "story",
            Self::Event => "event",
        }
    }

    /// The folder of the output directory that holds this kind.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Article => "articles",
            Self::Placement => "placements",
            Self::Story => "stories",
            Self::Event => "events",
        }
    }

    /// The JSON Schema (2020-12) of one line of this kind.
    pub fn schema(self) -> Schema {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let generator = settings.into_generator();
        match self {
            Self::Article => generator.into_root_schema_for::<Article>(),
            Self::Placement => generator.into_root_schema_for::<Placement>(),
            Self::Story => generator.into_root_schema_for::<Story>(),
            Self::Event => generator.into_root_schema_for::<Event>(),
        }
    }
}

/// One line of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Article(Box<Article>),
    Placement(Box<Placement>),
    Story(Box<Story>),
    Event(Box<Event>),
}

impl Record {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Article(_) => Kind::Article,
            Self::Placement(_) => Kind::Placement,
            Self::Story(_) => Kind::Story,
            Self::Event(_) => Kind::Event,
        }
    }

    pub fn seq(&self) -> u64 {
        match self {
            Self::Article(record) => record.seq,
            Self::Placement(record) => record.seq,
            Self::Story(record) => record.seq,
            Self::Event(record) => record.seq,
        }
    }

    /// When the record was written; its UTC day names the folder.
    pub fn written(&self) -> Timestamp {
        match self {
            Self::Article(record) => record.written,
            Self::Placement(record) => record.at,
            Self::Story(record) => record.at,
            Self::Event(record) => record.at,
        }
    }

    /// Gives the record its place in the directory's one order.
    pub(super) fn stamp(&mut self, seq: u64, now: Timestamp) {
        match self {
            Self::Article(record) => (record.seq, record.written) = (seq, now),
            Self::Placement(record) => (record.seq, record.at) = (seq, now),
            Self::Story(record) => (record.seq, record.at) = (seq, now),
            Self::Event(record) => (record.seq, record.at) = (seq, now),
        }
    }

    /// Appends the record as JSON, without a line end.
    pub(super) fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Article(record) => serde_json::to_writer(out, record),
            Self::Placement(record) => serde_json::to_writer(out, record),
            Self::Story(record) => serde_json::to_writer(out, record),
            Self::Event(record) => serde_json::to_writer(out, record),
        }
    }

    /// Reads a line that is known to be of `kind`.
    pub fn read_json(kind: Kind, line: &[u8]) -> serde_json::Result<Self> {
        Ok(match kind {
            Kind::Article => Self::Article(serde_json::from_slice(line)?),
            Kind::Placement => Self::Placement(serde_json::from_slice(line)?),
            Kind::Story => Self::Story(serde_json::from_slice(line)?),
            Kind::Event => Self::Event(serde_json::from_slice(line)?),
        })
    }
}

/// One revision of one item of one outlet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "article-1")]
pub struct Article {
    #[schemars(extend("const" = "article"))]
    pub record: String,
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// Position in the directory's one order: rises by one for each record of any kind.
    #[schemars(range(min = 1))]
    pub seq: u64,
    /// `a_` and 26 characters, made from the outlet and the canonical URL at first sight.
    #[schemars(regex(pattern = r"^a_[0-9a-z]{26}$"))]
    pub id: String,
    /// 1, 2, …: the outlet edited the item.
    #[schemars(range(min = 1))]
    pub revision: u32,
    #[schemars(schema_with = "time")]
    pub written: Timestamp,
    /// Id of the `[[feed]]` that brought it.
    pub feed: String,
    pub outlet: String,
    /// Outlets of one owner count as one voice.
    pub publisher: String,
    /// Further feeds of the outlet that had carried the item by then.
    pub also_in: Vec<String>,
    /// The agency or outlet that the text credits.
    pub origin: Option<String>,
    pub guid: Option<String>,
    pub url: Option<String>,
    pub canonical_url: Option<String>,
    pub title: Option<String>,
    pub summary: Option<String>,
    /// Paragraphs are separated by `\n`.
    pub text: Option<String>,
    #[schemars(extend("enum" = ["page", "feed", "summary", "none"]))]
    pub text_from: String,
    pub authors: Vec<String>,
    pub tags: Vec<String>,
    pub image: Option<String>,
    /// BCP 47 without script: `uz`, `prs`, …; `und` where no known language fits.
    pub language: String,
    /// ISO 15924: `Cyrl`, `Arab`, …
    pub script: String,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub language_confidence: f32,
    pub paywalled: bool,
    #[schemars(schema_with = "time")]
    pub published: Timestamp,
    pub published_raw: Option<String>,
    #[schemars(extend("enum" = ["feed", "page", "url", "first_seen"]))]
    pub published_from: String,
    #[schemars(extend("enum" = ["second", "minute", "day"]))]
    pub published_precision: String,
    /// `+04:30`, or null where the text named no zone.
    pub published_offset: Option<String>,
    #[schemars(extend("enum" = ["gregorian", "solar_hijri", "lunar_hijri"]))]
    pub calendar: String,
    #[schemars(schema_with = "time_or_null")]
    pub updated: Option<Timestamp>,
    #[schemars(schema_with = "time")]
    pub first_seen: Timestamp,
    #[schemars(schema_with = "time")]
    pub fetched: Timestamp,
    pub countries: Vec<Country>,
    pub places: Vec<Place>,
    pub people: Vec<Named>,
    pub bodies: Vec<Named>,
    /// How much the article is about the region, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub relevance: f32,
    /// Where it was placed when it was written.
    pub story: InStory,
    /// SHA-256 of what the feed said of the item, markup removed: a change of it is a revision.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub raw_sha256: String,
    /// SHA-256 of `text` in UTF-8.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub text_sha256: String,
    pub flags: Vec<String>,
}

/// Flags of a revision that says that the outlet took the article back, with what its page answered.
const WITHDRAWALS: [(u16, &str); 2] = [(404, "gone_404"), (410, "gone_410")];

impl Article {
    /// Says that the page answers `status`, which is 404 or 410.
    pub fn withdraw(&mut self, status: u16) {
        let known = WITHDRAWALS.iter().filter(|(code, _)| *code == status);
        self.flags.extend(known.map(|(_, flag)| (*flag).to_owned()));
    }
}

/// Whether a flag says that the outlet took the article back.
pub fn is_withdrawal(flag: &str) -> bool {
    WITHDRAWALS.iter().any(|(_, known)| *known == flag)
}

/// Why an article stands in its story. For an article the highest `seq` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "placement-1")]
pub struct Placement {
    #[schemars(extend("const" = "placement"))]
    pub record: String,
    #[schemars(range(min = 1))]
    pub seq: u64,
    #[schemars(schema_with = "time")]
    pub at: Timestamp,
    pub article: String,
    pub story: String,
    pub relation: Relation,
    pub of: Option<String>,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f32,
    /// The best story that it was not placed in.
    pub runner_up: Option<RunnerUp>,
    pub evidence: Evidence,
    /// Version of the rules and weights that decided.
    pub engine: String,
    /// `seq` of the placement that this one replaces.
    pub supersedes: Option<u64>,
}

/// The state of a story; for each `id` the highest `seq` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "story-1")]
pub struct Story {
    #[schemars(extend("const" = "story"))]
    pub record: String,
    #[schemars(range(min = 1))]
    pub seq: u64,
    #[schemars(schema_with = "time")]
    pub at: Timestamp,
    #[schemars(regex(pattern = r"^s_[0-9a-z]{26}$"))]
    pub id: String,
    pub merged_into: Option<String>,
    pub split_from: Option<String>,
    /// Earlier stories of which this one is a development.
    pub follows: Vec<String>,
    pub titles: Vec<Headline>,
    #[schemars(schema_with = "time")]
    pub first_seen: Timestamp,
    #[schemars(schema_with = "time")]
    pub last_seen: Timestamp,
    pub first_article: String,
    pub article_count: u64,
    pub outlets: Vec<String>,
    pub publishers: Vec<String>,
    /// Distinct publishers whose text is neither a copy nor credited to another voice in the story.
    pub independent_voices: u64,
    pub languages: Vec<String>,
    pub countries: Vec<String>,
    pub places: Vec<String>,
    pub people: Vec<String>,
}

/// What a person on duty wants to know of a feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "event-1")]
pub struct Event {
    #[schemars(extend("const" = "event"))]
    pub record: String,
    #[schemars(range(min = 1))]
    pub seq: u64,
    #[schemars(schema_with = "time")]
    pub at: Timestamp,
    /// Null where the event is the daemon's own.
    pub feed: Option<String>,
    #[schemars(extend("enum" = [
        "gap", "silent", "blocked", "moved", "gone", "failing", "recovered", "unreadable_item",
        "reissued", "config"
    ]))]
    pub kind: String,
    #[schemars(schema_with = "time_or_null")]
    pub since: Option<Timestamp>,
    #[schemars(schema_with = "time_or_null")]
    pub until: Option<Timestamp>,
    pub detail: String,
}

fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

fn time_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "format": "date-time" })
}
