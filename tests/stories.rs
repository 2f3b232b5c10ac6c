//! The story engine on labelled articles of the project's own: `tests/data/stories`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use khabar::dedup::{Index, Relation, Settings, compare};
use khabar::normalise::{Article, Bare, bare};
use serde::Deserialize;

#[derive(Clone, Deserialize)]
struct Line {
    id: String,
    story: String,
    language: String,
    title: String,
    text: String,
    published: Timestamp,
}

impl Line {
    fn article(&self) -> Article {
        bare(Bare {
            id: format!("a_{}", self.id),
            title: self.title.clone(),
            text: self.text.clone(),
            language: Some(self.language.clone()),
            published: Some(self.published),
            source: Some(self.id.clone()),
            ..Bare::default()
        })
    }
}

fn lines() -> Vec<Line> {
    let text = include_str!("data/stories/stream.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line of the fixture"))
        .collect()
}

/// The story of each line once everything has settled.
fn cluster(lines: &[Line]) -> Vec<String> {
    let settings = Settings {
        window: SignedDuration::from_hours(7 * 24),
        max_memory: 1 << 30,
    };
    let mut index = Index::new(settings);
    let mut stories: BTreeMap<String, String> = BTreeMap::new();
    for line in lines {
        let placed = index.place(line.article(), None, line.published);
        stories.insert(placed.article().id.clone(), placed.story().id.clone());
    }
    for moved in index.settle() {
        stories.insert(moved.article, moved.placement.story.id);
    }
    lines
        .iter()
        .map(|line| stories[&format!("a_{}", line.id)].clone())
        .collect()
}

/// Pairs in one story that belong there, pairs in one story, pairs that belong there.
fn pairs(lines: &[Line], found: &[String]) -> (f64, f64, f64) {
    let (mut both, mut together, mut gold) = (0.0, 0.0, 0.0);
    for a in 0..lines.len() {
        for b in 0..a {
            let (is_found, is_gold) = (found[a] == found[b], lines[a].story == lines[b].story);
            both += f64::from(u8::from(is_found && is_gold));
            together += f64::from(u8::from(is_found));
            gold += f64::from(u8::from(is_gold));
        }
    }
    (both, together, gold)
}

#[test]
fn one_event_in_many_languages_is_one_story() {
    let lines = lines();
    let (both, together, gold) = pairs(&lines, &cluster(&lines));
    assert!(both / together >= 0.95, "precision {}", both / together);
    assert!(both / gold >= 0.8, "recall {}", both / gold);
}

#[test]
fn the_order_of_arrival_hardly_matters() {
    let lines = lines();
    let (first, ..) = pairs(&lines, &cluster(&lines));
    for step in [5, 7, 11] {
        let turned: Vec<Line> = (0..lines.len())
            .map(|at| lines[at * step % lines.len()].clone())
            .collect();
        let distinct: BTreeSet<&str> = turned.iter().map(|line| line.id.as_str()).collect();
        assert_eq!(
            distinct.len(),
            lines.len(),
            "the step shares a factor with the number of lines"
        );
        let (both, together, _) = pairs(&turned, &cluster(&turned));
        assert!(
            both / together >= 0.9 && both >= 0.85 * first,
            "{both} of {together}, first {first}"
        );
    }
}

#[test]
fn a_replay_gives_the_same_stories() {
    let lines = lines();
    assert_eq!(cluster(&lines), cluster(&lines));
}

#[test]
fn a_pair_is_told_with_its_reasons() {
    let lines = lines();
    let of = |id: &str| {
        lines
            .iter()
            .find(|line| line.id == id)
            .expect("a line of that id")
            .article()
    };
    let told = compare(&of("bus-ru"), &of("bus-en"));
    assert!(told.same_story, "{told:?}");
    assert_eq!(told.relation, Some(Relation::Translation));
    assert!(
        told.evidence.numbers.contains(&"12".to_owned()),
        "{:?}",
        told.evidence
    );
    assert!(
        !told.evidence.places.is_empty() && !told.evidence.terms.is_empty(),
        "{:?}",
        told.evidence
    );
    let apart = compare(&of("rate-uz-ru"), &of("rate-kg-ru"));
    assert!(!apart.same_story, "{apart:?}");
}
