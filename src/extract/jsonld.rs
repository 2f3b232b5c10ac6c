//! Linked data in a page: what schema.org's `NewsArticle` and its relatives declare. Broken JSON is
//! mended where the intent is plain. `articleBody` is right less often than the page itself, and is
//! used only where the page shows no text.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Objects that are looked at in all scripts of a page together.
const OBJECTS_MAX: usize = 2_000;
/// Entries of a list (authors, keywords) that are read.
const LIST_MAX: usize = 64;

/// What the page's linked data says of the article.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Linked {
    pub headline: Option<String>,
    pub published: Option<String>,
    pub modified: Option<String>,
    /// Persons.
    pub authors: Vec<String>,
    /// Authors that are declared to be organisations.
    pub organisations: Vec<String>,
    pub publisher: Option<String>,
    pub image: Option<String>,
    pub url: Option<String>,
    pub language: Option<String>,
    pub keywords: Vec<String>,
    /// `isAccessibleForFree`.
    pub free: Option<bool>,
    pub body: Option<String>,
    /// An article stood there, not just a page.
    pub article: bool,
    /// It was a news article.
    pub news: bool,
}

/// Reads all scripts of a page.
pub(super) fn linked(scripts: &[&str]) -> Linked {
    let roots: Vec<Value> = scripts.iter().flat_map(|script| read(script)).collect();
    let mut objects = Vec::new();
    for root in &roots {
        gather(root, &mut objects);
    }
    let names = names(&objects);
    let mut ranked: Vec<(u8, &Map<String, Value>)> = objects
        .iter()
        .filter_map(|object| Some((rank(object)?, *object)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut linked = Linked {
        article: ranked.first().is_some_and(|(rank, _)| *rank <= 1),
        news: ranked.first().is_some_and(|(rank, _)| *rank == 0),
        ..Linked::default()
    };
    for (rank, object) in ranked.into_iter().take(8) {
        linked.fill(object, rank, &names);
    }
    linked
}

impl Linked {
    /// Takes from `object` what no better one has said.
    fn fill(&mut self, object: &Map<String, Value>, rank: u8, names: &HashMap<&str, &str>) {
        let text = |key: &str| object.get(key).and_then(string);
        let or = |place: &mut Option<String>, value: Option<String>| {
            if place.is_none() {
                *place = value.filter(|value| !value.trim().is_empty());
            }
        };
        or(
            &mut self.published,
            text("datePublished").or_else(|| text("dateCreated")),
        );
        or(&mut self.modified, text("dateModified"));
        or(&mut self.language, text("inLanguage"));
        or(&mut self.image, object.get("image").and_then(address));
        if self.free.is_none() {
            self.free = object.get("isAccessibleForFree").and_then(truth);
        }
        if rank > 1 {
            return;
        }
        or(
            &mut self.headline,
            text("headline").or_else(|| text("name")),
        );
        or(&mut self.body, text("articleBody"));
        or(
            &mut self.url,
            text("url").or_else(|| object.get("mainEntityOfPage").and_then(address)),
        );
        or(
            &mut self.publisher,
            object.get("publisher").and_then(|p| named(p, names)),
        );
        if self.authors.is_empty() {
            let authors = object.get("author").or_else(|| object.get("creator"));
            let authors = authors.map_or(&[][..], list);
            let (bodies, people): (Vec<_>, Vec<_>) =
                authors.iter().partition(|a| is_organisation(a));
            self.authors = all_named(&people, names);
            if self.organisations.is_empty() {
                self.organisations = all_named(&bodies, names);
            }
        }
        if self.keywords.is_empty() {
            self.keywords = object.get("keywords").map_or_else(Vec::new, keywords);
        }
    }
}

/// How far an object can be believed about the article; `None` where not at all.
fn rank(object: &Map<String, Value>) -> Option<u8> {
    let types = object.get("@type")?;
    let rank = |name: &str| match name.rsplit(['/', ':']).next().unwrap_or(name) {
        name if name.ends_with("NewsArticle") || name == "LiveBlogPosting" => Some(0),
        name if name.ends_with("Article") || name.ends_with("Posting") => Some(1),
        "Report" | "ClaimReview" => Some(1),
        "WebPage" | "ItemPage" | "VideoObject" | "MediaObject" => Some(2),
        _ => None,
    };
    match types {
        Value::String(name) => rank(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .filter_map(rank)
            .min(),
        _ => None,
    }
}

/// Every object, outer ones first; `serde_json` has bounded the depth.
fn gather<'a>(value: &'a Value, objects: &mut Vec<&'a Map<String, Value>>) {
    if objects.len() >= OBJECTS_MAX {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| gather(value, objects)),
        Value::Object(object) => {
            objects.push(object);
            object.values().for_each(|value| gather(value, objects));
        }
        _ => {}
    }
}

/// Names of what is referred to by `@id`.
fn names<'a>(objects: &[&'a Map<String, Value>]) -> HashMap<&'a str, &'a str> {
    let pairs = objects
        .iter()
        .filter_map(|object| Some((object.get("@id")?.as_str()?, object.get("name")?.as_str()?)));
    pairs.collect()
}

fn string(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => values
            .iter()
            .find_map(|value| value.as_str().map(str::to_owned)),
        Value::Object(object) => object
            .get("@value")
            .or_else(|| object.get("name"))?
            .as_str()
            .map(str::to_owned),
        _ => None,
    }
}

/// An address given as a string, an object or a list of either.
fn address(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => values.iter().find_map(|value| match value {
            Value::Array(_) => None,
            value => address(value),
        }),
        Value::Object(object) => ["url", "contentUrl", "@id"]
            .iter()
            .find_map(|key| object.get(*key)?.as_str())
            .map(str::to_owned),
        _ => None,
    }
}

fn named(value: &Value, names: &HashMap<&str, &str>) -> Option<String> {
    all_named(&list(value).iter().collect::<Vec<_>>(), names)
        .into_iter()
        .next()
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        value => std::slice::from_ref(value),
    }
}

fn is_organisation(author: &Value) -> bool {
    let kind = author.get("@type").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.ends_with("Organization"))
}

fn all_named(values: &[&Value], names: &HashMap<&str, &str>) -> Vec<String> {
    let name = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => match object.get("name") {
            Some(name) => string(name),
            None => {
                let id = object.get("@id")?.as_str()?;
                names.get(id).map(|name| (*name).to_owned())
            }
        },
        _ => None,
    };
    values
        .iter()
        .take(LIST_MAX)
        .filter_map(|value| name(value))
        .collect()
}

fn keywords(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text
            .split([',', '،', ';'])
            .map(str::to_owned)
            .take(LIST_MAX)
            .collect(),
        Value::Array(values) => values.iter().filter_map(string).take(LIST_MAX).collect(),
        _ => Vec::new(),
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The values in one script: as they are, else after [`mend`].
fn read(script: &str) -> Vec<Value> {
    match serde_json::from_str(script) {
        Ok(value) => vec![value],
        Err(_) => serde_json::Deserializer::from_str(&mend(script))
            .into_iter()
            .map_while(Result::ok)
            .take(LIST_MAX)
            .collect(),
    }
}

/// Takes away what most often breaks the JSON of outlets: comment and CDATA wrappers, line breaks
/// and tabs inside strings, escapes that JSON lacks, commas before a closing bracket, a semicolon
/// at the end.
fn mend(script: &str) -> String {
    let script = script
        .trim_start()
        .split_once("<![CDATA[")
        .filter(|(before, _)| !before.contains(['{', '[']))
        .map_or(script, |(_, data)| data);
    let start = script.find(['{', '[']).unwrap_or(0);
    let mut mended = String::with_capacity(script.len());
    let mut inside = false;
    let mut chars = script[start..].chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                inside = !inside;
                mended.push(c);
            }
            '\\' if inside => match chars.next() {
                Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => {
                    mended.extend(['\\', next]);
                }
                Some(next) => mended.push(next),
                None => {}
            },
            c if c.is_control() => mended.push(' '),
            '}' | ']' if !inside => {
                let kept = mended.trim_end().trim_end_matches(',').len();
                mended.truncate(kept);
                mended.push(c);
            }
            ';' if !inside => {}
            c => mended.push(c),
        }
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scripts: &[&str], expected: Linked) {
        assert_eq!(linked(scripts), expected, "{scripts:?}");
    }

    #[test]
    fn reads_graphs_lists_and_references() {
        check(
            &[r##"{"@context":"https://schema.org","@graph":[
                {"@type":"WebPage","datePublished":"2026-11-02"},
                {"@type":["NewsArticle"],"headline":"Сель в Оше","author":{"@id":"#a"},
                 "datePublished":"2026-11-03T10:00:00+06:00","keywords":"Ош, сель",
                 "isAccessibleForFree":"False","publisher":{"name":"Вести"}},
                {"@type":"Person","@id":"#a","name":"Айгуль Осмонова"}]}"##],
            Linked {
                headline: Some("Сель в Оше".into()),
                published: Some("2026-11-03T10:00:00+06:00".into()),
                authors: vec!["Айгуль Осмонова".into()],
                publisher: Some("Вести".into()),
                keywords: vec!["Ош".into(), " сель".into()],
                free: Some(false),
                article: true,
                news: true,
                ..Linked::default()
            },
        );
    }

    #[test]
    fn mends_broken_json() {
        check(
            &[
                "//<![CDATA[\n{\"@type\":\"Article\",\"headline\":\"two\nlines and \\'quotes\\'\",}\n//]]>",
            ],
            Linked {
                headline: Some("two lines and 'quotes'".into()),
                article: true,
                ..Linked::default()
            },
        );
        check(&["not json", "{\"@type\":", "[[[["], Linked::default());
    }

    #[test]
    fn articles_are_told_from_what_they_are_about() {
        check(
            &[
                r#"{"@type":"ClaimReview","datePublished":"2026-11-13","articleBody":"Нет.",
                "itemReviewed":{"@type":"Claim","datePublished":"2026-11-07"}}"#,
            ],
            Linked {
                published: Some("2026-11-13".into()),
                body: Some("Нет.".into()),
                article: true,
                ..Linked::default()
            },
        );
        check(
            &[r#"{"@type":"Person","name":"x","datePublished":"2026-11-13"}"#],
            Linked::default(),
        );
    }
}
