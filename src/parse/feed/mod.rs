//! RSS, RDF, Atom and JSON Feed.
//!
//! An XML feed is read in up to three tries, each more patient than the one before: by feed-rs as it
//! is; by feed-rs after the smallest repair; by our own reader, which takes whatever the
//! [outline] found. A try counts only if it gives as many entries as the outline.

mod alternate;
mod entry;
mod hints;
mod image;
mod json;
mod link;
mod names;
mod notes;
mod outline;
mod person;
mod strict;
mod text;

use std::borrow::Cow;

use jiff::Timestamp;

use self::entry::Finisher;
use self::names::Root;
use self::outline::Outline;
use self::strict::Texts;
use super::repair;
use super::xml::{Token, Tokens};
use super::{Format, Parsed, Problem, Unreadable};
use crate::config::Reading;
use crate::document::Document;

pub(super) use self::names::Root as FeedRoot;

/// The most entries that are kept of one document, the newest. Media Cloud's bound; the longest real
/// feed seen had 1,500.
pub(super) const ENTRIES_MAX: usize = 2_000;

/// Reads the text of a feed document.
pub(super) fn read(
    document: &Document,
    text: &str,
    reading: &Reading,
) -> Result<Parsed, Unreadable> {
    let mut problems = Vec::new();
    let text = without_controls(text, &mut problems);
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if start.starts_with(['{', '['])
        && let Some(parsed) = json::read(document, start, reading)
    {
        return Ok(with_first(problems, parsed));
    }
    let Some((root, root_at)) = find_root(&text) else {
        return Err(no_feed(document, &text));
    };
    if has_text(&text[..root_at]) {
        problems.push(Problem::document(
            "junk_before",
            "text before the document was left out",
        ));
    }
    let outline = Outline::of(&text, root_at, root);
    let is_whole = !outline.flaws.truncated && !outline.flaws.too_many_entries;
    if is_whole && has_text(&text[outline.end..]) {
        problems.push(Problem::document(
            "junk_after",
            "text behind the document was left out",
        ));
    }
    let parsed = read_outlined(document, &text, &outline, reading);
    Ok(with_first(problems, parsed))
}

fn with_first(mut problems: Vec<Problem>, mut parsed: Parsed) -> Parsed {
    problems.append(&mut parsed.problems);
    parsed.problems = problems;
    parsed
}

fn read_outlined(
    document: &Document,
    text: &str,
    outline: &Outline<'_>,
    reading: &Reading,
) -> Parsed {
    if outline.flaws.unsafe_to_parse() || outline.entries.len() > ENTRIES_MAX {
        return leniently(document, outline, reading, unsafe_problems(outline));
    }
    let is_broken =
        outline.flaws.mismatched_tags || outline.flaws.truncated || outline.flaws.nested_entries;
    let refused = if is_broken {
        "the document is not well-formed".to_owned()
    } else {
        match strictly(text, outline) {
            Ok(texts) => return finish(document, outline, Some(texts), reading, Vec::new()),
            Err(refused) => refused,
        }
    };
    let mut problems = Vec::new();
    if let Some(mended) = repair::mend(&text[outline.root_at..outline.end], outline.root) {
        problems = mended.problems;
        let again = Outline::of(&mended.text, 0, outline.root);
        if again.entries.len() == outline.entries.len()
            && let Ok(texts) = strictly(&mended.text, &again)
        {
            problems.extend(cut_problem(outline));
            return finish(document, &again, Some(texts), reading, problems);
        }
    }
    problems.push(Problem::document("read_leniently", refused));
    problems.extend(cut_problem(outline));
    leniently(document, outline, reading, problems)
}

/// The texts that feed-rs finds, if they are of the entries that the outline found.
fn strictly(text: &str, outline: &Outline<'_>) -> Result<Vec<Texts>, String> {
    let texts = strict::read(&text[outline.root_at..outline.end])?;
    if texts.len() == outline.entries.len() {
        Ok(texts)
    } else {
        Err(format!(
            "the strict parser found {} of {} entries",
            texts.len(),
            outline.entries.len()
        ))
    }
}

fn leniently(
    document: &Document,
    outline: &Outline<'_>,
    reading: &Reading,
    problems: Vec<Problem>,
) -> Parsed {
    finish(document, outline, None, reading, problems)
}

fn finish(
    document: &Document,
    outline: &Outline<'_>,
    texts: Option<Vec<Texts>>,
    reading: &Reading,
    problems: Vec<Problem>,
) -> Parsed {
    let mut finisher = Finisher::new(document, outline, reading, problems);
    if outline.flaws.too_many_pieces {
        finisher.note_document(
            "crowded_entry",
            format!(
                "only the first {} elements of an entry were read",
                outline::PIECES_MAX
            ),
        );
    }
    let mut texts = texts.map(Vec::into_iter);
    for index in chosen(outline, document.fetched, &mut finisher) {
        let texts = texts.as_mut().and_then(Iterator::next);
        finisher.push(&outline.entries[index], texts.unwrap_or_default());
    }
    finisher.finish(match outline.root {
        Root::Rss => Format::Rss,
        Root::Rdf => Format::Rdf,
        Root::Feed | Root::Entry => Format::Atom,
    })
}

/// Which entries are kept, in document order: all, or the newest where there are too many. Feeds run
/// upwards in time as well as downwards; entries without a date rank by their place.
fn chosen(outline: &Outline<'_>, now: Timestamp, finisher: &mut Finisher<'_>) -> Vec<usize> {
    let count = outline.entries.len();
    let mut chosen: Vec<usize> = (0..count).collect();
    if count > ENTRIES_MAX {
        let dates: Vec<Option<Timestamp>> = outline
            .entries
            .iter()
            .map(|entry| finisher.date_of(entry).filter(|date| *date <= now))
            .collect();
        chosen.sort_by_key(|&index| (std::cmp::Reverse(dates[index]), index));
        chosen.truncate(ENTRIES_MAX);
        chosen.sort_unstable();
        finisher.note_document(
            "too_many_entries",
            format!("the newest {ENTRIES_MAX} of {count} entries were kept"),
        );
    }
    chosen
}

fn unsafe_problems(outline: &Outline<'_>) -> Vec<Problem> {
    let flaws = outline.flaws;
    let mut problems = Vec::new();
    if flaws.too_deep {
        problems.push(Problem::document(
            "too_deep",
            format!(
                "elements below depth {} were not looked at",
                outline::DEPTH_MAX
            ),
        ));
    }
    if flaws.crowded_tag {
        problems.push(Problem::document(
            "crowded_tag",
            format!("a tag has more than {} attributes", outline::ATTRIBUTES_MAX),
        ));
    }
    if flaws.too_many_entries {
        problems.push(Problem::document(
            "unread_rest",
            format!(
                "what follows the first {} entries was not read",
                outline::ENTRIES_SEEN_MAX
            ),
        ));
    }
    problems.extend(cut_problem(outline));
    problems
}

fn cut_problem(outline: &Outline<'_>) -> Option<Problem> {
    outline
        .flaws
        .truncated
        .then(|| match outline.entries.last() {
            Some(entry) if entry.cut => Problem::entry(
                "truncated",
                outline.entries.len() - 1,
                "the document ends inside this entry; its whole elements were kept",
            ),
            _ => Problem::document("truncated", "the document ends before its end tags"),
        })
}

/// The root element and where it begins. Junk before it is passed over; documents that begin with a
/// channel or an entry come last, since pages and fragments of anything may have such elements.
fn find_root(text: &str) -> Option<(Root, usize)> {
    let mut weak = None;
    let mut tokens = Tokens::new(text, 0);
    while let Some(token) = tokens.next() {
        let Token::Start(tag) = token else { continue };
        let is_weak = matches!(tag.local(), "channel" | "entry");
        match Root::named(tag.name) {
            Some(root) if !is_weak => return Some((root, tokens.began())),
            Some(root) if weak.is_none() => weak = Some((root, tokens.began())),
            _ => {}
        }
    }
    weak.filter(|_| !alternate::is_html(text))
}

/// Whether character data stands among the comments and declarations.
fn has_text(head: &str) -> bool {
    Tokens::new(head, 0).any(|token| match token {
        Token::Text(text) => !text
            .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
            .is_empty(),
        Token::Start(_) | Token::End(_) | Token::CData { .. } => true,
        Token::Skipped => false,
    })
}

fn no_feed(document: &Document, text: &str) -> Unreadable {
    if alternate::is_html(text) {
        Unreadable {
            kind: "html_instead_of_feed",
            message: "the answer is an HTML page, not a feed".to_owned(),
            feeds: alternate::feeds(text, &document.url),
        }
    } else {
        Unreadable::new("not_a_feed", "neither RSS, RDF, Atom nor JSON Feed")
    }
}

/// Control characters, which XML forbids and nobody can read, are dropped.
fn without_controls<'a>(text: &'a str, problems: &mut Vec<Problem>) -> Cow<'a, str> {
    let is_control = |b: u8| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r');
    if !text.bytes().fold(false, |any, b| any | is_control(b)) {
        return Cow::Borrowed(text);
    }
    problems.push(Problem::document(
        "control_characters",
        "control characters were dropped",
    ));
    Cow::Owned(
        text.chars()
            .filter(|&c| !c.is_ascii() || !is_control(c as u8))
            .collect(),
    )
}

#[cfg(test)]
mod tests;
