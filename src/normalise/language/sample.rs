//! The start of a text as the model sees it: letters as codes, everything between words as gaps.

use super::model::{APOSTROPHE, GAP, Model, SKIPPED};
use super::script::{self, SCRIPTS};

/// Letters that are looked at, from the start of the text. Beyond about 200 the answer does not
/// change on the development texts; the rest leaves room for a foreign name in front.
pub(super) const LETTERS_MAX: usize = 240;
/// Characters that are looked at for these letters: a text of digits must not cost more.
pub(super) const CHARS_MAX: usize = 16 * LETTERS_MAX;

/// The letters of the start of a text as codes of the model, each with its script.
pub(super) struct Sample {
    units: [(u8, u8); Sample::UNITS_MAX],
    length: usize,
    weights: [u32; SCRIPTS.len()],
}

impl Sample {
    /// Letters with the gaps between them.
    const UNITS_MAX: usize = LETTERS_MAX + LETTERS_MAX / 2;
    /// Stands for the script of a gap or an apostrophe.
    const NO_SCRIPT: u8 = u8::MAX;

    pub(super) fn take(model: &Model, text: &str) -> Self {
        let mut sample = Self {
            units: [(GAP, Self::NO_SCRIPT); Self::UNITS_MAX],
            length: 0,
            weights: [0; SCRIPTS.len()],
        };
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
        let previous = if self.length == 0 {
            GAP
        } else {
            self.units[self.length - 1].0
        };
        let unit = match model.code(c) {
            SKIPPED => return false,
            0 if is_apostrophe(c) && previous != GAP && previous != APOSTROPHE => {
                (APOSTROPHE, Self::NO_SCRIPT)
            }
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
    pub(super) fn dominant(&self) -> Option<usize> {
        let (script, &weight) = self
            .weights
            .iter()
            .enumerate()
            .rev()
            .max_by_key(|(_, weight)| **weight)?;
        let kana = self.weights[script::KANA];
        match script {
            _ if weight == 0 => None,
            script::HAN if kana * 8 > weight => Some(script::KANA),
            _ => Some(script),
        }
    }

    /// The codes of one script, everything else a gap.
    pub(super) fn codes(&self, script: usize) -> impl Iterator<Item = u8> {
        let mut previous = GAP;
        self.units[..self.length]
            .iter()
            .filter_map(move |&(code, of)| {
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
    matches!(
        c,
        '\'' | '`' | '´' | '\u{2018}' | '\u{2019}' | '\u{2BB}' | '\u{2BC}'
    )
}
