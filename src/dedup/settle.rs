//! Second thoughts: stories that turn out to be one.
//!
//! Which of two tellings comes in first is chance, and the first ones of a story may have little in
//! common until a fuller one arrives. Stories are therefore merged later, the closest pair first
//! (agglomerative clustering), where the best and the mean of the log odds between their members say so.
//! Two stories that are each of one piece must be closer to be one: tellings of one event and of its
//! sequel resemble each other too, but less than each its own.

use std::cmp::Ordering;
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

fn pair_key(earlier: u32, later: u32) -> u64 {
    mix(u64::from(earlier) << 32 | u64::from(later))
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

/// The stories that have relatives elsewhere. In what order its tables are walked does not matter: sums are
/// of one pair of stories each, and the heap has an order of its own.
struct Work<'a> {
    docs: &'a VecDeque<Doc>,
    base: u32,
    window: SignedDuration,
    stories: Table<Group>,
    near: Table<Table<Between>>,
    heap: BinaryHeap<Pair>,
}

type Table<T> = HashMap<u32, T, PlainState>;

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
            near: Table::default(),
            heap: BinaryHeap::new(),
        };
        let fresh = docs.iter().skip(since.saturating_sub(base) as usize);
        let touched: HashSet<u32, PlainState> = fresh.map(|doc| doc.story).collect();
        let is_touched =
            |a: &Doc, b: &Doc| touched.contains(&a.story) || touched.contains(&b.story);
        let doc = |number: u32| docs.get(number.checked_sub(base)? as usize);
        let mut known: HashSet<u64, PlainState> = HashSet::default();
        for (number, newer) in (base..).zip(docs) {
            for &(other, log_odds) in &newer.kin {
                let Some(older) = doc(other) else { continue };
                if older.story == newer.story || !is_touched(older, newer) {
                    continue;
                }
                known.insert(pair_key(other, number));
                work.between(older.story, newer.story).add(log_odds);
            }
        }
        let pairs: Vec<(u32, u32)> = work.pairs().collect();
        for (a, b) in pairs {
            let (members_a, members_b) = (stories.members(a), stories.members(b));
            for (story, members) in [(a, members_a), (b, members_b)] {
                work.stories
                    .entry(story)
                    .or_insert_with(|| group(members, docs, base));
            }
            let best = work.between(a, b).best;
            if best < WEIGHTS.join || members_a.len() * members_b.len() > PAIRS_COMPARED {
                continue;
            }
            for (&x, &y) in members_a
                .iter()
                .flat_map(|x| members_b.iter().map(move |y| (x, y)))
            {
                let (earlier, later) = (x.min(y), x.max(y));
                if known.contains(&pair_key(earlier, later)) {
                    continue;
                }
                if let (Some(earlier), Some(later)) = (doc(earlier), doc(later)) {
                    let hours = later.hours_from(earlier);
                    if is_beyond(window, hours) {
                        continue;
                    }
                    work.between(a, b).add(
                        score::judge(&Probe::of(&later.features), &earlier.features, hours)
                            .log_odds,
                    );
                }
            }
        }
        let pairs: Vec<(u32, u32)> = work.pairs().collect();
        pairs.into_iter().for_each(|(a, b)| work.push(a, b));
        work
    }

    /// Each pair of stories with relatives, once.
    fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        let all = self
            .near
            .iter()
            .flat_map(|(&a, others)| others.keys().map(move |&b| (a, b)));
        all.filter(|(a, b)| a < b)
    }

    /// Kept under the smaller slot; the larger one knows of it.
    fn between(&mut self, a: u32, b: u32) -> &mut Between {
        let (a, b) = (a.min(b), a.max(b));
        self.near.entry(b).or_default().entry(a).or_default();
        self.near.entry(a).or_default().entry(b).or_default()
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
        let across = *self.between(from, into);
        let neighbours: Vec<u32> = self
            .near
            .get(&from)
            .map(|near| near.keys().copied().collect())
            .unwrap_or_default();
        for neighbour in neighbours
            .into_iter()
            .filter(|&neighbour| neighbour != into)
        {
            let between = *self.between(from, neighbour);
            self.between(into, neighbour).join(between);
        }
        for other in self.near.remove(&from).unwrap_or_default().into_keys() {
            if let Some(near) = self.near.get_mut(&other) {
                near.remove(&from);
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
        let neighbours: Vec<u32> = self
            .near
            .get(&into)
            .map(|near| near.keys().copied().collect())
            .unwrap_or_default();
        neighbours
            .into_iter()
            .for_each(|neighbour| self.push(into, neighbour));
    }
}
