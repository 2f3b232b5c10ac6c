//! The learned part of the decision: for each signal a curve, which says what a value of it is worth.
//!
//! A generalised additive model (Hastie and Tibshirani, "Generalized Additive Models", 1986) with
//! piecewise linear curves: as small as a table, and every article's score is a sum that can be read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::signals::Signals;

/// Made by `examples/train_stories`.
pub(super) const FILE: &str = include_str!("data/weights-1.toml");

/// Curves and thresholds. Scores are log odds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    /// From here on two stories are one, where neither is of one piece.
    pub join: f32,
    /// How much closer they must be for each unit by which the members of both belong together.
    pub cohesion: f32,
    /// From here on an article joins a story at once; below it waits for a second look.
    pub eager: f32,
    /// From here on a new story is a development of the nearest earlier one.
    pub follow: f32,
    /// Share of the best member in how well an article fits a story; the rest is the mean of all.
    pub pull: f32,
    /// [`Signals::brevity`] above which a pair is of the second kind.
    brief: f32,
    /// Taken off the log odds of a pair across languages for each unit of brevity above `brief`: few words leave
    /// two events of one week alike, and a wrong merge is worse than a missed one.
    caution: f32,
    same: Model,
    same_brief: Model,
    across: Model,
}

/// What is learned for one kind of pairs.
#[derive(Debug, Deserialize)]
struct Model {
    /// From here on two articles are the same story.
    pair: f32,
    base: f32,
    /// Points (value, worth) of each curve, by the name of its signal.
    curves: BTreeMap<String, Vec<(f32, f32)>>,
    #[serde(skip)]
    ordered: Vec<Vec<(f32, f32)>>,
}

/// The kinds of pairs that are judged apart, as the file names them.
pub(super) const KINDS: [&str; 3] = ["same", "same_brief", "across"];

pub(super) static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    let mut weights: Weights =
        toml::from_str(FILE).expect("the file of weights is part of the program");
    for model in weights.models_mut() {
        let curve = |name: &&str| model.curves.get(*name).cloned().unwrap_or_default();
        model.ordered = Signals::NAMES.iter().map(curve).collect();
    }
    weights
});

impl Weights {
    /// Which of [`KINDS`] a pair is of; `same_words` where the words of both can be compared.
    pub fn kind(&self, signals: &Signals, same_words: bool) -> usize {
        match (same_words, signals.brevity > self.brief) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => 2,
        }
    }

    /// Log odds that two articles are the same story, and from where on they are taken to be.
    pub fn judge(&self, signals: &Signals, same_words: bool) -> (f32, f32) {
        let model = match self.kind(signals, same_words) {
            0 => &self.same,
            1 => &self.same_brief,
            _ => &self.across,
        };
        let values = signals.values();
        let worths = (model.ordered.iter().zip(values)).map(|(curve, value)| worth(curve, value));
        let caution = if same_words {
            0.0
        } else {
            self.caution * (signals.brevity - self.brief).max(0.0)
        };
        (model.base + worths.sum::<f32>() - caution, model.pair)
    }

    fn models_mut(&mut self) -> [&mut Model; 3] {
        [&mut self.same, &mut self.same_brief, &mut self.across]
    }
}

/// The curve's height at `value`; flat beyond its ends.
fn worth(curve: &[(f32, f32)], value: f32) -> f32 {
    let Some(&(first, least)) = curve.first() else {
        return 0.0;
    };
    if value <= first {
        return least;
    }
    for pair in curve.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        if value < x1 {
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0);
        }
    }
    curve[curve.len() - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_only_signals() {
        for model in [&WEIGHTS.same, &WEIGHTS.same_brief, &WEIGHTS.across] {
            assert!(
                model
                    .curves
                    .keys()
                    .all(|name| Signals::NAMES.contains(&name.as_str()))
            );
            for curve in model.curves.values() {
                assert!(curve.is_sorted_by(|a, b| a.0 < b.0), "{curve:?}");
            }
        }
    }

    /// What two articles share never speaks against their being one story.
    #[test]
    fn curves_rise_or_fall_as_sense_demands() {
        let models = [&WEIGHTS.same, &WEIGHTS.same_brief, &WEIGHTS.across];
        for (name, curve) in models.iter().flat_map(|model| &model.curves) {
            match name.as_str() {
                "days"
                | "number_conflict"
                | "title_number_conflict"
                | "country_conflict"
                | "date_conflict"
                | "one_outlet" => {
                    assert!(curve.is_sorted_by(|a, b| a.1 >= b.1), "{name}")
                }
                "length_ratio" | "brevity" | "both_numbers" | "both_entities" | "both_concepts"
                | "both_dates" => {}
                _ => assert!(curve.is_sorted_by(|a, b| a.1 <= b.1), "{name}"),
            }
        }
    }

    #[test]
    fn between_its_points_a_curve_is_straight() {
        let curve = [(0.0, 0.0), (1.0, 2.0), (3.0, 3.0)];
        for (value, expected) in [(-1.0, 0.0), (0.5, 1.0), (2.0, 2.5), (9.0, 3.0)] {
            assert!((worth(&curve, value) - expected).abs() < 1e-6, "{value}");
        }
        assert!(worth(&[], 1.0).abs() < f32::EPSILON);
    }
}
