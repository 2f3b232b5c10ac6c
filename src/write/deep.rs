//! What `verify --deep` checks beyond each file for itself: every line by its schema, digests of texts,
//! revisions, placements and stories by each other, and copies in columns value by value.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use super::columns::Comparison;
use super::manifest::{Entry, Manifest};
use super::read::{self, records};
use super::record::{Article, Kind, Placement, Record, Story};
use super::schema::Checker;
use crate::digest::sha256_hex;

/// Tells of each fault of the directory: where, and what.
pub(super) fn check(
    dir: &Path,
    manifest: &Manifest,
    fault: &mut impl FnMut(&str, String),
) -> io::Result<()> {
    for entry in &manifest.entries {
        if let Some(kind) = entry.kind() {
            lines(dir, entry, &Checker::new(kind), fault)?;
        } else if let Some(kind) = entry.columns_of() {
            copy(dir, manifest, entry, kind, fault);
        }
    }
    let mut history = History::default();
    for record in records(dir, manifest, &Kind::ALL, 0, None)? {
        history.take(record?, fault);
    }
    // Of what was removed nothing can be counted.
    if manifest.removed.is_empty() {
        history.count(fault);
    }
    Ok(())
}

fn lines(
    dir: &Path,
    entry: &Entry,
    checker: &Checker,
    fault: &mut impl FnMut(&str, String),
) -> io::Result<()> {
    let mut row = 0;
    let read = read::lines_of(&dir.join(&entry.path), |line| {
        row += 1;
        if let Some(what) = checker.fault(&serde_json::from_slice(line)?) {
            fault(&entry.path, format!("line {row}: {what}"));
        }
        Ok(())
    });
    match read {
        // Its time was over meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        read => read,
    }
}

/// A copy holds the values of the lines, and no others.
fn copy(
    dir: &Path,
    manifest: &Manifest,
    copy: &Entry,
    kind: Kind,
    fault: &mut impl FnMut(&str, String),
) {
    let mut sources: Vec<&Entry> = manifest
        .entries
        .iter()
        .filter(|entry| entry.kind() == Some(kind) && entry.day() == copy.day())
        .filter(|entry| entry.first_seq >= copy.first_seq && entry.last_seq <= copy.last_seq)
        .collect();
    sources.sort_by_key(|entry| entry.first_seq);
    let compared = Comparison::open(kind, &dir.join(&copy.path)).and_then(|mut comparison| {
        for source in sources {
            read::lines_of(&dir.join(&source.path), |line| comparison.add(line))?;
        }
        comparison.finish()
    });
    if let Err(error) = compared
        && error.kind() != io::ErrorKind::NotFound
    {
        fault(&copy.path, format!("not a copy of its lines: {error}"));
    }
}

/// What records say of each other.
#[derive(Default)]
struct History {
    revisions: HashMap<String, u32>,
    placed: HashMap<String, (u64, String)>,
    stories: BTreeMap<String, (u64, u64, Option<String>)>,
}

impl History {
    fn take(&mut self, record: Record, fault: &mut impl FnMut(&str, String)) {
        match record {
            Record::Article(article) => self.article(&article, fault),
            Record::Placement(placement) => self.placement(*placement, fault),
            Record::Story(story) => self.story(*story),
            Record::Event(_) => {}
        }
    }

    fn article(&mut self, article: &Article, fault: &mut impl FnMut(&str, String)) {
        let digest = sha256_hex(article.text.as_deref().unwrap_or_default().as_bytes());
        if digest != article.text_sha256 {
            let what = format!("seq {}: text_sha256 is not that of the text", article.seq);
            fault("articles", what);
        }
        let last = self.revisions.insert(article.id.clone(), article.revision);
        // The first ones may have been removed in their time.
        if last.is_some_and(|last| article.revision != last + 1) {
            let what = format!(
                "seq {}: revision {} of {} follows revision {}",
                article.seq,
                article.revision,
                article.id,
                last.unwrap_or_default()
            );
            fault("articles", what);
        }
    }

    fn placement(&mut self, placement: Placement, fault: &mut impl FnMut(&str, String)) {
        let last = self
            .placed
            .insert(placement.article, (placement.seq, placement.story));
        if placement.supersedes.is_some()
            && last
                .as_ref()
                .is_some_and(|(seq, _)| placement.supersedes != Some(*seq))
        {
            let what = format!(
                "seq {}: supersedes another one than the last",
                placement.seq
            );
            fault("placements", what);
        }
    }

    fn story(&mut self, story: Story) {
        self.stories.insert(
            story.id,
            (story.seq, story.article_count, story.merged_into),
        );
    }

    /// Where merges lead from a story; `None` in a circle, or where there is no such story.
    fn target<'a>(&'a self, mut story: &'a str) -> Option<&'a str> {
        for _ in 0..=self.stories.len() {
            match &self.stories.get(story)?.2 {
                Some(target) => story = target,
                None => return Some(story),
            }
        }
        None
    }

    /// A story counts the articles that were placed in it, or in one that was merged into it, until its
    /// state was written.
    fn count(&self, fault: &mut impl FnMut(&str, String)) {
        let mut members: HashMap<&str, u64> = HashMap::new();
        for (article, (seq, story)) in &self.placed {
            match self.target(story) {
                Some(target) if *seq <= self.stories[target].0 => {
                    *members.entry(target).or_default() += 1;
                }
                Some(_) => {}
                // Its state is written with the next seal.
                None if !self.stories.contains_key(story) => {}
                None => fault("stories", format!("{story}, of {article}, leads nowhere")),
            }
        }
        for (id, (seq, count, merged_into)) in &self.stories {
            let found = members.get(id.as_str()).copied().unwrap_or(0);
            if merged_into.is_none() && found != *count {
                let what =
                    format!("seq {seq}: {id} counts {count} articles, {found} are placed in it");
                fault("stories", what);
            }
        }
    }
}
