//! Search over the window: titles, texts, and names in any script.

use maud::{Markup, html};

use super::{Tab, address, clean, count, country_name, lang, moment, page, title_or};
use crate::http::desk::Shown;
use crate::http::model::{Article, Model, Query};

/// Articles on a page.
const SHOWN: usize = 40;
/// Bytes of a query that are read.
const QUERY_BYTES_MAX: usize = 400;

pub fn search(shown: &Shown, query: &str, number: usize) -> Markup {
    let query = &query[..query.floor_char_boundary(QUERY_BYTES_MAX)];
    let model = &shown.model;
    let found = Query::read(query).map(|query| model.search(&query));
    let body = html! {
        h1 { "Search" }
        @match &found {
            None => {
                p { "Type words of a title or a text, or a name in any script: " q { "Ташкент" } " finds Tashkent. Every word must be there." }
            }
            Some(found) => {
                @let from = number.saturating_mul(SHOWN).min(found.articles.len());
                @let to = (from + SHOWN).min(found.articles.len());
                p.note role="status" {
                    (count(found.count as u64, "article")) " of " (model.article_count()) " in the window"
                    @if !shown.is_whole { ", which is still being read" }
                }
                ol.hits start=(from + 1) {
                    @for article in &found.articles[from..to] { (hit(shown, model, article)) }
                }
                @if found.count > SHOWN {
                    nav.pages aria-label="Pages" {
                        @if number > 0 { a rel="prev" href=(link(query, number - 1)) { "Back" } }
                        span { (from + 1) "–" (to) }
                        @if to < found.count { a rel="next" href=(link(query, number + 1)) { "More" } }
                    }
                }
            }
        }
    };
    page("Search", Some(Tab::Search), query, &body)
}

fn link(query: &str, number: usize) -> String {
    address("/search", &[("q", query), ("page", &number.to_string())])
}

fn hit(shown: &Shown, model: &Model, article: &Article) -> Markup {
    let size = model
        .story(article.story)
        .map_or(0, |(_, story)| story.article_count());
    html! {
        li {
            h2 dir="auto" lang=[lang(model.name(article.language))] {
                a href={ "/story/s_" (article.story) } { (title_or(&article.title)) }
            }
            p.facts {
                bdi { (clean(model.name(article.outlet))) } " " span.tag { (clean(model.name(article.language))) } " "
                @for country in &article.countries { span.tag.country { (clean(country_name(model.name(*country)))) } " " }
                (moment(article.published, shown.now()))
                @if size > 1 { " · one of " (size) }
            }
        }
    }
}
