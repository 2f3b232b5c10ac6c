//! Now: today's stories by size and novelty, and a strip by country.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{Tab, address, clean, count, country_name, lang, moment, page, sparkline, title_or};
use crate::http::desk::Shown;
use crate::http::model::story::Summary;
use crate::http::model::{Id, Model, Name, Story};
use crate::http::stories::{Filter, Order, select};

/// Stories on a page.
const SHOWN: usize = 40;
/// Countries in the strip.
const COUNTRIES_SHOWN: usize = 12;
/// Outlets that are named of a story; titles in further languages.
const OUTLETS_SHOWN: usize = 6;
const TITLES_SHOWN: usize = 3;
const ORDERS: [(Order, &str); 3] = [
    (Order::Top, "large and new"),
    (Order::Size, "largest"),
    (Order::New, "newest"),
];

pub fn now(shown: &Shown, filter: &Filter, number: usize) -> Markup {
    let (model, now) = (&shown.model, shown.now());
    let stories = select(model, filter, now);
    let from = number.saturating_mul(SHOWN).min(stories.len());
    let to = (from + SHOWN).min(stories.len());
    let body = html! {
        h1.hidden { "Stories of today" }
        @if !shown.is_whole { p.note { "The window is still being read; there is more to come." } }
        (strip(model, filter, now))
        (orders(filter))
        @if stories.is_empty() {
            p.note { "No story of the last 24 hours" @if filter.country.is_some() || filter.language.is_some() {
                " fits; " a href="/" { "show all" } } "." }
        }
        @for (id, story) in &stories[from..to] { (entry(model, *id, story, filter, now)) }
        @if stories.len() > SHOWN {
            nav.pages aria-label="Pages" {
                @if number > 0 { a rel="prev" href=(link(filter, filter.country.as_deref(), number - 1)) { "Larger ones" } }
                span { (from + 1) "–" (to) " of " (stories.len()) }
                @if to < stories.len() { a rel="next" href=(link(filter, filter.country.as_deref(), number + 1)) { "More" } }
            }
        }
    };
    page("Now", Some(Tab::Now), "", &body)
}

fn link(filter: &Filter, country: Option<&str>, number: usize) -> String {
    let order = match filter.order {
        Order::Top => "",
        order => order.name(),
    };
    let number = match number {
        0 => String::new(),
        number => number.to_string(),
    };
    let query = [
        ("country", country.unwrap_or_default()),
        ("language", filter.language.as_deref().unwrap_or_default()),
        ("order", order),
        ("page", &number),
    ];
    address("/", &query)
}

fn orders(filter: &Filter) -> Markup {
    html! {
        p.orders {
            "Order: "
            @for (order, name) in ORDERS {
                @let other = Filter { order, ..filter.clone() };
                a href=(link(&other, filter.country.as_deref(), 0)) aria-current=[(order == filter.order).then_some("true")] { (name) } " "
            }
            @if let Some(language) = &filter.language {
                @let all = Filter { language: None, ..filter.clone() };
                span.chosen { "in " (clean(language)) " " a href=(link(&all, filter.country.as_deref(), 0)) { "any language" } }
            }
        }
    }
}

/// How much each country is in the news, hour by hour.
fn strip(model: &Model, filter: &Filter, now: Timestamp) -> Markup {
    let mut countries: Vec<(Name, u64, [f32; 24])> = Vec::new();
    for article in model.articles() {
        let hours = now.duration_since(article.first_seen).as_secs() / 3600;
        if hours >= 24 {
            continue;
        }
        let hour = 23 - hours.clamp(0, 23) as usize;
        for &country in &article.countries {
            let at = match countries.iter().position(|(name, ..)| *name == country) {
                Some(at) => at,
                None => {
                    countries.push((country, 0, [0.0; 24]));
                    countries.len() - 1
                }
            };
            countries[at].1 += 1;
            countries[at].2[hour] += 1.0;
        }
    }
    countries.sort_by_key(|(name, articles, _)| (std::cmp::Reverse(*articles), *name));
    countries.truncate(COUNTRIES_SHOWN);
    html! {
        nav.strip aria-label="Countries" {
            @for (name, articles, hours) in &countries {
                @let code = model.name(*name);
                @let is_chosen = filter.country.as_deref() == Some(code);
                a href=(link(filter, (!is_chosen).then_some(code), 0)) aria-current=[is_chosen.then_some("true")] {
                    span { (clean(country_name(code))) } " " b { (articles) }
                    (sparkline::bars(hours, "articles in each of the last 24 hours"))
                }
            }
        }
    }
}

fn entry(model: &Model, id: Id, story: &Story, filter: &Filter, now: Timestamp) -> Markup {
    let Some(summary) = model.summary(story) else {
        return Markup::default();
    };
    let (language, title) = headline(model, &summary, filter.language.as_deref());
    let others = summary
        .titles
        .iter()
        .filter(|(other, _)| model.name(*other) != language);
    html! {
        article.story {
            h2 dir="auto" lang=[lang(language)] { a href={ "/story/s_" (id) } { (title_or(title)) } }
            @for (language, title) in others.take(TITLES_SHOWN) {
                p.also dir="auto" lang=[lang(model.name(*language))] { (clean(title)) }
            }
            (facts(model, story, &summary, now))
        }
    }
}

/// The title in the language that is wanted, else in English, else the first one.
pub fn headline<'a>(
    model: &'a Model,
    summary: &Summary<'a>,
    wanted: Option<&str>,
) -> (&'a str, &'a str) {
    let find = |wanted: &str| {
        summary
            .titles
            .iter()
            .find(|(language, _)| model.name(*language) == wanted)
    };
    wanted
        .and_then(find)
        .or_else(|| find("en"))
        .or(summary.titles.first())
        .map_or(("und", ""), |(language, title)| {
            (model.name(*language), title)
        })
}

/// Size, voices, languages, who was first.
pub fn facts(model: &Model, story: &Story, summary: &Summary<'_>, now: Timestamp) -> Markup {
    let (outlets, more) = summary
        .outlets
        .split_at(summary.outlets.len().min(OUTLETS_SHOWN));
    html! {
        p.facts {
            b { (count(story.article_count(), "article")) } ", "
            (count(story.independent_voices, "independent voice")) " · "
            @for language in &summary.languages { span.tag { (clean(model.name(*language))) } " " }
            @for country in &summary.countries { span.tag.country { (clean(country_name(model.name(*country)))) } " " }
        }
        p.facts {
            "first " bdi { (clean(model.name(summary.first.outlet))) } " " (moment(story.first_seen, now))
            @if story.last_seen > story.first_seen { ", last " (moment(story.last_seen, now)) }
            " · "
            @for (number, outlet) in outlets.iter().enumerate() {
                @if number > 0 { ", " } bdi { (clean(model.name(*outlet))) }
            }
            @if !more.is_empty() { " and " (more.len()) " more" }
        }
    }
}
