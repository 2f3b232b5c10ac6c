//! Reads an output directory as a stranger would: the manifest, then the files that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

const FOLDERS: [&str; 4] = ["articles", "placements", "stories", "events"];

/// Every record that the manifest vouches for, in order of `seq`.
pub struct Records {
    all: Vec<Value>,
    /// Paths in the manifest.
    pub files: Vec<String>,
}

impl Records {
    pub fn read(dir: &Path) -> Self {
        let manifest = fs::read_to_string(dir.join("MANIFEST.jsonl")).unwrap_or_default();
        let lines: Vec<Value> = manifest
            .lines()
            .map(|line| serde_json::from_str(line).expect("a manifest line is JSON"))
            .collect();
        let is_removed = |line: &&Value| line["removed"].is_string();
        let path = |line: &Value| line["path"].as_str().expect("a path").to_owned();
        let removed: BTreeSet<String> = lines.iter().filter(is_removed).map(path).collect();
        let mut all = Vec::new();
        let mut files = Vec::new();
        for path in lines.iter().map(path) {
            if removed.contains(&path) {
                continue;
            }
            if FOLDERS.iter().any(|folder| path.starts_with(folder)) {
                let mut bytes = fs::read(dir.join(&path)).expect("a file that the manifest names");
                if path.ends_with(".zst") {
                    bytes = zstd::decode_all(&bytes[..]).expect("zstd");
                }
                let text = String::from_utf8(bytes).expect("UTF-8");
                assert!(text.ends_with('\n'), "{path} ends in the middle of a line");
                all.extend(
                    text.lines()
                        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")),
                );
            }
            files.push(path);
        }
        all.sort_by_key(|record| record["seq"].as_u64());
        Self { all, files }
    }

    pub fn all(&self) -> &[Value] {
        &self.all
    }

    pub fn of(&self, kind: &str) -> Vec<&Value> {
        self.all
            .iter()
            .filter(|record| record["record"] == kind)
            .collect()
    }

    pub fn articles(&self) -> Vec<&Value> {
        self.of("article")
    }

    /// The articles of one feed.
    pub fn of_feed(&self, feed: &str) -> Vec<&Value> {
        self.articles()
            .into_iter()
            .filter(|article| article["feed"] == feed)
            .collect()
    }

    /// Kinds of the events of a feed, in order.
    pub fn events(&self, feed: &str) -> Vec<String> {
        let events = self
            .of("event")
            .into_iter()
            .filter(|event| event["feed"] == feed);
        events
            .map(|event| event["kind"].as_str().expect("a kind").to_owned())
            .collect()
    }

    pub fn last_seq(&self) -> u64 {
        self.all
            .last()
            .map_or(0, |record| record["seq"].as_u64().expect("a number"))
    }

    /// `seq` is 1, 2, … without holes or repetitions, and the latest state of every story counts the
    /// articles that are placed in it.
    pub fn assert_whole(&self) {
        let seqs = self
            .all
            .iter()
            .map(|record| record["seq"].as_u64().expect("a number"));
        assert!(
            seqs.eq(1..=self.all.len() as u64),
            "seq has holes or repetitions"
        );
        let mut stories: BTreeMap<&str, &Value> = BTreeMap::new();
        for story in self.of("story") {
            stories.insert(story["id"].as_str().expect("an id"), story);
        }
        let mut placed: BTreeMap<&str, (&str, &Value)> = BTreeMap::new();
        for placement in self.of("placement") {
            let text = |key: &str| placement[key].as_str().expect("an id");
            let (article, story) = (text("article"), text("story"));
            let earlier = placed.insert(article, (story, &placement["seq"]));
            let superseded = earlier.map_or(&Value::Null, |(_, seq)| seq);
            assert_eq!(&placement["supersedes"], superseded, "{article}");
            if let Some((before, _)) = earlier {
                assert_eq!(
                    redirected(&stories, before),
                    redirected(&stories, story),
                    "{article}"
                );
            }
        }
        let mut members: BTreeMap<&str, u64> = BTreeMap::new();
        for (story, _) in placed.values() {
            *members.entry(story).or_default() += 1;
        }
        for (id, count) in members {
            let state = stories
                .get(id)
                .unwrap_or_else(|| panic!("{id} has members and no state"));
            assert_eq!(state["article_count"], count, "members of {id}");
            assert!(
                state["merged_into"].is_null(),
                "{id} was merged and kept members"
            );
        }
    }
}

/// Where merges lead from a story.
fn redirected<'a>(stories: &BTreeMap<&'a str, &'a Value>, mut story: &'a str) -> &'a str {
    for _ in 0..=stories.len() {
        match stories[story]["merged_into"].as_str() {
            Some(target) => story = target,
            None => return story,
        }
    }
    panic!("{story} was merged in a circle");
}

/// The time that a field names.
pub fn time(value: &Value) -> Timestamp {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("no time: {value}"))
}
