//! The stories of the window, and the way from a text to the texts that it may repeat.
//!
//! Candidates come from an inverted index over a sample of each text's word triples; each is then
//! compared exactly. The index has one owner; it reads no clock and does no I/O.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use jiff::{SignedDuration, Timestamp};

use super::near::Shingles;
use super::story::{Member, Story, StoryState};
use super::{
    Evidence, InStory, Placed, Placement, Relation, RunnerUp, Verdict, score, shingles_of,
};
use crate::normalise::Article;

/// One triple in eight of a long text is indexed: a copy cut to fifty words still has six of them in
/// common with its source, none in one of 600 cases.
const SAMPLE: u32 = 8;
/// A text with at most this many triples is indexed whole.
const SHORT_SHINGLES: usize = 64;
/// A triple that stands in more texts than this is a set phrase and finds nobody any more.
const POSTING_MAX: u32 = 64;
/// Candidates that are compared exactly, the ones with most triples in common.
const CANDIDATES_MAX: usize = 16;
/// What an entry costs besides its triples: identifiers, table slots and list heads. Measured on
/// 100,000 synthetic articles, rounded up.
const DOC_BYTES: usize = 400;
/// One text in so many is forgotten when the memory bound is reached.
const CUT_SHARE: usize = 8;
/// Bytes of one posting: its node and its share of the table.
const POSTING_BYTES: usize = 24;

/// How far back and how large the index may grow.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub window: SignedDuration,
    /// Bytes; the window shortens rather than pass it.
    pub max_memory: u64,
}

/// Something the directory remembers, handed back in order of `seq`.
#[derive(Debug)]
pub enum Remembered {
    Article {
        member: Member,
        published: Timestamp,
        shingles: Shingles,
        story: InStory,
        /// A later revision changes the text, not the membership.
        revision: u32,
    },
    Story(StoryState),
}

/// The memory of the stories that are still moving.
pub struct Index {
    settings: Settings,
    docs: VecDeque<Doc>,
    /// Number of the first of `docs`; numbers are never used again.
    base: u32,
    by_id: HashMap<Box<str>, u32>,
    by_whole: HashMap<u64, u32, PlainState>,
    postings: Postings,
    stories: HashMap<String, Story>,
    bytes: usize,
    /// Latest arrival seen: a clock that steps back must not stop the window.
    latest: Timestamp,
    shortened: bool,
}

struct Doc {
    id: Box<str>,
    story: Box<str>,
    arrived: Timestamp,
    published: Timestamp,
    shingles: Shingles,
    placed: InStory,
}

impl Index {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            docs: VecDeque::new(),
            base: 0,
            by_id: HashMap::new(),
            by_whole: HashMap::default(),
            postings: Postings::default(),
            stories: HashMap::new(),
            bytes: 0,
            latest: Timestamp::MIN,
            shortened: false,
        }
    }

    /// Articles in the window.
    pub fn len(&self) -> usize {
        self.docs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }

    /// Whether an article is in the window.
    pub fn holds(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Estimated bytes in use.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the memory bound has cut the window since the last call.
    pub fn take_shortened(&mut self) -> bool {
        std::mem::take(&mut self.shortened)
    }

    /// Finds the story of an article. `known` is the place that an earlier revision of it has.
    pub fn place(&mut self, article: Article, known: Option<InStory>, now: Timestamp) -> Placed {
        self.advance(now);
        let shingles = shingles_of(&article);
        let known = self.known_place(&article.id).or(known);
        if let Some(story) = known {
            self.revise(&article, shingles);
            return Placed {
                article,
                story,
                placement: None,
            };
        }
        let placement = self.decide(&article, &shingles);
        let story = placement.story.clone();
        self.insert(
            member_of(&article, story.relation),
            article.published,
            shingles,
            story.clone(),
        );
        Placed {
            article,
            story,
            placement: Some(placement),
        }
    }

    /// Takes back what the directory remembers. Call in order of `seq`, before the first [`place`].
    ///
    /// [`place`]: Index::place
    pub fn restore(&mut self, remembered: Remembered) {
        match remembered {
            Remembered::Article {
                member,
                published,
                shingles,
                story,
                revision,
            } => {
                self.advance(member.first_seen);
                if revision > 1 && self.by_id.contains_key(member.id.as_str()) {
                    self.replace_text(&member.id, shingles);
                } else if revision == 1 {
                    self.insert(member, published, shingles, story);
                }
            }
            Remembered::Story(state) => match self.stories.entry(state.id.clone()) {
                Entry::Occupied(story) => story.into_mut().overwrite(state),
                Entry::Vacant(unknown) => {
                    unknown.insert(Story::resume(state));
                }
            },
        }
    }

    /// The states of stories that changed since the last call, in order of their ids.
    pub fn take_changed(&mut self) -> Vec<StoryState> {
        let mut changed: Vec<StoryState> = self
            .stories
            .values_mut()
            .filter_map(|story| std::mem::take(&mut story.dirty).then(|| story.state().clone()))
            .collect();
        changed.sort_by(|a, b| a.id.cmp(&b.id));
        self.stories.retain(|_, story| story.live > 0);
        changed
    }

    /// Whether any story changed since the last [`take_changed`](Index::take_changed).
    pub fn has_changed(&self) -> bool {
        self.stories.values().any(|story| story.dirty)
    }

    fn known_place(&self, id: &str) -> Option<InStory> {
        let number = *self.by_id.get(id)?;
        Some(self.doc(number)?.placed.clone())
    }

    fn doc(&self, number: u32) -> Option<&Doc> {
        self.docs.get(number.checked_sub(self.base)? as usize)
    }

    fn decide(&self, article: &Article, shingles: &Shingles) -> Placement {
        let mut best: Option<(u32, Verdict)> = None;
        let mut ranked: Vec<(f32, u32)> = Vec::new();
        for number in self.candidates(shingles) {
            let Some(doc) = self.doc(number) else {
                continue;
            };
            match score::judge(shingles, &doc.shingles) {
                Some(verdict) => {
                    ranked.push((verdict.score, number));
                    if best.is_none_or(|(_, best)| verdict.score > best.score) {
                        best = Some((number, verdict));
                    }
                }
                None => ranked.push((score::likeness(shingles, &doc.shingles).min(0.499), number)),
            }
        }
        let Some((number, verdict)) = best else {
            return self.first(article, &ranked);
        };
        let doc = self.doc(number).expect("a candidate that was just read");
        let story = InStory {
            id: doc.story.to_string(),
            relation: verdict.relation,
            of: Some(doc.id.to_string()),
            score: verdict.score,
        };
        let apart = article
            .published
            .duration_since(doc.published)
            .as_secs_f64()
            .abs();
        Placement {
            runner_up: self.runner_up(&ranked, &doc.story),
            story,
            evidence: Evidence {
                text_overlap: verdict.text_overlap,
                hours_apart: (apart / 3600.0) as f32,
                ..Evidence::default()
            },
        }
    }

    fn first(&self, article: &Article, ranked: &[(f32, u32)]) -> Placement {
        Placement {
            story: InStory {
                id: story_id(&article.id),
                relation: Relation::First,
                of: None,
                score: 1.0,
            },
            runner_up: self.runner_up(ranked, ""),
            evidence: Evidence::default(),
        }
    }

    fn runner_up(&self, ranked: &[(f32, u32)], taken: &str) -> Option<RunnerUp> {
        let others = ranked
            .iter()
            .filter_map(|&(score, number)| Some((score, self.doc(number)?)))
            .filter(|(_, doc)| &*doc.story != taken);
        let (score, doc) = others.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
        Some(RunnerUp {
            story: doc.story.to_string(),
            score,
        })
    }

    /// Texts worth comparing, best first; the oldest first among equals, so that the answer does not
    /// depend on the order of a hash table.
    fn candidates(&self, shingles: &Shingles) -> Vec<u32> {
        let mut hits: HashMap<u32, u32, PlainState> = HashMap::default();
        if let Some(&number) = self.by_whole.get(&shingles.whole()) {
            hits.insert(number, u32::MAX / 2);
        }
        for &hash in shingles.hashes() {
            self.postings
                .each(hash, |number| *hits.entry(number).or_default() += 1);
        }
        let mut ranked: Vec<(u32, u32)> = hits.into_iter().collect();
        ranked.sort_unstable_by_key(|&(number, count)| (std::cmp::Reverse(count), number));
        ranked.truncate(CANDIDATES_MAX);
        ranked.into_iter().map(|(number, _)| number).collect()
    }

    fn insert(
        &mut self,
        member: Member,
        published: Timestamp,
        shingles: Shingles,
        placed: InStory,
    ) {
        let number = self.base + self.docs.len() as u32;
        let story = self
            .stories
            .entry(placed.id.clone())
            .or_insert_with(|| Story::open(placed.id.clone(), &member));
        story.join(&member);
        story.live += 1;
        self.by_id.insert(member.id.as_str().into(), number);
        self.by_whole.entry(shingles.whole()).or_insert(number);
        self.post(number, &shingles);
        self.bytes += DOC_BYTES + shingles.bytes();
        self.docs.push_back(Doc {
            id: member.id.into(),
            story: placed.id.as_str().into(),
            arrived: member.first_seen.max(self.latest),
            published,
            shingles,
            placed,
        });
        self.bound_memory();
    }

    fn post(&mut self, number: u32, shingles: &Shingles) {
        let whole = shingles.hashes().len() <= SHORT_SHINGLES;
        for &hash in shingles.hashes() {
            if whole || hash % SAMPLE == 0 {
                self.postings.add(hash, number);
                self.bytes += POSTING_BYTES;
            }
        }
    }

    fn revise(&mut self, article: &Article, shingles: Shingles) {
        self.replace_text(&article.id, shingles);
    }

    fn replace_text(&mut self, id: &str, shingles: Shingles) {
        let Some(&number) = self.by_id.get(id) else {
            return;
        };
        self.post(number, &shingles);
        let slot = number.wrapping_sub(self.base) as usize;
        if let Some(doc) = self.docs.get_mut(slot) {
            self.bytes = self.bytes + shingles.bytes() - doc.shingles.bytes();
            doc.shingles = shingles;
        }
    }

    /// Lets go of what has left the window.
    fn advance(&mut self, now: Timestamp) {
        self.latest = self.latest.max(now);
        let Ok(oldest) = self.latest.checked_sub(self.settings.window) else {
            return;
        };
        while self.docs.front().is_some_and(|doc| doc.arrived < oldest) {
            self.forget_oldest();
        }
        self.tidy();
    }

    fn bound_memory(&mut self) {
        while self.bytes as u64 > self.settings.max_memory && self.docs.len() > 1 {
            self.shortened = true;
            // Postings are freed by a sweep only, which is worth it for many texts at a time.
            for _ in 0..self.docs.len().div_ceil(CUT_SHARE) {
                self.forget_oldest();
            }
            self.sweep();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(doc) = self.docs.pop_front() else {
            return;
        };
        let number = self.base;
        self.base += 1;
        self.by_id.remove(&doc.id);
        if let Entry::Occupied(whole) = self.by_whole.entry(doc.shingles.whole())
            && *whole.get() == number
        {
            whole.remove();
        }
        self.bytes = self.bytes.saturating_sub(DOC_BYTES + doc.shingles.bytes());
        if let Some(story) = self.stories.get_mut(&*doc.story) {
            story.live -= 1;
            if story.live == 0 && !story.dirty {
                self.stories.remove(&*doc.story);
            }
        }
    }

    /// Postings of forgotten texts are swept out once they are the larger half.
    fn tidy(&mut self) {
        let forgotten = self.base - self.postings.swept_to;
        if forgotten as usize >= self.docs.len() + 1024 {
            self.sweep();
        }
    }

    fn sweep(&mut self) {
        self.bytes = self
            .bytes
            .saturating_sub(self.postings.nodes.len() * POSTING_BYTES);
        let mut postings = std::mem::take(&mut self.postings);
        postings.clear(self.base);
        self.postings = postings;
        let docs = std::mem::take(&mut self.docs);
        for (slot, doc) in docs.iter().enumerate() {
            self.post(self.base + slot as u32, &doc.shingles);
        }
        self.docs = docs;
    }
}

/// The sample of triples, each with the texts that hold it, newest first.
#[derive(Default)]
struct Postings {
    heads: HashMap<u32, Head, PlainState>,
    nodes: Vec<Node>,
    swept_to: u32,
}

#[derive(Clone, Copy)]
struct Head {
    node: u32,
    count: u32,
}

struct Node {
    doc: u32,
    /// `u32::MAX` ends the list.
    next: u32,
}

impl Postings {
    fn add(&mut self, hash: u32, doc: u32) {
        let node = self.nodes.len() as u32;
        let head = self.heads.entry(hash).or_insert(Head {
            node: u32::MAX,
            count: 0,
        });
        if head.count > POSTING_MAX {
            return;
        }
        self.nodes.push(Node {
            doc,
            next: head.node,
        });
        *head = Head {
            node,
            count: head.count + 1,
        };
    }

    fn each(&self, hash: u32, mut found: impl FnMut(u32)) {
        let Some(head) = self
            .heads
            .get(&hash)
            .filter(|head| head.count <= POSTING_MAX)
        else {
            return;
        };
        let mut next = head.node;
        while let Some(node) = self.nodes.get(next as usize) {
            found(node.doc);
            next = node.next;
        }
    }

    fn clear(&mut self, swept_to: u32) {
        self.heads.clear();
        self.nodes.clear();
        self.swept_to = swept_to;
    }
}

/// For keys that are hashes already.
#[derive(Default)]
struct Plain(u64);

type PlainState = BuildHasherDefault<Plain>;

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u32(&mut self, key: u32) {
        // The table takes its tag from the top bits and its slot from the low ones.
        self.0 = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// A story is named after the article that opened it, so that a replay gives the same names.
fn story_id(article_id: &str) -> String {
    format!("s_{}", article_id.strip_prefix("a_").unwrap_or(article_id))
}

fn member_of(article: &Article, relation: Relation) -> Member {
    Member {
        id: article.id.clone(),
        outlet: article.outlet.clone(),
        publisher: article.publisher.clone(),
        origin: article.origin.clone(),
        title: article.title.clone(),
        language: article.language.to_owned(),
        countries: article.countries.iter().map(|c| c.code.clone()).collect(),
        places: article.places.iter().map(|p| p.id.clone()).collect(),
        people: article.people.iter().map(|p| p.id.clone()).collect(),
        first_seen: article.first_seen,
        relation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::{Bare, bare};

    const AGENCY: &str = "The ministry of energy said on Tuesday that the first unit of the power station will \
        be started before the end of the year, and that the reservoir has reached the level that was planned, \
        while residents of three villages have been moved to new houses on higher ground.";
    const OTHER: &str = "A court in the southern province sentenced four men to prison for the theft of cattle \
        in the spring; two of them had already been fined last year, the prosecutor of the district said.";

    fn index() -> Index {
        Index::new(Settings {
            window: SignedDuration::from_hours(7 * 24),
            max_memory: 1 << 30,
        })
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn article(name: &str, text: &str, hour: i64) -> Article {
        bare(Bare {
            id: format!("a_{name}"),
            title: format!("Headline of {name}"),
            text: text.into(),
            published: Some(at(hour)),
            source: Some(name.into()),
            ..Bare::default()
        })
    }

    fn place(index: &mut Index, name: &str, text: &str, hour: i64) -> InStory {
        index
            .place(article(name, text, hour), None, at(hour))
            .story()
            .clone()
    }

    #[test]
    fn copies_join_the_story_of_the_first_and_say_of_which() {
        let mut index = index();
        let first = place(&mut index, "one", AGENCY, 0);
        let copy = place(&mut index, "two", AGENCY, 1);
        let edited = place(&mut index, "three", &AGENCY.replace("Tuesday", "Monday"), 2);
        let other = place(&mut index, "four", OTHER, 3);
        assert_eq!((first.relation, first.of), (Relation::First, None));
        assert_eq!(
            (copy.relation, copy.of.as_deref()),
            (Relation::Copy, Some("a_one"))
        );
        assert_eq!((edited.relation, &edited.id), (Relation::Near, &first.id));
        assert_ne!(other.id, first.id);
    }

    #[test]
    fn a_text_is_forgotten_when_the_window_has_passed() {
        let mut index = index();
        let first = place(&mut index, "one", AGENCY, 0);
        let inside = place(&mut index, "two", AGENCY, 7 * 24);
        assert_eq!(inside.id, first.id);
        let outside = place(&mut index, "three", AGENCY, 15 * 24);
        assert_ne!(outside.id, first.id);
        assert_eq!(index.len(), 1);
    }

    #[test]
    fn a_revision_keeps_its_place_and_its_new_text_is_found() {
        let mut index = index();
        let first = place(&mut index, "one", AGENCY, 0);
        let revised = index.place(article("one", OTHER, 1), None, at(1));
        assert_eq!(revised.story(), &first);
        assert!(revised.placement().is_none());
        assert_eq!(
            place(&mut index, "two", OTHER, 2).of.as_deref(),
            Some("a_one")
        );
    }

    #[test]
    fn what_was_restored_answers_like_what_was_placed() {
        let mut before = index();
        let placed = before.place(article("one", AGENCY, 0), None, at(0));
        let state = before.take_changed().remove(0);
        let mut after = index();
        after.restore(Remembered::Article {
            member: member_of(placed.article(), Relation::First),
            published: at(0),
            shingles: shingles_of(placed.article()),
            story: placed.story().clone(),
            revision: 1,
        });
        after.restore(Remembered::Story(state));
        assert!(!after.has_changed());
        assert_eq!(
            place(&mut after, "two", AGENCY, 1),
            place(&mut before, "two", AGENCY, 1)
        );
        assert_eq!(after.take_changed(), before.take_changed());
    }

    #[test]
    fn memory_is_bounded_and_the_cut_is_told() {
        let mut index = Index::new(Settings {
            window: SignedDuration::from_hours(9999),
            max_memory: 64 << 10,
        });
        for number in 0..200 {
            let text = (0..60)
                .map(|n| format!("w{number}x{n} "))
                .collect::<String>();
            place(&mut index, &format!("n{number}"), &text, number);
        }
        assert!(index.take_shortened());
        assert!(index.bytes() <= 64 << 10, "{}", index.bytes());
        assert!(index.len() > 5);
    }

    #[test]
    fn the_sweep_of_forgotten_texts_loses_no_live_one() {
        let mut index = Index::new(Settings {
            window: SignedDuration::from_hours(100),
            max_memory: 1 << 30,
        });
        for hour in 0..3000 {
            let text = (0..40).map(|n| format!("w{hour}x{n} ")).collect::<String>();
            place(&mut index, &format!("n{hour}"), &text, hour);
        }
        let text = (0..40).map(|n| format!("w2950x{n} ")).collect::<String>();
        assert_eq!(
            place(&mut index, "copy", &text, 3000).of.as_deref(),
            Some("a_n2950")
        );
        assert!(index.postings.nodes.len() < 100 * 40 * 14);
    }
}
