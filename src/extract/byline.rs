//! Names of authors out of what outlets write where the author belongs.

use super::title::clean;
use crate::parse::markup;

/// Authors of one article that are kept.
const AUTHORS_MAX: usize = 16;
/// Letters of a name; what is longer is a sentence.
const NAME_CHARS_MAX: usize = 80;

/// What stands before a name.
const PREFIXES: [&str; 40] = [
    "by ",
    "by:",
    "written by",
    "posted by",
    "published by",
    "author:",
    "authors:",
    "author ",
    "von ",
    "par ",
    "écrit par",
    "por ",
    "di ",
    "автор:",
    "автор ",
    "авторы:",
    "автор материала:",
    "авторлар:",
    "автору:",
    "муаллиф:",
    "муаллиф ",
    "муаллифон:",
    "نویسنده:",
    "نویسنده",
    "به قلم",
    "گزارشگر:",
    "گزارش از",
    "خبرنگار:",
    "لیکوال:",
    "لیکوال ",
    "خبریال:",
    "بقلم",
    "كتب:",
    "الكاتب:",
    "muallif:",
    "awtor:",
    "yazar:",
    "yazan:",
    "作者：",
    "作者:",
];

/// What stands between two names.
const BETWEEN: [&str; 14] = [
    ", ", " and ", " & ", " und ", " et ", "; ", "، ", " / ", " | ", "●", "•", "·", "⋅", "\n",
];

/// Agencies, and words for a newsroom: credited only where no person is.
const NOBODY: [&str; 36] = [
    "reuters",
    "ap",
    "associated press",
    "the associated press",
    "afp",
    "agence france-presse",
    "dpa",
    "tass",
    "тасс",
    "риа новости",
    "интерфакс",
    "interfax",
    "xinhua",
    "admin",
    "administrator",
    "editor",
    "editorial",
    "editors",
    "staff",
    "staff writer",
    "staff reporter",
    "redaktion",
    "redaction",
    "la rédaction",
    "редакция",
    "web desk",
    "news desk",
    "newsroom",
    "team",
    "guest",
    "author",
    "unknown",
    "anonymous",
    "webmaster",
    "news",
    "redacción",
];

/// Who is credited.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Credits {
    pub people: Vec<String>,
    /// Agencies, newsrooms and the site itself.
    pub bodies: Vec<String>,
}

/// Cleans and splits; people, or agencies and newsrooms where nobody else is.
pub(super) fn authors<S: AsRef<str>>(
    raw: impl IntoIterator<Item = S>,
    site: Option<&str>,
    host: &str,
) -> Vec<String> {
    let credits = credits(raw, site, host);
    if credits.people.is_empty() {
        credits.bodies
    } else {
        credits.people
    }
}

/// Cleans and splits.
pub(super) fn credits<S: AsRef<str>>(
    raw: impl IntoIterator<Item = S>,
    site: Option<&str>,
    host: &str,
) -> Credits {
    let mut credits = Credits::default();
    for raw in raw.into_iter().take(AUTHORS_MAX) {
        let raw = markup::text(raw.as_ref());
        for name in split(&raw) {
            let Some(name) = name_of(name) else { continue };
            let folded = name.to_lowercase();
            let nobody = NOBODY.contains(&folded.as_str())
                || site.is_some_and(|site| site.to_lowercase() == folded)
                || clean(&format!("x - {name}"), site, host) == "x";
            let list = if nobody {
                &mut credits.bodies
            } else {
                &mut credits.people
            };
            if list.len() < AUTHORS_MAX && !list.iter().any(|known| known.to_lowercase() == folded)
            {
                list.push(name);
            }
        }
    }
    credits
}

/// What follows a word like "by" at the start of a line; `None` where there is no such word.
pub(super) fn credited(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let name = strip(line);
    if name.len() < line.len() {
        return Some(name);
    }
    // "ByJane Doe": the gap is made by a style sheet.
    let name = line.strip_prefix("By")?;
    name.starts_with(char::is_uppercase).then_some(name)
}

fn split(raw: &str) -> Vec<&str> {
    let mut parts = vec![strip(raw.trim())];
    for between in BETWEEN {
        parts = parts
            .into_iter()
            .flat_map(|part| part.split(between))
            .take(4 * AUTHORS_MAX)
            .collect();
    }
    parts
}

/// Without the words before the name.
fn strip(mut name: &str) -> &str {
    loop {
        let before = name.len();
        for prefix in PREFIXES {
            if let Some(start) = name.get(..prefix.len())
                && start
                    .chars()
                    .flat_map(char::to_lowercase)
                    .eq(prefix.chars())
            {
                name = name[prefix.len()..].trim_start_matches([' ', ':', '\u{a0}']);
            }
        }
        if name.len() == before {
            return name;
        }
    }
}

/// `None` where it is no name: an address, a date, a sentence.
fn name_of(raw: &str) -> Option<String> {
    let name = strip(raw.trim())
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let name = name.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | '.' | ':' | '|' | '-' | '–' | '—' | '/' | '•' | '·')
    });
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let digits = name.chars().filter(|c| c.is_numeric()).count();
    let fits = letters >= 2
        && !PREFIXES.contains(&format!("{} ", name.to_lowercase()).as_str())
        && digits <= 2
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.contains("://")
        && !name.contains("www.")
        && !name.contains('@')
        && !name.contains(['{', '<', '?', '!', ':'])
        && name.split(' ').count() <= 7;
    fits.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &[&str], expected: &[&str]) {
        assert_eq!(
            authors(raw, Some("Vesti"), "vesti.example"),
            expected,
            "{raw:?}"
        );
    }

    #[test]
    fn names_are_cleaned() {
        check(&["By Jane Doe and  John Roe"], &["Jane Doe", "John Roe"]);
        check(&["Reuters", "Jane Doe"], &["Jane Doe"]);
        check(&["Reuters"], &["Reuters"]);
        check(
            &["https://facebook.com/x", "Автор: Айгуль Осмонова"],
            &["Айгуль Осмонова"],
        );
        check(&["Vesti", "نویسنده: احمد رحیمی"], &["احمد رحیمی"]);
        check(&["3 May 2024, 10:00"], &[]);
        check(&["Awtor: Ogulgerek Annaýewa"], &["Ogulgerek Annaýewa"]);
        check(
            &["به قلم احمد رحیمی، سارا کاظمی"],
            &["احمد رحیمی", "سارا کاظمی"],
        );
        check(&["作者：李明"], &["李明"]);
        check(&["Jane Doe", "jane doe"], &["Jane Doe"]);
        check(&["a@b.example", "{{author}}", "What happened?"], &[]);
        check(&["By", "Автор:"], &[]);
    }

    #[test]
    fn lines_that_credit() {
        let check =
            |line: &str, expected: Option<&str>| assert_eq!(credited(line), expected, "{line}");
        check("By Jane Doe", Some("Jane Doe"));
        check("ByJane Doe", Some("Jane Doe"));
        check("— Автор: Нурлан Асанов", Some("Нурлан Асанов"));
        check("Bystanders saw it", None);
        check("Jane Doe", None);
    }
}
