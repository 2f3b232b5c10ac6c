//! Which language a text is in, and which script.
//!
//! Character n-grams (after Cavnar and Trenkle, 1994) under an interpolated language model for each
//! language and script, compared within the dominant script of the text. Our languages are told
//! from each other; everything else is `und`, for which some neighbours are modelled too, only to
//! be refused. Dari and Persian, which differ in words and hardly in letters, are told apart by
//! vocabulary (`persian`). Not for finding languages within a text: one answer for the whole.

mod persian;
pub mod model;
pub mod script;

use model::{APOSTROPHE, COST_SCALE, GAP, Model, SKIPPED, Table};
use script::SCRIPTS;
use std::sync::LazyLock;

/// Letters that are looked at, from the start of the text. Beyond about 200 the answer does not
/// change on the development texts; twice that leaves room for a foreign quotation in front.
pub const LETTERS_MAX: usize = 400;
/// Characters that are looked at for these letters: a text of digits must not cost more.
const CHARS_MAX: usize = 16 * LETTERS_MAX;
/// A language that the feed declares is this many nats (a factor of about 7) more likely.
const DECLARED_BONUS: f32 = 2.0;
/// What the same is worth between Dari and Persian: one word that only one of them has.
const DECLARED_LEANING: i32 = 3;
/// Below this confidence the answer is `und`.
pub const MIN_CONFIDENCE: f32 = 0.5;

/// Language and script of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identified {
    /// BCP 47 without script: `uz`, `prs`, …; `und` if no language of ours fits.
    pub language: &'static str,
    /// ISO 15924 code of the dominant script, `Zyyy` if there is no letter.
    pub script: &'static str,
    /// Probability that `language` is right, 0..1, as calibrated on text that was not trained on.
    pub confidence: f32,
}

static MODEL: LazyLock<Model<'static>> = LazyLock::new(|| {
    Model::open(include_bytes!("../data/language.bin")).unwrap_or_default()
});

/// The language and script of `text`, which should be in NFC.
///
/// `declared` is the language tag that the feed gives, if any: a prior, which decides between
/// close answers and no more.
pub fn identify(text: &str, declared: Option<&str>) -> Identified {
    identify_with(&MODEL, text, declared)
}

/// [`identify`] under another model, for the trainer.
pub fn identify_with(model: &Model<'static>, text: &str, declared: Option<&str>) -> Identified {
    let sample = Sample::take(model, text);
    let Some(script) = sample.dominant() else {
        return Identified { language: UNDETERMINED, script: "Zyyy", confidence: 0.0 };
    };
    let code = SCRIPTS[script];
    match script {
        script::HAN => {
            let letters = text.chars().take(CHARS_MAX);
            Identified { language: "zh", script: script::han_variant(letters), confidence: 0.99 }
        }
        script::MONGOLIAN => Identified { language: "mn", script: code, confidence: 0.9 },
        _ => match model.table(code) {
            Some(table) => {
                let found = judge(table, &sample, script, declared);
                if found.language == "fa" { dari_or_persian(found, text, declared) } else { found }
            }
            None => Identified { language: UNDETERMINED, script: code, confidence: 0.99 },
        },
    }
}

/// The letters of `text` in one script as codes of the model, for the trainer. Not bounded.
pub fn codes(model: &Model, text: &str, script: &str) -> Vec<u8> {
    let Some(script) = SCRIPTS.iter().position(|&known| known == script) else { return Vec::new() };
    let mut codes = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        codes.extend(Sample::take(model, word).codes(script));
    }
    codes
}

const UNDETERMINED: &str = "und";

/// The letters of the start of a text as codes of the model, each with its script.
struct Sample {
    units: [(u8, u8); Sample::UNITS_MAX],
    length: usize,
    weights: [u32; SCRIPTS.len()],
}

impl Sample {
    /// Letters with the gaps between them.
    const UNITS_MAX: usize = LETTERS_MAX + LETTERS_MAX / 2;
    /// Stands for the script of a gap or an apostrophe.
    const NO_SCRIPT: u8 = u8::MAX;

    fn take(model: &Model, text: &str) -> Self {
        let mut sample =
            Self { units: [(GAP, Self::NO_SCRIPT); Self::UNITS_MAX], length: 0, weights: [0; SCRIPTS.len()] };
        let mut letters = 0;
        for c in text.chars().take(CHARS_MAX) {
            if letters == LETTERS_MAX || sample.length == Self::UNITS_MAX {
                break;
            }
            letters += usize::from(sample.push(model, c));
        }
        sample
    }

    /// Takes one character; whether it was a letter.
    fn push(&mut self, model: &Model, c: char) -> bool {
        let previous = if self.length == 0 { GAP } else { self.units[self.length - 1].0 };
        let unit = match model.code(c) {
            SKIPPED => return false,
            0 if is_apostrophe(c) && previous != GAP && previous != APOSTROPHE => (APOSTROPHE, Self::NO_SCRIPT),
            0 if previous == GAP => return false,
            0 => (GAP, Self::NO_SCRIPT),
            code => match script::script_of(c) {
                Some(script) => {
                    self.weights[script] += script::weight(script);
                    (code, script as u8)
                }
                None => return false,
            },
        };
        self.units[self.length] = unit;
        self.length += 1;
        unit.1 != Self::NO_SCRIPT
    }

    /// The script with most letters; kana makes a Han text Japanese.
    fn dominant(&self) -> Option<usize> {
        let (script, &weight) = self.weights.iter().enumerate().rev().max_by_key(|(_, weight)| **weight)?;
        let kana = self.weights[script::KANA];
        match script {
            _ if weight == 0 => None,
            script::HAN if kana * 8 > weight => Some(script::KANA),
            _ => Some(script),
        }
    }

    /// The codes of one script, everything else a gap.
    fn codes(&self, script: usize) -> impl Iterator<Item = u8> {
        let mut previous = GAP;
        self.units[..self.length].iter().filter_map(move |&(code, of)| {
            let code = match code {
                APOSTROPHE if previous != GAP => APOSTROPHE,
                _ if usize::from(of) == script => code,
                _ => GAP,
            };
            let is_repeated = code == GAP && previous == GAP;
            previous = code;
            (!is_repeated).then_some(code)
        })
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '\u{2018}' | '\u{2019}' | '\u{2BB}' | '\u{2BC}')
}

/// What the sample costs each class of a script.
struct Costs {
    /// Sixteenths of a nat, by class.
    sums: [u32; model::CLASSES_MAX],
    letters: u32,
}

impl Costs {
    fn of(table: &Table, codes: impl Iterator<Item = u8>) -> Self {
        let mut costs = Self { sums: [0; model::CLASSES_MAX], letters: 0 };
        let mut history = u32::from(GAP);
        for code in codes {
            history = history << 8 | u32::from(code);
            costs.letters += 1;
            if let Some(row) = table.costs(history) {
                for (sum, &cost) in costs.sums.iter_mut().zip(row) {
                    *sum += u32::from(cost);
                }
            }
        }
        costs
    }
}

fn judge(table: &Table<'static>, sample: &Sample, script: usize, declared: Option<&str>) -> Identified {
    let costs = Costs::of(table, sample.codes(script));
    let declared = declared.and_then(|tag| tag.split(['-', '_']).next());
    let bonus = |language: &str| if declared == Some(language) { DECLARED_BONUS } else { 0.0 };
    let cost = |at: usize| costs.sums[at] as f32 / COST_SCALE - bonus(table.class(at).language);
    let undetermined = Identified { language: UNDETERMINED, script: table.script, confidence: 0.0 };
    let classes = 0..table.classes();
    let Some(best) = classes.clone().min_by(|&a, &b| cost(a).total_cmp(&cost(b))) else {
        return undetermined;
    };
    let language = table.class(best).language;
    let others = classes.filter(|&at| table.class(at).language != language);
    let runner_up = others.map(cost).min_by(f32::total_cmp).unwrap_or(f32::INFINITY);
    let confidence = confidence(runner_up - cost(best), costs.letters);
    Identified { language, confidence, ..undetermined }
}

fn confidence(margin: f32, letters: u32) -> f32 {
    1.0 - 0.5 * (-margin / (letters.max(1) as f32).sqrt().max(1.0) * 2.0).exp()
}

/// Dari where the vocabulary says so, or where it is silent and the feed says so.
fn dari_or_persian(found: Identified, text: &str, declared: Option<&str>) -> Identified {
    let is_declared = declared.is_some_and(|tag| tag.starts_with("prs") || tag.eq_ignore_ascii_case("fa-af"));
    let leaning = persian::leaning(text) + if is_declared { DECLARED_LEANING } else { 0 };
    let certainty = 1.0 / (1.0 + (-0.8 * leaning.abs() as f32).exp());
    let language = if leaning > 0 { "prs" } else { "fa" };
    Identified { language, confidence: found.confidence * certainty, ..found }
}
