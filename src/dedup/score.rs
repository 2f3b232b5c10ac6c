//! The one answer to "are these two articles the same story, and how is one made from the other?".
//!
//! Texts that repeat each other's words are told by rules; the same event told in other words or another
//! language by the learned weights over the [signals](super::signals). What is concluded of a pair and
//! whether an article joins a story are two decisions with thresholds of their own.

use super::Relation;
use super::features::{Features, Probe};
use super::near::{Overlap, Shingles};
use super::signals::Signals;
use super::weights::WEIGHTS;

/// Name of the rules and weights below in every placement that they made.
pub const ENGINE: &str = "stories-1";

/// Resemblance from which a text is the same text with slips: above what re-typed punctuation and a
/// changed dateline do to a copy.
const COPY_RESEMBLANCE: f32 = 0.97;
/// Resemblance from which two texts are versions of one: a copy with every fourth word edited keeps
/// .27 on average; unrelated news texts of one outlet stay below .05 but for boilerplate.
const NEAR_RESEMBLANCE: f32 = 0.25;
/// Share of the smaller text that must stand in the larger for it to be cut from it or framed by it.
const NEAR_CONTAINMENT: f32 = 0.5;
/// Triples that must be shared before anything is concluded from a share of them.
const SHARED_MIN: usize = 8;
/// Below this share of common numbers two texts that else look alike are two issues of a form (the
/// weather, exchange rates, a casualty report of another day).
const NUMBERS_MIN: f32 = 0.34;
/// Numbers that both texts must have for that to be concluded.
const NUMBERS_COUNT_MIN: usize = 2;
/// Resemblance from which differing numbers are slips and not another issue of a form.
const NUMBERS_OVERRULED: f32 = 0.9;
/// Words that a text must have to be called a copy for having the same words.
const COPY_WORDS_MIN: u32 = 5;

/// Log odds of a text that repeats another one.
const REPEATED: f32 = 6.0;
/// Log odds of another issue of a form, at most.
const ANOTHER_ISSUE: f32 = -4.0;

/// What was concluded of two articles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Verdict {
    /// How the later one is made from the earlier one, if they are the same story.
    pub relation: Relation,
    pub log_odds: f32,
    /// Log odds from which two articles of this kind are the same story.
    threshold: f32,
    /// Share of the shorter text's word triples that stand in the longer, 0 to 1.
    pub text_overlap: f32,
}

impl Verdict {
    pub fn is_same_story(&self) -> bool {
        self.log_odds >= self.threshold
    }

    /// 0 to 1; from one half on it is the same story.
    pub fn score(&self) -> f32 {
        probability(self.log_odds - self.threshold)
    }

    /// Whether the later text repeats the earlier one.
    pub fn is_repetition(&self) -> bool {
        matches!(self.relation, Relation::Copy | Relation::Near)
    }
}

/// Judges a later article against an earlier one. `hours` is the time between them, if known.
pub(super) fn judge(probe: &Probe, earlier: &Features, hours: Option<f32>) -> Verdict {
    let later = probe.features;
    let (a, b) = (&later.near, &earlier.near);
    let same_words = later.words_group == earlier.words_group;
    let overlap = if a.may_repeat(b) {
        a.overlap(b)
    } else {
        Overlap::default()
    };
    let text_overlap = if a.whole() == b.whole() {
        1.0
    } else {
        overlap.containment
    };
    if let Some(relation) = repetition(a, b, overlap) {
        return Verdict {
            relation,
            log_odds: REPEATED,
            threshold: 0.0,
            text_overlap,
        };
    }
    let signals = Signals::between(probe, earlier, hours);
    let (mut log_odds, threshold) = WEIGHTS.judge(&signals, same_words);
    if (NEAR_RESEMBLANCE..NUMBERS_OVERRULED).contains(&overlap.resemblance) && numbers_differ(a, b)
    {
        log_odds = log_odds.min(ANOTHER_ISSUE);
    }
    let relation = if same_words {
        Relation::Rewrite
    } else {
        Relation::Translation
    };
    Verdict {
        relation,
        log_odds,
        threshold,
        text_overlap,
    }
}

/// Logistic function.
pub(super) fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Whether a text repeats another one, and how closely.
fn repetition(later: &Shingles, earlier: &Shingles, overlap: Overlap) -> Option<Relation> {
    if later.whole() == earlier.whole() {
        return (later.words() >= COPY_WORDS_MIN).then_some(Relation::Copy);
    }
    if overlap.shared < SHARED_MIN.min(overlap.smaller.max(4)) {
        return None;
    }
    if overlap.resemblance < NUMBERS_OVERRULED && numbers_differ(later, earlier) {
        return None;
    }
    if overlap.resemblance >= COPY_RESEMBLANCE {
        Some(Relation::Copy)
    } else if overlap.resemblance >= NEAR_RESEMBLANCE || is_part(overlap) {
        Some(Relation::Near)
    } else {
        None
    }
}

fn is_part(overlap: Overlap) -> bool {
    overlap.containment >= NEAR_CONTAINMENT && overlap.shared >= 2 * SHARED_MIN
}

/// Whether two texts that else look alike are two issues of a form that is filled in anew: the weather,
/// exchange rates.
fn numbers_differ(a: &Shingles, b: &Shingles) -> bool {
    let enough = a.number_count().min(b.number_count()) >= NUMBERS_COUNT_MIN;
    enough
        && a.number_agreement(b)
            .is_some_and(|share| share < NUMBERS_MIN)
}

#[cfg(test)]
mod tests {
    use super::super::near::shingles;
    use super::*;

    const AGENCY: &str = "the ministry of energy of the republic said on tuesday that the first unit of \
        the power station will be started before the end of the year and that the reservoir has reached \
        the level that was planned while residents of three villages have been moved to new houses";

    fn check(later: &str, earlier: &str, expected: Option<Relation>) {
        let (a, b) = (shingles("", later), shingles("", earlier));
        assert_eq!(repetition(&a, &b, a.overlap(&b)), expected, "{later}");
    }

    #[test]
    fn copies_and_versions() {
        check(AGENCY, AGENCY, Some(Relation::Copy));
        check(
            &AGENCY.replace("tuesday", "monday"),
            AGENCY,
            Some(Relation::Near),
        );
        check(&AGENCY[..150], AGENCY, Some(Relation::Near));
        let framed =
            format!("our own report begins here with some words {AGENCY} and it ends with others");
        check(&framed, AGENCY, Some(Relation::Near));
    }

    #[test]
    fn another_text_is_another_story() {
        check(
            "a court in the south sentenced four men for the theft of cattle in spring",
            AGENCY,
            None,
        );
        check("", "", None);
        check("", AGENCY, None);
    }

    #[test]
    fn the_same_form_with_other_numbers_is_another_issue() {
        let monday = "official exchange rates of the bank for today the dollar 450 the euro 480 the rouble 5 \
            the yuan 62 according to the press service of the bank";
        let tuesday = "official exchange rates of the bank for today the dollar 452 the euro 483 the rouble 6 \
            the yuan 63 according to the press service of the bank";
        check(tuesday, monday, None);
    }
}
