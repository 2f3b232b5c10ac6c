//! Pages that are not the story: questions about cookies, checks for robots, texts for subscribers.

use super::head::Head;
use super::hints::Hints;
use super::jsonld::Linked;
use super::tree::Tree;

/// A wall has little text; a story that speaks of cookies has more.
const WALL_LETTERS_MAX: usize = 900;

/// Letters of text above which a box called "paywall" is taken for decoration.
const TEASER_LETTERS_MAX: usize = 1_500;

/// What walls say, lower case, in the languages of the outlets that have them.
const CONSENT: [&str; 14] = [
    "we value your privacy",
    "before you continue",
    "accept all cookies",
    "accept cookies",
    "use cookies",
    "uses cookies",
    "cookie policy",
    "cookie settings",
    "использует cookie",
    "используем файлы cookie",
    "файлов cookie",
    "wir verwenden cookies",
    "utilisons des cookies",
    "consent to",
];
const ROBOTS: [&str; 13] = [
    "enable javascript",
    "javascript is disabled",
    "verify you are human",
    "verifying you are human",
    "checking your browser",
    "just a moment",
    "attention required",
    "access denied",
    "are you a robot",
    "ddos protection",
    "captcha",
    "включите javascript",
    "проверка браузера",
];

/// What stands where the story should be.
pub(super) fn wall(title: &str, text: &str) -> Option<&'static str> {
    let letters = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .take(WALL_LETTERS_MAX + 1)
        .count();
    if letters > WALL_LETTERS_MAX {
        return None;
    }
    let said = format!("{title}\n{text}").to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&ROBOTS) {
        Some("robot_check")
    } else if says(&CONSENT) {
        Some("consent_wall")
    } else {
        None
    }
}

/// Whether the outlet says, or shows, that the whole text is for those who pay.
pub(super) fn paywalled(head: &Head, linked: &Linked, tree: &Tree, text: &str) -> bool {
    let tier = head.meta(&[
        "article:content_tier",
        "og:article:content_tier",
        "content_tier",
    ]);
    let locked = tier.is_some_and(|tier| tier.eq_ignore_ascii_case("locked"));
    let boxed = || {
        let element = |element: &super::tree::Element| {
            element.hints.has(Hints::PAYWALL)
                && !element.hints.has(Hints::HIDDEN)
                && !element.blocks.is_empty()
        };
        tree.elements.iter().skip(1).any(element)
    };
    linked.free == Some(false)
        || locked
        || (text.chars().filter(|c| c.is_alphanumeric()).count() < TEASER_LETTERS_MAX && boxed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(title: &str, text: &str, expected: Option<&str>) {
        assert_eq!(wall(title, text), expected, "{title}");
    }

    #[test]
    fn walls_are_told_from_stories() {
        check("Just a moment...", "", Some("robot_check"));
        check(
            "Vesti",
            "This site uses cookies. Accept or leave.",
            Some("consent_wall"),
        );
        check("Сель в Оше", "Погибли двое.", None);
        check(
            "Cookies",
            &"A long story. Our site uses cookies. ".repeat(60),
            None,
        );
    }
}
