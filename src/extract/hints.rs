//! What the class, id and role of an element say about its part in the page. Words that web
//! developers of many outlets share; not rules for single sites.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use scraper::node::Element;

/// A set of hints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints(u16);

impl Hints {
    /// Holds the whole story and little else.
    pub const BODY: Self = Self(1);
    /// Probably around or in the story.
    pub const CONTENT: Self = Self(1 << 1);
    /// Not the story: related links, sharing, comments, cookies.
    pub const APART: Self = Self(1 << 2);
    /// Words under a picture.
    pub const CAPTION: Self = Self(1 << 3);
    /// Never shown.
    pub const HIDDEN: Self = Self(1 << 4);
    /// Names of the authors.
    pub const BYLINE: Self = Self(1 << 5);
    /// When it was published.
    pub const DATE: Self = Self(1 << 6);
    /// The paragraph under the title.
    pub const STANDFIRST: Self = Self(1 << 7);
    /// What stands before the text for those who do not pay.
    pub const PAYWALL: Self = Self(1 << 8);
    /// Comments of readers.
    pub const COMMENTS: Self = Self(1 << 9);

    /// Hints that set an inline element apart from the sentence around it.
    pub const SET_APART: Self = Self(
        Self::APART.0
            | Self::CAPTION.0
            | Self::HIDDEN.0
            | Self::COMMENTS.0
            | Self::BYLINE.0
            | Self::DATE.0,
    );

    /// Hints that no standfirst has.
    pub const NEVER_STANDFIRST: Self = Self(
        Self::CAPTION.0
            | Self::HIDDEN.0
            | Self::COMMENTS.0
            | Self::BYLINE.0
            | Self::DATE.0
            | Self::PAYWALL.0,
    );

    /// The hint of a section of the table.
    fn named(name: &str) -> Self {
        match name {
            "body" => Self::BODY,
            "content" => Self::CONTENT,
            "apart" => Self::APART,
            "comments" => Self::COMMENTS,
            "caption" => Self::CAPTION,
            "hidden" => Self::HIDDEN,
            "byline" => Self::BYLINE,
            "date" => Self::DATE,
            "standfirst" => Self::STANDFIRST,
            "paywall" => Self::PAYWALL,
            _ => Self::default(),
        }
    }

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Bytes of class and id that are looked at.
const NAME_BYTES_MAX: usize = 400;

/// Words as they stand in [`spell`]ed names, by hint; see the head of the file.
const WORDS: &str = include_str!("data/hints.txt");

/// Finds all words in a spelled name.
struct Words {
    matcher: AhoCorasick,
    /// By number of pattern.
    hints: Vec<Hints>,
}

static WORDS_READ: LazyLock<Words> = LazyLock::new(|| {
    let mut section = Hints::default();
    let mut hints = Vec::new();
    let mut patterns = Vec::new();
    for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = Hints::named(name.trim_end_matches(']'));
            continue;
        }
        for word in line.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            let inside = word.trim_matches('|').replace(['_', '-'], " ");
            let open = if word.starts_with('|') { "| " } else { "" };
            let close = if word.ends_with('|') { " |" } else { "" };
            patterns.push(format!("{open}{inside}{close}"));
            hints.push(section);
        }
    }
    let matcher = AhoCorasick::new(patterns).expect("a few hundred short words");
    Words { matcher, hints }
});

/// Reads the attributes of one element, and the name of a custom one (`amp-ad`); `spelled` is
/// scratch space.
pub(super) fn hints(element: &Element, spelled: &mut String) -> Hints {
    let mut hints = Hints::default();
    spelled.clear();
    spelled.push_str("| ");
    if element.name().contains('-') {
        spell(element.name(), spelled);
    }
    for (name, value) in element.attrs() {
        match name {
            "class" | "id" | "data-component" | "data-testid" => spell(value, spelled),
            "itemprop" => hints.add(item_property(value)),
            "role" => hints.add(role(value)),
            "hidden" if !is_streamed(element) => hints.add(Hints::HIDDEN),
            "aria-hidden" if value == "true" => hints.add(Hints::HIDDEN),
            "style" if hides(value) => hints.add(Hints::HIDDEN),
            _ => {}
        }
    }
    if spelled.len() > 2 {
        for found in WORDS_READ.matcher.find_overlapping_iter(spelled.as_str()) {
            hints.add(WORDS_READ.hints[found.pattern().as_usize()]);
        }
    }
    hints
}

/// `relatedPosts__item-2 box` becomes `| related posts item 2 | box |`. Names with a condition
/// (`md:hidden`) say nothing of the element as such and are passed over.
fn spell(value: &str, spelled: &mut String) {
    let value = &value[..value.floor_char_boundary(NAME_BYTES_MAX)];
    let names = value.split_ascii_whitespace();
    for name in names.filter(|name| !name.contains([':', '['])) {
        let mut lower = false;
        for byte in name.bytes() {
            if byte.is_ascii_uppercase() && lower {
                spelled.push(' ');
            }
            lower = byte.is_ascii_lowercase();
            if byte.is_ascii_alphanumeric() {
                spelled.push(byte.to_ascii_lowercase().into());
            } else if !spelled.ends_with(' ') {
                spelled.push(' ');
            }
        }
        let kept = spelled.trim_end().len();
        spelled.truncate(kept);
        spelled.push_str(" | ");
    }
}

fn item_property(value: &str) -> Hints {
    match value.trim() {
        "articleBody" | "text" => Hints::BODY,
        "author" | "creator" => Hints::BYLINE,
        "datePublished" | "dateCreated" => Hints::DATE,
        "description" | "alternativeHeadline" => Hints::STANDFIRST,
        "comment" => Hints::COMMENTS,
        _ => Hints::default(),
    }
}

fn role(value: &str) -> Hints {
    match value {
        "navigation" | "complementary" | "banner" | "contentinfo" | "dialog" | "alertdialog"
        | "menu" | "menubar" | "search" | "toolbar" | "tablist" => Hints::APART,
        "main" | "article" => Hints::CONTENT,
        _ => Hints::default(),
    }
}

/// React sends parts of a page late, in hidden boxes with such ids, and moves them into place.
fn is_streamed(element: &Element) -> bool {
    element.id().is_some_and(|id| id.starts_with("S:"))
}

fn hides(style: &str) -> bool {
    let mut declarations = style.split(';').take(16).filter_map(|d| d.split_once(':'));
    declarations.any(|(property, value)| {
        matches!(
            (
                property.trim(),
                value.trim().trim_end_matches("!important").trim()
            ),
            ("display", "none") | ("visibility", "hidden")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: Hints, absent: Hints) {
        let html = scraper::Html::parse_fragment(html);
        let root = html.root_element();
        let element = root.child_elements().next().expect("one element");
        let found = hints(element.value(), &mut String::new());
        assert!(found.has(expected), "{} {found:?}", element.html());
        assert!(!found.has(absent), "{} {found:?}", element.html());
    }

    #[test]
    fn every_section_of_the_table_is_known() {
        let known = |line: &str| Hints::named(line.trim_matches(['[', ']'])) != Hints::default();
        assert!(
            WORDS
                .lines()
                .filter(|line| line.starts_with('['))
                .all(known)
        );
    }

    #[test]
    fn names_are_read_as_words() {
        check("<div class='relatedPosts'>", Hints::APART, Hints::BODY);
        check("<div id='article-body'>", Hints::BODY, Hints::APART);
        check(
            "<div class='lead header loaded'>",
            Hints::STANDFIRST,
            Hints::APART,
        );
        check("<amp-ad>", Hints::APART, Hints::BODY);
    }
}
