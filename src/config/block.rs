//! A `[[feed]]` block as text, for commands that propose one. What stands in it came from a stranger, so
//! nothing in it may be taken for a `${…}` of ours.

use std::collections::HashSet;
use std::fmt;

use any_ascii::any_ascii;
use url::Url;

use super::codes;
use super::reading::Kind;

/// Bytes of an id; the configuration allows 64.
const ID_BYTES_MAX: usize = 48;
/// Characters of a name or a tag that are kept.
const LINE_CHARS_MAX: usize = 200;

/// What is proposed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    pub id: String,
    pub name: String,
    pub url: String,
    pub kind: Kind,
    pub outlet: Option<String>,
    pub publisher: Option<String>,
    pub language: Option<String>,
    pub country: Option<String>,
    pub tags: Vec<String>,
    pub is_disabled: bool,
    /// Lines of comment above the block.
    pub comments: Vec<String>,
}

impl Block {
    /// Leaves out what the configuration would refuse, and makes lines of what should be lines.
    pub fn tidy(mut self) -> Self {
        self.name = line(&self.name);
        self.language = self.language.filter(|language| {
            let primary = language.split('-').next().unwrap_or_default();
            codes::is_language(primary)
                && language
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        self.country = self.country.filter(|country| codes::is_country(country));
        let own =
            |text: Option<String>| text.map(|text| line(&text)).filter(|text| !text.is_empty());
        self.outlet = own(self.outlet);
        self.publisher = own(self.publisher);
        self.tags = self
            .tags
            .iter()
            .map(|tag| line(tag))
            .filter(|tag| !tag.is_empty())
            .collect();
        self
    }
}

impl fmt::Display for Block {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for comment in &self.comments {
            writeln!(out, "# {}", line(comment))?;
        }
        writeln!(
            out,
            "[[feed]]\nid = {}\nname = {}",
            quoted(&self.id),
            quoted(&self.name)
        )?;
        writeln!(out, "url = {}", quoted(&self.url))?;
        if self.kind != Kind::Feed {
            writeln!(out, "kind = {}", quoted(self.kind.name()))?;
        }
        let texts = [
            ("outlet", &self.outlet),
            ("publisher", &self.publisher),
            ("language", &self.language),
            ("country", &self.country),
        ];
        for (key, value) in texts {
            if let Some(value) = value {
                writeln!(out, "{key} = {}", quoted(value))?;
            }
        }
        if !self.tags.is_empty() {
            let tags: Vec<String> = self.tags.iter().map(|tag| quoted(tag)).collect();
            writeln!(out, "tags = [{}]", tags.join(", "))?;
        }
        if self.is_disabled {
            writeln!(out, "enabled = false")?;
        }
        Ok(())
    }
}

/// An id made from a name, or from the address where the name has no letters; unlike those in `taken`,
/// which it joins.
pub fn id(name: &str, url: &str, taken: &mut HashSet<String>) -> String {
    let host = Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    let base = [
        Some(slug(name)),
        host.map(|host| slug(host.trim_start_matches("www."))),
    ]
    .into_iter()
    .flatten()
    .find(|slug| slug.len() > 1)
    .unwrap_or_else(|| "feed".to_owned());
    let mut id = base.clone();
    let mut number = 2;
    while !taken.insert(id.clone()) {
        id = format!("{base}-{number}");
        number += 1;
    }
    id
}

fn slug(text: &str) -> String {
    let ascii = any_ascii(text).to_ascii_lowercase();
    let words: Vec<&str> = ascii
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut slug = words.join("-");
    slug.truncate(ID_BYTES_MAX);
    slug.trim_end_matches('-').to_owned()
}

fn line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ").chars().take(LINE_CHARS_MAX).collect()
}

/// A TOML string in which `${` stands for itself.
fn quoted(text: &str) -> String {
    toml::Value::String(text.replace("${", "$${")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load_with;

    #[test]
    fn what_is_proposed_is_a_configuration() {
        let mut taken = HashSet::new();
        let block = Block {
            id: id("Паёми \"тоҷик\"", "https://www.example.tj/rss", &mut taken),
            name: "Паёми \"тоҷик\"\n[[feed]]".into(),
            url: "https://www.example.tj/rss?a=${file:/etc/hostname}".into(),
            kind: Kind::Sitemap,
            language: Some("tajik".into()),
            country: Some("TJK".into()),
            tags: vec!["Осиё/Тоҷикистон".into()],
            ..Block::default()
        };
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("khabar.toml");
        std::fs::write(&file, block.tidy().to_string()).unwrap();
        let config = load_with(&file, &|_| None).unwrap();
        let feed = &config.feeds[0];
        assert_eq!(
            (feed.id.as_str(), feed.kind),
            ("paemi-tojik", Kind::Sitemap)
        );
        assert_eq!(
            (feed.language.as_deref(), feed.country.as_deref()),
            (None, Some("TJK"))
        );
        assert!(
            feed.url.as_str().contains("$%7Bfile") || feed.url.as_str().contains("${file"),
            "{}",
            feed.url.as_str()
        );
    }

    #[test]
    fn ids_are_unlike_each_other() {
        let mut taken = HashSet::from(["news".to_owned()]);
        let ids = ["News", "News!", "—", "新闻"]
            .map(|name| id(name, "https://www.x.example/rss", &mut taken));
        assert_eq!(ids, ["news-2", "news-3", "x-example", "xinwen"]);
    }
}
