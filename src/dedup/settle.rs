//! Second thoughts: stories that turn out to be one.
//!
//! Which of two tellings comes in first is chance, and the first ones of a story may have little in
//! common until a fuller one arrives. Stories are therefore merged later, the closest pair first
//! (agglomerative clustering), where the best and the mean of the log odds between their members say so.
//! Two stories that are each of one piece must be closer to be one: tellings of one event and of its
//! sequel resemble each other too, but less than each its own.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use jiff::SignedDuration;

use super::features::Probe;
use super::hash::{PlainState, mix};
use super::index::{Doc, is_beyond};
use super::score;
use super::stories::Stories;
use super::weights::WEIGHTS;

/// Log odds of two articles that are no relatives of each other.
const STRANGERS: f32 = -4.0;
/// No single pair speaks louder than this.
pub(super) const BOUND: f32 = 6.0;
/// Pairs of articles that are compared for one pair of stories, where they are not known as relatives. None
/// are where the best relatives are not close enough by themselves: the rest seldom are closer.
const PAIRS_COMPARED: usize = 64;

/// Pairs of two stories of which those too far apart in time are counted out.
const PAIRS_COUNTED: usize = 4096;

/// What is known of the pairs of articles between two stories.
#[derive(Clone, Copy, Debug, Default)]
struct Between {
    best: f32,
    sum: f32,
    known: usize,
}

impl Between {
    fn add(&mut self, log_odds: f32) {
        let log_odds = log_odds.clamp(-BOUND, BOUND);
        self.best = if self.known == 0 {
            log_odds
        } else {
            self.best.max(log_odds)
        };
        self.sum += log_odds;
        self.known += 1;
    }

    fn join(&mut self, other: Self) {
        self.best = if self.known == 0 {
            other.best
        } else {
            self.best.max(other.best)
        };
        self.sum += other.sum;
        self.known += other.known;
    }

    fn link(&self, pairs: usize) -> f32 {
        let unknown = pairs.saturating_sub(self.known) as f32;
        let mean = (self.sum + STRANGERS * unknown) / pairs.max(self.known).max(1) as f32;
        WEIGHTS.pull * self.best + (1.0 - WEIGHTS.pull) * mean
    }
}

/// A pair of stories that may be merged.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pair {
    link: f32,
    older: u32,
    younger: u32,
    /// Merges that each had seen: a pair of another age is out of date.
    ages: (u32, u32),
}

impl Eq for Pair {}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |pair: &Self| (pair.older, pair.younger);
        self.link
            .total_cmp(&other.link)
            .then_with(|| key(other).cmp(&key(self)))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Two stories that are one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merge {
    /// Slots of the younger and of the older one.
    pub from: u32,
    pub into: u32,
    /// Log odds above what was needed.
    pub link: f32,
}

/// Which stories are to be merged, in order. Only those are looked at that articles have joined whose
/// number is `since` or more.
pub(super) fn merges(
    docs: &VecDeque<Doc>,
    base: u32,
    since: u32,
    stories: &Stories,
    window: SignedDuration,
) -> Vec<Merge> {
    let mut work = Work::of(docs, base, since, stories, window);
    let mut merges = Vec::new();
    while let Some(pair) = work.heap.pop() {
        if work.age(pair.older) == pair.ages.0 && work.age(pair.younger) == pair.ages.1 {
            merges.push(Merge {
                from: pair.younger,
                into: pair.older,
                link: pair.link,
            });
            work.merge(pair.younger, pair.older);
        }
    }
    merges
}

/// For two articles or two stories, whichever comes first.
fn pair_key(a: u32, b: u32) -> u64 {
    mix(u64::from(a.min(b)) << 32 | u64::from(a.max(b)))
}

/// A story as it stands, with what its members know of each other.
fn group(members: &[u32], docs: &VecDeque<Doc>, base: u32) -> Group {
    let mut within = Between::default();
    for &number in members {
        let kin = number
            .checked_sub(base)
            .and_then(|slot| docs.get(slot as usize))
            .map_or(&[][..], |doc| &doc.kin);
        kin.iter()
            .filter(|(kin, _)| members.binary_search(kin).is_ok())
            .for_each(|&(_, log_odds)| within.add(log_odds));
    }
    let pairs = members.len() * members.len().saturating_sub(1) / 2;
    Group {
        members: members.to_vec(),
        within,
        pairs: pairs.min(within.known),
        age: 0,
    }
}

/// The stories that have relatives elsewhere. No table of it is walked through, so that its order is that of the
/// articles.
struct Work<'a> {
    docs: &'a VecDeque<Doc>,
    base: u32,
    window: SignedDuration,
    stories: Table<Group>,
    /// By the key of both stories.
    between: HashMap<u64, Between, PlainState>,
    /// The others that a story has relatives in; some may have been merged away.
    near: Table<Vec<u32>>,
    heap: BinaryHeap<Pair>,
}

type Table<T> = HashMap<u32, T, PlainState>;

/// Where the articles of the window stand, apart from the articles, which do not fit into a cache.
struct Standing<'a> {
    docs: &'a VecDeque<Doc>,
    base: u32,
    story_of: Vec<u32>,
    /// By slot: whether an article has joined that is new.
    is_touched: Vec<bool>,
}

impl<'a> Standing<'a> {
    fn of(docs: &'a VecDeque<Doc>, base: u32, since: u32) -> Self {
        let story_of: Vec<u32> = docs.iter().map(|doc| doc.story).collect();
        let slots = story_of.iter().max().map_or(0, |&slot| slot as usize + 1);
        let mut is_touched = vec![false; slots];
        for &story in story_of.iter().skip(since.saturating_sub(base) as usize) {
            is_touched[story as usize] = true;
        }
        Self {
            docs,
            base,
            story_of,
            is_touched,
        }
    }

    /// Calls `found` with each two relatives that stand in different stories, of which one is touched: their
    /// numbers, the slots of the earlier one's and the later one's story, and the log odds between them.
    fn each_apart(&self, mut found: impl FnMut((u32, u32), u32, u32, f32)) {
        for ((number, doc), &story) in (self.base..).zip(self.docs).zip(&self.story_of) {
            for &(other, log_odds) in &doc.kin {
                let slot = other.checked_sub(self.base);
                let Some(&earlier) = slot.and_then(|slot| self.story_of.get(slot as usize)) else {
                    continue;
                };
                let touched = self.is_touched[story as usize] || self.is_touched[earlier as usize];
                if earlier != story && touched {
                    found((other, number), earlier, story, log_odds);
                }
            }
        }
    }
}

/// The age of a story that was merged away.
const GONE: u32 = u32::MAX;

/// A story as it grows.
struct Group {
    members: Vec<u32>,
    /// Sum and number of the log odds between its members.
    within: Between,
    pairs: usize,
    /// Merges that it has seen.
    age: u32,
}

impl Group {
    /// How far its members belong together; 0 for a single article.
    fn cohesion(&self) -> f32 {
        if self.pairs == 0 {
            return 0.0;
        }
        let unknown = self.pairs.saturating_sub(self.within.known) as f32;
        ((self.within.sum + STRANGERS * unknown) / self.pairs as f32).max(0.0)
    }
}

impl<'a> Work<'a> {
    fn of(
        docs: &'a VecDeque<Doc>,
        base: u32,
        since: u32,
        stories: &Stories,
        window: SignedDuration,
    ) -> Self {
        let mut work = Self {
            docs,
            base,
            window,
            stories: Table::default(),
            between: HashMap::default(),
            near: Table::default(),
            heap: BinaryHeap::new(),
        };
        let (pairs, known) = work.relate(since);
        for &(a, b) in &pairs {
            let (members_a, members_b) = (stories.members(a), stories.members(b));
            for (story, members) in [(a, members_a), (b, members_b)] {
                work.stories
                    .entry(story)
                    .or_insert_with(|| group(members, docs, base));
            }
            let best = work.between(a, b).best;
            if best >= WEIGHTS.join && members_a.len() * members_b.len() <= PAIRS_COMPARED {
                work.compare((a, members_a), (b, members_b), &known);
            }
        }
        pairs.into_iter().for_each(|(a, b)| work.push(a, b));
        work
    }

    /// Notes what relatives in different stories are known to have in common, where an article joined one of
    /// the stories that is `since` or later. Gives back the pairs of stories and the keys of those relatives.
    fn relate(&mut self, since: u32) -> (Vec<(u32, u32)>, HashSet<u64, PlainState>) {
        let stories = Standing::of(self.docs, self.base, since);
        let mut is_close = vec![false; stories.is_touched.len()];
        stories.each_apart(|_, a, b, log_odds| {
            if log_odds >= WEIGHTS.join {
                is_close[a as usize] = true;
                is_close[b as usize] = true;
            }
        });
        // A story of which nobody is close to one elsewhere stays as it is, whatever others become.
        let (mut pairs, mut known) = (Vec::new(), HashSet::default());
        stories.each_apart(|numbers, a, b, log_odds| {
            if !(is_close[a as usize] && is_close[b as usize]) {
                return;
            }
            known.insert(pair_key(numbers.0, numbers.1));
            let between = self.between.entry(pair_key(a, b)).or_insert_with(|| {
                pairs.push((a, b));
                Between::default()
            });
            between.add(log_odds);
        });
        for &(a, b) in &pairs {
            self.near.entry(a).or_default().push(b);
            self.near.entry(b).or_default().push(a);
        }
        (pairs, known)
    }

    /// Compares the articles of two stories that are not known as relatives.
    fn compare(
        &mut self,
        (a, members_a): (u32, &[u32]),
        (b, members_b): (u32, &[u32]),
        known: &HashSet<u64, PlainState>,
    ) {
        let (docs, base) = (self.docs, self.base);
        let doc = |number: u32| docs.get(number.checked_sub(base)? as usize);
        for &x in members_a {
            let Some(one) = doc(x) else { continue };
            let mut probe = None;
            for &y in members_b {
                let Some(other) = doc(y) else { continue };
                let hours = one.hours_from(other);
                if known.contains(&pair_key(x, y)) || is_beyond(self.window, hours) {
                    continue;
                }
                let probe = probe.get_or_insert_with(|| Probe::of(&one.features));
                let verdict = score::judge(probe, &other.features, hours);
                self.between
                    .entry(pair_key(a, b))
                    .or_default()
                    .add(verdict.log_odds);
            }
        }
    }

    fn between(&self, a: u32, b: u32) -> Between {
        let between = self.between.get(&pair_key(a, b));
        between.copied().unwrap_or_default()
    }

    fn age(&self, story: u32) -> u32 {
        self.stories.get(&story).map_or(GONE, |group| group.age)
    }

    /// Pairs of articles of two stories that are near enough in time to be compared.
    fn pairs_within(&self, a: &[u32], b: &[u32]) -> usize {
        if a.len() * b.len() > PAIRS_COUNTED {
            return a.len() * b.len();
        }
        let doc = |number: u32| self.docs.get(number.checked_sub(self.base)? as usize);
        let near = |x: &Doc, y: &Doc| !is_beyond(self.window, x.hours_from(y));
        let others = || b.iter().filter_map(|&y| doc(y));
        a.iter()
            .filter_map(|&x| doc(x))
            .map(|x| others().filter(|y| near(x, y)).count())
            .sum()
    }

    fn push(&mut self, a: u32, b: u32) {
        let (Some(group_a), Some(group_b)) = (self.stories.get(&a), self.stories.get(&b)) else {
            return;
        };
        let pairs = self.pairs_within(&group_a.members, &group_b.members);
        let (ages, is_older) = (
            (group_a.age, group_b.age),
            group_a.members.first() <= group_b.members.first(),
        );
        let bar = WEIGHTS.join + WEIGHTS.cohesion * group_a.cohesion().min(group_b.cohesion());
        let link = self.between(a, b).link(pairs) - bar;
        if link >= 0.0 {
            let (older, younger) = if is_older { (a, b) } else { (b, a) };
            let ages = if is_older { ages } else { (ages.1, ages.0) };
            self.heap.push(Pair {
                link,
                older,
                younger,
                ages,
            });
        }
    }

    fn merge(&mut self, from: u32, into: u32) {
        let across = self.between(from, into);
        for neighbour in self.near.remove(&from).unwrap_or_default() {
            if neighbour == into || !self.stories.contains_key(&neighbour) {
                continue;
            }
            let between = self.between(from, neighbour);
            match self.between.entry(pair_key(into, neighbour)) {
                Entry::Occupied(mut known) => known.get_mut().join(between),
                Entry::Vacant(unknown) => {
                    unknown.insert(between);
                    self.near.entry(into).or_default().push(neighbour);
                    self.near.entry(neighbour).or_default().push(into);
                }
            }
        }
        if let (Some(gone), Some(kept)) = (self.stories.remove(&from), self.stories.get_mut(&into))
        {
            kept.pairs += gone.pairs + gone.members.len() * kept.members.len();
            kept.within.join(gone.within);
            kept.within.join(across);
            kept.members.extend(gone.members);
            kept.members.sort_unstable();
            kept.age += 1;
        }
        let neighbours = self.near.get(&into).cloned().unwrap_or_default();
        neighbours
            .into_iter()
            .for_each(|neighbour| self.push(into, neighbour));
    }
}
