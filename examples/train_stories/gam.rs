//! Logistic regression over piecewise linear curves, with the directions that sense demands: what two articles
//! share never speaks against their being one story, time and conflict never for it.

use khabar::dedup::Signals;

use crate::pairs::Pair;

/// Points of a curve: 0 and this many quantiles of the values above it.
const QUANTILES: usize = 5;
/// The last quantile; what lies beyond is as good as it.
const QUANTILE_LAST: f64 = 0.995;
/// Weight of the squares of the steps, against curves that follow single pairs.
const RIDGE: f64 = 3.0;
/// Rounds of the minimisation; after half of them the third digit stands.
const ROUNDS: usize = 3000;
/// Signals that may speak either way.
const EITHER: [&str; 6] = [
    "length_ratio",
    "brevity",
    "both_numbers",
    "both_entities",
    "both_concepts",
    "both_dates",
];
/// Signals that only speak against.
const AGAINST: [&str; 6] = [
    "one_outlet",
    "days",
    "number_conflict",
    "title_number_conflict",
    "country_conflict",
    "date_conflict",
];
/// What two texts of one language about different countries are worth at most. An event has a place; of series
/// that each country has (interest rates, harvests, elections) the labelled sets hold too few to teach it.
const ELSEWHERE: f64 = -1.7;
/// Curves that never rise or fall by more than this are left out.
const FLAT: f64 = 0.005;

/// A base and, for each signal, knots and the steps between them.
pub struct Gam {
    base: f64,
    knots: Vec<Vec<f64>>,
    steps: Vec<Vec<f64>>,
}

/// Where the steps of one pair lie among all, as far as they are not 0.
type Row = Vec<(u32, f32)>;

impl Gam {
    /// Minimises the weighted logistic loss by accelerated projected gradients (Beck and Teboulle, "A Fast
    /// Iterative Shrinkage-Thresholding Algorithm", 2009) with adaptive restart.
    pub fn learn(pairs: &[&Pair]) -> Self {
        let knots: Vec<Vec<f64>> = (0..Signals::NAMES.len())
            .map(|signal| knots(pairs, signal))
            .collect();
        let rows: Vec<Row> = pairs.iter().map(|pair| row(&knots, &pair.values)).collect();
        let named = Signals::NAMES.iter().zip(&knots);
        let directions: Vec<i8> = named
            .flat_map(|(name, knots)| vec![direction(name); knots.len() - 1])
            .collect();
        let parameters = minimise(&rows, pairs, &directions);
        let mut rest = &parameters[1..];
        let mut steps = Vec::new();
        for knots in &knots {
            let (own, others) = rest.split_at(knots.len() - 1);
            steps.push(own.to_vec());
            rest = others;
        }
        Self {
            base: parameters[0],
            knots,
            steps,
        }
    }

    pub fn log_odds(&self, values: &[f32]) -> f64 {
        let steps: Vec<f64> = self.steps.iter().flatten().copied().collect();
        let row = row(&self.knots, values);
        self.base
            + row
                .iter()
                .map(|&(at, share)| steps[at as usize] * f64::from(share))
                .sum::<f64>()
    }

    /// The part of the file.
    pub fn toml(&self, name: &str, pair: f64) -> String {
        let mut text = format!(
            "\n[{name}]\npair = {pair:?}\nbase = {:.3}\n\n[{name}.curves]\n",
            self.base
        );
        for ((signal, knots), steps) in Signals::NAMES.iter().zip(&self.knots).zip(&self.steps) {
            let mut heights = vec![0.0];
            steps
                .iter()
                .for_each(|step| heights.push(heights[heights.len() - 1] + step));
            if *signal == "country_conflict"
                && name != "across"
                && let Some(last) = heights.last_mut()
            {
                *last = last.min(ELSEWHERE);
            }
            if heights.iter().any(|height: &f64| height.abs() > FLAT) {
                let points = knots
                    .iter()
                    .zip(&heights)
                    .map(|(knot, height)| format!("[{knot:?}, {height:.3}]"));
                text.push_str(&format!(
                    "{signal} = [{}]\n",
                    points.collect::<Vec<_>>().join(", ")
                ));
            }
        }
        text
    }
}

/// 1: only for, -1: only against, 0: either.
fn direction(name: &str) -> i8 {
    if EITHER.contains(&name) {
        0
    } else if AGAINST.contains(&name) {
        -1
    } else {
        1
    }
}

fn knots(pairs: &[&Pair], signal: usize) -> Vec<f64> {
    let mut values: Vec<f32> = pairs
        .iter()
        .map(|pair| pair.values[signal])
        .filter(|&value| value > 1e-6)
        .collect();
    if values.len() < 20
        || Signals::NAMES[signal].starts_with("both_")
        || Signals::NAMES[signal] == "one_outlet"
    {
        return vec![0.0, 1.0];
    }
    values.sort_by(f32::total_cmp);
    let mut knots = vec![0.0];
    for number in 1..=QUANTILES {
        let share = QUANTILE_LAST * number as f64 / QUANTILES as f64;
        let value = f64::from(values[(share * (values.len() - 1) as f64) as usize]);
        let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
        if rounded > knots[knots.len() - 1] {
            knots.push(rounded);
        }
    }
    knots
}

fn row(knots: &[Vec<f64>], values: &[f32]) -> Row {
    let mut row = Row::new();
    let mut at = 0;
    for (knots, &value) in knots.iter().zip(values) {
        for ends in knots.windows(2) {
            let share = ((f64::from(value) - ends[0]) / (ends[1] - ends[0])).clamp(0.0, 1.0);
            if share > 0.0 {
                row.push((at, share as f32));
            }
            at += 1;
        }
    }
    row
}

fn minimise(rows: &[Row], pairs: &[&Pair], directions: &[i8]) -> Vec<f64> {
    let length = step_length(rows, pairs);
    let mut at = vec![0.0; directions.len() + 1];
    let mut ahead = at.clone();
    let mut momentum = 1.0_f64;
    for _ in 0..ROUNDS {
        let gradient = gradient(rows, pairs, &ahead);
        let mut next: Vec<f64> = ahead
            .iter()
            .zip(&gradient)
            .map(|(x, slope)| x - length * slope)
            .collect();
        for (step, direction) in next[1..].iter_mut().zip(directions) {
            *step = match direction {
                1 => step.max(0.0),
                -1 => step.min(0.0),
                _ => *step,
            };
        }
        let against: f64 = (0..at.len())
            .map(|i| (ahead[i] - next[i]) * (next[i] - at[i]))
            .sum();
        let following = if against > 0.0 {
            1.0
        } else {
            (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0
        };
        let push = if against > 0.0 {
            0.0
        } else {
            (momentum - 1.0) / following
        };
        ahead = next
            .iter()
            .zip(&at)
            .map(|(new, old)| new + push * (new - old))
            .collect();
        (at, momentum) = (next, following);
    }
    at
}

fn gradient(rows: &[Row], pairs: &[&Pair], at: &[f64]) -> Vec<f64> {
    let mut gradient: Vec<f64> = at.iter().map(|step| RIDGE * step).collect();
    gradient[0] = 0.0;
    for (row, pair) in rows.iter().zip(pairs) {
        let log_odds = at[0]
            + row
                .iter()
                .map(|&(step, share)| at[step as usize + 1] * f64::from(share))
                .sum::<f64>();
        let wanted = f64::from(u8::from(pair.is_one_story));
        let slope = pair.weight * (1.0 / (1.0 + (-log_odds).exp()) - wanted);
        gradient[0] += slope;
        row.iter()
            .for_each(|&(step, share)| gradient[step as usize + 1] += slope * f64::from(share));
    }
    gradient
}

/// One over a bound of the curvature: the trace of the second derivative is not below its largest eigenvalue.
/// Power iteration finds that eigenvalue, which is far smaller.
fn step_length(rows: &[Row], pairs: &[&Pair]) -> f64 {
    let size = rows
        .iter()
        .flatten()
        .map(|&(step, _)| step as usize + 2)
        .max()
        .unwrap_or(1);
    let mut direction = vec![1.0; size];
    let mut largest = 1.0;
    for _ in 0..30 {
        let mut next: Vec<f64> = direction.iter().map(|x| RIDGE * x).collect();
        for (row, pair) in rows.iter().zip(pairs) {
            let along: f64 = row
                .iter()
                .map(|&(step, share)| direction[step as usize + 1] * f64::from(share))
                .sum();
            let push = 0.25 * pair.weight * (direction[0] + along);
            next[0] += push;
            row.iter()
                .for_each(|&(step, share)| next[step as usize + 1] += push * f64::from(share));
        }
        largest = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        direction = next.into_iter().map(|x| x / largest).collect();
    }
    1.0 / (1.05 * largest)
}
