//! What a record of the directory tells the state, read from its line without the texts in it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;

use super::NewItem;
use crate::dedup::InStory;
use crate::pipeline::identity::Keys;
use crate::write::Kind;
use crate::write::read::Parsed;
use crate::write::record::is_withdrawal;

/// Kinds of records that tell the state something.
pub const KINDS: [Kind; 2] = [Kind::Article, Kind::Story];

/// A record as the state takes it in.
#[derive(Clone, Debug)]
pub struct Told {
    seq: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Item(Box<NewItem>),
    Merge {
        story: String,
        target: String,
    },
    /// A story that stands.
    Nothing,
}

impl Parsed for Told {
    fn parse(kind: Kind, json: &[u8]) -> serde_json::Result<Self> {
        match kind {
            Kind::Article => serde_json::from_slice(json).map(Article::told),
            _ => serde_json::from_slice(json).map(Story::told),
        }
    }

    fn seq(&self) -> u64 {
        self.seq
    }
}

/// What identity needs of an article record.
#[derive(Deserialize)]
struct Article<'a> {
    seq: u64,
    id: String,
    revision: u32,
    feed: String,
    outlet: String,
    also_in: Vec<String>,
    #[serde(borrow)]
    guid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    canonical_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    title: Option<Cow<'a, str>>,
    #[serde(borrow)]
    raw_sha256: Cow<'a, str>,
    published: Timestamp,
    first_seen: Timestamp,
    story: InStory,
    #[serde(borrow)]
    flags: Vec<Cow<'a, str>>,
}

impl Article<'_> {
    fn told(self) -> Told {
        let keys = Keys::of(
            self.guid.as_deref(),
            self.canonical_url.as_deref(),
            self.title.as_deref(),
            &self.raw_sha256,
        );
        let mut feeds = vec![self.feed];
        feeds.extend(self.also_in);
        let item = NewItem {
            outlet: self.outlet,
            id: self.id,
            revision: self.revision,
            keys,
            published: self.published,
            first_seen: self.first_seen,
            feeds,
            story: Some(self.story),
            gone: self.flags.iter().any(|flag| is_withdrawal(flag)),
            record: Some(self.seq),
        };
        Told {
            seq: self.seq,
            what: What::Item(Box::new(item)),
        }
    }
}

/// What became of a story.
#[derive(Deserialize)]
struct Story {
    seq: u64,
    id: String,
    merged_into: Option<String>,
}

impl Story {
    fn told(self) -> Told {
        let what = match self.merged_into {
            Some(target) => What::Merge {
                story: self.id,
                target,
            },
            None => What::Nothing,
        };
        Told {
            seq: self.seq,
            what,
        }
    }
}
