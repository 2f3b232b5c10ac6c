//! What the directory remembers with its texts taken to pieces: the part of taking it back that costs most, and
//! that several threads can do at once. How common the pieces are is only known in order.

use jiff::Timestamp;

use super::features::{Counted, Reading, Telling};
use super::story::{Member, StoryState};
use super::terms::Reader;
use super::{InStory, Remembered};

/// Takes texts to pieces. One for each thread.
#[derive(Debug, Default)]
pub struct Preparer(Reader);

impl Preparer {
    pub fn prepare(&mut self, remembered: Remembered) -> Prepared {
        Prepared::of(remembered, &mut self.0)
    }
}

/// Something remembered that an index can take back at once.
pub struct Prepared(pub(super) Step);

pub(super) enum Step {
    Article(Box<PreparedArticle>),
    Placement { article: String, story: InStory },
    Story(Box<StoryState>),
}

pub(super) struct PreparedArticle {
    pub member: Member,
    pub published: Option<Timestamp>,
    pub telling: Box<Telling>,
    pub taken: Taken,
    pub story: InStory,
    pub revision: u32,
}

/// A text taken to pieces and counted.
pub(super) struct Taken {
    pub reading: Reading,
    pub counted: Counted,
}

impl Taken {
    pub fn of(telling: &Telling, reader: &mut Reader) -> Self {
        let reading = Reading::of(telling, reader);
        let counted = Counted::of(&reading, telling);
        Self { reading, counted }
    }
}

impl Prepared {
    pub(super) fn of(remembered: Remembered, reader: &mut Reader) -> Self {
        Self(match remembered {
            Remembered::Article {
                member,
                published,
                telling,
                story,
                revision,
            } => Step::Article(Box::new(PreparedArticle {
                taken: Taken::of(&telling, reader),
                member,
                published,
                telling,
                story,
                revision,
            })),
            Remembered::Placement { article, story } => Step::Placement { article, story },
            Remembered::Story(state) => Step::Story(Box::new(state)),
        })
    }
}
