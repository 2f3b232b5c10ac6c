//! The headline of a page, without the name of the site.

use std::collections::HashSet;

use crate::parse::markup;

/// Marks that outlets put between a headline and the name of the site.
const SEPARATORS: [&str; 9] = [
    " - ", " | ", " – ", " — ", " :: ", " » ", " « ", " • ", " / ",
];

/// What a page offers as its title.
pub(super) struct Candidates<'a> {
    pub linked: Option<&'a str>,
    pub open_graph: Option<&'a str>,
    pub headlines: &'a [String],
    pub document: Option<&'a str>,
    pub site: Option<&'a str>,
    pub host: &'a str,
    /// The linked data is that of a news article.
    pub news: bool,
}

/// Chooses: the headline on the page that shares most words with what the page declares, else what
/// it declares, else the first headline.
pub(super) fn title(candidates: &Candidates<'_>) -> Option<String> {
    let clean = |title: &str| clean(&markup::text(title), candidates.site, candidates.host);
    let declared: Vec<String> = [
        candidates.linked,
        candidates.open_graph,
        candidates.document,
    ]
    .into_iter()
    .flatten()
    .map(clean)
    .filter(|title| !title.is_empty())
    .collect();
    let headlines: Vec<String> = candidates
        .headlines
        .iter()
        .map(|headline| clean(headline))
        .filter(|headline| letters(headline) >= HEADLINE_LETTERS_MIN)
        .filter(|headline| !names_site(headline, candidates.site, candidates.host))
        .collect();
    if let Some(linked) = candidates
        .linked
        .map(clean)
        .filter(|title| letters(title) >= HEADLINE_LETTERS_MIN && candidates.news)
    {
        let shown = headlines.iter().find(|headline| agree(headline, &linked));
        return Some(shown.cloned().unwrap_or(linked));
    }
    let shared = |headline: &String| {
        declared
            .iter()
            .map(|title| overlap(headline, title))
            .max()
            .unwrap_or(0)
    };
    let best = headlines
        .iter()
        .rev()
        .max_by_key(|headline| shared(headline));
    let least = if headlines.len() == 1 {
        ONLY_SHARED_PERCENT_MIN
    } else {
        SHARED_PERCENT_MIN
    };
    let best = best.filter(|best| declared.is_empty() || shared(best) >= least);
    let without_label = best.and_then(|best| declared.iter().find(|title| ends_with(best, title)));
    without_label
        .or(best)
        .or_else(|| declared.first())
        .cloned()
        .or_else(|| candidates.headlines.first().map(|h| clean(h)))
        .filter(|title| !title.is_empty())
}

/// A shorter headline is a label.
const HEADLINE_LETTERS_MIN: usize = 8;

/// Words, in percent, that one of several headlines must share with a declared title.
const SHARED_PERCENT_MIN: usize = 30;

/// Words, in percent, that the only headline must share.
const ONLY_SHARED_PERCENT_MIN: usize = 15;

/// The share, in percent, of the words of the shorter text that are in the other; 100 where one is
/// the beginning of the other.
pub(super) fn overlap(one: &str, other: &str) -> usize {
    if agree(one, other) {
        return 100;
    }
    let words = |text: &str| -> HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (one, other) = (words(one), words(other));
    let shared = one.intersection(&other).count();
    (shared * 100)
        .checked_div(one.len().min(other.len()))
        .unwrap_or(0)
}

/// One is the other, or its beginning, apart from case and punctuation.
pub(super) fn agree(one: &str, other: &str) -> bool {
    let (one, other) = (fold(one), fold(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// The headline has a label before the title.
fn ends_with(headline: &str, title: &str) -> bool {
    letters(title) >= HEADLINE_LETTERS_MIN && fold(headline).ends_with(&fold(title))
}

fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// White space collapsed, the name of the site taken off either end.
pub(super) fn clean(title: &str, site: Option<&str>, host: &str) -> String {
    let mut title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    for separator in SEPARATORS {
        if let Some((head, tail)) = title.rsplit_once(separator)
            && names_site(tail, site, host)
            && letters(head) > 0
        {
            title = head.trim_end().to_owned();
        }
        if let Some((head, tail)) = title.split_once(separator)
            && names_site(head, site, host)
            && letters(tail) > 0
        {
            title = tail.trim_start().to_owned();
        }
    }
    title
}

/// What stands before each of the marks that part a document's title, longest first.
pub(super) fn heads(title: &str) -> impl Iterator<Item = &str> {
    let before = |end: &usize| {
        SEPARATORS
            .iter()
            .filter_map(|separator| title[..*end].rfind(separator))
            .max()
    };
    std::iter::successors(before(&title.len()), move |end| before(end))
        .take(PARTS_MAX)
        .map(|end| title[..end].trim())
}

/// Parts of a document's title that are tried.
const PARTS_MAX: usize = 4;

/// The last part of a document's title, where marks part it: "Title | Section | 28.04.2023".
pub(super) fn tail(title: &str) -> Option<&str> {
    let at = SEPARATORS
        .iter()
        .filter_map(|separator| Some(title.rfind(separator)? + separator.len()))
        .max()?;
    Some(title[at..].trim())
}

/// Whether `part` is the name of the site, or its host's.
fn names_site(part: &str, site: Option<&str>, host: &str) -> bool {
    let part = fold(part);
    if part.is_empty() {
        return false;
    }
    let site = site.map(fold).unwrap_or_default();
    let host = fold(host.trim_start_matches("www."));
    part == site
        || (part.len() >= 4 && (host.starts_with(&part) || site.contains(&part)))
        || (site.len() >= 4 && part.contains(&site))
        || part == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(title: &str, expected: &str) {
        assert_eq!(
            clean(title, Some("Вести Оша"), "vesti-osha.example"),
            expected
        );
    }

    #[test]
    fn the_name_of_the_site_goes() {
        check("Сель в Оше -  Вести Оша", "Сель в Оше");
        check("Вести Оша | Сель в Оше", "Сель в Оше");
        check("Сель — есть жертвы", "Сель — есть жертвы");
        check("Floods | vesti-osha.example", "Floods");
    }

    #[test]
    fn a_headline_that_agrees_wins() {
        let headlines = ["Menu".to_owned(), "Floods in Osh: two dead".to_owned()];
        let found = title(&Candidates {
            linked: None,
            open_graph: Some("Floods in Osh"),
            headlines: &headlines,
            document: None,
            site: None,
            host: "a.example",
            news: false,
        });
        assert_eq!(found.as_deref(), Some("Floods in Osh: two dead"));
    }

    #[test]
    fn titles_are_parted() {
        assert_eq!(heads("A | B - C").collect::<Vec<_>>(), ["A | B", "A"]);
        assert_eq!(heads("A").next(), None);
        assert_eq!(tail("A | DW | 28.04.2023"), Some("28.04.2023"));
        assert_eq!(tail("A"), None);
    }

    #[test]
    fn words_in_common_are_counted() {
        let check = |one: &str, other: &str, expected: usize| {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
        };
        check("Сель в Оше", "сель в оше: двое погибли", 100);
        check("Сель в Оше", "В Оше сошёл сель", 100);
        check("Сель в Оше", "Погода в Бишкеке", 33);
        check("", "", 100);
        check("—", "Сель", 100);
    }
}
