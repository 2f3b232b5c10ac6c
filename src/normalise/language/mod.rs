//! Which language a text is in, and which script.
//!
//! Character n-grams (after Cavnar and Trenkle, 1994) under an interpolated language model for each
//! language and script, compared within the dominant script of the text. Our languages are told
//! from each other; everything else is `und`, for which some neighbours are modelled too, only to
//! be refused. Dari and Persian, which differ in words and hardly in letters, are told apart by
//! vocabulary (`persian`). Not for finding languages within a text: one answer for the whole.

pub mod model;
mod persian;
mod sample;
pub mod script;

use model::{COST_SCALE, GAP, Model, Table};
use sample::Sample;
use script::SCRIPTS;
use std::sync::LazyLock;

/// A language that the feed declares is this many nats (a factor of about 7) more likely.
const DECLARED_BONUS: f32 = 2.0;
/// A neighbour that is not ours is this many nats less likely: few feeds of the region carry any.
const NEIGHBOUR_PENALTY: f32 = 0.7;
/// What a declaration is worth between Dari and Persian: one word that only one of them has.
const DECLARED_LEANING: i32 = 3;
/// Turns the margin between the best two languages, in nats, into the logarithm of odds: fitted by
/// maximum likelihood on 14,000 texts that the model was not trained on. Characters of a text are far
/// from independent, so that the posterior of the model itself (a weight of 1) is overconfident.
const MARGIN_WEIGHT: f32 = 0.26;
/// The same for the words that tell Dari from Persian.
const LEANING_WEIGHT: f32 = 0.8;
/// Below this confidence the answer is `und`: of such answers two in three would be wrong.
pub const MIN_CONFIDENCE: f32 = 0.6;

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

static MODEL: LazyLock<Model<'static>> =
    LazyLock::new(|| Model::open(include_bytes!("../data/language.bin")).unwrap_or_default());

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
        return Identified {
            language: UNDETERMINED,
            script: "Zyyy",
            confidence: 0.0,
        };
    };
    let code = SCRIPTS[script];
    match script {
        script::HAN => {
            let letters = text.chars().take(sample::CHARS_MAX);
            Identified {
                language: "zh",
                script: script::han_variant(letters),
                confidence: 0.99,
            }
        }
        script::MONGOLIAN => Identified {
            language: "mn",
            script: code,
            confidence: 0.9,
        },
        _ => match model.table(code) {
            Some(table) => {
                let found = judge(table, &sample, script, declared);
                if found.language == "fa" {
                    dari_or_persian(found, text, declared)
                } else {
                    found
                }
            }
            None => Identified {
                language: UNDETERMINED,
                script: code,
                confidence: 0.99,
            },
        },
    }
}

/// The letters of `text` in one script as codes of the model, for the trainer. Not bounded.
pub fn codes(model: &Model, text: &str, script: &str) -> Vec<u8> {
    let Some(script) = SCRIPTS.iter().position(|&known| known == script) else {
        return Vec::new();
    };
    let mut codes = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        codes.extend(Sample::take(model, word).codes(script));
    }
    codes
}

const UNDETERMINED: &str = "und";

/// What the sample costs each class of a script, in units of 1 / [`COST_SCALE`] nat.
fn costs(table: &Table, codes: impl Iterator<Item = u8>) -> (usize, [u32; model::CLASSES_MAX]) {
    let mut sums = [0; model::CLASSES_MAX];
    // Sixteen bits are added eight at a time; they hold this many codes of the largest cost.
    const SPILL: usize = (u16::MAX / u8::MAX as u16) as usize;
    let mut short = [0_u16; model::CLASSES_MAX];
    let mut history = u32::from(GAP);
    let mut length = 0;
    for code in codes {
        history = history << 8 | u32::from(code);
        length += 1;
        let (lanes, _) = short.as_chunks_mut::<{ model::LANES }>();
        for (sums, costs) in lanes.iter_mut().zip(table.costs(history)) {
            for (sum, &cost) in sums.iter_mut().zip(costs) {
                *sum += u16::from(cost);
            }
        }
        if length % SPILL == 0 {
            spill(&mut short, &mut sums);
        }
    }
    spill(&mut short, &mut sums);
    (length, sums)
}

fn spill(short: &mut [u16], sums: &mut [u32]) {
    for (sum, short) in sums.iter_mut().zip(short) {
        *sum += u32::from(std::mem::take(short));
    }
}

fn judge(
    table: &Table<'static>,
    sample: &Sample,
    script: usize,
    declared: Option<&str>,
) -> Identified {
    let (length, sums) = costs(table, sample.codes(script));
    let declared = declared.and_then(|tag| tag.split(['-', '_']).next());
    let prior = |language: &str| match language {
        UNDETERMINED => NEIGHBOUR_PENALTY,
        _ if declared == Some(language) => -DECLARED_BONUS,
        _ => 0.0,
    };
    let mut costs = [0.0; model::CLASSES_MAX];
    let costs = &mut costs[..table.languages.len()];
    for ((cost, sum), language) in costs.iter_mut().zip(sums).zip(&table.languages) {
        *cost = sum as f32 / COST_SCALE + prior(language);
    }
    let best = (0..costs.len())
        .min_by(|&a, &b| costs[a].total_cmp(&costs[b]))
        .unwrap_or(0);
    let (language, cost) = (table.languages[best], costs[best]);
    let runner_up = costs
        .iter()
        .zip(&table.languages)
        .filter(|(_, other)| **other != language)
        .map(|(cost, _)| *cost)
        .min_by(f32::total_cmp)
        .unwrap_or(f32::INFINITY);
    let confidence = logistic(MARGIN_WEIGHT * (runner_up - cost));
    let is_ours = confidence >= MIN_CONFIDENCE && cost <= cost_max(length);
    Identified {
        language: if is_ours { language } else { UNDETERMINED },
        script: table.script,
        confidence,
    }
}

/// The most that a text of so many codes costs in its own language, in nats. Of 14,000 texts that
/// the model was not trained on, one in a thousand costs more.
fn cost_max(length: usize) -> f32 {
    let length = length as f32;
    2.5 * length + 7.0 * length.sqrt()
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Dari where the vocabulary says so, or where it is silent and the feed says so.
fn dari_or_persian(found: Identified, text: &str, declared: Option<&str>) -> Identified {
    let is_declared =
        declared.is_some_and(|tag| tag.starts_with("prs") || tag.eq_ignore_ascii_case("fa-af"));
    let leaning = persian::leaning(text) + if is_declared { DECLARED_LEANING } else { 0 };
    let language = if leaning > 0 { "prs" } else { "fa" };
    let certainty = logistic(LEANING_WEIGHT * leaning.abs() as f32);
    Identified {
        language,
        confidence: found.confidence * certainty,
        ..found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, language: &str, script: &str) {
        let found = identify(text, None);
        assert_eq!(
            (found.language, found.script),
            (language, script),
            "{text} ({})",
            found.confidence
        );
    }

    #[test]
    fn headlines_in_every_language_and_script() {
        check(
            "انطلاق أعمال القمة العربية في الرياض بمشاركة وزراء الخارجية",
            "ar",
            "Arab",
        );
        check("Bakıda beynəlxalq konfrans keçirilib", "az", "Latn");
        check("Бакыда бејнәлхалг конфранс кечирилиб", "az", "Cyrl");
        check(
            "Kabul: Dutzende Tote nach schweren Überschwemmungen",
            "de",
            "Latn",
        );
        check(
            "Dozens killed in floods in northern Afghanistan",
            "en",
            "Latn",
        );
        check("رئیس جمهور در دانشگاه تهران سخنرانی کرد", "fa", "Arab");
        check(
            "Des dizaines de morts dans des inondations en Afghanistan",
            "fr",
            "Latn",
        );
        check("अफगानिस्तान में बाढ़ से दर्जनों लोगों की मौत", "hi", "Deva");
        check("Nókiste jańa mektep paydalanıwǵa tapsırıldı", "kaa", "Latn");
        check(
            "No'kiste jan'a mektep paydalanıwg'a tapsırıldı",
            "kaa",
            "Latn",
        );
        check("Нөкисте жаңа мектеп пайдаланыўға тапсырылды", "kaa", "Cyrl");
        check("Астанада жаңа мұражай ашылды", "kk", "Cyrl");
        check(
            "Astanada jaña murajay aşıldı, dep habarlaydı QazAqparat",
            "kk",
            "Latn",
        );
        check("استانادا جاڭا مۇراجاي اشىلدى", "kk", "Arab");
        check("Бишкекте эл аралык жыйын өттү", "ky", "Cyrl");
        check("Улаанбаатар хотод цас их орж, зам хаагдлаа", "mn", "Cyrl");
        check("ᠮᠣᠩᠭᠣᠯ ᠤᠯᠤᠰ", "mn", "Mong");
        check("د هرات والي له سوداګرو سره ولیدل", "ps", "Arab");
        check("والی هرات با تاجران دیدار کرد", "prs", "Arab");
        check("В Душанбе открылась новая больница", "ru", "Cyrl");
        check("Дар Душанбе беморхонаи нав кушода шуд", "tg", "Cyrl");
        check("Aşgabatda täze hassahana açyldy", "tk", "Latn");
        check("Ашгабатда тәзе хассахана ачылды", "tk", "Cyrl");
        check("Ankara'da yeni bir hastane açıldı", "tr", "Latn");
        check("Казанда яңа хастаханә ачылды", "tt", "Cyrl");
        check("ئۈرۈمچىدە يېڭى دوختۇرخانا ئېچىلدى", "ug", "Arab");
        check("ürümchide yéngi doxturxana échildi", "ug", "Latn");
        check("کابل میں نئے ہسپتال کا افتتاح ہو گیا", "ur", "Arab");
        check("Toshkentda yangi kasalxona ochildi", "uz", "Latn");
        check("Тошкентда янги касалхона очилди", "uz", "Cyrl");
        check("喀布尔开设了一家新医院", "zh", "Hans");
        check("喀布爾開設了一家新醫院", "zh", "Hant");
    }

    #[test]
    fn what_is_not_text_is_undetermined() {
        check("", "und", "Zyyy");
        check("24.11.2026 — 15:30", "und", "Zyyy");
        check("Z", "und", "Latn");
        check("東京で会議が開かれた", "und", "Jpan");
        check("대통령이 회담을 가졌다", "und", "Kore");
    }

    #[test]
    fn names_and_phrases_of_another_script_do_not_decide() {
        check(
            "Вакцина Pfizer-BioNTech в Кыргызстане: что известно",
            "ru",
            "Cyrl",
        );
        check(
            "UNHCR: بیش از یک میلیون مهاجر به ولایت هرات برگشتند",
            "prs",
            "Arab",
        );
    }

    /// Share of the lines of a file that are found to be in one of the languages.
    fn share(lines: &str, wanted: &str) -> f32 {
        let found = lines
            .lines()
            .map(|line| identify(line.rsplit('\t').next().unwrap_or(line), None).language);
        found.filter(|language| *language == wanted).count() as f32 / lines.lines().count() as f32
    }

    #[test]
    fn dari_and_persian_are_told_apart() {
        assert!(share(include_str!("../../../tests/data/language/prs.txt"), "prs") >= 0.9);
        assert!(share(include_str!("../../../tests/data/language/fa.txt"), "fa") >= 0.9);
    }

    #[test]
    fn other_languages_are_refused() {
        assert!(
            share(
                include_str!("../../../tests/data/language/other.txt"),
                "und"
            ) >= 0.95
        );
    }

    /// A known wrong answer: Tuvan is written like its relatives, and 40 kB of it and three others
    /// are all that its class was trained on.
    #[test]
    fn tuvan_is_taken_for_turkmen() {
        check(
            "Тыва Республиканың чазаа чаа чылдың бюджедин бадылаан.",
            "tk",
            "Cyrl",
        );
    }

    #[test]
    fn the_declared_language_decides_close_answers_only() {
        let verse = "که استیم اسیر کمند هوا";
        assert_eq!(identify(verse, Some("fa")).language, "fa");
        assert_eq!(identify(verse, Some("fa-AF")).language, "prs");
        assert_eq!(
            identify(
                "Dozens killed in floods in northern Afghanistan",
                Some("uz")
            )
            .language,
            "en"
        );
    }

    #[test]
    fn uzbek_and_kazakh_are_the_same_in_either_script() {
        use crate::normalise::translit::{Pair, transliterate};
        for line in include_str!("../data/language-extra/uz-Latn.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            check(line, "uz", "Latn");
            check(&transliterate(line, Pair::UzbekLatnCyrl), "uz", "Cyrl");
        }
        for line in include_str!("../data/language-extra/kk-Cyrl.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            check(line, "kk", "Cyrl");
            check(&transliterate(line, Pair::KazakhCyrlLatn), "kk", "Latn");
            check(&transliterate(line, Pair::KazakhCyrlArab), "kk", "Arab");
        }
    }

    #[test]
    fn only_the_start_of_a_long_text_is_looked_at() {
        let text = "Dozens killed in floods in northern Afghanistan. ".repeat(12);
        let long = format!(
            "{text}{}",
            "В Душанбе открылась новая больница. ".repeat(1000)
        );
        check(&long, "en", "Latn");
    }

    proptest! {
        #[test]
        fn any_text_has_one_answer(text in any::<String>(), declared in proptest::option::of("[a-z]{2,3}(-[A-Z]{2})?")) {
            let found = identify(&text, declared.as_deref());
            prop_assert_eq!(found, identify(&text, declared.as_deref()));
            prop_assert!((0.0..=1.0).contains(&found.confidence));
        }
    }
}
