//! Spellings of a name that follow from another by rule: Uzbek in Cyrillic from Latin, Kazakh in
//! Latin and in Arabic script from Cyrillic. So the table needs each name once, and text in either
//! script finds the same places. Deliberately one way, and for names only: running text would need
//! exceptions.

/// The further spellings of `name` as the table lists it under `language`.
pub(super) fn spellings(language: &str, name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    match language {
        "uz" => vec![restore_case(name, uzbek_cyrillic(&lower))],
        "kk" => [kazakh_latin(&lower, false), kazakh_latin(&lower, true), kazakh_arabic(&lower)]
            .into_iter()
            .map(|spelling| restore_case(name, spelling))
            .collect(),
        _ => Vec::new(),
    }
}

/// Gives `spelling` the capitals that `name` has: none, the first letter, or all.
fn restore_case(name: &str, spelling: String) -> String {
    let mut letters = name.chars().filter(|c| c.is_alphabetic());
    let first = letters.next().is_some_and(char::is_uppercase);
    let second = letters.next().is_some_and(char::is_uppercase);
    match (first, second) {
        (true, true) => spelling.to_uppercase(),
        (true, false) => {
            let mut chars = spelling.chars();
            let initial = chars.next().into_iter().flat_map(char::to_uppercase);
            initial.collect::<String>() + chars.as_str()
        }
        (false, _) => spelling,
    }
}

/// Uzbek Latin alphabet of 1995 to Cyrillic.
fn uzbek_cyrillic(lower: &str) -> String {
    const PAIRS: &[(&str, &str)] = &[
        ("o'", "ў"), ("g'", "ғ"), ("sh", "ш"), ("ch", "ч"), ("yo", "ё"), ("yu", "ю"), ("ya", "я"),
        ("ye", "е"), ("ts", "ц"), ("a", "а"), ("b", "б"), ("d", "д"), ("e", "е"), ("f", "ф"),
        ("g", "г"), ("h", "ҳ"), ("i", "и"), ("j", "ж"), ("k", "к"), ("l", "л"), ("m", "м"),
        ("n", "н"), ("o", "о"), ("p", "п"), ("q", "қ"), ("r", "р"), ("s", "с"), ("t", "т"),
        ("u", "у"), ("v", "в"), ("x", "х"), ("y", "й"), ("z", "з"), ("'", "ъ"),
    ];
    let plain = lower.replace(['ʻ', 'ʼ', '‘', '’', '`'], "'");
    let mut out = String::with_capacity(plain.len() * 2);
    let mut rest = plain.as_str();
    while let Some(first) = rest.chars().next() {
        let word_start = out.chars().next_back().is_none_or(|c| !c.is_alphabetic());
        if first == 'e' && word_start {
            out.push('э');
            rest = &rest[1..];
        } else if let Some((from, to)) = PAIRS.iter().find(|(from, _)| rest.starts_with(from)) {
            out.push_str(to);
            rest = &rest[from.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Kazakh Cyrillic to the Latin alphabet of 2021, or with the digraphs of older and English use.
fn kazakh_latin(lower: &str, digraphs: bool) -> String {
    replace_letters(lower, |c| {
        Some(match c {
            'а' | 'ә' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'ғ' if digraphs => "gh",
            'ғ' => "g",
            'д' => "d",
            'е' | 'э' => "e",
            'ё' => "io",
            'ж' if digraphs => "zh",
            'ж' => "j",
            'з' => "z",
            'и' | 'й' | 'і' => "i",
            'к' => "k",
            'қ' => "q",
            'л' => "l",
            'м' => "m",
            'н' | 'ң' => "n",
            'о' | 'ө' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' | 'ұ' | 'ү' => "u",
            'ф' => "f",
            'х' | 'һ' => "h",
            'ц' => "ts",
            'ч' => "ch",
            'ш' if digraphs => "sh",
            'ш' => "s",
            'щ' => "sh",
            'ы' => "y",
            'ю' => "iu",
            'я' => "ia",
            'ъ' | 'ь' => "",
            _ => return None,
        })
    })
}

/// Kazakh Cyrillic to the Arabic alphabet that Kazakhs in China use (töte jazu).
fn kazakh_arabic(lower: &str) -> String {
    replace_letters(lower, |c| {
        Some(match c {
            'а' | 'ә' => "ا",
            'б' => "ب",
            'в' => "ۆ",
            'г' => "گ",
            'ғ' => "ع",
            'д' => "د",
            'е' | 'э' => "ە",
            'ж' => "ج",
            'з' => "ز",
            'и' | 'й' => "ي",
            'к' => "ك",
            'қ' => "ق",
            'л' => "ل",
            'м' => "م",
            'н' => "ن",
            'ң' => "ڭ",
            'о' | 'ө' | 'ұ' | 'ү' => "و",
            'у' => "ۋ",
            'п' => "پ",
            'р' => "ر",
            'с' => "س",
            'т' => "ت",
            'ф' => "ف",
            'х' => "ح",
            'һ' => "ھ",
            'ц' => "تس",
            'ч' => "چ",
            'ш' | 'щ' => "ش",
            'ы' | 'і' => "ى",
            'ю' => "يۋ",
            'я' => "يا",
            'ё' => "يو",
            'ъ' | 'ь' => "",
            _ => return None,
        })
    })
}

fn replace_letters(text: &str, replacement: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match replacement(c) {
            Some(letters) => out.push_str(letters),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, name: &str, expected: &str) {
        let spellings = spellings(language, name);
        assert!(spellings.iter().any(|spelling| spelling == expected), "{spellings:?}");
    }

    #[test]
    fn spellings_by_rule() {
        check("uz", "Qashqadaryo", "Қашқадарё");
        check("uz", "Fargʻona", "Фарғона");
        check("uz", "Oʻzbekiston", "Ўзбекистон");
        check("uz", "Eron", "Эрон");
        check("uz", "ShHT", "ШҲТ");
        check("kk", "Алматы", "Almaty");
        check("kk", "Шымкент", "Shymkent");
        check("kk", "Түркістан", "Turkistan");
        check("kk", "Қазақстан", "قازاقستان");
    }
}
