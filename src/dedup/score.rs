//! The one answer to "are these two texts the same story, and how is one made from the other?".
//!
//! This version knows texts that repeat each other's words. It does not yet know the same event told in
//! other words or another language, and says "no" there rather than guess.

use super::near::{Overlap, Shingles};
use super::{Relation, Verdict};

/// Name of the rules below in every placement that they made.
pub const ENGINE: &str = "near-1";

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

/// Judges a later text against an earlier one; `None`: not the same story, as far as can be told.
pub fn judge(later: &Shingles, earlier: &Shingles) -> Option<Verdict> {
    if later.whole() == earlier.whole() {
        return (later.words() >= COPY_WORDS_MIN).then_some(Verdict {
            relation: Relation::Copy,
            score: 1.0,
            text_overlap: 1.0,
        });
    }
    let overlap = later.overlap(earlier);
    if overlap.shared < SHARED_MIN.min(overlap.smaller.max(4))
        || is_another_issue(later, earlier, overlap)
    {
        return None;
    }
    let relation = if overlap.resemblance >= COPY_RESEMBLANCE {
        Relation::Copy
    } else if overlap.resemblance >= NEAR_RESEMBLANCE || is_part(overlap) {
        Relation::Near
    } else {
        return None;
    };
    Some(Verdict {
        relation,
        score: score(overlap),
        text_overlap: overlap.containment,
    })
}

/// How alike two texts are, 0 to 1, whatever is concluded from it.
pub fn likeness(a: &Shingles, b: &Shingles) -> f32 {
    if a.whole() == b.whole() && a.words() > 0 {
        return 1.0;
    }
    score(a.overlap(b))
}

fn is_part(overlap: Overlap) -> bool {
    overlap.containment >= NEAR_CONTAINMENT && overlap.shared >= 2 * SHARED_MIN
}

fn is_another_issue(a: &Shingles, b: &Shingles, overlap: Overlap) -> bool {
    let enough = a.number_count().min(b.number_count()) >= NUMBERS_COUNT_MIN;
    enough
        && overlap.resemblance < NUMBERS_OVERRULED
        && a.number_agreement(b)
            .is_some_and(|share| share < NUMBERS_MIN)
}

/// Containment speaks for a cut or framed copy, resemblance for an edited one; the better of the two,
/// scaled so that each threshold stands at one half.
fn score(overlap: Overlap) -> f32 {
    let edited = scale(overlap.resemblance, NEAR_RESEMBLANCE);
    let part = if overlap.shared >= 2 * SHARED_MIN {
        scale(overlap.containment, NEAR_CONTAINMENT)
    } else {
        0.0
    };
    edited.max(part).min(0.999)
}

fn scale(value: f32, threshold: f32) -> f32 {
    if value < threshold {
        0.5 * value / threshold
    } else {
        0.5 + 0.5 * (value - threshold) / (1.0 - threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENCY: &str = "the ministry of energy of the republic said on tuesday that the first unit of \
        the power station will be started before the end of the year and that the reservoir has reached \
        the level that was planned while residents of three villages have been moved to new houses";

    fn check(later: &str, earlier: &str, expected: Option<Relation>) {
        let verdict = judge(&Shingles::of("", later), &Shingles::of("", earlier));
        assert_eq!(verdict.map(|v| v.relation), expected, "{later}");
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
