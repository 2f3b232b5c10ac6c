use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::dedup::{InStory, Moved, Placement, StoryState};
use crate::normalise::{Article, Bare, bare};

#[derive(Deserialize)]
struct Line {
    id: String,
    language: String,
    title: String,
    text: String,
}

/// Real tellings of a few events in many languages.
static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    include_str!("../../../../tests/data/stories/stream.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
});

const SETTINGS: Settings = Settings {
    window: SignedDuration::from_hours(48),
    max_memory: 1 << 30,
};

/// What comes in: which telling, how many of its words are changed, and whether as an edit of an earlier article.
#[derive(Clone, Debug)]
struct Step {
    line: usize,
    cut: usize,
    edits: bool,
    minutes: i64,
    settles: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let parts = (0..LINES.len(), 0..12_usize, any::<bool>(), 0..240_i64, 0..8);
    parts.prop_map(|(line, cut, edits, minutes, settles)| Step {
        line,
        cut,
        edits,
        minutes,
        settles: settles == 0,
    })
}

/// An index with a clock, and everything that it has said.
struct Stream {
    index: Index,
    minute: i64,
    articles: usize,
}

#[derive(Debug, PartialEq)]
struct Said {
    placed: (InStory, Option<Placement>),
    moved: Vec<Moved>,
    changed: Vec<StoryState>,
}

impl Stream {
    fn new() -> Self {
        Self {
            index: Index::new(SETTINGS),
            minute: 0,
            articles: 0,
        }
    }

    fn take(&mut self, step: &Step) -> Said {
        self.minute += step.minutes;
        let now = Timestamp::from_second(self.minute * 60).unwrap();
        let number = match self.articles.checked_sub(1) {
            Some(last) if step.edits => step.line % (last + 1),
            _ => self.articles,
        };
        self.articles = self.articles.max(number + 1);
        let line = &LINES[step.line];
        let words: Vec<&str> = line.text.split(' ').skip(step.cut).collect();
        let article: Article = bare(Bare {
            id: format!("a_{number}"),
            title: line.title.clone(),
            text: words.join(" "),
            language: Some(line.language.clone()),
            published: Some(now),
            source: Some(format!("{}{}", line.id, number % 3)),
            ..Bare::default()
        });
        let (_, story, placement) = self.index.place(article, None, now).into_parts();
        let (mut moved, mut changed) = (Vec::new(), Vec::new());
        if step.settles {
            moved = self.index.settle();
            changed = self.index.take_changed();
        }
        Said {
            placed: (story, placement),
            moved,
            changed,
        }
    }

    /// The same, over an index that was made from the bytes of this one.
    fn again(&self) -> Self {
        let index = Index::of_chunks(SETTINGS, self.index.chunks()).expect("its own bytes");
        Self { index, ..*self }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_index_made_of_its_bytes_answers_like_itself(
        before in proptest::collection::vec(step(), 0..60),
        after in proptest::collection::vec(step(), 1..40),
    ) {
        let mut one = Stream::new();
        before.iter().for_each(|step| { one.take(step); });
        let mut other = one.again();
        // What the postings hold of forgotten texts is no knowledge.
        one.index.sweep();
        for step in &after {
            prop_assert_eq!(other.take(step), one.take(step));
        }
        prop_assert_eq!(other.index.len(), one.index.len());
        prop_assert!(other.index.ids().eq(one.index.ids()));
    }

    #[test]
    fn damage_is_refused_or_makes_an_index(
        before in proptest::collection::vec(step(), 1..12),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut stream = Stream::new();
        before.iter().for_each(|step| { stream.take(step); });
        let mut chunks: Vec<Vec<u8>> = stream.index.chunks().collect();
        let chunk = at.index(chunks.len());
        let place = at.index(chunks[chunk].len());
        if cut {
            chunks[chunk].truncate(place);
        } else {
            chunks[chunk][place] = byte;
        }
        if let Some(index) = Index::of_chunks(SETTINGS, chunks.into_iter()) {
            let mut damaged = Stream { index, ..stream };
            damaged.take(&before[0]);
            damaged.index.settle();
        }
    }
}

#[test]
fn a_short_article_takes_little_more_than_a_kilobyte() {
    let mut stream = Stream::new();
    for line in 0..LINES.len() {
        stream.take(&Step {
            line,
            cut: 0,
            edits: false,
            minutes: 5,
            settles: false,
        });
    }
    let articles = stream.index.chunks().filter(|chunk| chunk[0] == ARTICLES);
    let bytes: usize = articles.map(|chunk| chunk.len()).sum();
    assert!(bytes / LINES.len() < 1500, "{bytes}");
}
