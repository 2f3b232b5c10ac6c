//! Makes `src/dedup/data/background-1.tsv` and `weights-1.toml` from labelled collections, and measures the
//! weights with whole stories left out.
//!
//! ```text
//! KHABAR_DATA=DIR cargo run --release --example train_stories -- background
//! KHABAR_DATA=DIR cargo run --release --example train_stories -- weights
//! KHABAR_DATA=DIR cargo run --release --example train_stories -- validate
//! ```
//!
//! `DIR/stories/*.dev.jsonl` and `DIR/languages/train.jsonl` are read. The weights are learned over signals
//! that rest on the background, so the background comes first, with a build in between. The same input gives
//! the same bytes: nothing is drawn at random.

mod background;
mod collections;
mod gam;
mod pairs;

use std::path::{Path, PathBuf};
use std::{env, fs};

use gam::Gam;
use khabar::dedup::learning;
use pairs::Pair;

/// Where the engine reads them from.
const BACKGROUND: &str = "src/dedup/data/background-1.tsv";
const WEIGHTS: &str = "src/dedup/data/weights-1.toml";
/// Parts that are left out in turn, by story.
const PARTS: u64 = 5;

/// Thresholds, in log odds. Chosen by hand on the development halves: the curves are learned from pairs, what
/// is made of a story's pairs is not.
const THRESHOLDS: &str = "\
join = -0.5
cohesion = 0.6
eager = 4.0
follow = -1.5
pull = 0.15
brief = 0.35
caution = 2.5
";
/// Log odds from which a pair is one story, for each kind.
const PAIR: [f64; 3] = [-0.1, -0.1, -1.6];

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let dir = env::var_os("KHABAR_DATA")
        .map(PathBuf::from)
        .ok_or("KHABAR_DATA names no folder")?;
    match env::args().nth(1).as_deref() {
        Some("background") => fs::write(BACKGROUND, background::learn(&dir)?)?,
        Some("weights") => fs::write(WEIGHTS, learn(&dir)?)?,
        Some("validate") => validate(&dir)?,
        _ => return Err("say background, weights or validate".into()),
    }
    Ok(())
}

fn learn(dir: &Path) -> Result<String, Error> {
    let pairs = pairs::all(dir)?;
    let mut file = String::from(
        "# Curves and thresholds of the story engine, in log odds: for each signal points (value, worth).\n\
         # Made by examples/train_stories.\n",
    );
    file.push_str(THRESHOLDS);
    for (kind, name) in learning::KINDS.iter().enumerate() {
        let own: Vec<&Pair> = pairs.iter().filter(|pair| pair.kind == kind).collect();
        file.push_str(&Gam::learn(&own).toml(name, PAIR[kind]));
    }
    Ok(file)
}

/// Prints precision, recall and F1 of pairs at log odds of 0, each pair judged by a model that has not seen its
/// story.
fn validate(dir: &Path) -> Result<(), Error> {
    let pairs = pairs::all(dir)?;
    for (kind, name) in learning::KINDS.iter().enumerate() {
        let own: Vec<&Pair> = pairs.iter().filter(|pair| pair.kind == kind).collect();
        let mut judged: Vec<(&Pair, f64)> = Vec::new();
        for part in 0..PARTS {
            let (held, seen): (Vec<&Pair>, Vec<&Pair>) = own
                .iter()
                .copied()
                .partition(|pair| pair.group % PARTS == part);
            let model = Gam::learn(&seen);
            judged.extend(
                held.into_iter()
                    .map(|pair| (pair, model.log_odds(&pair.values))),
            );
        }
        for set in pairs::SETS {
            let of_set = judged.iter().filter(|(pair, _)| pair.set == set.name);
            let (mut both, mut yes, mut gold) = (0.0, 0.0, 0.0);
            for (pair, log_odds) in of_set {
                both += f64::from(u8::from(pair.is_one_story && *log_odds > 0.0));
                yes += f64::from(u8::from(*log_odds > 0.0));
                gold += f64::from(u8::from(pair.is_one_story));
            }
            if gold > 0.0 {
                let (precision, recall) = (both / f64::max(yes, 1.0), both / gold);
                let f1 = 2.0 * both / (yes + gold);
                println!(
                    "{:14} {name:12} {gold:6} P {precision:.3} R {recall:.3} F1 {f1:.3}",
                    set.name
                );
            }
        }
    }
    Ok(())
}
