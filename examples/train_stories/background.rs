//! What is common in any news.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use khabar::dedup::learning;
use khabar::normalise::{Article, Bare, bare};

use crate::Error;
use crate::collections::{Labelled, Sample, Telling, lines};

/// Characters after which samples of one language make an article.
const ARTICLE_CHARS: usize = 900;
/// Incident reports are all of one kind; one in so many is taken.
const INCIDENTS_STEP: usize = 11;
/// Articles that a group must have, and that an entry must stand in.
const ARTICLES_MIN: u32 = 30;
const COUNT_MIN: u32 = 3;
/// Share of articles below which an entry is not common.
const SHARE_MIN: f64 = 0.01;
/// Shares are rounded to these, in thousandths.
const LEVELS: [f64; 15] = [
    11.0, 15.0, 20.0, 28.0, 40.0, 55.0, 75.0, 100.0, 140.0, 200.0, 280.0, 400.0, 550.0, 750.0,
    950.0,
];
const HEAD: &str = "\
# Share of articles, in thousandths, that have a stem (by language and script), a name key, a number, a place,\n\
# person or body, or a concept. Made by examples/train_stories from labelled collections; rarer ones are left out.\n";

/// The file.
pub fn learn(dir: &Path) -> Result<String, Error> {
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut totals: BTreeMap<String, u32> = BTreeMap::new();
    for article in articles(dir)? {
        let things = learning::things(&article);
        let mut groups: BTreeSet<String> = learning::GROUPS
            .iter()
            .map(|&group| group.to_owned())
            .collect();
        groups.extend(things.iter().map(|(group, _)| group.clone()));
        for group in groups {
            *totals.entry(group).or_default() += 1;
        }
        for thing in things {
            *counts.entry(thing).or_default() += 1;
        }
    }
    let mut rows: BTreeMap<(String, usize), Vec<String>> = BTreeMap::new();
    for ((group, entry), count) in counts {
        let total = totals[&group];
        let share = f64::from(count) / f64::from(total);
        if total >= ARTICLES_MIN && count >= COUNT_MIN && share >= SHARE_MIN && !entry.contains(' ')
        {
            rows.entry((group, LEVELS.len() - level(share)))
                .or_default()
                .push(entry);
        }
    }
    let rows = rows.into_iter().map(|((group, level), entries)| {
        format!(
            "{group}\t{}\t{}\n",
            LEVELS[LEVELS.len() - level],
            entries.join(" ")
        )
    });
    Ok(HEAD.to_owned() + &rows.collect::<String>())
}

/// The level nearest to a share, by ratio.
fn level(share: f64) -> usize {
    let apart = |level: f64| (level / 1000.0 / share).ln().abs();
    let nearest = (0..LEVELS.len()).min_by(|&a, &b| apart(LEVELS[a]).total_cmp(&apart(LEVELS[b])));
    nearest.unwrap_or_default()
}

/// Texts of all languages: single sentences joined to articles, and the labelled articles themselves.
fn articles(dir: &Path) -> Result<Vec<Article>, Error> {
    let mut articles = samples(dir)?;
    for name in ["semeval_pairs", "telegram_pairs"] {
        for pair in lines::<Labelled>(dir, &format!("stories/{name}.dev.jsonl"))? {
            articles.push(pair.a.article(None)?);
            articles.push(pair.b.article(None)?);
        }
    }
    for (name, step) in [("gva", INCIDENTS_STEP), ("region_2026", 1), ("ntrex", 1)] {
        for telling in lines::<Telling>(dir, &format!("stories/{name}.dev.jsonl"))?
            .iter()
            .step_by(step)
        {
            articles.push(telling.article(None)?);
        }
    }
    Ok(articles)
}

fn samples(dir: &Path) -> Result<Vec<Article>, Error> {
    let mut by_language: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut articles = Vec::new();
    for sample in lines::<Sample>(dir, "languages/train.jsonl")? {
        let text = by_language
            .entry((sample.lang.clone(), sample.script))
            .or_default();
        text.push_str(&sample.text);
        text.push_str(". ");
        if text.chars().count() > ARTICLE_CHARS {
            articles.push(bare(Bare {
                text: std::mem::take(text),
                language: Some(sample.lang),
                ..Bare::default()
            }));
        }
    }
    Ok(articles)
}
