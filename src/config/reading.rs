//! How a source is to be read: what `parse` and `extract` need to know of a `[[feed]]` block.

/// What stands behind a feed's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// RSS, RDF, Atom or JSON Feed.
    #[default]
    Feed,
    /// An HTML page that lists articles.
    Page,
    /// A (news) sitemap or an index of sitemaps.
    Sitemap,
    /// The public preview page of a Telegram channel.
    Telegram,
}

impl Kind {
    /// As it is written in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Page => "page",
            Self::Sitemap => "sitemap",
            Self::Telegram => "telegram",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Feed, Self::Page, Self::Sitemap, Self::Telegram]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// CSS selectors of `[feed.select]`. Each was compiled once when the configuration was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    pub item: Option<String>,
    pub link: Option<String>,
    pub title: Option<String>,
    pub date: Option<String>,
    pub body: Option<String>,
    pub image: Option<String>,
}

/// How the documents of one source are read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub kind: Kind,
    pub select: Select,
    /// For dates that name no zone; UTC where there is none.
    pub time_zone: Option<jiff::tz::TimeZone>,
    /// A hint, never a verdict.
    pub language: Option<String>,
}
