//! What readers see around the headline: bylines and dates that no markup declares.

use super::byline::credited;
use super::hints::Hints;
use super::title::agree;
use super::tree::{Block, Tag, Tree, letters};

/// Letters of a byline.
const BYLINE_LETTERS_MAX: u32 = 80;
/// Bylines that are read.
const BYLINES_MAX: usize = 3;
/// Blocks after the headline that may be a byline.
const NEAR_HEADLINE: usize = 8;
/// Letters of a bare name.
const NAME_LETTERS_MAX: u32 = 30;

/// The block of the headline: the first heading that agrees with the title, else the first of the
/// first rank.
pub(super) fn headline(tree: &Tree, title: Option<&str>) -> Option<usize> {
    let tag = |block: &Block| tree.elements[block.element as usize].tag;
    let agrees = |block: &Block| {
        matches!(tag(block), Tag::Heading(_))
            && title.is_some_and(|title| agree(tree.text(block), title))
    };
    let first = || tree.blocks.iter().position(|b| tag(b) == Tag::Heading(1));
    tree.blocks.iter().position(agrees).or_else(first)
}

/// Letters of a title that is looked for among the lines of the page; a shorter one is a label.
const TITLE_LETTERS_MIN: u32 = 16;

/// Whether a line of the page is just this title.
pub(super) fn shows(tree: &Tree, title: &str) -> bool {
    let letters = letters(title);
    let is_title = |block: &Block| block.letters == letters && agree(tree.text(block), title);
    letters >= TITLE_LETTERS_MIN && tree.blocks.iter().any(is_title)
}

/// In order: lines after the headline that say so ("By …"), boxes named so, a bare name right after
/// the headline, lines that say so anywhere.
pub(super) fn bylines<'a>(tree: &'a Tree, title: Option<&str>) -> Vec<&'a str> {
    let headline = headline(tree, title);
    let after = headline.map_or(0, |at| at + 1);
    let near = &tree.blocks[after..tree.blocks.len().min(after + NEAR_HEADLINE)];
    let short = |block: &&Block| block.letters <= BYLINE_LETTERS_MAX;
    let says = |block: &Block| {
        let line = first_line(tree.text(block));
        credited(line).filter(|name| {
            name.starts_with(char::is_uppercase) || !line.starts_with(char::is_uppercase)
        })
    };
    let labelled: Vec<&str> = near.iter().filter(short).filter_map(says).take(1).collect();
    if !labelled.is_empty() {
        return labelled;
    }
    let named = tree
        .blocks
        .iter()
        .filter(short)
        .filter(|block| is_hinted(tree, block, Hints::BYLINE));
    let named: Vec<&str> = named
        .map(|block| first_line(tree.text(block)))
        .filter(|text| !text.contains(char::is_numeric))
        .take(BYLINES_MAX)
        .collect();
    if !named.is_empty() {
        return named;
    }
    let bare = near.iter().take(2).filter(|_| headline.is_some());
    let bare: Vec<&str> = bare
        .filter(|block| is_bare_name(tree, block))
        .map(|block| tree.text(block))
        .take(1)
        .collect();
    if !bare.is_empty() {
        return bare;
    }
    tree.blocks
        .iter()
        .filter(short)
        .filter_map(says)
        .take(1)
        .collect()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The box of the block, or the one around it, carries such a hint.
fn is_hinted(tree: &Tree, block: &Block, hint: Hints) -> bool {
    let element = &tree.elements[block.element as usize];
    let parent = &tree.elements[element.parent as usize];
    element.hints.has(hint) || parent.hints.has(hint)
}

/// Two to four words that all begin with a capital.
fn is_bare_name(tree: &Tree, block: &Block) -> bool {
    let text = tree.text(block);
    let heading = matches!(tree.elements[block.element as usize].tag, Tag::Heading(_));
    let words = text.split_whitespace().count();
    !heading
        && block.letters <= NAME_LETTERS_MAX
        && (2..=4).contains(&words)
        && text
            .split_whitespace()
            .all(|word| word == "|" || word.starts_with(char::is_uppercase))
        && text
            .trim_end_matches(['|', ' '])
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '\'' | '’'))
}

/// Letters of a block that may be a date.
const DATE_LETTERS_MAX: u32 = 60;
/// Blocks after and before the headline that may be its date, and those before it where the name of
/// the box says so.
const DATE_AFTER: usize = 10;
const DATE_BEFORE: usize = 10;
const DATE_CLOSE: usize = 3;
/// Dates in boxes named so that are tried in the rest of the page.
const DATES_MAX: usize = 24;

/// Lines beside the headline in boxes named as dates.
pub(super) fn named_dates(tree: &Tree, headline: Option<usize>) -> impl Iterator<Item = &str> {
    let from = headline.unwrap_or(0);
    let beside = from.saturating_sub(DATE_CLOSE)..(from + DATE_AFTER).min(tree.blocks.len());
    beside
        .map(|index| &tree.blocks[index])
        .filter(|block| may_be_date(tree, block) && is_hinted(tree, block, Hints::DATE))
        .map(|block| tree.text(block))
        .filter(|line| !tells_change(line))
}

/// Short lines that may be the date: those right after the headline, those right before it, those
/// in boxes named so in the rest of the page.
pub(super) fn dates(tree: &Tree, headline: Option<usize>) -> impl Iterator<Item = &str> {
    let from = headline.unwrap_or(0);
    let to = (from + DATE_AFTER).min(tree.blocks.len());
    let block = |index: usize| &tree.blocks[index];
    let fits = move |index: &usize| may_be_date(tree, block(*index));
    let named = move |index: &usize| is_hinted(tree, block(*index), Hints::DATE);
    let close = from.saturating_sub(DATE_CLOSE)..from;
    let before = from.saturating_sub(DATE_BEFORE)..from;
    let rest = (to..tree.blocks.len()).filter(named).filter(fits);
    (from..to)
        .filter(fits)
        .chain(close.filter(named).filter(fits))
        .chain(before.rev().filter(fits))
        .chain(rest.take(DATES_MAX))
        .map(move |index| tree.text(block(index)))
}

/// Short, with a digit, not under a picture.
fn may_be_date(tree: &Tree, block: &Block) -> bool {
    let text = tree.text(block);
    block.letters <= DATE_LETTERS_MAX
        && text.contains(char::is_numeric)
        && tree.elements[block.element as usize].tag != Tag::FigureCaption
        && !is_hinted(tree, block, Hints::CAPTION)
        && !is_sentence(text)
}

/// Short lines with a digit that are tried as a dateline.
const DATELINES_MAX: usize = 60;
/// Characters that a dateline at the head of a paragraph may have.
const OPENING_CHARS_MAX: usize = 80;
/// What parts such a dateline from the paragraph.
const AFTER_OPENING: [&str; 4] = [" - ", " – ", " — ", " // "];

/// Lines anywhere on the page that may begin with a date: what is short and not a link, and the head
/// of a paragraph up to a dash ("27.1.2022 - …", "کابل، ۱۲ عقرب ۱۴۰۵ – …").
pub(super) fn datelines(tree: &Tree) -> impl Iterator<Item = &str> {
    let unlinked = |block: &&Block| block.link_letters * 2 <= block.letters;
    tree.blocks
        .iter()
        .filter(unlinked)
        .flat_map(|block| tree.text(block).lines())
        .filter_map(opening)
        .filter(|line| line.contains(char::is_numeric))
        .filter(|line| !is_sentence(line))
        .take(DATELINES_MAX)
}

/// The line, where it is short, else what stands before the first dash, where that is.
fn opening(line: &str) -> Option<&str> {
    let Some((end, _)) = line.char_indices().nth(OPENING_CHARS_MAX) else {
        return Some(line);
    };
    let head = &line[..end];
    let dash = AFTER_OPENING
        .iter()
        .filter_map(|mark| head.find(mark))
        .min()?;
    Some(&head[..dash])
}

/// Words of a line that ends with a full stop and is still no sentence ("3 нояб. 2026 г.").
const LABEL_WORDS_MAX: usize = 5;

fn is_sentence(line: &str) -> bool {
    line.ends_with(['.', '!', '?', '۔', '؟', '。'])
        && line.split_whitespace().nth(LABEL_WORDS_MAX).is_some()
}

/// How outlets say that a date is that of a change, as parts of words in lower case.
const CHANGED: [&str; 30] = [
    "updated",
    "last update",
    "modified",
    "edited",
    "reviewed",
    "обновл",
    "изменен",
    "отредактир",
    "жаңарт",
    "жаңыр",
    "yangilan",
    "янгилан",
    "навсозӣ",
    "täzele",
    "güncelle",
    "yenilən",
    "به‌روز",
    "به روز",
    "بروزرسانی",
    "بروز رسانی",
    "آپدیت",
    "تازه شد",
    "تحديث",
    "更新",
    "aktualisiert",
    "geändert",
    "änderung",
    "mis à jour",
    "mise à jour",
    "actualizado",
];

/// The first date of the line is said to be that of a change.
pub(super) fn tells_change(line: &str) -> bool {
    let digit = line.find(char::is_numeric).unwrap_or(line.len());
    let label = line[..digit].to_lowercase();
    CHANGED.iter().any(|word| label.contains(word))
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::super::tree::flatten;
    use super::*;

    fn tree(html: &str) -> Tree {
        flatten(Html::parse_document(html).root_element())
    }

    #[test]
    fn the_headline_is_the_heading_that_agrees() {
        let html = "<h1>Vesti</h1><h2>Menu</h2><h2>Floods in Osh</h2>";
        assert_eq!(
            headline(&tree(html), Some("Floods in Osh: two dead")),
            Some(2)
        );
        assert_eq!(headline(&tree(html), None), Some(0));
        assert_eq!(headline(&tree("<p>a"), Some("b")), None);
    }

    #[test]
    fn bylines_are_found() {
        let check = |html: &str, expected: &[&str]| {
            assert_eq!(bylines(&tree(html), None), expected, "{html}");
        };
        check("<h1>T</h1><p>By Jane Doe</p><p>Text.</p>", &["Jane Doe"]);
        check(
            "<h1>T</h1><p>Text.</p><div class=author>Нурлан Асанов</div>",
            &["Нурлан Асанов"],
        );
        check("<h1>T</h1><p>Jane Doe</p>", &["Jane Doe"]);
        check(
            "<h1>T</h1><p>by the river stood a house</p>",
            &["the river stood a house"],
        );
        check("<h1>T</h1><p>Text, more text.</p>", &[]);
    }

    #[test]
    fn dates_near_the_headline_come_first() {
        let html = "<div class=date>1</div><p>2</p><h1>T</h1><p>3</p><figcaption>4 May</figcaption>\
            <p>x<p>x<p>x<p>x<p>x<p>x<p>x<p>x<p>x<div class=date>5</div>";
        let tree = tree(html);
        let found: Vec<&str> = dates(&tree, headline(&tree, None)).collect();
        assert_eq!(found, ["3", "1", "2", "1", "5"]);
        let named: Vec<&str> = named_dates(&tree, headline(&tree, None)).collect();
        assert_eq!(named, ["1"]);
    }

    #[test]
    fn datelines_stand_alone_or_before_a_dash() {
        let long =
            "Bei der Erinnerung an die Verfolgten waren viele Opfer oft unsichtbar geblieben.";
        let check = |html: &str, expected: &[&str]| {
            let tree = tree(html);
            assert_eq!(datelines(&tree).collect::<Vec<_>>(), expected, "{html}");
        };
        check("<p>3.11.2026", &["3.11.2026"]);
        check(&format!("<p>3.11.2026 - {long}"), &["3.11.2026"]);
        check(&format!("<p>{long} 3.11.2026"), &[]);
        check("<p>The next issue will appear on 6 November 2026.", &[]);
        check("<a href=/x>3.11.2026</a>", &[]);
    }

    #[test]
    fn changes_are_told_from_publication() {
        for line in [
            "Updated: 3 May",
            "Обновлено 3 мая",
            "به‌روزرسانی: ۳ عقرب",
            "Letzte Änderung: 3.5.",
        ] {
            assert!(tells_change(line), "{line}");
        }
        for line in ["3 May, updated 4 May", "Published 3 May", "۳ عقرب"] {
            assert!(!tells_change(line), "{line}");
        }
    }

    #[test]
    fn titles_are_looked_for_as_whole_lines() {
        let tree = tree("<font><b>Floods in the valley of Osh</b></font><p>Osh</p>");
        assert!(shows(&tree, "Floods in the valley of Osh"));
        assert!(!shows(&tree, "Floods in the valley"));
        assert!(!shows(&tree, "Osh"));
    }
}
