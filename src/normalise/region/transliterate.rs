//! Spellings of a name that follow from another by rule, so that the table needs each name once and
//! text in either script of a language finds the same places.

use crate::normalise::translit::{Pair, transliterate};

/// Names up to this many letters get no spelling in Arabic script, where they would be common words
/// of other languages: Іле is Arabic «a night».
const ARABIC_MIN: usize = 4;

/// The further spellings of `name`, which the table lists under `language`.
pub(super) fn spellings(language: &str, name: &str) -> Vec<String> {
    let long = name.chars().count() > ARABIC_MIN;
    let pairs = pairs(language).iter().copied();
    pairs
        .filter(|&pair| long || pair != Pair::KazakhCyrlArab)
        .map(|pair| transliterate(name, pair))
        .collect()
}

fn pairs(language: &str) -> &'static [Pair] {
    match language {
        "uz" => &[Pair::UzbekLatnCyrl],
        "uz-Cyrl" => &[Pair::UzbekCyrlLatn],
        "kk" => &[
            Pair::KazakhCyrlLatn,
            Pair::KazakhCyrlLatnAgency,
            Pair::KazakhCyrlArab,
        ],
        "tk" => &[Pair::TurkmenLatnCyrl],
        "az" => &[Pair::AzerbaijaniLatnCyrl],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, name: &str, expected: &[&str]) {
        assert_eq!(spellings(language, name), expected);
    }

    #[test]
    fn spellings_by_rule() {
        check("uz", "Qashqadaryo", &["Қашқадарё"]);
        check("uz", "ShHT", &["ШҲТ"]);
        check("kk", "Қазақстан", &["Qazaqstan", "Qazaqstan", "قازاقستان"]);
        check("kk", "Іле", &["Ile", "İle"]);
        check("ru", "Астана", &[]);
    }
}
