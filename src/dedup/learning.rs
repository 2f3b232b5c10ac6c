//! What the tool that learns background and weights needs to see of the engine's inside.

use super::features::{Probe, Reading, Telling, shown_day};
use super::frequency::{COMMON_GROUPS, CONCEPTS, DAYS, ENTITIES, NAMES, NUMBERS};
use super::numbers;
use super::signals::Signals;
use super::terms::{Reader, key_of, stems};
use super::{index, read_alone};
use crate::normalise::{Article, concepts};

/// Groups of entries that every article belongs to, besides that of its language and script.
pub const GROUPS: [&str; 5] = COMMON_GROUPS;

/// Everything that an article names, as group and entry, each once: what the background counts.
pub fn things(article: &Article) -> Vec<(String, String)> {
    let telling = Telling::from(article);
    let reading = Reading::of(&telling, &mut Reader::default());
    let mut things = Vec::new();
    for (word, _) in reading.words() {
        stems(word, reading.language(), |stem| {
            things.push((reading.group().to_owned(), stem.to_owned()))
        });
        if let Some(key) = key_of(word) {
            things.push((NAMES.to_owned(), key));
        }
    }
    things.extend(
        reading
            .numbers()
            .map(|number| (NUMBERS.to_owned(), numbers::shown(number.key()))),
    );
    things.extend(reading.days().map(|day| (DAYS.to_owned(), shown_day(day))));
    things.extend(
        reading
            .concepts()
            .map(|id| (CONCEPTS.to_owned(), concepts::name(id).to_owned())),
    );
    let classes = [
        ("p:", &telling.places),
        ("h:", &telling.people),
        ("b:", &telling.bodies),
    ];
    for (class, ids) in classes {
        things.extend(
            ids.iter()
                .map(|id| (ENTITIES.to_owned(), format!("{class}{id}"))),
        );
    }
    things.sort_unstable();
    things.dedup();
    things
}

/// The kinds of pairs that are judged apart, by their names in the file of weights.
pub const KINDS: [&str; 3] = super::weights::KINDS;

/// Which of [`KINDS`] a pair is of; `same_words` where the words of both can be compared.
pub fn kind(signals: &Signals, same_words: bool) -> usize {
    super::weights::WEIGHTS.kind(signals, same_words)
}

/// The signals between two articles held side by side, and whether their words can be compared.
pub fn signals(a: &Article, b: &Article) -> (bool, Signals) {
    let mut reader = Reader::default();
    let (first, second) = (read_alone(a, &mut reader).2, read_alone(b, &mut reader).2);
    let hours = index::hours_between(index::dated(b), index::dated(a));
    (
        first.words_group == second.words_group,
        Signals::between(&Probe::of(&second), &first, hours),
    )
}
