//! The files of the lexicon, and every form of a stem that is looked up: folded, in the other
//! scripts of its language, softened, with endings. What a stem may look like in the files is said
//! in `data/README.md`. Not for finding them in a text.

use crate::normalise::text::{fold, fold_into};
use crate::normalise::translit::{Pair, transliterate};
use std::sync::LazyLock;

/// The files, by theme. Their order gives the ids.
pub(super) const FILES: [&str; 8] = [
    include_str!("../data/lexicon/security.tsv"),
    include_str!("../data/lexicon/politics.tsv"),
    include_str!("../data/lexicon/economy.tsv"),
    include_str!("../data/lexicon/society.tsv"),
    include_str!("../data/lexicon/nature.tsv"),
    include_str!("../data/lexicon/infrastructure.tsv"),
    include_str!("../data/lexicon/culture.tsv"),
    include_str!("../data/lexicon/general.tsv"),
];

/// Columns of the files after id and weight, in their order; the last one is the note.
pub(super) const LANGUAGES: [&str; 20] = [
    "en", "ru", "fr", "de", "fa", "prs", "ps", "uz", "kk", "ky", "tg", "tk", "tr", "az", "ar",
    "zh", "ug", "mn", "ur", "tt",
];
/// Columns before the first language.
pub(super) const HEAD_COLUMNS: usize = 2;

/// What a row says before the stems.
pub(super) struct Heading {
    pub name: &'static str,
    pub weight: u8,
}

pub(super) static HEADINGS: LazyLock<Vec<Heading>> = LazyLock::new(|| {
    let headings = rows().map(|row| {
        let mut columns = row.split('\t');
        let name = columns.next().unwrap_or_default();
        let weight = columns
            .next()
            .and_then(|weight| weight.parse().ok())
            .unwrap_or(1);
        Heading { name, weight }
    });
    headings.collect()
});

/// The rows of all files; the index of a row is the id of its concept.
pub(super) fn rows() -> impl Iterator<Item = &'static str> {
    FILES
        .iter()
        .flat_map(|file| file.lines().skip(1).filter(|line| !line.is_empty()))
}

/// A language as one script writes it.
pub(super) struct Written {
    pub language: &'static str,
    pub script: Script,
    /// How the stems of the files come into this script; none if they are written in it.
    from_files: &'static [Pair],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Han,
}

/// Everything that has a lexicon. Dari shares that of Persian: texts often cannot be told apart,
/// nor need they be.
pub(super) const WRITTEN: [Written; 24] = {
    use Script::*;
    const fn listed(language: &'static str, script: Script) -> Written {
        derived(language, script, &[])
    }
    const fn derived(
        language: &'static str,
        script: Script,
        from_files: &'static [Pair],
    ) -> Written {
        Written {
            language,
            script,
            from_files,
        }
    }
    [
        listed("en", Latin),
        listed("ru", Cyrillic),
        listed("fr", Latin),
        listed("de", Latin),
        listed("fa", Arabic),
        listed("ps", Arabic),
        listed("uz", Latin),
        listed("kk", Cyrillic),
        listed("ky", Cyrillic),
        listed("tg", Cyrillic),
        listed("tk", Latin),
        listed("tr", Latin),
        listed("az", Latin),
        listed("ar", Arabic),
        listed("zh", Han),
        listed("ug", Arabic),
        listed("mn", Cyrillic),
        listed("ur", Arabic),
        listed("tt", Cyrillic),
        derived("uz", Cyrillic, &[Pair::UzbekLatnCyrl]),
        derived(
            "kk",
            Latin,
            &[Pair::KazakhCyrlLatn, Pair::KazakhCyrlLatnAgency],
        ),
        derived("kk", Arabic, &[Pair::KazakhCyrlArab]),
        derived("tk", Cyrillic, &[Pair::TurkmenLatnCyrl]),
        derived("az", Cyrillic, &[Pair::AzerbaijaniLatnCyrl]),
    ]
};

/// Folded stems with the ids of their concepts, those that a rule adds last.
pub(super) fn read_stems(written: &Written) -> Vec<(String, u16)> {
    let language = written.language;
    let columns: &[&str] = if language == "fa" {
        &["fa", "prs"]
    } else {
        &[language]
    };
    let (mut stems, mut soft) = (Vec::new(), Vec::new());
    for (row, concept) in rows().zip(0..) {
        for stem in columns.iter().flat_map(|column| stems_of(row, column)) {
            let folded = folded_stem(stem);
            let softened = softened(&folded, language);
            soft.extend(softened.into_iter().map(|stem| (stem, concept)));
            push_forms(folded, concept, endings(language), &mut stems);
        }
    }
    stems.append(&mut soft);
    if written.from_files.is_empty() {
        stems
    } else {
        transliterated(&stems, written.from_files)
    }
}

/// The stems in another script, by each of `pairs`. A folded stem stays a whole word if it was one.
fn transliterated(stems: &[(String, u16)], pairs: &[Pair]) -> Vec<(String, u16)> {
    let mut written = Vec::with_capacity(stems.len() * pairs.len());
    for (&pair, (stem, concept)) in pairs
        .iter()
        .flat_map(|pair| stems.iter().map(move |stem| (pair, stem)))
    {
        let mut folded = fold(&transliterate(stem, pair));
        if stem.ends_with(' ') {
            folded.push(' ');
        }
        written.push((folded, *concept));
    }
    written
}

/// Letters of a stem that is also looked up softened.
const SOFT_STEM_LETTERS: usize = 4;

/// The stem as it is before an ending, where a language changes it there: the last consonant voiced
/// (`kitap`, `kitabı`), the last vowel raised (Uyghur) or dropped (Mongolian). Only open stems, long
/// enough to be told apart without it.
fn softened(stem: &str, language: &str) -> Option<String> {
    if stem.chars().count() < SOFT_STEM_LETTERS {
        return None;
    }
    let pairs: &[(char, &str)] = match language {
        "uz" => &[('q', "gʻ"), ('k', "g")],
        "kk" => &[('қ', "ғ"), ('к', "г"), ('п', "б")],
        "ky" => &[('к', "г"), ('п', "б")],
        "tk" => &[('k', "g"), ('p', "b"), ('t', "d"), ('ç', "j")],
        "tr" => &[('k', "ğ"), ('p', "b"), ('t', "d"), ('ç', "c")],
        "az" => &[('q', "ğ"), ('k', "y")],
        "tt" => &[('к', "г"), ('п', "б")],
        "ug" => return raised(stem),
        "mn" => return without_short_vowel(stem),
        _ => &[],
    };
    let soften = |(hard, soft): &(char, &str)| Some(format!("{}{soft}", stem.strip_suffix(*hard)?));
    pairs.iter().find_map(soften)
}

/// A Uyghur stem whose last a or e becomes i in an open syllable: مەكتەپ, مەكتىپى. Of a word with one
/// syllable it becomes ë, and such stems are listed in both forms.
fn raised(stem: &str) -> Option<String> {
    let word = stem.rsplit(' ').next()?;
    let is_vowel = |c| matches!(c, 'ا' | 'ە' | 'و' | 'ۇ' | 'ۆ' | 'ۈ' | 'ې');
    let (at, _) = word
        .char_indices()
        .rfind(|(_, c)| is_vowel(*c) || *c == 'ی')?;
    let (before, last) = word.split_at(at);
    let mut behind = last.chars();
    // ی is a vowel, a consonant or the mute bearer of the vowel behind it.
    let has_syllable = before.contains(is_vowel) || before.trim_start_matches('ی').contains('ی');
    if !matches!(behind.next(), Some('ا' | 'ە'))
        || behind.as_str().chars().count() > 1
        || !has_syllable
    {
        return None;
    }
    Some(format!(
        "{}ی{}",
        &stem[..stem.len() - last.len()],
        behind.as_str()
    ))
}

/// A Mongolian stem without the short vowel of its last syllable: цэрэг, цэргийн.
fn without_short_vowel(stem: &str) -> Option<String> {
    let mut letters = stem.chars().rev();
    let (last, vowel, before) = (letters.next()?, letters.next()?, letters.next()?);
    let is_vowel = |c| {
        matches!(
            c,
            'а' | 'э' | 'и' | 'о' | 'у' | 'ө' | 'ү' | 'ы' | 'й' | 'я' | 'е' | 'ю'
        )
    };
    if is_vowel(last)
        || !matches!(vowel, 'а' | 'э' | 'о' | 'ө' | 'и')
        || is_vowel(before)
        || before == ' '
    {
        return None;
    }
    let head = stem.len() - last.len_utf8() - vowel.len_utf8();
    Some(format!("{}{last}", &stem[..head]))
}

/// Letters that a stem needs to stand for every word that begins with it, where there are endings.
const OPEN_STEM_LETTERS: usize = 4;

/// Three letters begin words of every meaning, above all where vowels are not written. A stem as
/// short as that stands for the word itself and the word with one of these endings.
fn endings(language: &str) -> &'static [&'static str] {
    match language {
        "fa" => &["", "ی", "ها", "های", "هایی", "ان", "هایش"],
        "ps" => &[
            "", "ه", "ی", "ې", "و", "ونه", "ونو", "ان", "انو", "ګان", "ګانو",
        ],
        "ar" => &["", "ه", "ا", "ی", "یه", "ات", "ها", "هم"],
        "ur" => &[
            "", "ا", "ی", "ه", "یں", "وں", "یوں", "یاں", "ات", "نی", "نا", "تی", "تا",
        ],
        "ug" => &[
            "", "ى", "لار", "لەر", "لىرى", "نى", "نىڭ", "غا", "گە", "قا", "كە", "دا", "دە", "تا",
            "تە", "دىن", "تىن", "لىق", "لىك", "دى", "تى", "غان", "گەن", "قان", "كەن", "ىدۇ",
        ],
        "mn" => &[
            "", "ын", "ийн", "ны", "ний", "д", "т", "ыг", "ийг", "аас", "ээс", "оос", "өөс", "аар",
            "ээр", "оор", "өөр", "тай", "тэй", "той", "ууд", "үүд", "аа", "ээ", "оо", "өө", "сан",
            "сэн", "сон", "сөн", "лаа", "лээ", "лоо", "лөө", "ав", "эв", "ов", "өв", "ах", "эх",
            "ох", "өх", "аж", "эж", "ож", "өж",
        ],
        "tt" => &[
            "", "ы", "е", "лар", "ләр", "нар", "нәр", "ны", "не", "ның", "нең", "га", "гә", "ка",
            "кә", "да", "дә", "та", "тә", "дан", "дән", "тан", "тән", "лы", "ле", "ында", "ендә",
            "ын", "ен", "ган", "гән", "ды", "де", "ты", "те", "а", "ә", "у", "ү",
        ],
        _ => &[],
    }
}

/// Appends what is looked up for `stem`: itself, or if it is short, itself with each ending.
fn push_forms(stem: String, concept: u16, endings: &[&str], stems: &mut Vec<(String, u16)>) {
    let is_short = !stem.contains(' ') && stem.chars().count() < OPEN_STEM_LETTERS;
    if endings.is_empty() || !is_short {
        return stems.push((stem, concept));
    }
    stems.extend(
        endings
            .iter()
            .map(|ending| (format!("{stem}{} ", fold(ending)), concept)),
    );
}

/// What `row` lists in the column of a language.
pub(super) fn stems_of(row: &'static str, language: &str) -> impl Iterator<Item = &'static str> {
    let column = LANGUAGES.iter().position(|&known| known == language);
    let cell = column.and_then(|column| row.split('\t').nth(HEAD_COLUMNS + column));
    cell.unwrap_or_default()
        .split('|')
        .filter(|stem| !stem.is_empty())
}

/// A stem as it is looked up: folded, and with a space behind it if `=` marks it as a whole word.
pub(super) fn folded_stem(stem: &str) -> String {
    match stem.strip_prefix('=') {
        Some(word) => {
            let mut folded = String::with_capacity(word.len() + 1);
            fold_into(word, &mut folded);
            folded.push(' ');
            folded
        }
        None => fold(stem),
    }
}
