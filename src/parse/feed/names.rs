//! What the elements of RSS, RDF, Atom and their extensions are called, under the namespaces that
//! they have and under those that people give them.

use super::super::xml::{Attributes, Tag, split_name};

/// The kind of document that its root element says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::parse) enum Root {
    Rss,
    Rdf,
    Feed,
    /// An Atom entry by itself.
    Entry,
}

impl Root {
    pub fn named(name: &str) -> Option<Self> {
        let (_, local) = split_name(name);
        Some(match local {
            _ if local.eq_ignore_ascii_case("rss") => Self::Rss,
            _ if local.eq_ignore_ascii_case("rdf") => Self::Rdf,
            _ if local.eq_ignore_ascii_case("feed") => Self::Feed,
            _ if local.eq_ignore_ascii_case("channel") => Self::Rss,
            "entry" => Self::Entry,
            _ => return None,
        })
    }
}

/// What a child of an entry or channel means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Link,
    /// Where a proxy of links says the page really is.
    OriginalLink,
    Guid,
    Summary,
    Content,
    Author,
    Creator,
    Category,
    Subject,
    Published,
    /// Dublin Core's date and what Atom 0.3 and others called the day of publishing.
    Issued,
    Updated,
    Language,
    Source,
    Enclosure,
    Image,
    ItunesImage,
    MediaGroup,
    MediaContent,
    MediaThumbnail,
    /// Titles and descriptions of extensions, for entries that have none of their own.
    ExtraTitle,
    ExtraSummary,
    Ttl,
    SkipHours,
    SkipDays,
    UpdatePeriod,
    UpdateFrequency,
}

impl Field {
    pub fn is_media(self) -> bool {
        matches!(
            self,
            Self::MediaGroup
                | Self::MediaContent
                | Self::MediaThumbnail
                | Self::ExtraTitle
                | Self::ExtraSummary
        )
    }

    /// Holds a line of text and no element of a feed.
    pub fn is_short(self) -> bool {
        matches!(
            self,
            Self::Title | Self::Link | Self::Guid | Self::Published | Self::Updated | Self::Issued
        )
    }

    /// Cannot stand in a field that is short, in whatever markup.
    pub fn follows_short(self) -> bool {
        matches!(
            self,
            Self::Link
                | Self::Guid
                | Self::Published
                | Self::Summary
                | Self::Issued
                | Self::Updated
        )
    }
}

/// Namespaces as far as they tell fields apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    /// RSS, RDF's RSS and Atom, and whatever stands without a prefix.
    Core,
    Content,
    DublinCore,
    Terms,
    Media,
    Itunes,
    Syndication,
    Feedburner,
    FullText,
    Other,
}

/// The prefixes that the root, the channel and a lone entry declare.
#[derive(Default)]
pub(super) struct Namespaces<'a> {
    declared: Vec<(&'a str, Space)>,
}

/// The most prefixes that are remembered.
const PREFIXES_MAX: usize = 64;

impl<'a> Namespaces<'a> {
    pub fn declare(&mut self, attributes: &'a str) {
        for (name, uri) in Attributes(attributes).take(PREFIXES_MAX * 2) {
            if let ("xmlns", prefix) = split_name(name)
                && self.declared.len() < PREFIXES_MAX
            {
                self.declared.push((prefix, space_of_uri(uri)));
            }
        }
    }

    fn space(&self, prefix: &str) -> Space {
        if prefix.is_empty() {
            return Space::Core;
        }
        let declared = self
            .declared
            .iter()
            .rev()
            .find(|(known, _)| *known == prefix);
        match declared {
            Some(&(_, space)) if space != Space::Other => space,
            _ => space_of_prefix(prefix),
        }
    }

    /// Whether a tag is an `item` or `entry` of the feed itself.
    pub fn is_entry(&self, tag: Tag<'_>) -> bool {
        let (prefix, local) = split_name(tag.name);
        (local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry"))
            && self.space(prefix) == Space::Core
    }

    /// The field that a child of an entry or channel is.
    pub fn field(&self, tag: Tag<'_>) -> Option<Field> {
        let (prefix, local) = split_name(tag.name);
        let space = self.space(prefix);
        field_named(space, local).or_else(|| {
            let lower = local.to_ascii_lowercase();
            (lower != local)
                .then(|| field_named(space, &lower))
                .flatten()
        })
    }
}

fn field_named(space: Space, local: &str) -> Option<Field> {
    match space {
        Space::Core => core_field(local),
        Space::Content => matches!(local, "encoded" | "value").then_some(Field::Content),
        Space::FullText => matches!(local, "full-text" | "fulltext" | "content" | "genre-text")
            .then_some(Field::Content),
        Space::DublinCore => dublin_core_field(local),
        Space::Terms => match local {
            "issued" | "created" | "available" => Some(Field::Issued),
            "modified" => Some(Field::Updated),
            _ => dublin_core_field(local),
        },
        Space::Media => Some(match local {
            "group" => Field::MediaGroup,
            "content" => Field::MediaContent,
            "thumbnail" => Field::MediaThumbnail,
            "title" => Field::ExtraTitle,
            "description" => Field::ExtraSummary,
            _ => return None,
        }),
        Space::Itunes => Some(match local {
            "author" => Field::Creator,
            "image" => Field::ItunesImage,
            "title" => Field::ExtraTitle,
            "summary" => Field::ExtraSummary,
            _ => return None,
        }),
        Space::Syndication => Some(match local {
            "updatePeriod" | "updateperiod" => Field::UpdatePeriod,
            "updateFrequency" | "updatefrequency" => Field::UpdateFrequency,
            _ => return None,
        }),
        Space::Feedburner => matches!(local, "origLink" | "origlink" | "origEnclosureLink")
            .then_some(Field::OriginalLink),
        Space::Other => None,
    }
}

fn core_field(local: &str) -> Option<Field> {
    Some(match local {
        "title" => Field::Title,
        "link" => Field::Link,
        "guid" | "id" => Field::Guid,
        "description" | "summary" | "abstract" | "tagline" | "subtitle" => Field::Summary,
        "content" | "body" | "fullitem" | "encoded" => Field::Content,
        "author" => Field::Author,
        "category" => Field::Category,
        "pubDate" | "pubdate" | "published" => Field::Published,
        "issued" | "created" | "date" => Field::Issued,
        "updated" | "modified" | "lastBuildDate" | "lastbuilddate" => Field::Updated,
        "language" => Field::Language,
        "source" => Field::Source,
        "enclosure" => Field::Enclosure,
        "image" | "thumbnail" => Field::Image,
        "ttl" => Field::Ttl,
        "skipHours" | "skiphours" => Field::SkipHours,
        "skipDays" | "skipdays" => Field::SkipDays,
        _ => return None,
    })
}

fn dublin_core_field(local: &str) -> Option<Field> {
    Some(match local {
        "creator" | "author" | "contributor" => Field::Creator,
        "date" => Field::Issued,
        "subject" => Field::Subject,
        "description" => Field::Summary,
        "source" => Field::Source,
        "language" => Field::Language,
        "title" => Field::Title,
        _ => return None,
    })
}

/// Namespaces by their addresses, of any scheme, case and version.
fn space_of_uri(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let has = |part: &str| uri.contains(part);
    if has("modules/content") {
        Space::Content
    } else if has("modules/syndication") {
        Space::Syndication
    } else if has("purl.org/dc/elements") {
        Space::DublinCore
    } else if has("purl.org/dc/terms") {
        Space::Terms
    } else if has("yahoo.com/mrss") {
        Space::Media
    } else if has("itunes.com/dtds") {
        Space::Itunes
    } else if has("feedburner.org") || has("pheedo.com") {
        Space::Feedburner
    } else if has("yandex.ru") || has("rambler.ru") || has("mail.ru") {
        Space::FullText
    } else if has("w3.org/2005/atom")
        || has("purl.org/atom")
        || has("purl.org/rss/1.0/") && uri.ends_with("rss/1.0/")
        || has("my.netscape.com")
        || has("netscape.com/rdf")
        || has("backend.userland.com")
        || has("channel.netscape.com")
    {
        Space::Core
    } else {
        Space::Other
    }
}

/// Namespaces by the prefixes that everyone gives them, for documents that forget to declare them.
fn space_of_prefix(prefix: &str) -> Space {
    match prefix {
        "content" => Space::Content,
        "dc" => Space::DublinCore,
        "dcterms" | "dct" => Space::Terms,
        "media" => Space::Media,
        "itunes" => Space::Itunes,
        "sy" => Space::Syndication,
        "feedburner" | "pheedo" => Space::Feedburner,
        "yandex" | "turbo" | "rambler" | "mailru" => Space::FullText,
        "atom" | "a10" | "atom10" | "rss" => Space::Core,
        _ => Space::Other,
    }
}
