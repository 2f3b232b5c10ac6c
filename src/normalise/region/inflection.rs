//! Which endings a name may carry: case, plural, possession and derivation, as bounded chains of
//! endings for each script. Deliberately not a morphology: it says whether the rest of a word may
//! follow a known name, not what it means.

use std::sync::LazyLock;

use super::trie::Trie;

/// Names shorter than this many letters take no endings; «ош», «بلخ» would match half a dictionary.
pub(super) const MIN_STEM: usize = 4;

/// Endings that may follow each other on one name: «қазақстан·дық·тар·дың».
const MAX_ENDINGS: usize = 3;

/// Longest chain of endings in bytes, some fifteen Cyrillic letters; spares long words the search.
const MAX_REST_BYTES: usize = 32;

/// Longest ending of a name written with an open end (`афганск*`), in letters: «афганскими».
const MAX_OPEN: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Arabic,
    /// Written without spaces: a name may start and end anywhere.
    Han,
    Other,
}

impl Script {
    pub fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self::Latin,
            'Ѐ'..='ԯ' => Self::Cyrillic,
            'ء'..='ۿ' | 'ݐ'..='ݿ' => Self::Arabic,
            '一'..='鿿' => Self::Han,
            _ => Self::Other,
        }
    }

    fn endings(self) -> Option<&'static Trie<&'static str>> {
        match self {
            Self::Latin => Some(&LATIN),
            Self::Cyrillic => Some(&CYRILLIC),
            Self::Arabic => Some(&ARABIC),
            Self::Han | Self::Other => None,
        }
    }
}

/// English, French, German plural and genitive; Uzbek, Turkmen, Turkish, Azerbaijani, Kazakh cases.
static LATIN: LazyLock<Trie<&str>> = LazyLock::new(|| {
    Trie::new(vec![
        "s", "es", "lar", "ler", "dar", "der", "tar", "ter", "ning", "nin", "nyn", "nun", "dyn",
        "din", "tyn", "tin", "in", "yn", "un", "ni", "ny", "nu", "dy", "di", "ty", "ti", "yi",
        "yu", "i", "y", "u", "ga", "ge", "ka", "ke", "qa", "qe", "gha", "a", "e", "ya", "ye", "na",
        "ne", "da", "de", "ta", "te", "nda", "nde", "inda", "ynda", "dan", "den", "tan", "ten",
        "nan", "nen", "ndan", "nden", "indan", "yndan", "lik", "lyk", "luk", "liq", "lyq", "dyq",
        "dik", "tyq", "tik", "li", "ly", "lu", "dagi", "daky", "daki", "tagi", "taki", "taky",
        "degi", "tegi", "cha", "che", "ca", "ce", "gacha", "kacha", "niki", "men", "ben", "pen",
        "ku", "gi", "ki",
    ])
});

/// Russian cases of a name that ends in a consonant; Kazakh, Kyrgyz, Uzbek, Turkmen and Tajik ones.
static CYRILLIC: LazyLock<Trie<&str>> = LazyLock::new(|| {
    Trie::new(vec![
        "а",
        "у",
        "ом",
        "ем",
        "е",
        "ы",
        "и",
        "ов",
        "ев",
        "ам",
        "ами",
        "ах",
        "ю",
        "я",
        "ой",
        "ои",
        "ым",
        "ого",
        "ому",
        "ую",
        "ая",
        "ые",
        "ых",
        "ин",
        "ка",
        "ко",
        "кои",
        "ку",
        "лар",
        "лер",
        "лор",
        "дар",
        "дер",
        "дор",
        "тар",
        "тер",
        "тор",
        "нин",
        "нун",
        "нын",
        "дин",
        "дын",
        "дун",
        "тин",
        "тын",
        "тун",
        "нинг",
        "ын",
        "ун",
        "ни",
        "ны",
        "ну",
        "ди",
        "ды",
        "ду",
        "ти",
        "ты",
        "ту",
        "га",
        "ге",
        "го",
        "ке",
        "на",
        "не",
        "но",
        "да",
        "де",
        "до",
        "та",
        "те",
        "то",
        "нда",
        "нде",
        "ында",
        "инда",
        "дан",
        "ден",
        "дон",
        "тан",
        "тен",
        "тон",
        "нан",
        "нен",
        "ндан",
        "нден",
        "индан",
        "ындан",
        "лик",
        "лык",
        "лук",
        "дик",
        "дык",
        "дук",
        "тик",
        "тык",
        "тук",
        "ли",
        "лы",
        "луу",
        "дуу",
        "дагы",
        "даги",
        "дегы",
        "деги",
        "доги",
        "догу",
        "тагы",
        "таги",
        "теги",
        "тогу",
        "мен",
        "бен",
        "пен",
        "менен",
        "ча",
        "че",
        "гача",
        "ники",
        "дики",
        "тики",
        "ро",
        "хо",
        "хои",
        "он",
        "иро",
        "ию",
        "иу",
        "ву",
        "аш",
        "иам",
        "иаш",
        "гы",
        "ги",
        "ник",
        "иен",
    ])
});

/// Persian, Dari, Tajik in Arabic script, Pashto, Urdu, Arabic relation and plural; Kazakh and
/// Uyghur cases.
static ARABIC: LazyLock<Trie<&str>> = LazyLock::new(|| {
    Trie::new(vec![
        "ی", "یی", "ه", "یه", "را", "ها", "های", "هایی", "یها", "ان", "یان", "انو", "یانو", "یون",
        "ین", "یین", "یات", "و", "وال", "وی", "ام", "اش", "تر", "نیڭ", "دیڭ", "تیڭ", "ننیڭ", "نی",
        "دی", "تی", "دا", "ده", "تا", "ته", "ندا", "نده", "دان", "دهن", "تان", "تهن", "نان", "نهن",
        "دین", "تین", "عا", "غا", "گه", "قا", "که", "نه", "لیق", "لیک", "دیق", "تیق", "لار", "لهر",
        "دار", "دهر", "تار", "تهر", "داعی", "دهگی", "تاعی", "تهگی", "دیکی", "تیکی", "مهن", "بهن",
        "پهن",
    ])
});

/// What stands in place of a final vowel that Russian drops: «Астан·ы», «Астан·ой».
const AFTER_DROPPED_VOWEL: &[&str] = &[
    "а", "я", "ы", "и", "е", "у", "ю", "о", "ои", "ою", "еи", "ею", "ам", "ах", "ами", "ям", "ях",
    "ом", "ем", "ии", "ию", "иеи", "ья", "ов", "ев",
];

/// Letters that Arabic writes together with the following word: the article, and, in, for, like.
const ARABIC_PREFIXES: &[&str] = &[
    "ال", "و", "ب", "ل", "ف", "ک", "وال", "بال", "لل", "فال", "کال", "وب", "ول", "ولل", "وبال",
];

/// Parts a folded name into the stem that is searched for and the final vowel that may give way.
pub(super) fn stem(folded: &str) -> (&str, &str) {
    let last_word = folded.rsplit(' ').next().unwrap_or(folded);
    let Some(last) = last_word.chars().next_back() else {
        return (folded, "");
    };
    let droppable = matches!(last, 'а' | 'я' | 'ы' | 'и' | 'е' | 'о');
    if droppable && last_word.chars().count() > MIN_STEM {
        folded.split_at(folded.len() - last.len_utf8())
    } else {
        (folded, "")
    }
}

/// May `rest`, the letters between the end of a stem and the end of the word, follow it?
/// `dropped` is the final vowel that [`stem`] split off; `letters` the length of the whole name's
/// last word; `open` says that the name was written with an open end.
pub(super) fn accepts(
    script: Script,
    dropped: &str,
    letters: usize,
    open: bool,
    rest: &str,
) -> bool {
    if rest == dropped || script == Script::Han {
        return true;
    }
    if open {
        return rest.chars().count() <= MAX_OPEN;
    }
    if letters < MIN_STEM {
        return false;
    }
    if !dropped.is_empty() && AFTER_DROPPED_VOWEL.contains(&rest) {
        return true;
    }
    if rest.len() > MAX_REST_BYTES {
        return false;
    }
    let chain = |rest| {
        script
            .endings()
            .is_some_and(|endings| is_chain(endings, rest, MAX_ENDINGS))
    };
    rest.strip_prefix(dropped).is_some_and(chain)
}

fn is_chain(endings: &Trie<&str>, rest: &str, depth: usize) -> bool {
    let mut fits = rest.is_empty();
    if depth > 0 {
        endings.prefixes(rest.as_bytes(), |length, _| {
            fits = fits || is_chain(endings, &rest[length..], depth - 1);
        });
    }
    fits
}

/// The letters at the start of a word in Arabic script that may belong to another word; the empty
/// one first.
pub(super) fn prefixes_of(word: &str) -> impl Iterator<Item = &'static str> {
    std::iter::once("").chain(
        ARABIC_PREFIXES
            .iter()
            .copied()
            .filter(|prefix| word.starts_with(prefix)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::region::fold::Folded;

    #[track_caller]
    fn check(name: &str, word: &str, expected: bool) {
        let (name, word) = (Folded::new(name).text, Folded::new(word).text);
        let (name, word) = (name.trim(), word.trim());
        let (stem, dropped) = stem(name);
        let script = Script::of(name.chars().next_back().unwrap());
        let answer = word
            .strip_prefix(stem)
            .is_some_and(|rest| accepts(script, dropped, name.chars().count(), false, rest));
        assert_eq!(answer, expected, "{name} in {word}");
    }

    #[test]
    fn inflected_names() {
        for word in [
            "Ташкента",
            "Ташкенте",
            "Ташкентом",
            "Ташкентте",
            "Ташкенттегі",
        ] {
            check("Ташкент", word, true);
        }
        for word in [
            "Астаны",
            "Астане",
            "Астаной",
            "Астанада",
            "Астананың",
            "Астана",
        ] {
            check("Астана", word, true);
        }
        for word in [
            "Toshkentda",
            "Toshkentning",
            "Toshkentdagi",
            "Toshkentliklarning",
        ] {
            check("Toshkent", word, true);
        }
        check("Қазақстан", "Қазақстандықтардың", true);
        check("Тоҷикистон", "Тоҷикистону", true);
        check("Тоҷикистон", "тоҷикистониҳо", true);
        check("افغانستان", "افغانستانی", true);
        check("قازاقستان", "قازاقستاننىڭ", true);
        check("Киргизия", "Киргизией", true);
    }

    #[test]
    fn other_words() {
        check("Ош", "оша", false);
        check("Кант", "Кантемиров", false);
        check("Herat", "heraldry", false);
        check("بلخ", "بلخره", false);
    }
}
