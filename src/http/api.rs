//! Stories as JSON, and the description of it as OpenAPI. The types are the description: what is answered and what
//! is promised cannot part.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::desk::Shown;
use super::model::story::Summary;
use super::model::{Article, Id, Model, Name, Story};
use super::stories::{Filter, select};
use crate::dedup::{Evidence, Headline, Relation, RunnerUp};
use crate::write::record::{Kind, Record};

/// Stories in one answer.
pub const LIMIT_MAX: usize = 200;
pub const LIMIT: usize = 50;

/// A part of a list of stories.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Stories")]
pub struct Stories {
    /// Stories that the filter lets through.
    pub total: usize,
    /// Those before this answer's first one.
    pub offset: usize,
    /// Whether everything that was visible at the daemon's start has been read.
    pub complete: bool,
    pub stories: Vec<StoryView>,
}

/// A story as it stands; lists are of its tellings in the window.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Story")]
pub struct StoryView {
    pub id: String,
    /// The first title in each language.
    pub titles: Vec<Headline>,
    #[schemars(schema_with = "time")]
    pub first_seen: Timestamp,
    #[schemars(schema_with = "time")]
    pub last_seen: Timestamp,
    /// All tellings that it ever had.
    pub article_count: u64,
    /// Distinct publishers whose text is neither a copy nor credited to another voice in the story.
    pub independent_voices: u64,
    /// The outlet that told it first.
    pub first_outlet: String,
    pub first_article: String,
    pub outlets: Vec<String>,
    pub publishers: Vec<String>,
    pub languages: Vec<String>,
    /// ISO 3166-1 alpha-3.
    pub countries: Vec<String>,
    pub places: Vec<String>,
    pub people: Vec<String>,
    /// Earlier stories of which it is a development.
    pub follows: Vec<String>,
}

/// A story with its tellings.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "StoryInFull")]
pub struct StoryInFull {
    pub story: StoryView,
    /// Those in the window, in order of arrival.
    pub tellings: Vec<Telling>,
}

/// An article in its story.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Telling")]
pub struct Telling {
    pub article: String,
    pub revision: u32,
    pub outlet: String,
    pub publisher: String,
    /// The agency or outlet that the text credits.
    pub origin: Option<String>,
    pub language: String,
    pub title: String,
    pub url: Option<String>,
    #[schemars(schema_with = "time")]
    pub published: Timestamp,
    #[schemars(schema_with = "time")]
    pub first_seen: Timestamp,
    pub relation: Relation,
    /// The article that it repeats; null for `first`.
    pub of: Option<String>,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f32,
    pub evidence: Option<Evidence>,
    pub runner_up: Option<RunnerUp>,
}

fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

pub fn stories(shown: &Shown, filter: &Filter, offset: usize, limit: usize) -> Stories {
    let model = &shown.model;
    let found = select(model, filter, shown.now());
    let part = found.iter().skip(offset).take(limit.min(LIMIT_MAX));
    Stories {
        total: found.len(),
        offset,
        complete: shown.is_whole,
        stories: part
            .filter_map(|(id, story)| view(model, *id, story))
            .collect(),
    }
}

/// The story of this id, or the one that it was merged into.
pub fn story(shown: &Shown, id: Id) -> Option<StoryInFull> {
    let model = &shown.model;
    let (id, story) = model.story(id)?;
    let placements = model
        .members(story)
        .map(|article| article.placement)
        .filter(|&seq| seq > 0);
    let found = shown
        .shelf()
        .and_then(|shelf| shelf.find(Kind::Placement, placements.collect()).ok());
    let mut reasons: HashMap<u64, (Evidence, Option<RunnerUp>)> = HashMap::new();
    for record in found.into_iter().flatten() {
        if let Record::Placement(placement) = record {
            reasons.insert(placement.seq, (placement.evidence, placement.runner_up));
        }
    }
    let mut telling = |article: &Article| {
        let reasons = reasons.remove(&article.placement);
        let (evidence, runner_up) =
            reasons.map_or((None, None), |(evidence, other)| (Some(evidence), other));
        Telling {
            article: format!("a_{}", article.id),
            revision: article.revision,
            outlet: model.name(article.outlet).to_owned(),
            publisher: model.name(article.publisher).to_owned(),
            origin: article.origin.as_deref().map(str::to_owned),
            language: model.name(article.language).to_owned(),
            title: article.title.to_string(),
            url: article.url.as_deref().map(str::to_owned),
            published: article.published,
            first_seen: article.first_seen,
            relation: article.relation,
            of: article.of.map(|of| format!("a_{of}")),
            score: article.score,
            evidence,
            runner_up,
        }
    };
    let tellings = model.members(story).map(&mut telling).collect();
    Some(StoryInFull {
        story: view(model, id, story)?,
        tellings,
    })
}

fn view(model: &Model, id: Id, story: &Story) -> Option<StoryView> {
    let summary = model.summary(story)?;
    let all = |names: &mut dyn Iterator<Item = &Name>| -> BTreeSet<String> {
        names.map(|name| model.name(*name).to_owned()).collect()
    };
    let sorted = |names: &mut dyn Iterator<Item = &Name>| all(names).into_iter().collect();
    let Summary {
        first,
        titles,
        outlets,
        publishers,
        languages,
        countries,
        places,
        people,
    } = &summary;
    Some(StoryView {
        id: format!("s_{id}"),
        titles: titles
            .iter()
            .map(|(language, title)| Headline {
                language: model.name(*language).to_owned(),
                title: (*title).to_owned(),
            })
            .collect(),
        first_seen: story.first_seen,
        last_seen: story.last_seen,
        article_count: story.article_count(),
        independent_voices: story.independent_voices,
        first_outlet: model.name(first.outlet).to_owned(),
        first_article: format!("a_{}", first.id),
        outlets: sorted(&mut outlets.iter()),
        publishers: sorted(&mut publishers.iter()),
        languages: sorted(&mut languages.iter()),
        countries: sorted(&mut countries.iter()),
        places: sorted(&mut places.iter()),
        people: sorted(&mut people.iter()),
        follows: story.follows.iter().map(|id| format!("s_{id}")).collect(),
    })
}

/// The description of the API.
pub fn description() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let stories = generator.subschema_for::<Stories>();
    let story = generator.subschema_for::<StoryInFull>();
    let schemas = generator.take_definitions(true);
    let query = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "query", "description": description, "schema": schema });
    let answer = |description: &str, schema: &Schema| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "khabar: stories",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Deduplicated news of Central Asia and Afghanistan. Only GET and HEAD are answered.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": {
            "/api/v1/stories": { "get": {
                "operationId": "stories",
                "summary": "The stories of a period",
                "parameters": [
                    query("since", "A time (RFC 3339) or how long ago (24h, 3d)", json!({ "type": "string", "default": "24h" })),
                    query("country", "About this country, ISO 3166-1 alpha-3", json!({ "type": "string" })),
                    query("language", "Told in this language, BCP 47", json!({ "type": "string" })),
                    query("voices", "Independent voices, at least", json!({ "type": "integer", "minimum": 0, "default": 0 })),
                    query("order", "What comes first", json!({ "enum": ["top", "size", "new"], "default": "top" })),
                    query("offset", "Stories to pass over", json!({ "type": "integer", "minimum": 0, "default": 0 })),
                    query("limit", "Stories in the answer", json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT })),
                ],
                "responses": {
                    "200": answer("Stories", &stories),
                    "400": { "description": "A parameter that cannot be read; `error` says which" },
                    "503": { "description": "Too many questions at once" },
                },
            } },
            "/api/v1/stories/{id}": { "get": {
                "operationId": "story",
                "summary": "A story with its tellings, and why each stands there",
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "pattern": "^s_[0-9a-z]{26}$" } }],
                "responses": {
                    "200": answer("The story, or the one that it was merged into", &story),
                    "404": { "description": "No such story in the window" },
                },
            } },
        },
        "components": { "schemas": schemas },
    })
}
