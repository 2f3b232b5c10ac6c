//! Between what the stages hand over and what the records hold.

use jiff::Timestamp;

use super::record::{Article, Event, Placement, Story};
use crate::dedup::{self, InStory, Member, Remembered, StoryState, Telling, score};
use crate::normalise;

/// Stands where a record's own time goes until it is appended.
const UNSTAMPED: Timestamp = Timestamp::UNIX_EPOCH;

impl Article {
    pub fn new(article: normalise::Article, story: InStory) -> Self {
        let fields = article.into_fields();
        Self {
            record: "article".into(),
            schema: 1,
            seq: 0,
            id: fields.id,
            revision: fields.revision,
            written: UNSTAMPED,
            feed: fields.feed,
            outlet: fields.outlet,
            publisher: fields.publisher,
            also_in: fields.also_in,
            origin: fields.origin,
            guid: fields.guid,
            url: fields.url,
            canonical_url: fields.canonical_url,
            title: fields.title,
            summary: fields.summary,
            text: fields.text,
            text_from: fields.text_from.into(),
            authors: fields.authors,
            tags: fields.tags,
            image: fields.image,
            language: fields.language.into(),
            script: fields.script.into(),
            language_confidence: fields.language_confidence,
            paywalled: fields.paywalled,
            published: fields.published,
            published_raw: fields.published_raw,
            published_from: fields.published_from.into(),
            published_precision: fields.published_precision.into(),
            published_offset: fields.published_offset_secs.map(offset),
            calendar: fields.calendar.into(),
            updated: fields.updated,
            first_seen: fields.first_seen,
            fetched: fields.fetched,
            countries: fields.countries,
            places: fields.places,
            people: fields.people,
            bodies: fields.bodies,
            relevance: fields.relevance,
            story,
            raw_sha256: fields.raw_sha256,
            text_sha256: fields.text_sha256,
            flags: fields.flags.iter().map(|&flag| flag.to_owned()).collect(),
        }
    }

    /// What the index wants back after a restart.
    pub fn remembered(&self) -> Remembered {
        Remembered::Article {
            member: Member {
                id: self.id.clone(),
                outlet: self.outlet.clone(),
                publisher: self.publisher.clone(),
                origin: self.origin.clone(),
                title: self.title.clone(),
                language: self.language.clone(),
                countries: self.countries.iter().map(|c| c.code.clone()).collect(),
                places: self.places.iter().map(|p| p.id.clone()).collect(),
                people: self.people.iter().map(|p| p.id.clone()).collect(),
                first_seen: self.first_seen,
                relation: self.story.relation,
            },
            published: (self.published_from != "first_seen").then_some(self.published),
            telling: Box::new(self.telling()),
            story: self.story.clone(),
            revision: self.revision,
        }
    }

    fn telling(&self) -> Telling {
        Telling {
            outlet: self.outlet.clone(),
            title: self.title.clone().unwrap_or_default(),
            text: self
                .text
                .clone()
                .or_else(|| self.summary.clone())
                .unwrap_or_default(),
            language: self.language.clone(),
            script: self.script.clone(),
            countries: self
                .countries
                .iter()
                .map(|c| (c.code.clone(), c.score))
                .collect(),
            places: self.places.iter().map(|p| p.id.clone()).collect(),
            people: self.people.iter().map(|p| p.id.clone()).collect(),
            bodies: self.bodies.iter().map(|b| b.id.clone()).collect(),
        }
    }
}

impl Placement {
    pub fn new(article: &str, placement: dedup::Placement) -> Self {
        Self {
            record: "placement".into(),
            seq: 0,
            at: UNSTAMPED,
            article: article.into(),
            story: placement.story.id,
            relation: placement.story.relation,
            of: placement.story.of,
            score: placement.story.score,
            runner_up: placement.runner_up,
            evidence: placement.evidence,
            engine: score::ENGINE.into(),
            supersedes: None,
        }
    }

    /// What the index wants back after a restart.
    pub fn remembered(self) -> Remembered {
        Remembered::Placement {
            article: self.article.clone(),
            story: self.into_story(),
        }
    }

    /// Where its article stands by it.
    pub fn into_story(self) -> InStory {
        InStory {
            id: self.story,
            relation: self.relation,
            of: self.of,
            score: self.score,
        }
    }
}

impl Story {
    pub fn new(state: StoryState) -> Self {
        Self {
            record: "story".into(),
            seq: 0,
            at: UNSTAMPED,
            id: state.id,
            merged_into: state.merged_into,
            split_from: None,
            follows: state.follows,
            titles: state.titles,
            first_seen: state.first_seen,
            last_seen: state.last_seen,
            first_article: state.first_article,
            article_count: state.article_count,
            outlets: state.outlets,
            publishers: state.publishers,
            independent_voices: state.independent_voices,
            languages: state.languages,
            countries: state.countries,
            places: state.places,
            people: state.people,
        }
    }

    /// What the index wants back after a restart.
    pub fn remembered(self) -> Remembered {
        Remembered::Story(StoryState {
            id: self.id,
            merged_into: self.merged_into,
            follows: self.follows,
            titles: self.titles,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            first_article: self.first_article,
            article_count: self.article_count,
            outlets: self.outlets,
            publishers: self.publishers,
            independent_voices: self.independent_voices,
            languages: self.languages,
            countries: self.countries,
            places: self.places,
            people: self.people,
        })
    }
}

impl Event {
    /// `kind` is one that the schema lists.
    pub fn new(
        feed: Option<&str>,
        kind: &str,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        detail: String,
    ) -> Self {
        Self {
            record: "event".into(),
            seq: 0,
            at: UNSTAMPED,
            feed: feed.map(str::to_owned),
            kind: kind.into(),
            since,
            until,
            detail,
        }
    }
}

/// `+04:30`.
fn offset(secs: i32) -> String {
    let sign = if secs < 0 { '-' } else { '+' };
    let minutes = secs.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
