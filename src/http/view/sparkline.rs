//! Small drawings of numbers over time. They are drawn by attributes: the page allows no style in its markup.

use std::fmt::Write as _;

use maud::{Markup, html};

const HEIGHT: f32 = 20.0;
const STEP: f32 = 4.0;

/// A bar for each value; `label` says it in words.
pub fn bars(values: &[f32], label: &str) -> Markup {
    let most = values.iter().copied().fold(0.0, f32::max);
    let width = STEP * values.len() as f32;
    let mut path = String::new();
    for (number, value) in values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let height = (value / most * (HEIGHT - 1.0)).max(1.0);
        let _ = write!(
            path,
            "M{} {HEIGHT}v-{height:.0}h{}v{height:.0}z",
            STEP * number as f32,
            STEP - 1.0
        );
    }
    html! {
        svg.bars viewBox={ "0 0 " (width) " " (HEIGHT) } width=(width) height=(HEIGHT) role="img" aria-label=(label) {
            path d=(path) {}
        }
    }
}

/// A stroke for each moment, given as a part of the line from 0 to 1, with its class.
pub fn strokes(moments: &[(f64, &str)], label: &str) -> Markup {
    html! {
        svg.strokes viewBox="0 0 600 16" role="img" aria-label=(label) preserveAspectRatio="none" {
            path d="M4 8h592" {}
            @for (at, class) in moments {
                path class=(class) d=(format!("M{:.1} 2v12", 4.0 + at * 592.0)) {}
            }
        }
    }
}
