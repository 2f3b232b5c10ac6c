//! How much a text is about the region: where the region is named, how often, and beside how many
//! other countries. Deliberately a formula that can be read, not a trained model.

/// Where a name stands. A headline says what a story is about; the first paragraph nearly so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    Title,
    Lead,
    Body,
}

impl Zone {
    pub fn weight(self) -> f32 {
        match self {
            Self::Title => 3.0,
            Self::Lead => 1.5,
            Self::Body => 0.5,
        }
    }
}

/// Weights of all mentions of a text, of the region and of other countries.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    region: f32,
    region_in_title: bool,
    elsewhere: f32,
}

/// Regional weight at which the body alone makes a short text half relevant.
const HALF_WEIGHT: f32 = 2.0;

/// Words of text for which one more unit of weight is asked: a long text names many places.
const WORDS_PER_WEIGHT: f32 = 120.0;

/// Other countries count this much of what the region does: news of the region names neighbours.
const ELSEWHERE_SHARE: f32 = 0.6;

impl Mentions {
    pub fn add(&mut self, zone: Zone, worth: f32, regional: bool) {
        let weight = zone.weight() * worth;
        if regional {
            self.region += weight;
            self.region_in_title |= zone == Zone::Title;
        } else {
            self.elsewhere += weight;
        }
    }

    /// 0: not about the region; 1: about nothing else. From 0.3 on the daemon keeps a story.
    pub fn relevance(&self, words: usize) -> f32 {
        if self.region == 0.0 {
            return 0.0;
        }
        let expected = HALF_WEIGHT + words as f32 / WORDS_PER_WEIGHT;
        let density = self.region / (self.region + expected);
        let strength = if self.region_in_title {
            0.5 + 0.5 * density
        } else {
            density
        };
        let share = self.region / (self.region + ELSEWHERE_SHARE * self.elsewhere);
        strength * share.sqrt()
    }
}
