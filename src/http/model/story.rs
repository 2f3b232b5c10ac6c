//! A story as the page holds it; what its members tell is read off them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Article, Id, Model, Name};
use crate::write::record;

/// What the members do not tell.
#[derive(Debug)]
pub struct Story {
    /// Of the record with its state; 0 where none was visible yet.
    pub seq: u64,
    pub merged_into: Option<Id>,
    /// Earlier stories of which it is a development.
    pub follows: Box<[Id]>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub first_article: Option<Id>,
    article_count: u64,
    pub independent_voices: u64,
    /// Numbers of the articles in the window, in order of arrival.
    pub(super) members: Vec<u32>,
}

impl Story {
    pub(super) fn opened(at: Timestamp) -> Self {
        Self {
            seq: 0,
            merged_into: None,
            follows: Box::default(),
            first_seen: at,
            last_seen: at,
            first_article: None,
            article_count: 0,
            independent_voices: 0,
            members: Vec::new(),
        }
    }

    pub(super) fn update(&mut self, record: &record::Story) {
        self.seq = record.seq;
        self.merged_into = record.merged_into.as_deref().and_then(Id::read);
        self.follows = record
            .follows
            .iter()
            .filter_map(|id| Id::read(id))
            .collect();
        self.first_seen = record.first_seen;
        self.last_seen = record.last_seen;
        self.first_article = Id::read(&record.first_article);
        self.article_count = record.article_count;
        self.independent_voices = record.independent_voices;
    }

    /// All articles that it ever had, those that have left the window too.
    pub fn article_count(&self) -> u64 {
        self.article_count.max(self.members.len() as u64)
    }

    /// Whether it stands for itself and something of it is in the window.
    pub fn is_live(&self) -> bool {
        self.merged_into.is_none() && !self.members.is_empty()
    }
}

/// What the members of a story tell of it.
pub struct Summary<'a> {
    /// The article that told it first, of those in the window.
    pub first: &'a Article,
    /// The first title in each language, in order of arrival.
    pub titles: Vec<(Name, &'a str)>,
    pub outlets: Vec<Name>,
    pub publishers: BTreeSet<Name>,
    pub languages: Vec<Name>,
    pub countries: BTreeSet<Name>,
    pub places: BTreeSet<Name>,
    pub people: BTreeSet<Name>,
}

impl Model {
    /// Nothing where no member is in the window.
    pub fn summary<'a>(&'a self, story: &'a Story) -> Option<Summary<'a>> {
        let told_first = story.first_article.and_then(|id| self.article(id));
        let first = told_first.or_else(|| self.members(story).next())?;
        let mut summary = Summary {
            first,
            titles: Vec::new(),
            outlets: Vec::new(),
            publishers: BTreeSet::new(),
            languages: Vec::new(),
            countries: BTreeSet::new(),
            places: BTreeSet::new(),
            people: BTreeSet::new(),
        };
        for article in self.members(story) {
            if !article.title.is_empty()
                && !summary
                    .titles
                    .iter()
                    .any(|(language, _)| *language == article.language)
            {
                summary.titles.push((article.language, &article.title));
            }
            push(&mut summary.outlets, article.outlet);
            push(&mut summary.languages, article.language);
            summary.publishers.insert(article.publisher);
            summary.countries.extend(&article.countries);
            summary.places.extend(&article.places);
            summary.people.extend(&article.people);
        }
        Some(summary)
    }
}

/// Keeps the order of arrival.
fn push(list: &mut Vec<Name>, name: Name) {
    if !list.contains(&name) {
        list.push(name);
    }
}
