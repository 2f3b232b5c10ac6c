//! Subscription lists in OPML 2.0, read from other readers and written for them.
//!
//! Groups (outlines around outlines) become a tag with slashes, `Asia/Afghanistan`, which OPML itself
//! writes into `category`; on the way out the first tag is the group again. What only khabar knows of a
//! feed travels in attributes of a namespace of its own. Files are never fetched from here: an outline
//! that includes another file is told of, not followed.

use std::collections::HashMap;
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_html5_entity, unescape_with};
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::block::{self, Block};
use super::reading::Kind;
use super::settings::{Config, Feed};

/// Groups within groups; readers allow one or two.
const DEPTH_MAX: usize = 32;
/// Feeds that are taken from one file.
const FEEDS_MAX: usize = 50_000;
/// Attributes of an outline that are looked at.
const ATTRIBUTES_MAX: usize = 64;
/// Bytes of an attribute that are kept; longer ones are descriptions.
const VALUE_BYTES_MAX: usize = 8 << 10;
/// Things that are told of one file.
const NOTES_MAX: usize = 100;
const NAMESPACE: &str = "urn:khabar:opml";

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub struct Subscriptions {
    pub feeds: Vec<Block>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// Why a file is no subscription list.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("not an OPML file: there is no <opml> in it")]
    NotOpml,
    #[error("not well-formed near byte {at}: {reason}")]
    Malformed { at: u64, reason: String },
    #[error("outlines are nested more than {DEPTH_MAX} deep")]
    TooDeep,
    #[error("more than {FEEDS_MAX} feeds")]
    TooMany,
}

/// Reads a list. `taken`: ids that are in use already.
pub fn read(
    text: &str,
    taken: &mut std::collections::HashSet<String>,
) -> Result<Subscriptions, Error> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut list = List {
        taken,
        out: Subscriptions::default(),
        at: HashMap::new(),
    };
    // The names of the open outlines; `None` for one that is no group.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut is_opml = false;
    loop {
        let event = reader.read_event().map_err(|error| Error::Malformed {
            at: reader.error_position(),
            reason: error.to_string(),
        })?;
        match event {
            Event::Start(tag) if is(&tag, "opml") => is_opml = true,
            Event::Start(tag) if is_opml && is(&tag, "outline") => {
                if open.len() >= DEPTH_MAX {
                    return Err(Error::TooDeep);
                }
                let group = list.take(&attributes(&tag), &open)?;
                open.push(group);
            }
            Event::Empty(tag) if is_opml && is(&tag, "outline") => {
                list.take(&attributes(&tag), &open)?;
            }
            Event::End(tag) if tag.name().as_ref().eq_ignore_ascii_case("outline") => {
                open.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if is_opml {
        Ok(list.out)
    } else {
        Err(Error::NotOpml)
    }
}

struct List<'t> {
    taken: &'t mut std::collections::HashSet<String>,
    out: Subscriptions,
    /// Where each address stands in `out`.
    at: HashMap<(String, String), usize>,
}

impl List<'_> {
    /// Takes an outline; returns its name if it may be a group.
    fn take(
        &mut self,
        of: &HashMap<String, String>,
        open: &[Option<String>],
    ) -> Result<Option<String>, Error> {
        let get = |key: &str| {
            of.get(key)
                .map(String::as_str)
                .filter(|value| !value.is_empty())
        };
        let name = get("text").or(get("title")).unwrap_or_default();
        let form = get("type").unwrap_or("rss").to_ascii_lowercase();
        let kind = get("khabar:kind").and_then(Kind::named);
        let address = get("xmlurl").or(get("url").filter(|_| kind.is_some()));
        if form == "include" {
            self.note(format!(
                "{name}: another list is included, which is not fetched"
            ));
            return Ok(None);
        }
        let Some(address) = address else {
            return Ok((!name.is_empty()).then(|| name.replace('/', "-")));
        };
        if form.contains('+') {
            self.note(format!(
                "{name}: {form} is a rule of FreshRSS; write [feed.select] for it"
            ));
            return Ok(None);
        }
        let Some(url) = web(address) else {
            self.note(format!(
                "{name}: {address:?} is not an address that can be polled"
            ));
            return Ok(None);
        };
        let group: Vec<&str> = open.iter().flatten().map(String::as_str).collect();
        let group = Some(group.join("/")).filter(|group| !group.is_empty());
        let categories = get("category").into_iter().flat_map(|all| all.split(','));
        let categories =
            categories.map(|category| category.trim().trim_start_matches('/').to_owned());
        let mut tags: Vec<String> = Vec::new();
        for tag in group.into_iter().chain(categories) {
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let own = |key: &str| get(key).map(str::to_owned);
        let block = Block {
            id: own("khabar:id").unwrap_or_default(),
            name: if name.is_empty() {
                url.clone()
            } else {
                name.to_owned()
            },
            url,
            kind: kind.unwrap_or_default(),
            outlet: own("khabar:outlet"),
            publisher: own("khabar:publisher"),
            language: own("language"),
            country: own("khabar:country"),
            tags,
            is_disabled: get("khabar:enabled") == Some("false"),
            comments: Vec::new(),
        };
        self.put(block.tidy())?;
        Ok(None)
    }

    /// The same feed in two groups is one feed with two tags.
    fn put(&mut self, mut block: Block) -> Result<(), Error> {
        let key = (block.url.clone(), block.id.clone());
        if let Some(&at) = self.at.get(&key) {
            let first = &mut self.out.feeds[at];
            let more: Vec<String> = block
                .tags
                .into_iter()
                .filter(|tag| !first.tags.contains(tag))
                .collect();
            first.tags.extend(more);
            return Ok(());
        }
        if self.out.feeds.len() >= FEEDS_MAX {
            return Err(Error::TooMany);
        }
        let wanted = if block.id.is_empty() {
            &block.name
        } else {
            &block.id
        };
        block.id = block::id(wanted, &block.url, self.taken);
        self.at.insert(key, self.out.feeds.len());
        self.out.feeds.push(block);
        Ok(())
    }

    fn note(&mut self, note: String) {
        match self.out.notes.len() {
            ..NOTES_MAX => self.out.notes.push(note),
            NOTES_MAX => self.out.notes.push("more like these".into()),
            _ => {}
        }
    }
}

/// Writes the feeds of a configuration as a list; the first tag of a feed is its group.
pub fn write(config: &Config, created: &str) -> String {
    let mut root = Group::default();
    for feed in &config.feeds {
        let path = feed.tags.first().map(String::as_str).unwrap_or_default();
        let names = path
            .split('/')
            .filter(|name| !name.is_empty())
            .take(DEPTH_MAX - 1);
        names.fold(&mut root, Group::within).feeds.push(feed);
    }
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\" xmlns:khabar=\"{NAMESPACE}\">\n  \
         <head>\n    <title>khabar</title>\n    <dateCreated>{}</dateCreated>\n  </head>\n  <body>\n",
        escape(created)
    );
    root.write(&mut out, 2);
    out + "  </body>\n</opml>\n"
}

/// Feeds under a name, in the order of the configuration.
#[derive(Default)]
struct Group<'c> {
    name: String,
    groups: Vec<Group<'c>>,
    feeds: Vec<&'c Feed>,
}

impl<'c> Group<'c> {
    fn within(&mut self, name: &str) -> &mut Self {
        let at = self
            .groups
            .iter()
            .position(|group| group.name == name)
            .unwrap_or_else(|| {
                self.groups.push(Group {
                    name: name.to_owned(),
                    ..Group::default()
                });
                self.groups.len() - 1
            });
        &mut self.groups[at]
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        for group in &self.groups {
            let name = escape(group.name.as_str());
            let _ = writeln!(out, "{indent}<outline text=\"{name}\" title=\"{name}\">");
            group.write(out, depth + 1);
            let _ = writeln!(out, "{indent}</outline>");
        }
        for feed in &self.feeds {
            let _ = writeln!(out, "{indent}<outline{}/>", outline(feed));
        }
    }
}

fn outline(feed: &Feed) -> String {
    let (form, address) = if feed.kind == Kind::Feed {
        ("rss", "xmlUrl")
    } else {
        ("link", "url")
    };
    let category = feed
        .tags
        .iter()
        .map(|tag| format!("/{tag}"))
        .collect::<Vec<_>>()
        .join(",");
    let url = public(feed);
    let attributes = [
        ("type", Some(form)),
        ("text", Some(feed.name.as_str())),
        ("title", Some(feed.name.as_str())),
        (address, Some(url.as_str())),
        ("language", feed.language.as_deref()),
        (
            "category",
            Some(category.as_str()).filter(|category| !category.is_empty()),
        ),
        ("khabar:id", Some(feed.id.as_str())),
        ("khabar:kind", Some(feed.kind.name())),
        ("khabar:outlet", feed.outlet.as_deref()),
        ("khabar:publisher", feed.publisher.as_deref()),
        ("khabar:country", feed.country.as_deref()),
        ("khabar:enabled", (!feed.enabled).then_some("false")),
    ];
    let present = attributes
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| (key, value)));
    present
        .map(|(key, value)| format!(" {key}=\"{}\"", escape(value)))
        .collect()
}

/// The address as it was written, so that a `${TOKEN}` stays one, and without name and password.
fn public(feed: &Feed) -> String {
    let written = feed.url.to_string();
    match Url::parse(&written) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // Both can only fail for addresses without a host.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        _ => written,
    }
}

fn is(tag: &BytesStart<'_>, name: &str) -> bool {
    tag.name().as_ref().eq_ignore_ascii_case(name)
}

/// Attributes by their name in lower case; what cannot be read is not there.
fn attributes(tag: &BytesStart<'_>) -> HashMap<String, String> {
    let mut all = tag.attributes();
    let all = all.with_checks(false).flatten().take(ATTRIBUTES_MAX);
    all.filter(|attribute| attribute.value.len() <= VALUE_BYTES_MAX)
        .map(|attribute| {
            let key = attribute.key.as_ref().to_ascii_lowercase();
            let raw = attribute.value.into_owned();
            // Many writers forget to escape `&` in addresses.
            let value = unescape_with(&raw, resolve_html5_entity).map(|value| value.into_owned());
            (key, value.unwrap_or(raw).trim().to_owned())
        })
        .collect()
}

/// An http or https address, `feed:` forms included.
fn web(address: &str) -> Option<String> {
    let address = match address.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
        Some(rest) => rest.to_owned(),
        None => address.to_owned(),
    };
    let url = Url::parse(&address).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.host().is_some()).then(|| url.to_string())
}

#[cfg(test)]
mod tests;
