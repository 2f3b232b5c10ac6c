//! The labelled collections, line by line.

use std::fs;
use std::path::Path;

use khabar::normalise::{Article, Bare, bare};
use serde::Deserialize;

use crate::Error;

/// An article of a collection.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Telling {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub published: Option<String>,
    #[serde(default)]
    pub source: Option<String>,
    /// What it tells, where the collection is one of stories; the family keeps hard negatives together.
    #[serde(default)]
    pub cluster: Option<String>,
    #[serde(default)]
    pub family: Option<String>,
}

/// A labelled pair.
#[derive(Debug, Deserialize)]
pub struct Labelled {
    pub id: String,
    pub a: Telling,
    pub b: Telling,
    pub label: serde_json::Value,
}

/// A text in a known language.
#[derive(Debug, Deserialize)]
pub struct Sample {
    pub lang: String,
    pub script: String,
    pub text: String,
}

impl Telling {
    /// `lead` keeps the first lines of the text only.
    pub fn article(&self, lead: Option<usize>) -> Result<Article, Error> {
        let text = self.text.clone().unwrap_or_default();
        let text = match lead {
            Some(lines) => text.split('\n').take(lines).collect::<Vec<_>>().join("\n"),
            None => text,
        };
        let published = match self
            .published
            .as_deref()
            .filter(|published| !published.is_empty())
        {
            Some(day) if day.len() == 10 => Some(format!("{day}T00:00:00Z").parse()?),
            Some(time) => Some(time.parse()?),
            None => None,
        };
        Ok(bare(Bare {
            id: self.id.clone(),
            title: self.title.clone().unwrap_or_default(),
            text,
            published,
            source: self.source.clone(),
            ..Bare::default()
        }))
    }
}

/// The lines of `DIR/name.jsonl`.
pub fn lines<T: for<'de> Deserialize<'de>>(dir: &Path, name: &str) -> Result<Vec<T>, Error> {
    let path = dir.join(name);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(serde_json::from_str::<T>);
    Ok(lines.collect::<Result<Vec<T>, serde_json::Error>>()?)
}
