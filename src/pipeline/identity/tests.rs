//! The rules of identity, each against the complaint that made it.

use std::cell::RefCell;

use super::*;

mod complaints;

/// The memory of one outlet.
#[derive(Default)]
struct Memory {
    items: RefCell<Vec<KnownItem>>,
}

impl Known for Memory {
    fn item(&self, _: &str, key: i64) -> Result<Option<KnownItem>, Unavailable> {
        let items = self.items.borrow();
        Ok(items
            .iter()
            .find(|item| item.keys.each().any(|have| have == key))
            .cloned())
    }

    fn is_new(&self, _: &str) -> Result<bool, Unavailable> {
        Ok(self.items.borrow().is_empty())
    }
}

/// An item as a feed gives it.
#[derive(Clone)]
struct Said {
    guid: &'static str,
    url: &'static str,
    title: &'static str,
    text: &'static str,
    hour: i64,
}

const ITEM: Said = Said {
    guid: "guid-1",
    url: "https://outlet.example/news/1",
    title: "A dam is built",
    text: "The two states agreed to build it within six years.",
    hour: 10,
};

impl Said {
    fn candidate(&self) -> Candidate {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        Candidate {
            keys: Keys::of(some(self.guid), some(self.url), some(self.title), self.text),
            published: Timestamp::from_second(self.hour * 3600).ok(),
        }
    }
}

fn remember(said: &[Said]) -> Memory {
    let items = said.iter().zip(1..).map(|(said, row)| {
        let candidate = said.candidate();
        KnownItem {
            row,
            id: article_id("outlet", Some(said.url), Some(said.guid), said.text),
            revision: 1,
            keys: candidate.keys,
            texts: vec![candidate.keys.text],
            published: candidate.published.unwrap_or_default(),
            first_seen: Timestamp::UNIX_EPOCH,
            feeds: vec!["feed".into()],
            story: None,
            learned: 0,
            gone: false,
            record: None,
            seen: 0,
        }
    });
    Memory {
        items: RefCell::new(items.collect()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Is {
    New,
    Known,
    Reissued,
    Edited,
    Repeated,
}

fn document(memory: &Memory, said: &[Said]) -> Vec<Is> {
    let candidates: Vec<Candidate> = said.iter().map(Said::candidate).collect();
    let identities = identify("outlet", &candidates, memory).expect("a memory in memory");
    let is = |identity| match identity {
        Identity::New => Is::New,
        Identity::Known { reissued: true, .. } => Is::Reissued,
        Identity::Known { .. } => Is::Known,
        Identity::Edited { .. } => Is::Edited,
        Identity::Repeated => Is::Repeated,
    };
    identities.into_iter().map(is).collect()
}

fn check(before: &[Said], now: &[Said], expected: &[Is]) {
    assert_eq!(document(&remember(before), now), expected);
}

#[test]
fn the_same_item_is_known() {
    check(&[ITEM], &[ITEM], &[Is::Known]);
}

#[test]
fn a_new_date_alone_is_not_an_edit() {
    // ubports#48: the feed re-dates all items when it regenerates.
    check(&[ITEM], &[Said { hour: 500, ..ITEM }], &[Is::Known]);
}

#[test]
fn an_edited_title_is_a_revision_and_not_a_new_item() {
    // miniflux/v2#3120
    check(
        &[ITEM],
        &[Said {
            title: "A dam will be built",
            text: "edited",
            ..ITEM
        }],
        &[Is::Edited],
    );
}

#[test]
fn a_headline_in_the_guid_makes_no_new_item() {
    // miniflux/v2#2358
    let edited = Said {
        guid: "A dam will be built",
        title: "A dam will be built",
        text: "edited",
        ..ITEM
    };
    check(&[ITEM], &[edited], &[Is::Edited]);
}

#[test]
fn a_link_with_another_path_makes_no_new_item() {
    // lwindolf/liferea#1195 with a stable GUID
    check(
        &[ITEM],
        &[Said {
            url: "https://outlet.example/new/path/1",
            ..ITEM
        }],
        &[Is::Reissued],
    );
}

#[test]
fn guids_that_change_at_each_poll_make_no_new_items() {
    check(
        &[ITEM],
        &[Said {
            guid: "random-7",
            ..ITEM
        }],
        &[Is::Known],
    );
}

#[test]
fn one_guid_for_all_items_loses_none() {
    // miniflux/v2#4197: ten items collapsed to one.
    let other = Said {
        url: "https://outlet.example/news/2",
        title: "A court",
        text: "other",
        ..ITEM
    };
    check(&[], &[ITEM, other.clone()], &[Is::New, Is::New]);
    check(
        &[ITEM, other.clone()],
        &[ITEM, other],
        &[Is::Known, Is::Known],
    );
}

#[test]
fn a_counter_that_was_reset_makes_a_new_item() {
    let reset = Said {
        url: "https://outlet.example/news/9",
        title: "A flood",
        text: "other",
        hour: 99,
        ..ITEM
    };
    check(&[ITEM], &[reset], &[Is::New]);
}

#[test]
fn an_edit_that_changes_title_link_and_text_keeps_its_date_and_its_item() {
    let edited = Said {
        url: "https://outlet.example/news/1-new",
        title: "Other",
        text: "other",
        ..ITEM
    };
    check(&[ITEM], &[edited], &[Is::Edited]);
}

#[test]
fn an_item_without_guid_and_link_is_known_by_its_text() {
    let bare = Said {
        guid: "",
        url: "",
        ..ITEM
    };
    check(
        std::slice::from_ref(&bare),
        std::slice::from_ref(&bare),
        &[Is::Known],
    );
    check(
        std::slice::from_ref(&bare),
        &[Said {
            hour: 99,
            ..bare.clone()
        }],
        &[Is::Known],
    );
    check(
        std::slice::from_ref(&bare),
        &[Said {
            text: "another text",
            ..bare
        }],
        &[Is::New],
    );
}

#[test]
fn a_feed_that_comes_back_under_other_names_is_not_news() {
    // lwindolf/liferea#1195: the CMS rewrites paths, GUID = URL, dates move to the day of the move.
    const TEXTS: [&str; 6] = ["one", "two", "three", "four", "five", "six"];
    const OLD: [&str; 6] = ["o1", "o2", "o3", "o4", "o5", "o6"];
    const NEW: [&str; 6] = ["n1", "n2", "n3", "n4", "n5", "n6"];
    let feed = |names: [&'static str; 6], hour| -> Vec<Said> {
        let item = |n: usize| Said {
            guid: names[n],
            url: names[n],
            title: TEXTS[n],
            text: TEXTS[n],
            hour,
        };
        (0..6).map(item).collect()
    };
    let memory = remember(&feed(OLD, 1));
    let candidates: Vec<Candidate> = feed(NEW, 70).iter().map(Said::candidate).collect();
    let identities = identify("outlet", &candidates, &memory).unwrap();
    assert!(is_reissue(&identities));
    assert_eq!(
        document(&memory, &feed(NEW, 70)),
        [const { Is::Reissued }; 6]
    );
}

#[test]
fn a_text_that_is_printed_twice_is_two_articles() {
    let again = Said {
        guid: "guid-2",
        url: "https://outlet.example/news/2",
        hour: 99,
        ..ITEM
    };
    check(&[ITEM], &[ITEM, again.clone()], &[Is::Known, Is::New]);
    check(&[ITEM], &[again], &[Is::New]);
}

#[test]
fn an_item_that_stands_twice_in_one_document_is_one() {
    check(&[], &[ITEM, ITEM], &[Is::New, Is::Repeated]);
}

#[test]
fn an_item_that_drops_out_and_returns_is_known() {
    let other = Said {
        guid: "g2",
        url: "https://outlet.example/2",
        title: "x",
        text: "y",
        hour: 3,
    };
    check(&[ITEM, other.clone()], &[other], &[Is::Known]);
    check(&[ITEM], &[ITEM], &[Is::Known]);
}

#[test]
fn ids_are_stable_and_well_formed() {
    let id = article_id(
        "outlet",
        Some("https://outlet.example/news/1"),
        Some("guid"),
        "raw",
    );
    assert_eq!(
        id,
        article_id(
            "outlet",
            Some("https://outlet.example/news/1"),
            None,
            "other"
        )
    );
    assert_ne!(
        id,
        article_id("other", Some("https://outlet.example/news/1"), None, "raw")
    );
    assert_eq!((id.len(), &id[..2]), (28, "a_"));
}
