//! The learned part of the decision: for each signal a curve, which says what a value of it is worth.
//!
//! A generalised additive model (Hastie and Tibshirani, "Generalized Additive Models", 1986) with
//! piecewise linear curves: as small as a table, and every article's score is a sum that can be read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::signals::Signals;

/// Made by `examples/train_stories`.
const FILE: &str = include_str!("data/weights-1.toml");

/// Curves and thresholds. Scores are log odds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    /// From here on two articles are the same story.
    pub pair: f32,
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
    same: Model,
    across: Model,
}

/// Points (value, worth) of each curve, by the name of its signal.
#[derive(Debug, Deserialize)]
struct Model {
    base: f32,
    curves: BTreeMap<String, Vec<(f32, f32)>>,
    #[serde(skip)]
    ordered: Vec<Vec<(f32, f32)>>,
}

pub(super) static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    let mut weights: Weights =
        toml::from_str(FILE).expect("the file of weights is part of the program");
    for model in [&mut weights.same, &mut weights.across] {
        let curve = |name: &&str| model.curves.get(*name).cloned().unwrap_or_default();
        model.ordered = Signals::NAMES.iter().map(curve).collect();
    }
    weights
});

impl Weights {
    /// Log odds that two articles are the same story; `same` where their words can be compared.
    pub fn log_odds(&self, signals: &Signals, same: bool) -> f32 {
        let model = if same { &self.same } else { &self.across };
        let worths = model
            .ordered
            .iter()
            .zip(signals.values())
            .map(|(curve, value)| worth(curve, value));
        model.base + worths.sum::<f32>()
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
        for model in [&WEIGHTS.same, &WEIGHTS.across] {
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
        for (name, curve) in WEIGHTS.same.curves.iter().chain(&WEIGHTS.across.curves) {
            match name.as_str() {
                "days" | "number_conflict" => {
                    assert!(curve.is_sorted_by(|a, b| a.1 >= b.1), "{name}")
                }
                "length_ratio" | "brevity" | "both_numbers" | "both_entities" | "both_concepts" => {
                }
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
