//! Two tellings side by side, with what they share or do not share marked.

use maud::{Markup, html};

use super::{clean, lang, moment, page, safe_link, title_or};
use crate::http::desk::Shown;
use crate::http::diff::{Pieces, same_names, same_words};
use crate::http::model::{Article, Id};
use crate::write::record::{self, Kind, Record};

/// Bytes of a text that are shown; news texts have a few thousand.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// Nothing where one of the two is not in the window, or where its record is gone.
pub fn compare(shown: &Shown, a: Id, b: Id) -> Option<Markup> {
    let model = &shown.model;
    let (first, second) = (model.article(a)?, model.article(b)?);
    let texts = texts(shown, [first.seq, second.seq]);
    let [a, b] = [first, second].map(|article| text_of(&texts, article.seq));
    let (a, b) = (clean(&a?), clean(&b?));
    let in_one_language = first.language == second.language;
    let (ours, theirs) = match in_one_language {
        true => (same_words(&a, &b), same_words(&b, &a)),
        false => (same_names(&a, &b), same_names(&b, &a)),
    };
    let body = html! {
        h1 { "Side by side" }
        p.note {
            @if in_one_language { "Marked: what only one of the two says in these words. " }
            @else { "Marked: names and numbers that both have, however they write them. " }
            a href={ "/story/s_" (first.story) } { "The story" }
        }
        div.sides {
            (side(shown, first, &ours, in_one_language))
            (side(shown, second, &theirs, in_one_language))
        }
    };
    Some(page("Side by side", None, "", &body))
}

fn texts(shown: &Shown, seqs: [u64; 2]) -> Vec<record::Article> {
    let found = shown
        .shelf()
        .and_then(|shelf| shelf.find(Kind::Article, seqs.to_vec()).ok());
    let articles = found
        .into_iter()
        .flatten()
        .filter_map(|record| match record {
            Record::Article(article) => Some(*article),
            _ => None,
        });
    articles.collect()
}

fn text_of(records: &[record::Article], seq: u64) -> Option<String> {
    let record = records.iter().find(|record| record.seq == seq)?;
    let text = record
        .text
        .as_deref()
        .or(record.summary.as_deref())
        .unwrap_or_default();
    Some(text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned())
}

/// `mark_own`: marked is what is not shared.
fn side(shown: &Shown, article: &Article, pieces: &Pieces<'_>, mark_own: bool) -> Markup {
    let model = &shown.model;
    let title = title_or(&article.title);
    html! {
        section dir="auto" lang=[lang(model.name(article.language))] {
            h2 {
                @if let Some(url) = safe_link(article.url.as_deref()) {
                    a href=(url) rel="noreferrer noopener nofollow" { (title) }
                } @else { (title) }
            }
            p.facts { bdi { (clean(model.name(article.outlet))) } " " span.tag { (clean(model.name(article.language))) } " " (moment(article.published, shown.now())) }
            @if pieces.is_empty() { p.note { "There is no text." } }
            div.text {
                @for (piece, shared) in pieces {
                    @if *shared != mark_own && !piece.trim().is_empty() { mark { (piece) } } @else { (piece) }
                }
            }
        }
    }
}
