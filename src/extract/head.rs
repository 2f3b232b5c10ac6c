//! What the markup of a page says about it, gathered in one pass: meta elements, links, times,
//! microdata. Which of it to believe is decided in [`super::metadata`].

use scraper::{ElementRef, Html, Node};

/// Entries of each kind that are kept; article pages have below 150 meta elements.
const KEPT_MAX: usize = 400;
/// Bytes of each value that are kept.
const VALUE_BYTES_MAX: usize = 8 << 10;

/// Nodes inside one element that are searched for its text.
const TEXT_NODES_MAX: usize = 200;

/// Raw declarations, in document order.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// `<title>`.
    pub title: Option<String>,
    /// `lang` of the root element.
    pub language: Option<String>,
    pub canonical: Option<String>,
    /// `property`, `name`, `itemprop` or `http-equiv` in lower case, and `content`.
    pub metas: Vec<(String, String)>,
    /// Microdata outside `<meta>`: property, and value.
    pub properties: Vec<(String, String)>,
    pub times: Vec<Time>,
    pub headlines: Vec<String>,
    /// Where the first headline stands, counted in nodes.
    headline_at: Option<usize>,
    /// Texts of links with `rel="author"` and `rel="tag"`.
    pub author_links: Vec<String>,
    pub tag_links: Vec<String>,
}

/// A `<time>` element.
#[derive(Debug)]
pub(super) struct Time {
    pub value: String,
    /// Marked as the time of publication.
    pub published: bool,
    /// Marked as the time of a change.
    pub updated: bool,
    /// Where it stands, counted in nodes.
    at: usize,
}

/// How far from the headline, in nodes, a `<time>` still belongs to it; sharing bars and bylines
/// between them have fewer.
const NEAR_NODES: usize = 120;

impl Head {
    /// The first non-empty value of the first of `names` that has one.
    pub fn meta<'a>(&'a self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.all(name).next())
    }

    /// Every non-empty value of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.metas
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// `<time>` elements of which nothing more is said: those near the headline first, and of each
    /// kind those after it before those above it.
    pub fn plain_times(&self) -> impl Iterator<Item = &str> {
        let headline = self.headline_at.unwrap_or(usize::MAX);
        let rank = move |time: &Time| {
            let near = time.at.abs_diff(headline) <= NEAR_NODES;
            2 * u8::from(!near) + u8::from(time.at < headline)
        };
        let ranks = (0..4).flat_map(move |wanted| {
            self.times
                .iter()
                .filter(move |time| !time.published && !time.updated && rank(time) == wanted)
        });
        ranks.map(|time| time.value.as_str())
    }

    pub fn property<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.properties
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

/// Gathers; time proportional to the number of nodes.
pub(super) fn head(html: &Html) -> Head {
    let mut head = Head::default();
    for (at, node) in html.tree.nodes().enumerate() {
        if let Node::Element(_) = node.value()
            && let Some(element) = ElementRef::wrap(node)
        {
            head.take(element, at);
        }
    }
    head
}

impl Head {
    fn take(&mut self, element: ElementRef<'_>, at: usize) {
        match element.value().name() {
            "meta" => return self.take_meta(element),
            "title" if self.title.is_none() => self.title = Some(text(element)),
            "html" => self.language = element.attr("lang").map(str::to_owned),
            "link" if rel(element, "canonical") && self.canonical.is_none() => {
                self.canonical = element.attr("href").map(bounded);
            }
            "time" => return self.take_time(element, at),
            "h1" => {
                self.headline_at.get_or_insert(at);
                push(&mut self.headlines, text(element));
            }
            "a" if rel(element, "author") => push(&mut self.author_links, text(element)),
            "a" if rel(element, "tag") => push(&mut self.tag_links, text(element)),
            _ => {}
        }
        if let Some(property) = element.attr("itemprop") {
            self.take_property(element, property);
        }
    }

    fn take_meta(&mut self, element: ElementRef<'_>) {
        let key = ["property", "name", "itemprop", "http-equiv"]
            .into_iter()
            .find_map(|attribute| element.attr(attribute));
        if let (Some(key), Some(content)) = (key, element.attr("content"))
            && self.metas.len() < KEPT_MAX
        {
            let content = content.trim();
            self.metas
                .push((key.trim().to_lowercase(), bounded(content)));
        }
    }

    fn take_time(&mut self, element: ElementRef<'_>, at: usize) {
        if self.times.len() >= KEPT_MAX {
            return;
        }
        let named = |word: &str| {
            ["class", "itemprop", "id"]
                .into_iter()
                .filter_map(|attribute| element.attr(attribute))
                .any(|value| value.to_ascii_lowercase().contains(word))
        };
        self.times.push(Time {
            value: match element.attr("datetime") {
                Some(value) if !value.trim().is_empty() => bounded(value.trim()),
                _ => text(element),
            },
            published: element.attr("pubdate").is_some() || named("publi"),
            updated: named("modif") || named("updat"),
            at,
        });
    }

    fn take_property(&mut self, element: ElementRef<'_>, property: &str) {
        if self.properties.len() >= KEPT_MAX || matches!(property, "articleBody" | "text") {
            return;
        }
        let value = ["content", "datetime"]
            .into_iter()
            .find_map(|attribute| element.attr(attribute));
        let value = value.map_or_else(|| text(element), |value| bounded(value.trim()));
        self.properties.push((property.trim().to_owned(), value));
    }
}

fn push(list: &mut Vec<String>, value: String) {
    if list.len() < KEPT_MAX && !value.is_empty() {
        list.push(value);
    }
}

fn rel(element: ElementRef<'_>, wanted: &str) -> bool {
    element.attr("rel").is_some_and(|rel| {
        rel.split_ascii_whitespace()
            .any(|word| word.eq_ignore_ascii_case(wanted))
    })
}

fn bounded(value: &str) -> String {
    value[..value.floor_char_boundary(VALUE_BYTES_MAX)].to_owned()
}

/// The text inside, white space collapsed, bounded.
fn text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for node in element.descendants().take(TEXT_NODES_MAX) {
        let Node::Text(piece) = node.value() else {
            continue;
        };
        for word in piece.split_whitespace() {
            if text.len() + word.len() > VALUE_BYTES_MAX {
                return text;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    text
}
