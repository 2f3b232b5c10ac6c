use super::*;
use crate::normalise::{Bare, bare};

const AGENCY: &str = "The ministry of energy said on Tuesday that the first unit of the power station will \
    be started before the end of the year, and that the reservoir has reached the level that was planned, \
    while residents of three villages have been moved to new houses on higher ground.";
const OTHER: &str = "A court in the southern province sentenced four men to prison for the theft of cattle \
    in the spring; two of them had already been fined last year, the prosecutor of the district said.";

fn index() -> Index {
    Index::new(Settings {
        window: SignedDuration::from_hours(7 * 24),
        max_memory: 1 << 30,
    })
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3600).unwrap()
}

fn article(name: &str, text: &str, hour: i64) -> Article {
    bare(Bare {
        id: format!("a_{name}"),
        title: format!("Headline of {name}"),
        text: text.into(),
        published: Some(at(hour)),
        source: Some(name.into()),
        ..Bare::default()
    })
}

fn place(index: &mut Index, name: &str, text: &str, hour: i64) -> InStory {
    index
        .place(article(name, text, hour), None, at(hour))
        .story()
        .clone()
}

#[test]
fn copies_join_the_story_of_the_first_and_say_of_which() {
    let mut index = index();
    let first = place(&mut index, "one", AGENCY, 0);
    let copy = place(&mut index, "two", AGENCY, 1);
    let edited = place(&mut index, "three", &AGENCY.replace("Tuesday", "Monday"), 2);
    let other = place(&mut index, "four", OTHER, 3);
    assert_eq!((first.relation, first.of), (Relation::First, None));
    assert_eq!(
        (copy.relation, copy.of.as_deref()),
        (Relation::Copy, Some("a_one"))
    );
    assert_eq!((edited.relation, &edited.id), (Relation::Near, &first.id));
    assert_ne!(other.id, first.id);
}

#[test]
fn a_text_is_forgotten_when_the_window_has_passed() {
    let mut index = index();
    let first = place(&mut index, "one", AGENCY, 0);
    let inside = place(&mut index, "two", AGENCY, 7 * 24);
    assert_eq!(inside.id, first.id);
    let outside = place(&mut index, "three", AGENCY, 15 * 24);
    assert_ne!(outside.id, first.id);
    assert_eq!(index.len(), 1);
}

#[test]
fn what_is_a_window_apart_is_another_story_whichever_comes_first() {
    for (first, second) in [(0, 8 * 24), (8 * 24, 0)] {
        let mut index = index();
        let mut story = |name: &str, hour: i64| {
            let placed = index.place(article(name, AGENCY, hour), None, Timestamp::MIN);
            placed.story().id.clone()
        };
        assert_ne!(story("one", first), story("two", second));
    }
}

#[test]
fn a_revision_keeps_its_place_and_its_new_text_is_found() {
    let mut index = index();
    let first = place(&mut index, "one", AGENCY, 0);
    let revised = index.place(article("one", OTHER, 1), None, at(1));
    assert_eq!(revised.story(), &first);
    assert!(revised.placement().is_none());
    assert_eq!(
        place(&mut index, "two", OTHER, 2).of.as_deref(),
        Some("a_one")
    );
}

#[test]
fn what_was_restored_answers_like_what_was_placed() {
    let mut before = index();
    let placed = before.place(article("one", AGENCY, 0), None, at(0));
    let state = before.take_changed().remove(0);
    let mut after = index();
    after.restore(Remembered::Article {
        member: member_of(placed.article(), Relation::First),
        published: Some(at(0)),
        telling: Box::new(Telling::from(placed.article())),
        story: placed.story().clone(),
        revision: 1,
    });
    after.restore(Remembered::Story(state));
    assert!(!after.has_changed());
    assert_eq!(
        place(&mut after, "two", AGENCY, 1),
        place(&mut before, "two", AGENCY, 1)
    );
    assert_eq!(after.take_changed(), before.take_changed());
}

#[test]
fn memory_is_bounded_and_the_cut_is_told() {
    let mut index = Index::new(Settings {
        window: SignedDuration::from_hours(9999),
        max_memory: 64 << 10,
    });
    for number in 0..200 {
        let text = (0..60)
            .map(|n| format!("w{number}x{n} "))
            .collect::<String>();
        place(&mut index, &format!("n{number}"), &text, number);
    }
    assert!(index.take_shortened());
    assert!(index.bytes() <= 64 << 10, "{}", index.bytes());
    assert!(index.len() > 5);
}

#[test]
fn the_sweep_of_forgotten_texts_loses_no_live_one() {
    let mut index = Index::new(Settings {
        window: SignedDuration::from_hours(100),
        max_memory: 1 << 30,
    });
    for hour in 0..3000 {
        let text = (0..40).map(|n| format!("w{hour}x{n} ")).collect::<String>();
        place(&mut index, &format!("n{hour}"), &text, hour);
    }
    let text = (0..40).map(|n| format!("w2950x{n} ")).collect::<String>();
    assert_eq!(
        place(&mut index, "copy", &text, 3000).of.as_deref(),
        Some("a_n2950")
    );
    assert!(index.candidates.forgotten_before(index.base) < index.len() + 1024);
}
