//! Pairs of articles with their signals and labels.

use std::collections::HashMap;
use std::path::Path;

use jiff::SignedDuration;
use khabar::dedup::{Index, Settings, Signals, learning};
use xxhash_rust::xxh3::xxh3_64;

use crate::Error;
use crate::collections::{Labelled, Telling, lines};

/// One labelled pair, as the engine sees it.
#[derive(Debug)]
pub struct Pair {
    pub set: &'static str,
    /// Pairs of one group are seen or left out together.
    pub group: u64,
    /// Index among `learning::KINDS`.
    pub kind: usize,
    pub is_one_story: bool,
    pub values: [f32; Signals::NAMES.len()],
    pub weight: f64,
}

/// A collection and what all its pairs together weigh.
pub struct Set {
    pub name: &'static str,
    file: &'static str,
    lead: Option<usize>,
    weight: f64,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stream,
    Pairs,
}

/// The collections. Weights: as much as each says about news of the region, not as many pairs as it has.
pub const SETS: [Set; 7] = [
    Set {
        name: "gva",
        file: "gva",
        lead: None,
        weight: 2500.0,
        kind: Kind::Stream,
    },
    Set {
        name: "region",
        file: "region_2026",
        lead: None,
        weight: 1500.0,
        kind: Kind::Stream,
    },
    Set {
        name: "seed",
        file: "seed_stories",
        lead: None,
        weight: 2500.0,
        kind: Kind::Stream,
    },
    Set {
        name: "ntrex lead 3",
        file: "ntrex",
        lead: Some(3),
        weight: 3000.0,
        kind: Kind::Stream,
    },
    Set {
        name: "ntrex lead 1",
        file: "ntrex",
        lead: Some(1),
        weight: 1500.0,
        kind: Kind::Stream,
    },
    Set {
        name: "semeval",
        file: "semeval_pairs",
        lead: None,
        weight: 2000.0,
        kind: Kind::Pairs,
    },
    Set {
        name: "telegram",
        file: "telegram_pairs",
        lead: None,
        weight: 400.0,
        kind: Kind::Pairs,
    },
];

/// Pairs of a set of pairs that are left out together.
const PAIRS_TOGETHER: usize = 8;

/// All pairs of all collections.
pub fn all(dir: &Path) -> Result<Vec<Pair>, Error> {
    let mut all = Vec::new();
    for set in &SETS {
        let mut pairs = if set.kind == Kind::Stream {
            of_stream(dir, set)?
        } else {
            of_pairs(dir, set)?
        };
        let each = set.weight / pairs.len().max(1) as f64;
        pairs.iter_mut().for_each(|pair| pair.weight = each);
        all.extend(pairs);
    }
    Ok(all)
}

/// The pairs that the engine itself would compare, were the collection to come in.
fn of_stream(dir: &Path, set: &Set) -> Result<Vec<Pair>, Error> {
    let mut tellings: Vec<Telling> = lines(dir, &format!("stories/{}.dev.jsonl", set.file))?;
    if tellings.iter().all(|telling| telling.published.is_none()) {
        // Parallel texts stand one language after another; no stream comes in like that.
        tellings.sort_by_key(|telling| xxh3_64(telling.id.as_bytes()));
    }
    let settings = Settings {
        window: SignedDuration::from_hours(7 * 24),
        max_memory: u64::MAX,
    };
    let mut index = Index::new(settings);
    let mut labels: HashMap<&str, Option<&str>> = HashMap::new();
    let mut pairs = Vec::new();
    for telling in &tellings {
        let article = telling.article(set.lead)?;
        let now = article.published;
        let story = telling.cluster.as_deref();
        for (earlier, same_words, signals) in index.rehearse(&article, now) {
            pairs.push(Pair {
                set: set.name,
                group: xxh3_64(
                    telling
                        .family
                        .as_deref()
                        .or(story)
                        .unwrap_or_default()
                        .as_bytes(),
                ),
                kind: learning::kind(&signals, same_words),
                is_one_story: story.is_some() && labels.get(earlier.as_str()) == Some(&story),
                values: signals.values(),
                weight: 0.0,
            });
        }
        labels.insert(&telling.id, story);
    }
    Ok(pairs)
}

fn of_pairs(dir: &Path, set: &Set) -> Result<Vec<Pair>, Error> {
    let labelled: Vec<Labelled> = lines(dir, &format!("stories/{}.dev.jsonl", set.file))?;
    let pair = |(at, labelled): (usize, &Labelled)| -> Result<Pair, Error> {
        let (same_words, signals) =
            learning::signals(&labelled.a.article(None)?, &labelled.b.article(None)?);
        let label = labelled
            .label
            .as_f64()
            .or_else(|| labelled.label.as_str()?.parse().ok());
        Ok(Pair {
            set: set.name,
            group: (at / PAIRS_TOGETHER) as u64,
            kind: learning::kind(&signals, same_words),
            is_one_story: label.ok_or_else(|| format!("{} has no label", labelled.id))? > 0.0,
            values: signals.values(),
            weight: 0.0,
        })
    };
    labelled.iter().enumerate().map(pair).collect()
}
