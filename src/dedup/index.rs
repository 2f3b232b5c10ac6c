//! The stories of the window, and the way from an article to the stories that it may belong to.
//!
//! Candidates come from an inverted index over word triples, rare stems, names, numbers, places and
//! concepts; each is then compared exactly. The index has one owner; it reads no clock and does no I/O.

mod snapshot;
#[cfg(test)]
mod tests;

pub use snapshot::fingerprint;

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::candidates::{Candidates, Thing, things};
use super::evidence;
use super::features::{Features, Probe, Reading, Telling};
use super::frequency::Frequencies;
use super::hash::{PlainState, hash_of_id};
use super::prepared::{Prepared, PreparedArticle, Step, Taken};
use super::score::{self, Verdict};
use super::settle::Merge;
use super::signals::Signals;
use super::stories::Stories;
use super::story::{Member, StoryState};
use super::terms::Reader;
use super::weights::WEIGHTS;
use super::{Evidence, InStory, Moved, Placed, Placement, Relation, RunnerUp};
use crate::normalise::Article;

/// Members of a story that a new article is compared with; the first and the latest of larger ones.
const MEMBERS_COMPARED: usize = 16;
/// Stories that a new article is weighed against, those of the best candidates.
const STORIES_WEIGHED: usize = 4;
/// Relatives that are remembered of an article, for what is decided later.
const KIN_MAX: usize = 24;
/// Candidates in a row that are no relatives after which no more are compared.
const STRANGERS_IN_A_ROW: usize = 10;
/// Log odds below the threshold from which an article is a relative.
const KIN_BELOW: f32 = 2.0;
/// Articles after which stories are looked at again: so many, and a share of those in the window.
const SETTLE_AFTER: usize = 1000;
const SETTLE_SHARE: usize = 8;
/// How often that is done in a window at least.
const SETTLES_IN_WINDOW: i32 = 14;
/// One article in so many is forgotten when the memory bound is reached.
const CUT_SHARE: usize = 8;
/// What an article costs besides its features: identifiers, table slots, relatives. Measured on 100,000
/// synthetic articles, rounded up.
const DOC_BYTES: usize = 400;

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
        /// None where the outlet named no date.
        published: Option<Timestamp>,
        telling: Box<Telling>,
        story: InStory,
        /// A later revision changes the text, not the membership.
        revision: u32,
    },
    /// A later placement, which may be in another story than the article's record says.
    Placement {
        article: String,
        story: InStory,
    },
    Story(StoryState),
}

/// The memory of the stories that are still moving.
#[derive(Debug)]
pub struct Index {
    settings: Settings,
    reader: Reader,
    frequencies: Frequencies,
    docs: VecDeque<Doc>,
    /// Number of the first of `docs`; numbers are never used again.
    base: u32,
    /// By the hash of the id. Of two ids with one hash the later one is found.
    by_id: HashMap<u64, u32, PlainState>,
    candidates: Candidates,
    stories: Stories,
    bytes: usize,
    /// Articles from this number on have come in since stories were looked at again, and when that was.
    settled_to: u32,
    settled_at: Timestamp,
    /// Latest arrival seen: a clock that steps back must not stop the window.
    latest: Timestamp,
    shortened: bool,
    /// Articles were taken back and are not filed among the candidates yet: that is done for all at once.
    is_unfiled: bool,
}

/// An article of the window.
#[derive(Debug)]
pub(super) struct Doc {
    pub id: Box<str>,
    /// Slot of its story.
    pub story: u32,
    pub relation: Relation,
    /// The article that it repeats.
    of: Option<Box<str>>,
    score: f32,
    arrived: Timestamp,
    published: Option<Timestamp>,
    pub features: Features,
    /// Earlier articles that may tell the same story, with log odds.
    pub kin: Box<[(u32, f32)]>,
}

impl Doc {
    pub fn hours_from(&self, other: &Self) -> Option<f32> {
        hours_between(self.published, other.published)
    }

    fn bytes(&self) -> usize {
        DOC_BYTES + self.features.bytes() + size_of_val(&*self.kin)
    }
}

/// An article that is compared with those of the window.
struct Newcomer {
    reading: Reading,
    features: Features,
    /// By which it is found and filed. None where it is taken back, and filed with all others later.
    things: Vec<Thing>,
    published: Option<Timestamp>,
}

impl Index {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            reader: Reader::default(),
            frequencies: Frequencies::default(),
            docs: VecDeque::new(),
            base: 0,
            by_id: HashMap::default(),
            candidates: Candidates::default(),
            stories: Stories::default(),
            bytes: 0,
            settled_to: 0,
            settled_at: Timestamp::MIN,
            latest: Timestamp::MIN,
            shortened: false,
            is_unfiled: false,
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
        self.number(id).is_some()
    }

    fn number(&self, id: &str) -> Option<u32> {
        let number = *self.by_id.get(&hash_of_id(id))?;
        (*self.doc(number)?.id == *id).then_some(number)
    }

    /// Estimated bytes in use for the articles of the window. What is counted of words comes on top: at most
    /// 32 MiB.
    pub fn bytes(&self) -> usize {
        self.bytes + self.candidates.bytes()
    }

    /// Whether the memory bound has cut the window since the last call.
    pub fn take_shortened(&mut self) -> bool {
        std::mem::take(&mut self.shortened)
    }

    /// Finds the story of an article. `known` is the place that an earlier revision of it has.
    pub fn place(&mut self, article: Article, known: Option<InStory>, now: Timestamp) -> Placed {
        self.file();
        self.advance(now);
        let telling = Telling::from(&article);
        if let Some(story) = self.known_place(&article.id).or(known) {
            self.replace_text(&article.id, &telling);
            return Placed {
                article,
                story,
                placement: None,
            };
        }
        let newcomer = self.read(&telling, dated(&article));
        let probe = Probe::of(&newcomer.features);
        let judged = self.judged(&newcomer, &probe);
        let (placement, kin) = self.decide(&article, &telling, &newcomer, &probe, &judged);
        let story = placement.story.clone();
        self.insert(member_of(&article, story.relation), newcomer, &story, kin);
        self.stories.follow(&story.id, placement.follows.as_deref());
        Placed {
            article,
            story,
            placement: Some(placement),
        }
    }

    /// Takes back what the directory remembers. Call in order of `seq`, and [`file`](Index::file) at the end.
    pub fn restore(&mut self, remembered: Remembered) {
        let prepared = Prepared::of(remembered, &mut self.reader);
        self.restore_prepared(prepared);
    }

    /// As [`restore`](Index::restore).
    pub fn restore_prepared(&mut self, prepared: Prepared) {
        match prepared.0 {
            Step::Article(article) => self.take_back(*article),
            Step::Placement { article, story } => self.replace(&article, &story),
            Step::Story(state) => self.stories.overwrite(*state),
        }
    }

    fn take_back(&mut self, article: PreparedArticle) {
        self.is_unfiled = true;
        self.advance(article.member.first_seen);
        let is_held = self.holds(&article.member.id);
        if article.revision > 1 && !is_held {
            return;
        }
        let newcomer = self.weigh(article.taken, &article.telling, article.published);
        if article.revision > 1 {
            self.replace_features(&article.member.id, newcomer);
        } else {
            // Relatives are for second thoughts about stories, which were had before the restart.
            self.insert(article.member, newcomer, &article.story, Box::default());
        }
    }

    /// Files what was taken back among the candidates. The first [`place`](Index::place) does so at the latest.
    pub fn file(&mut self) {
        if std::mem::take(&mut self.is_unfiled) {
            self.sweep();
            self.bound_memory();
        }
    }

    fn replace(&mut self, article: &str, story: &InStory) {
        let Some(number) = self.number(article) else {
            return;
        };
        let Some(from) = self.doc(number).map(|doc| doc.story) else {
            return;
        };
        if self.stories.id(from) != story.id
            && let Some(into) = self.stories.transfer(number, from, &story.id)
        {
            self.stand(number, into, story);
        }
    }

    /// The states of stories that changed since the last call, in order of their ids.
    pub fn take_changed(&mut self) -> Vec<StoryState> {
        self.stories.take_changed()
    }

    /// Whether any story changed since the last [`take_changed`](Index::take_changed).
    pub fn has_changed(&self) -> bool {
        self.stories.has_changed()
    }

    /// Whether enough has come in since the last [`settle`](Index::settle), or so much time has passed that
    /// articles may leave the window before the next one.
    pub fn is_unsettled(&self) -> bool {
        let fresh = (self.base as usize + self.docs.len()).saturating_sub(self.settled_to as usize);
        let overdue =
            self.latest.duration_since(self.settled_at) > self.settings.window / SETTLES_IN_WINDOW;
        fresh > 0 && (overdue || fresh > SETTLE_AFTER.max(self.docs.len() / SETTLE_SHARE))
    }

    /// Looks again at stories that were apart when their articles came in, and merges those that later
    /// articles have brought together. The articles of the younger stories move; their ids redirect.
    pub fn settle(&mut self) -> Vec<Moved> {
        let merges = super::settle::merges(
            &self.docs,
            self.base,
            self.settled_to,
            &self.stories,
            self.settings.window,
        );
        self.settled_to = self.base + self.docs.len() as u32;
        self.settled_at = self.latest;
        let mut moved = Vec::new();
        for merge in merges {
            let earlier = self.stories.members(merge.into).to_vec();
            for number in self.stories.merge(merge.from, merge.into) {
                if let Some(placement) = self.transfer(number, merge, &earlier) {
                    moved.push(placement);
                }
            }
        }
        moved
    }

    /// Puts an article into the story that its own was merged into.
    fn transfer(&mut self, number: u32, merge: Merge, earlier: &[u32]) -> Option<Moved> {
        let doc = self.doc(number)?;
        let close = doc
            .kin
            .iter()
            .map(|&(kin, _)| kin)
            .find(|kin| earlier.contains(kin));
        let other = self.doc(close.or(earlier.first().copied())?)?;
        let hours = doc.hours_from(other);
        let verdict = score::judge(&Probe::of(&doc.features), &other.features, hours);
        let placement = Placement {
            story: InStory {
                id: self.stories.id(merge.into).to_owned(),
                relation: verdict.relation,
                of: Some(other.id.to_string()),
                score: score::probability(merge.link),
            },
            runner_up: None,
            evidence: Evidence {
                text_overlap: verdict.text_overlap,
                hours_apart: hours.unwrap_or(0.0),
                ..Evidence::default()
            },
            follows: None,
        };
        let article = doc.id.to_string();
        self.stand(number, merge.into, &placement.story);
        Some(Moved {
            article,
            from: self.stories.id(merge.from).to_owned(),
            placement,
        })
    }

    fn stand(&mut self, number: u32, story: u32, placed: &InStory) {
        let slot = number.wrapping_sub(self.base) as usize;
        if let Some(doc) = self.docs.get_mut(slot) {
            doc.story = story;
            doc.relation = placed.relation;
            doc.of = placed.of.as_deref().map(Into::into);
            doc.score = placed.score;
        }
    }

    /// What an article has in common with each of its candidates, by their ids; the article then counts
    /// as part of the window. For the tool that learns the weights.
    pub fn rehearse(&mut self, article: &Article, now: Timestamp) -> Vec<(String, bool, Signals)> {
        self.file();
        self.advance(now);
        let telling = Telling::from(article);
        let newcomer = self.read(&telling, dated(article));
        let mut candidates = self.candidates.copies(&newcomer.features.near);
        candidates.extend(self.candidates.kindred(&newcomer.things));
        candidates.sort_unstable();
        candidates.dedup();
        let probe = Probe::of(&newcomer.features);
        let found = candidates.into_iter().filter_map(|number| {
            let doc = self.doc(number)?;
            let signals = Signals::between(&probe, &doc.features, newcomer.hours_from(doc));
            Some((
                doc.id.to_string(),
                doc.features.words_group == newcomer.features.words_group,
                signals,
            ))
        });
        let found = found.collect();
        let story = InStory::first(story_id(&article.id));
        self.insert(
            member_of(article, Relation::First),
            newcomer,
            &story,
            Box::default(),
        );
        found
    }

    fn read(&mut self, telling: &Telling, published: Option<Timestamp>) -> Newcomer {
        let taken = Taken::of(telling, &mut self.reader);
        let newcomer = self.weigh(taken, telling, published);
        Newcomer {
            things: things(&newcomer.features),
            ..newcomer
        }
    }

    fn weigh(&mut self, taken: Taken, telling: &Telling, published: Option<Timestamp>) -> Newcomer {
        let Taken { reading, counted } = taken;
        let features = counted.weigh(&reading, telling, &mut self.frequencies);
        Newcomer {
            reading,
            features,
            things: Vec::new(),
            published,
        }
    }

    fn known_place(&self, id: &str) -> Option<InStory> {
        let doc = self.doc(self.number(id)?)?;
        Some(InStory {
            id: self.stories.id(doc.story).to_owned(),
            relation: doc.relation,
            of: doc.of.as_deref().map(str::to_owned),
            score: doc.score,
        })
    }

    fn doc(&self, number: u32) -> Option<&Doc> {
        self.docs.get(number.checked_sub(self.base)? as usize)
    }

    /// Verdicts on the candidates. Where one is repeated, others that tell the same are relatives of that one
    /// and need not be looked for; and after some strangers in a row no relative is expected any more.
    fn judged(&mut self, newcomer: &Newcomer, probe: &Probe) -> Vec<(u32, Verdict)> {
        let features = &newcomer.features;
        let mut judged: Vec<(u32, Verdict)> = Vec::new();
        for number in self.candidates.copies(&features.near) {
            judged.extend(self.judge(newcomer, probe, number));
        }
        if judged.iter().any(|(_, verdict)| verdict.is_repetition()) {
            return judged;
        }
        let mut strangers = 0;
        for number in self.candidates.kindred(&newcomer.things) {
            if judged.iter().any(|&(known, _)| known == number) {
                continue;
            }
            let Some(verdict) = self.judge(newcomer, probe, number) else {
                continue;
            };
            strangers = if is_relative(&verdict.1) {
                0
            } else {
                strangers + 1
            };
            judged.push(verdict);
            if strangers >= STRANGERS_IN_A_ROW {
                break;
            }
        }
        judged
    }

    /// The relatives among those judged, the closest first; those of what is repeated are its own.
    fn relatives(&self, judged: &[(u32, Verdict)]) -> Box<[(u32, f32)]> {
        let close = judged.iter().filter(|(_, verdict)| is_relative(verdict));
        let mut kin: Vec<(u32, f32)> = close
            .map(|&(number, verdict)| (number, verdict.log_odds))
            .collect();
        let repeated = judged.iter().find(|(_, verdict)| verdict.is_repetition());
        let inherited = repeated
            .and_then(|&(number, _)| self.doc(number))
            .map_or(&[][..], |doc| &doc.kin);
        for &(number, log_odds) in inherited {
            if judged.iter().all(|&(known, _)| known != number) {
                kin.push((number, log_odds));
            }
        }
        kin.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        kin.truncate(KIN_MAX);
        kin.into()
    }

    fn judge(&self, newcomer: &Newcomer, probe: &Probe, number: u32) -> Option<(u32, Verdict)> {
        let doc = self.doc(number)?;
        let hours = newcomer.hours_from(doc);
        if is_beyond(self.settings.window, hours) {
            return None;
        }
        Some((number, score::judge(probe, &doc.features, hours)))
    }

    fn decide(
        &self,
        article: &Article,
        telling: &Telling,
        newcomer: &Newcomer,
        probe: &Probe,
        judged: &[(u32, Verdict)],
    ) -> (Placement, Box<[(u32, f32)]>) {
        let kin = self.relatives(judged);
        let ranked = self.ranked(newcomer, probe, judged);
        let best = ranked.first().filter(|ranked| ranked.is_joined);
        let others = ranked
            .iter()
            .filter(|other| best.is_none_or(|best| best.story != other.story));
        let runner_up = others
            .max_by(|a, b| a.link.total_cmp(&b.link))
            .map(|other| RunnerUp {
                story: self.stories.id(other.story).to_owned(),
                score: score::probability(other.link - WEIGHTS.join).min(0.999),
            });
        let Some(best) = best else {
            let related = ranked.first().filter(|first| first.link >= WEIGHTS.follow);
            let placement = Placement {
                story: InStory::first(story_id(&article.id)),
                runner_up,
                evidence: related
                    .and_then(|first| self.evidence(newcomer, telling, first))
                    .unwrap_or_default(),
                follows: related.map(|first| self.stories.id(first.story).to_owned()),
            };
            return (placement, kin);
        };
        let of = self.doc(best.nearest);
        let placement = Placement {
            story: InStory {
                id: self.stories.id(best.story).to_owned(),
                relation: best.verdict.relation,
                of: of.map(|doc| doc.id.to_string()),
                score: score::probability(best.link - WEIGHTS.join),
            },
            runner_up,
            evidence: self.evidence(newcomer, telling, best).unwrap_or_default(),
            follows: None,
        };
        (placement, kin)
    }

    fn evidence(
        &self,
        newcomer: &Newcomer,
        telling: &Telling,
        best: &Ranked,
    ) -> Option<super::Evidence> {
        let doc = self.doc(best.nearest)?;
        let mut evidence = evidence::between(
            &newcomer.reading,
            telling,
            &newcomer.features,
            &doc.features,
        );
        evidence.text_overlap = best.verdict.text_overlap;
        evidence.hours_apart = newcomer.hours_from(doc).unwrap_or(0.0);
        Some(evidence)
    }

    /// The stories of the best candidates, the likeliest first.
    fn ranked(&self, newcomer: &Newcomer, probe: &Probe, judged: &[(u32, Verdict)]) -> Vec<Ranked> {
        let mut known: HashMap<u32, Verdict, PlainState> = judged.iter().copied().collect();
        let mut nearest: Vec<(u32, u32, Verdict)> = Vec::new();
        for &(number, verdict) in judged {
            let Some(doc) = self.doc(number) else {
                continue;
            };
            match nearest.iter_mut().find(|(story, ..)| *story == doc.story) {
                Some(found) if verdict.log_odds > found.2.log_odds => {
                    *found = (doc.story, number, verdict)
                }
                Some(_) => {}
                None => nearest.push((doc.story, number, verdict)),
            }
        }
        nearest.sort_by(|a, b| b.2.log_odds.total_cmp(&a.2.log_odds).then(a.1.cmp(&b.1)));
        nearest.truncate(STORIES_WEIGHED);
        let weighed = nearest.into_iter().map(|(story, number, verdict)| {
            let link = if verdict.is_repetition() {
                verdict.log_odds
            } else {
                self.link(newcomer, probe, story, verdict.log_odds, &mut known)
            };
            Ranked {
                story,
                nearest: number,
                verdict,
                link,
                is_joined: link >= WEIGHTS.eager,
            }
        });
        let mut ranked: Vec<Ranked> = weighed.collect();
        ranked.sort_by(|a, b| b.link.total_cmp(&a.link).then(a.nearest.cmp(&b.nearest)));
        ranked
    }

    /// How well an article fits a story: the best of its members pulls, all of them together hold, so
    /// that chains of neighbours do not run away.
    fn link(
        &self,
        newcomer: &Newcomer,
        probe: &Probe,
        story: u32,
        best: f32,
        known: &mut HashMap<u32, Verdict, PlainState>,
    ) -> f32 {
        let members = self.stories.members(story);
        let half = MEMBERS_COMPARED / 2;
        let late = members
            .len()
            .saturating_sub(half)
            .max(half.min(members.len()));
        let chosen = members.iter().take(half).chain(members.iter().skip(late));
        let (mut sum, mut count) = (0.0, 0);
        for &number in chosen {
            let near = |doc: &&Doc| !is_beyond(self.settings.window, newcomer.hours_from(doc));
            let Some(doc) = self.doc(number).filter(near) else {
                continue;
            };
            let judge = || score::judge(probe, &doc.features, newcomer.hours_from(doc));
            sum += known
                .entry(number)
                .or_insert_with(judge)
                .log_odds
                .clamp(-super::settle::BOUND, super::settle::BOUND);
            count += 1;
        }
        let mean = if count == 0 { best } else { sum / count as f32 };
        WEIGHTS.pull * best.min(super::settle::BOUND) + (1.0 - WEIGHTS.pull) * mean
    }

    fn insert(
        &mut self,
        member: Member,
        newcomer: Newcomer,
        placed: &InStory,
        kin: Box<[(u32, f32)]>,
    ) {
        let number = self.base + self.docs.len() as u32;
        let story = self.stories.join(&placed.id, &member, number);
        self.by_id.insert(hash_of_id(&member.id), number);
        if !self.is_unfiled {
            let near = &newcomer.features.near;
            self.candidates.add(number, near, &newcomer.things);
        }
        let doc = Doc {
            arrived: member.first_seen.max(self.latest),
            id: member.id.into(),
            story,
            relation: placed.relation,
            of: placed.of.as_deref().map(Into::into),
            score: placed.score,
            published: newcomer.published,
            features: newcomer.features,
            kin,
        };
        self.bytes += doc.bytes();
        self.docs.push_back(doc);
        self.bound_memory();
    }

    fn replace_text(&mut self, id: &str, telling: &Telling) {
        if self.holds(id) {
            let newcomer = self.read(telling, None);
            self.replace_features(id, newcomer);
        }
    }

    fn replace_features(&mut self, id: &str, newcomer: Newcomer) {
        let Some(number) = self.number(id) else {
            return;
        };
        let features = newcomer.features;
        if !self.is_unfiled {
            self.candidates
                .add(number, &features.near, &newcomer.things);
        }
        let slot = number.wrapping_sub(self.base) as usize;
        if let Some(doc) = self.docs.get_mut(slot) {
            self.bytes = self.bytes + features.bytes() - doc.features.bytes();
            doc.features = features;
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
        while self.bytes() as u64 > self.settings.max_memory && self.docs.len() > 1 {
            self.shortened = true;
            // Postings are freed by a sweep only, which is worth it for many articles at a time.
            for _ in 0..self.docs.len().div_ceil(CUT_SHARE) {
                self.forget_oldest();
            }
            if !self.is_unfiled {
                self.sweep();
            }
        }
    }

    fn forget_oldest(&mut self) {
        let Some(doc) = self.docs.pop_front() else {
            return;
        };
        self.bytes = self.bytes.saturating_sub(doc.bytes());
        if let Slot::Occupied(number) = self.by_id.entry(hash_of_id(&doc.id))
            && *number.get() == self.base
        {
            number.remove();
        }
        self.candidates.forget(self.base, &doc.features);
        self.stories.leave(doc.story, self.base);
        self.base += 1;
    }

    /// Postings of forgotten articles are swept out once they are the larger half.
    fn tidy(&mut self) {
        let forgotten = self.candidates.forgotten_before(self.base);
        if !self.is_unfiled && forgotten >= self.docs.len() + 1024 {
            self.sweep();
        }
    }

    fn sweep(&mut self) {
        self.candidates.clear(self.base);
        for (number, doc) in (self.base..).zip(&self.docs) {
            let things = things(&doc.features);
            self.candidates.add(number, &doc.features.near, &things);
        }
    }
}

/// A story that an article may join.
struct Ranked {
    story: u32,
    /// The member that is most alike.
    nearest: u32,
    verdict: Verdict,
    link: f32,
    is_joined: bool,
}

impl Newcomer {
    fn hours_from(&self, doc: &Doc) -> Option<f32> {
        hours_between(self.published, doc.published)
    }
}

fn is_relative(verdict: &Verdict) -> bool {
    verdict.log_odds > WEIGHTS.join - KIN_BELOW
}

/// Whether two articles are too far apart in time to tell one story.
pub(super) fn is_beyond(window: SignedDuration, hours: Option<f32>) -> bool {
    hours.is_some_and(|hours| hours > window.as_secs_f32() / 3600.0)
}

/// Hours between two times, if both are known.
pub(super) fn hours_between(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<f32> {
    Some((a?.duration_since(b?).as_secs_f64().abs() / 3600.0) as f32)
}

/// When an article was published, if the outlet said so.
pub(super) fn dated(article: &Article) -> Option<Timestamp> {
    (article.published_from != "first_seen").then_some(article.published)
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
