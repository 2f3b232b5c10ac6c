//! What the class, id and role of an element say about its part in the page. Words that web
//! developers of many outlets share; not rules for single sites.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
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
        Self::APART.0 | Self::CAPTION.0 | Self::HIDDEN.0 | Self::COMMENTS.0 | Self::BYLINE.0 | Self::DATE.0,
    );

    /// Hints that no standfirst has.
    pub const NEVER_STANDFIRST: Self = Self(
        Self::CAPTION.0 | Self::HIDDEN.0 | Self::COMMENTS.0 | Self::BYLINE.0 | Self::DATE.0 | Self::PAYWALL.0,
    );

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Bytes of class and id that are looked at.
const NAME_BYTES_MAX: usize = 400;

/// Words as they stand in [`spell`]ed names: a space is the edge of a word, a bar that of a name.
const WORDS: &[(Hints, &[&str])] = &[
    (
        Hints::BODY,
        &[
            "article body", "articlebody", "article text", "articletext", "article content ",
            "article content body", "articlecontent", "article main body", "story body", "storybody", "story content ", "story text",
            "entry content ", "entrycontent", "post content ", "postcontent", "post body", "postbody",
            "td post content", "news text", "news content ", "newstext", "news detail text", "detail text",
            "detail content ", "news body", "newsbody", "field name body", "field body", "text content ",
            "single content ", "content body", "body content ", "body text ", "bodytext", "main text ", "maintext", "item page text",
            "itemfulltext", "item full text", "full text ", "fulltext", "rich text", "richtext", "article detail content",
            " wsw ", "js mediator article", "post text", "article entry",
        ],
    ),
    (
        Hints::CONTENT,
        &[
            "article", "story", "entry", " post ", "content", " main ", " body ", " text ", "news", "detail",
            "single", "blog",
        ],
    ),
    (
        Hints::APART,
        &[
            " ad ", " ads ", "advert", " adv ", "adsbygoogle", " banner", "sponsor", " promo", "outbrain", "taboola", "zergnet", "mgid", " dfp ",
            " gpt ", " share", " sharing", " sharebar", "social", "addtoany", "addthis", "sharedaddy", "jp relatedposts", " ya share",
            "related", "recommend", "read more", "readmore", "read also", "readalso", "see also", "more news",
            "more stories", "more articles", "more from", "most read", "most popular", "mostread", " popular", "trending",
            "latest news", "last news", "other news", "similar", "also like", "you may", " next post", "prev post", "post nav",
            "post navigation", "nav links", "pagination", " pager ", "breadcrumb", " crumbs", " nav ", "navbar", "navigation", " menu",
            " submenu", "sidebar", " side bar", "footer", " foot ", "newsletter", "subscri", "signup", "sign up", "sign in", "login", " donate", "donation",
            "cookie", "consent", "gdpr", "popup", "modal", "overlay", " lightbox", "tooltip", "widget area", "widgets", " widget title", "sidebar widget", "teaser", " tags ", " tag list", "taglist", "post tags",
            " tagcloud", "tag cloud", "keywords", "byline", "author box", "author bio", "about author", "author info", "authorbox", "author card",
            "author profile", " bio ", "post author", "article author", " authors ", "contributors", " meta ", "metadata", "post meta", "entry meta", "article meta", " meta info",
            "toolbar", " tools ", "article tools", "article info ", "| print |", "print button", "print link", " copyright", "disclaimer", "rating", " vote", " likes ", " reactions", " poll ",
            " toc ", "table of contents", "tableofcontents", "ez toc", "skip link", "skip to", "back to top", "app download", "download app",
            "carousel", " slider", "swiper", "playlist", "video player", "player controls", "gallery thumb", " captcha", "infobox ", "correction", " topics ", "topic list", "article topics",
            " kicker ", " rubric ", " hashtags", "follow us", "follow", " telegram ", "subscribe", "call to action", " cta ", " ticker", " breaking news", "media info", "link box", "linkbox", "reading time", "read time", "affiliate", "product card", "dossier box", "feedback", "report error", "report typo", "misprint",
            "references", "footnote", "post footer", "entry footer", "article footer", "more link", "source link", "opta widget", " crosslink", "in this article", "article list", "news list", "list news", "post list", "grid posts", "post grid", "masthead", "site header", "page header top", "top bar", "topbar",
        ],
    ),
    (
        Hints::COMMENTS,
        &["comments", " comment ", "commentlist", "commentform", "comment box", "disqus", "discussion", "respond ", "replies", "livefyre", " forum "],
    ),
    (
        Hints::CAPTION,
        &["caption", "credit", " figcaption", "legend", "image source", "photo source", "image description", "photographer", "copyright", "wp caption text", "img desc", "photo info", "bildunterschrift", "imagetext", "image text", "img text", "media description"],
    ),
    (
        Hints::HIDDEN,
        &[
            "sr only", "screen reader", "visually hidden", "visuallyhidden", "| hidden |", "| hide |", "print only", "| d none |", "noprint only", "| invisible |", " offscreen",
        ],
    ),
    (
        Hints::BYLINE,
        &["byline", "author", " writer", "reporter", "journalist", "autor", "by line", "redakteur", "contributor", " vcard "],
    ),
    (
        Hints::DATE,
        &["date", "time ", "published", "timestamp", "posted on", "pubdate", "datum", "fecha"],
    ),
    (
        Hints::STANDFIRST,
        &[" lead ", " lede ", "standfirst", "intro", " summary", "subtitle", "subheadline", "sub headline", " dek ", " deck ", "article lead", "article excerpt", "short description", "anons", "chapo", " sapo", "vorspann", "preamble", "teaser text lead"],
    ),
    (
        Hints::PAYWALL,
        &[" paywall ", "paywall box", "paywall teaser", "pay wall ", "piano ", "regwall", "meteredcontent", "premium content", "subscriber only", "subscribers only", "paid content", "locked content"],
    ),
];

/// Pattern number to hint.
static KINDS: LazyLock<Vec<Hints>> = LazyLock::new(|| {
    WORDS
        .iter()
        .flat_map(|(hint, words)| words.iter().map(|_| *hint))
        .collect()
});

static MATCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(WORDS.iter().flat_map(|(_, words)| words.iter()))
        .expect("the words are few")
});

/// Reads the attributes of one element; `spelled` is scratch space.
pub(super) fn hints(element: &Element, spelled: &mut String) -> Hints {
    let mut hints = Hints::default();
    spelled.clear();
    spelled.push_str("| ");
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
        for found in MATCHER.find_overlapping_iter(spelled.as_str()) {
            hints.add(KINDS[found.pattern().as_usize()]);
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
            (property.trim(), value.trim().trim_end_matches("!important").trim()),
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
    fn names_are_read_as_words() {
        check("<div class='relatedPosts'>", Hints::APART, Hints::BODY);
        check("<div id='article-body'>", Hints::BODY, Hints::APART);
        check("<div class='lead header loaded'>", Hints::STANDFIRST, Hints::APART);
    }
}
