//! One answer to "is this the same story?", and the memory of the stories that are still moving.
//!
//! An [`Article`] goes in, a [`Placed`] comes out: the article, the story that it belongs to, and why.
//! Duplicates are linked, never deleted. Everything that asks whether two texts tell one story asks
//! [`score::judge`]; there is no second opinion in the house.
//!
//! Deliberately absent: identity (whether this is an item that we know is decided before, in the
//! pipeline), and any I/O: what the index knows after a restart is handed to it with
//! [`Index::restore`].

mod index;
mod near;
pub mod score;
mod story;

pub use index::{Index, Remembered, Settings};
pub use near::Shingles;
pub use story::{Headline, Member, StoryState};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::normalise::Article;
use crate::normalise::text::fold;

/// How an article stands to the one that it repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Opens a story.
    First,
    /// The same text.
    Copy,
    /// A lightly edited, cut or framed copy.
    Near,
    /// The same story told anew in the same language.
    Rewrite,
    /// The same story in another language or script.
    Translation,
}

/// What was concluded of two texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    pub relation: Relation,
    /// 0 to 1; from one half on it is the same story.
    pub score: f32,
    /// Share of the shorter text's word triples that stand in the longer, 0 to 1.
    pub text_overlap: f32,
}

/// An article's place in a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InStory {
    #[schemars(regex(pattern = r"^s_[0-9a-z]{26}$"))]
    pub id: String,
    pub relation: Relation,
    /// The article that it repeats; null for `first`.
    pub of: Option<String>,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f32,
}

/// Why an article was placed where it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    pub story: InStory,
    pub runner_up: Option<RunnerUp>,
    pub evidence: Evidence,
}

/// The best story that an article was not placed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunnerUp {
    pub story: String,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f32,
}

/// What two articles share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub names: Vec<String>,
    pub numbers: Vec<String>,
    pub places: Vec<String>,
    pub terms: Vec<String>,
    /// Share of the shorter text's word triples that stand in the longer, 0 to 1.
    pub text_overlap: f32,
    pub hours_apart: f32,
}

/// An article with its place. Only the index makes one.
#[derive(Clone, Debug)]
pub struct Placed {
    article: Article,
    story: InStory,
    placement: Option<Placement>,
}

impl Placed {
    pub fn article(&self) -> &Article {
        &self.article
    }

    /// Where it stands now.
    pub fn story(&self) -> &InStory {
        &self.story
    }

    /// The decision, where one was made; a revision of a known article keeps its place.
    pub fn placement(&self) -> Option<&Placement> {
        self.placement.as_ref()
    }

    pub fn into_parts(self) -> (Article, InStory, Option<Placement>) {
        (self.article, self.story, self.placement)
    }
}

/// Two articles held side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub same_story: bool,
    pub score: f32,
    /// Null where they are not the same story.
    pub relation: Option<Relation>,
    pub evidence: Evidence,
}

/// Whether two articles tell the same story, whichever came first.
pub fn compare(a: &Article, b: &Article) -> Comparison {
    let (first, second) = (shingles_of(a), shingles_of(b));
    let verdict = score::judge(&second, &first);
    Comparison {
        same_story: verdict.is_some(),
        score: verdict.map_or_else(|| below_half(score::likeness(&first, &second)), |v| v.score),
        relation: verdict.map(|verdict| verdict.relation),
        evidence: Evidence {
            places: shared_places(a, b),
            text_overlap: first.overlap(&second).containment,
            hours_apart: hours_apart(a, b),
            ..Evidence::default()
        },
    }
}

fn below_half(score: f32) -> f32 {
    score.min(0.499)
}

fn shingles_of(article: &Article) -> Shingles {
    shingles(article.title.as_deref(), article.text.as_deref())
}

/// The word triples of a stored text.
pub fn shingles(title: Option<&str>, text: Option<&str>) -> Shingles {
    Shingles::of(
        &fold(title.unwrap_or_default()),
        &fold(text.unwrap_or_default()),
    )
}

fn shared_places(a: &Article, b: &Article) -> Vec<String> {
    let in_both = a
        .places
        .iter()
        .filter(|place| b.places.iter().any(|p| p.id == place.id));
    in_both.map(|place| place.name.clone()).collect()
}

fn hours_apart(a: &Article, b: &Article) -> f32 {
    (a.published.duration_since(b.published).as_secs_f64().abs() / 3600.0) as f32
}
