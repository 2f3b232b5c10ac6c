//! What is known of a story as a whole, kept up to date with each article that joins it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Relation;
use super::codec::Keep;

/// The first headline of a story in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Headline {
    pub language: String,
    pub title: String,
}

/// The state of a story, as its record tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryState {
    pub id: String,
    /// The story that this one turned out to be.
    pub merged_into: Option<String>,
    pub follows: Vec<String>,
    pub titles: Vec<Headline>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub first_article: String,
    pub article_count: u64,
    pub outlets: Vec<String>,
    pub publishers: Vec<String>,
    pub independent_voices: u64,
    pub languages: Vec<String>,
    pub countries: Vec<String>,
    pub places: Vec<String>,
    pub people: Vec<String>,
}

/// What a story needs to know of an article that joins it.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub id: String,
    pub outlet: String,
    pub publisher: String,
    /// The agency or outlet that the text credits.
    pub origin: Option<String>,
    pub title: Option<String>,
    pub language: String,
    pub countries: Vec<String>,
    pub places: Vec<String>,
    pub people: Vec<String>,
    pub first_seen: Timestamp,
    pub relation: Relation,
}

/// A story that is still moving.
#[derive(Debug)]
pub(super) struct Story {
    state: StoryState,
    /// Who speaks for itself here, by the name it is credited with.
    voices: BTreeSet<String>,
    /// Changed since its state was last written.
    pub dirty: bool,
}

impl Story {
    pub fn open(id: String, first: &Member) -> Self {
        let state = StoryState {
            id,
            merged_into: None,
            follows: Vec::new(),
            titles: Vec::new(),
            first_seen: first.first_seen,
            last_seen: first.first_seen,
            first_article: first.id.clone(),
            article_count: 0,
            outlets: Vec::new(),
            publishers: Vec::new(),
            independent_voices: 0,
            languages: Vec::new(),
            countries: Vec::new(),
            places: Vec::new(),
            people: Vec::new(),
        };
        Self {
            state,
            voices: BTreeSet::new(),
            dirty: false,
        }
    }

    pub fn state(&self) -> &StoryState {
        &self.state
    }

    /// A story of which only its written state is known.
    pub fn resume(state: StoryState) -> Self {
        Self {
            state,
            voices: BTreeSet::new(),
            dirty: false,
        }
    }

    /// Takes over a state that was written earlier.
    pub fn overwrite(&mut self, state: StoryState) {
        self.state = state;
        self.dirty = false;
    }

    /// Notes the story of which this one is a development.
    pub fn follow(&mut self, earlier: &str) {
        insert(&mut self.state.follows, earlier);
        self.dirty = true;
    }

    /// Makes this story a redirect to another, and hands over what it knew.
    pub fn redirect(&mut self, into: &str) -> (StoryState, BTreeSet<String>) {
        let told = self.state.clone();
        self.state.merged_into = Some(into.to_owned());
        self.dirty = true;
        (told, std::mem::take(&mut self.voices))
    }

    /// Takes in a story that turned out to be this one.
    pub fn absorb(&mut self, (other, voices): (StoryState, BTreeSet<String>)) {
        let unnamed = other.independent_voices.saturating_sub(voices.len() as u64);
        let before = self.voices.len();
        self.voices.extend(voices);
        let state = &mut self.state;
        state.independent_voices += unnamed + (self.voices.len() - before) as u64;
        state.article_count += other.article_count;
        state.first_seen = state.first_seen.min(other.first_seen);
        state.last_seen = state.last_seen.max(other.last_seen);
        let lists = [
            (&mut state.follows, other.follows),
            (&mut state.outlets, other.outlets),
            (&mut state.publishers, other.publishers),
            (&mut state.languages, other.languages),
            (&mut state.countries, other.countries),
            (&mut state.places, other.places),
            (&mut state.people, other.people),
        ];
        for (list, more) in lists {
            more.iter().for_each(|one| insert(list, one));
        }
        state
            .follows
            .retain(|earlier| *earlier != state.id && *earlier != other.id);
        for headline in other.titles {
            if !state
                .titles
                .iter()
                .any(|known| known.language == headline.language)
            {
                state.titles.push(headline);
            }
        }
        self.dirty = true;
    }

    pub fn join(&mut self, member: &Member) {
        self.hear(member);
        let state = &mut self.state;
        state.article_count += 1;
        state.first_seen = state.first_seen.min(member.first_seen);
        state.last_seen = state.last_seen.max(member.first_seen);
        insert(&mut state.outlets, &member.outlet);
        insert(&mut state.publishers, &member.publisher);
        insert(&mut state.languages, &member.language);
        member
            .countries
            .iter()
            .for_each(|c| insert(&mut state.countries, c));
        member
            .places
            .iter()
            .for_each(|p| insert(&mut state.places, p));
        member
            .people
            .iter()
            .for_each(|p| insert(&mut state.people, p));
        if let Some(title) = &member.title
            && !state.titles.iter().any(|t| t.language == member.language)
        {
            state.titles.push(Headline {
                language: member.language.clone(),
                title: title.clone(),
            });
        }
        self.dirty = true;
    }

    /// A publisher that has its text from another is not a voice of its own; two that credit the same
    /// agency are one.
    fn hear(&mut self, member: &Member) {
        if matches!(member.relation, Relation::Copy | Relation::Near) {
            return;
        }
        let voice = member
            .origin
            .as_ref()
            .unwrap_or(&member.publisher)
            .to_lowercase();
        // After a restart the voices of articles older than the window are only a number.
        let counted_before = self.voices.len() < self.state.independent_voices as usize
            && self.state.publishers.contains(&member.publisher);
        if self.voices.insert(voice) && !counted_before {
            self.state.independent_voices += 1;
        }
    }
}

impl Keep for Headline {
    fn put(&self, out: &mut Vec<u8>) {
        self.language.put(out);
        self.title.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            language: Keep::take(from)?,
            title: Keep::take(from)?,
        })
    }
}

impl Keep for StoryState {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.merged_into.put(out);
        self.follows.put(out);
        self.titles.put(out);
        self.first_seen.put(out);
        self.last_seen.put(out);
        self.first_article.put(out);
        self.article_count.put(out);
        self.outlets.put(out);
        self.publishers.put(out);
        self.independent_voices.put(out);
        self.languages.put(out);
        self.countries.put(out);
        self.places.put(out);
        self.people.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        // In the order in which they were put: fields are evaluated as they are written.
        Some(Self {
            id: Keep::take(from)?,
            merged_into: Keep::take(from)?,
            follows: Keep::take(from)?,
            titles: Keep::take(from)?,
            first_seen: Keep::take(from)?,
            last_seen: Keep::take(from)?,
            first_article: Keep::take(from)?,
            article_count: Keep::take(from)?,
            outlets: Keep::take(from)?,
            publishers: Keep::take(from)?,
            independent_voices: Keep::take(from)?,
            languages: Keep::take(from)?,
            countries: Keep::take(from)?,
            places: Keep::take(from)?,
            people: Keep::take(from)?,
        })
    }
}

impl Keep for Story {
    fn put(&self, out: &mut Vec<u8>) {
        self.state.put(out);
        let voices: Vec<String> = self.voices.iter().cloned().collect();
        voices.put(out);
        self.dirty.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            state: Keep::take(from)?,
            voices: Vec::take(from)?.into_iter().collect(),
            dirty: Keep::take(from)?,
        })
    }
}

/// Keeps `list` sorted and free of repetition.
fn insert(list: &mut Vec<String>, value: &str) {
    if let Err(place) = list.binary_search_by(|have| have.as_str().cmp(value)) {
        list.insert(place, value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(publisher: &str, origin: Option<&str>, relation: Relation) -> Member {
        Member {
            id: format!("a_{publisher}"),
            outlet: publisher.into(),
            publisher: publisher.into(),
            origin: origin.map(str::to_owned),
            title: Some("title".into()),
            language: "en".into(),
            countries: vec!["UZB".into()],
            places: Vec::new(),
            people: Vec::new(),
            first_seen: Timestamp::UNIX_EPOCH,
            relation,
        }
    }

    fn voices(members: &[Member]) -> u64 {
        let mut story = Story::open("s".into(), &members[0]);
        members.iter().for_each(|member| story.join(member));
        story.state().independent_voices
    }

    #[test]
    fn ten_copies_of_one_text_are_one_voice() {
        let mut members = vec![member("agency", None, Relation::First)];
        members.extend((0..10).map(|n| member(&format!("paper-{n}"), None, Relation::Copy)));
        assert_eq!(voices(&members), 1);
    }

    #[test]
    fn two_outlets_that_credit_one_agency_are_one_voice() {
        let a = member("a", Some("AFP"), Relation::First);
        let b = member("b", Some("AFP"), Relation::Rewrite);
        let agency = member("afp", None, Relation::Rewrite);
        assert_eq!(voices(&[a, b, agency]), 1);
    }

    #[test]
    fn two_tellings_are_two_voices_and_one_publisher_is_one() {
        let a = member("a", None, Relation::First);
        let b = member("b", None, Relation::Rewrite);
        assert_eq!(voices(&[a.clone(), b, a]), 2);
    }
}
