//! One answer to "is this the same story?", and the memory of the stories that are still moving.
//!
//! An [`Article`] goes in, a [`Placed`] comes out: the article, the story that it belongs to, and why.
//! Duplicates are linked, never deleted. Everything that asks whether two texts tell one story asks
//! [`score::judge`]; there is no second opinion in the house.
//!
//! Deliberately absent: identity (whether this is an item that we know is decided before, in the
//! pipeline), and any I/O: what the index knows after a restart is handed to it with
//! [`Index::restore`].

mod candidates;
mod codec;
mod evidence;
mod features;
mod flat;
mod frequency;
mod hash;
mod index;
pub mod learning;
mod near;
pub mod numbers;
mod postings;
mod prepared;
pub mod score;
mod settle;
mod signals;
mod stories;
mod story;
mod terms;
mod weights;

pub use features::Telling;
pub use index::{Index, Remembered, Settings, fingerprint};
pub use prepared::{Prepared, Preparer};
pub use signals::Signals;
pub use story::{Headline, Member, StoryState};

use features::{Counted, Features, Probe, Reading};
use frequency::Frequencies;
use terms::Reader;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::normalise::Article;

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

/// An article's place in a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InStory {
    #[schemars(regex(pattern = r"^s_[0-9a-z]{26}$"))]
    pub id: String,
    pub relation: Relation,
    /// The article that it repeats; null for `first`.
    pub of: Option<String>,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f32,
}

impl InStory {
    fn first(id: String) -> Self {
        Self {
            id,
            relation: Relation::First,
            of: None,
            score: 1.0,
        }
    }
}

/// An article that stands in another story than it was placed in, since the two turned out to be one.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub article: String,
    /// The story that it stood in.
    pub from: String,
    pub placement: Placement,
}

/// Why an article was placed where it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    pub story: InStory,
    pub runner_up: Option<RunnerUp>,
    pub evidence: Evidence,
    /// The earlier story of which a new one is a development.
    pub follows: Option<String>,
}

/// The best story that an article was not placed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunnerUp {
    pub story: String,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f32,
}

/// What two articles share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    let mut reader = Reader::default();
    let (_, _, first) = read_alone(a, &mut reader);
    let (telling, reading, second) = read_alone(b, &mut reader);
    let hours = index::hours_between(index::dated(b), index::dated(a));
    let verdict = score::judge(&Probe::of(&second), &first, hours);
    let mut evidence = evidence::between(&reading, &telling, &second, &first);
    evidence.text_overlap = verdict.text_overlap;
    evidence.hours_apart = hours.unwrap_or(0.0);
    Comparison {
        same_story: verdict.is_same_story(),
        score: verdict.score(),
        relation: verdict.is_same_story().then_some(verdict.relation),
        evidence,
    }
}

/// Reads an article without a stream around it: how common things are is known from the background alone.
fn read_alone(article: &Article, reader: &mut Reader) -> (Telling, Reading, Features) {
    let telling = Telling::from(article);
    let reading = Reading::of(&telling, reader);
    let features =
        Counted::of(&reading, &telling).weigh(&reading, &telling, &mut &Frequencies::default());
    (telling, reading, features)
}
