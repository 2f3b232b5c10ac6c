//! What the page shows: the articles, stories and events of the window, as the sealed records tell them.
//!
//! Titles, names and search tokens are held; texts and evidence stay on the disk until someone looks at them.
//! An article costs about 1.2 KB, so that a window of 50,000 takes some 60 MB.

mod search;
pub mod story;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;

use jiff::{SignedDuration, Timestamp};

pub use search::Query;
pub use story::Story;

use crate::dedup::Relation;
use crate::write::record::{self, Record};
use search::Tokens;

/// Articles that are held at most, the latest; for windows and regions that are larger than a page is for.
const ARTICLES_MAX: usize = 200_000;
/// Events that are held, the latest.
const EVENTS_MAX: usize = 500;
/// Bytes of a title that are held.
const TITLE_BYTES_MAX: usize = 1024;
/// What an article costs besides its own heap: its slot, its place in tables and in its story.
const ARTICLE_BYTES: usize = size_of::<Article>() + 120;

/// An identifier of a record without its prefix: 26 characters of base 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id([u8; 26]);

impl Id {
    /// Reads `a_…` or `s_…`.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = text
            .strip_prefix("a_")
            .or(text.strip_prefix("s_"))?
            .as_bytes();
        let is_sound = bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
        bytes.try_into().ok().filter(|_| is_sound).map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// A word that many articles share, such as an outlet or a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

/// Words that many articles share, each once. They come from the configuration, from the gazetteer and from the
/// list of languages, which bounds their number.
#[derive(Debug, Default)]
struct Names {
    words: Vec<Box<str>>,
    by_word: HashMap<Box<str>, Name>,
}

impl Names {
    fn put(&mut self, word: &str) -> Name {
        if let Some(&name) = self.by_word.get(word) {
            return name;
        }
        let name = Name(self.words.len() as u32);
        self.words.push(word.into());
        self.by_word.insert(word.into(), name);
        name
    }

    fn put_all<'a>(&mut self, words: impl Iterator<Item = &'a str>) -> Box<[Name]> {
        words.map(|word| self.put(word)).collect()
    }
}

/// An article of the window, in its latest revision.
#[derive(Debug)]
pub struct Article {
    pub id: Id,
    /// Of the record with its text.
    pub seq: u64,
    /// Of the placement that holds; 0 where none was visible yet.
    pub placement: u64,
    pub story: Id,
    pub relation: Relation,
    pub of: Option<Id>,
    pub score: f32,
    pub revision: u32,
    pub title: Box<str>,
    pub url: Option<Box<str>>,
    pub origin: Option<Box<str>>,
    pub outlet: Name,
    pub publisher: Name,
    pub language: Name,
    pub countries: Box<[Name]>,
    pub places: Box<[Name]>,
    pub people: Box<[Name]>,
    pub published: Timestamp,
    /// Whether the outlet named the date.
    pub is_dated: bool,
    pub first_seen: Timestamp,
    tokens: Tokens,
}

impl Article {
    fn bytes(&self) -> usize {
        let texts = self.title.len()
            + self.url.as_deref().map_or(0, str::len)
            + self.origin.as_deref().map_or(0, str::len);
        let names = self.countries.len() + self.places.len() + self.people.len();
        ARTICLE_BYTES + texts + names * size_of::<Name>() + self.tokens.bytes()
    }
}

/// A decision that became visible: the relation and the languages of the earlier and the later article.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub relation: Relation,
    pub languages: String,
}

/// How often stories without articles are looked for, at the latest.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// All of it.
#[derive(Debug)]
pub struct Model {
    window: SignedDuration,
    names: Names,
    reader: search::Reader,
    articles: VecDeque<Article>,
    /// Number of the first of `articles`; numbers are never used again.
    base: u32,
    by_id: HashMap<Id, u32>,
    stories: BTreeMap<Id, Story>,
    events: VecDeque<record::Event>,
    bytes: usize,
    swept: Timestamp,
}

impl Model {
    pub fn new(window: SignedDuration) -> Self {
        Self {
            window,
            names: Names::default(),
            reader: search::Reader::default(),
            articles: VecDeque::new(),
            base: 0,
            by_id: HashMap::new(),
            stories: BTreeMap::new(),
            events: VecDeque::new(),
            bytes: 0,
            swept: Timestamp::MIN,
        }
    }

    /// Articles in the window.
    pub fn article_count(&self) -> usize {
        self.articles.len()
    }

    /// Estimated bytes in use.
    pub fn bytes(&self) -> usize {
        self.bytes + self.stories.len() * size_of::<Story>() * 3 / 2
    }

    pub fn name(&self, name: Name) -> &str {
        &self.names.words[name.0 as usize]
    }

    /// A word that some article of the window has.
    pub fn known(&self, word: &str) -> Option<Name> {
        self.names.by_word.get(word).copied()
    }

    pub fn article(&self, id: Id) -> Option<&Article> {
        self.numbered(*self.by_id.get(&id)?)
    }

    /// Latest first.
    pub fn articles(&self) -> impl Iterator<Item = &Article> {
        self.articles.iter().rev()
    }

    /// Every story, those that were merged away too.
    pub fn stories(&self) -> impl Iterator<Item = (Id, &Story)> {
        self.stories.iter().map(|(&id, story)| (id, story))
    }

    /// The story of this id, or the one that it was merged into.
    pub fn story(&self, id: Id) -> Option<(Id, &Story)> {
        let mut at = id;
        // A chain of merges is short; a circle would be a fault elsewhere.
        for _ in 0..16 {
            let story = self.stories.get(&at)?;
            match story.merged_into {
                Some(into) if self.stories.contains_key(&into) => at = into,
                _ => return Some((at, story)),
            }
        }
        None
    }

    /// The articles of a story that are in the window, in order of arrival.
    pub fn members<'a>(&'a self, story: &'a Story) -> impl Iterator<Item = &'a Article> {
        story
            .members
            .iter()
            .filter_map(|&number| self.numbered(number))
    }

    /// Latest first.
    pub fn events(&self) -> impl Iterator<Item = &record::Event> {
        self.events.iter().rev()
    }

    /// Takes in a record. Call in order of `seq`. Returns the decision that a placement tells.
    pub fn take(&mut self, record: Record) -> Option<Decision> {
        match record {
            Record::Article(article) => self.take_article(&article),
            Record::Placement(placement) => return self.take_placement(&placement),
            Record::Story(story) => self.take_story(&story),
            Record::Event(event) => {
                self.events.push_back(*event);
                if self.events.len() > EVENTS_MAX {
                    self.events.pop_front();
                }
            }
        }
        None
    }

    /// Lets go of what has left the window.
    pub fn advance(&mut self, now: Timestamp) {
        let since = now.checked_sub(self.window).unwrap_or(Timestamp::MIN);
        while let Some(first) = self.articles.front()
            && (first.first_seen < since || self.articles.len() > ARTICLES_MAX)
        {
            self.drop_first();
        }
        if now.duration_since(self.swept).abs() >= self.window.min(SWEEP_EVERY) {
            self.swept = now;
            self.stories
                .retain(|_, story| !story.members.is_empty() || story.last_seen >= since);
        }
    }

    fn drop_first(&mut self) {
        let Some(article) = self.articles.pop_front() else {
            return;
        };
        let number = self.base;
        self.base += 1;
        self.bytes = self.bytes.saturating_sub(article.bytes());
        self.by_id.remove(&article.id);
        if let Some(story) = self.stories.get_mut(&article.story) {
            story.members.retain(|&member| member != number);
        }
    }

    fn numbered(&self, number: u32) -> Option<&Article> {
        self.articles.get(number.checked_sub(self.base)? as usize)
    }

    fn take_article(&mut self, record: &record::Article) {
        let (Some(id), Some(story)) = (Id::read(&record.id), Id::read(&record.story.id)) else {
            return;
        };
        let mut article = self.article_of(record, id, story);
        self.bytes += article.bytes();
        if let Some(&number) = self.by_id.get(&id) {
            let Some(held) = self.articles.get_mut((number - self.base) as usize) else {
                return;
            };
            // An edit changes what is told, not where it stands.
            article.story = held.story;
            article.relation = held.relation;
            article.of = held.of;
            article.score = held.score;
            article.placement = held.placement;
            article.first_seen = held.first_seen;
            self.bytes = self.bytes.saturating_sub(held.bytes());
            *held = article;
            return;
        }
        if record.revision > 1 {
            // Of an article that left the window before.
            self.bytes = self.bytes.saturating_sub(article.bytes());
            return;
        }
        let number = self.base + self.articles.len() as u32;
        self.by_id.insert(id, number);
        self.stories
            .entry(story)
            .or_insert_with(|| Story::opened(record.first_seen))
            .members
            .push(number);
        self.articles.push_back(article);
    }

    fn article_of(&mut self, record: &record::Article, id: Id, story: Id) -> Article {
        let title = record.title.as_deref().unwrap_or_default();
        let title = &title[..title.floor_char_boundary(TITLE_BYTES_MAX)];
        let names = &mut self.names;
        Article {
            id,
            seq: record.seq,
            placement: 0,
            story,
            relation: record.story.relation,
            of: record.story.of.as_deref().and_then(Id::read),
            score: record.story.score,
            revision: record.revision,
            title: title.into(),
            url: record.url.as_deref().map(Into::into),
            origin: record.origin.as_deref().map(Into::into),
            outlet: names.put(&record.outlet),
            publisher: names.put(&record.publisher),
            language: names.put(&record.language),
            countries: names.put_all(record.countries.iter().map(|country| &*country.code)),
            places: names.put_all(record.places.iter().map(|place| &*place.name)),
            people: names.put_all(record.people.iter().map(|person| &*person.name)),
            published: record.published,
            is_dated: record.published_from != "first_seen",
            first_seen: record.first_seen,
            tokens: self.reader.tokens(record),
        }
    }

    fn take_placement(&mut self, record: &record::Placement) -> Option<Decision> {
        let (id, story) = (Id::read(&record.article)?, Id::read(&record.story)?);
        let number = *self.by_id.get(&id)?;
        let article = self.articles.get_mut((number - self.base) as usize)?;
        let from = std::mem::replace(&mut article.story, story);
        article.relation = record.relation;
        article.of = record.of.as_deref().and_then(Id::read);
        article.score = record.score;
        article.placement = record.seq;
        let (of, language, first_seen) = (article.of, article.language, article.first_seen);
        if from != story {
            if let Some(story) = self.stories.get_mut(&from) {
                story.members.retain(|&member| member != number);
            }
            let into = self
                .stories
                .entry(story)
                .or_insert_with(|| Story::opened(first_seen));
            into.members.push(number);
            into.members.sort_unstable();
        }
        let earlier = of.and_then(|of| self.article(of));
        let languages = match earlier {
            Some(earlier) => format!("{}-{}", self.name(earlier.language), self.name(language)),
            None => self.name(language).to_owned(),
        };
        Some(Decision {
            relation: record.relation,
            languages,
        })
    }

    fn take_story(&mut self, record: &record::Story) {
        if let Some(id) = Id::read(&record.id) {
            self.stories
                .entry(id)
                .or_insert_with(|| Story::opened(record.first_seen))
                .update(record);
        }
    }
}
