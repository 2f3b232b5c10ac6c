//! A story: its tellings in time, and why each stands here.

use std::collections::HashMap;

use jiff::Timestamp;
use maud::{Markup, html};

use super::now::{facts, headline};
use super::{address, clean, count, lang, moment, page, safe_link, sparkline, title_or};
use crate::dedup::{Evidence, Relation};
use crate::http::desk::Shown;
use crate::http::model::{Article, Id, Model, Story};
use crate::http::relation_name;
use crate::write::record::{Kind, Placement, Record};

/// Tellings that are shown, the first ones.
const SHOWN: usize = 200;
/// Developments of a story that are named.
const FOLLOWERS_SHOWN: usize = 10;

/// The story of this id, or the one that it was merged into; nothing where neither is known.
pub fn story(shown: &Shown, id: Id) -> Option<Markup> {
    let (model, now) = (&shown.model, shown.now());
    let (id, story) = model.story(id)?;
    let summary = model.summary(story)?;
    let (language, title) = headline(model, &summary, None);
    let mut tellings: Vec<&Article> = model.members(story).collect();
    tellings.sort_by_key(|article| (told(article), article.seq));
    let placements = placements(shown, &tellings[..tellings.len().min(SHOWN)]);
    let body = html! {
        h1 dir="auto" lang=[lang(language)] { (title_or(title)) }
        (facts(model, story, &summary, now))
        (lineage(model, id, story))
        @if !summary.places.is_empty() || !summary.people.is_empty() {
            p.facts {
                @for name in summary.people.iter().chain(&summary.places) {
                    a.tag href=(address("/search", &[("q", model.name(*name))])) { (clean(model.name(*name))) } " "
                }
            }
        }
        (timeline(&tellings))
        ol.tellings {
            @for article in tellings.iter().take(SHOWN) {
                (telling(model, article, placements.get(&article.placement), now))
            }
        }
        @if tellings.len() > SHOWN { p.note { "Only the first " (SHOWN) " of " (tellings.len()) " tellings are shown." } }
        p.note { "The story as data: " a href={ "/api/v1/stories/s_" (id) } { "JSON" } ". In the records: " code { "s_" (id) } }
    };
    Some(page(&title_or(title), None, "", &body))
}

/// When an article was told: by its outlet's word, or when it was first seen.
fn told(article: &Article) -> Timestamp {
    article.published.min(article.first_seen)
}

/// The placements that hold, by `seq`. Where the disk does not give them, the page does without.
fn placements(shown: &Shown, tellings: &[&Article]) -> HashMap<u64, Placement> {
    let seqs = tellings
        .iter()
        .map(|article| article.placement)
        .filter(|&seq| seq > 0);
    let found = shown
        .shelf()
        .and_then(|shelf| shelf.find(Kind::Placement, seqs.collect()).ok());
    let placements = found
        .into_iter()
        .flatten()
        .filter_map(|record| match record {
            Record::Placement(placement) => Some((placement.seq, *placement)),
            _ => None,
        });
    placements.collect()
}

fn lineage(model: &Model, id: Id, story: &Story) -> Markup {
    let followers: Vec<(Id, &Story)> = model
        .stories()
        .filter(|(_, other)| other.is_live() && other.follows.contains(&id))
        .take(FOLLOWERS_SHOWN)
        .collect();
    let name = |id: Id, story: &Story| {
        let summary = model.summary(story);
        let (language, title) = summary
            .as_ref()
            .map_or(("und", ""), |summary| headline(model, summary, None));
        html! { a href={ "/story/s_" (id) } dir="auto" lang=[lang(language)] { (title_or(title)) } }
    };
    html! {
        @for earlier in story.follows.iter().filter_map(|&id| model.story(id)) {
            p.facts { "A development of " (name(earlier.0, earlier.1)) }
        }
        @for (id, later) in followers { p.facts { "Went on in " (name(id, later)) } }
    }
}

fn timeline(tellings: &[&Article]) -> Markup {
    let (Some(first), Some(last)) = (tellings.first(), tellings.last()) else {
        return Markup::default();
    };
    let (begin, span) = (
        told(first),
        told(last).duration_since(told(first)).as_secs_f64(),
    );
    if tellings.len() < 2 || span <= 0.0 {
        return Markup::default();
    }
    let moments: Vec<(f64, &str)> = tellings
        .iter()
        .map(|article| {
            let at = told(article).duration_since(begin).as_secs_f64() / span;
            (at, relation_name(article.relation))
        })
        .collect();
    let label = format!(
        "{} in {:.0} hours",
        count(tellings.len() as u64, "telling"),
        span / 3600.0
    );
    sparkline::strokes(&moments, &label)
}

fn telling(
    model: &Model,
    article: &Article,
    placement: Option<&Placement>,
    now: Timestamp,
) -> Markup {
    let title = title_or(&article.title);
    let earlier = article.of.and_then(|of| model.article(of));
    html! {
        li.telling.(relation_name(article.relation)) {
            h2 dir="auto" lang=[lang(model.name(article.language))] {
                @if let Some(url) = safe_link(article.url.as_deref()) {
                    a href=(url) rel="noreferrer noopener nofollow" { (title) }
                } @else { (title) }
            }
            p.facts {
                b { bdi { (clean(model.name(article.outlet))) } } " "
                span.tag { (clean(model.name(article.language))) } " " (moment(told(article), now))
                @if !article.is_dated { " (when it was seen)" }
                @if article.revision > 1 { ", revision " (article.revision) }
                @if let Some(origin) = &article.origin { ", credits " bdi { (clean(origin)) } }
                " · " (relation(article.relation))
                @if let Some(earlier) = earlier {
                    " " bdi { (clean(model.name(earlier.outlet))) } " (" (format!("{:.2}", article.score)) ") "
                    a href=(format!("/compare?a=a_{}&b=a_{}", earlier.id, article.id)) { "side by side" }
                }
            }
            @if let Some(placement) = placement.filter(|_| article.of.is_some()) { (why(placement)) }
        }
    }
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::First => "opened the story",
        Relation::Copy => "the text of",
        Relation::Near => "an edited copy of",
        Relation::Rewrite => "retells",
        Relation::Translation => "retells in another language",
    }
}

fn why(placement: &Placement) -> Markup {
    html! {
        details {
            summary { "Why" }
            (evidence(&placement.evidence))
            @if let Some(other) = &placement.runner_up {
                p { "Next best: " a href={ "/story/" (other.story) } { "another story" } (format!(" ({:.2})", other.score)) }
            }
            p.note { "decided by " (placement.engine) }
        }
    }
}

/// What two articles share.
pub fn evidence(evidence: &Evidence) -> Markup {
    let lists = [
        ("names", &evidence.names),
        ("numbers", &evidence.numbers),
        ("places", &evidence.places),
        ("words", &evidence.terms),
    ];
    html! {
        dl {
            @for (name, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
                dt { (name) }
                dd { @for word in *list { bdi.tag { (clean(word)) } " " } }
            }
            dt { "text" }
            dd { (format!("{:.0} % in common", evidence.text_overlap * 100.0)) ", "
                (format!("{:.0}", evidence.hours_apart)) " hours apart" }
        }
    }
}
