//! About: what this is, what it holds, and where the same news is to be had as data.

use maud::{Markup, html};

use super::{Tab, page};
use crate::http::desk::Shown;

pub fn about(shown: &Shown) -> Markup {
    let model = &shown.model;
    let live = model.stories().filter(|(_, story)| story.is_live()).count();
    let body = html! {
        h1 { "About" }
        p {
            "khabar " (env!("CARGO_PKG_VERSION")) " watches the news of Central Asia and Afghanistan and folds every "
            "retelling of a story into one. This page is a reader of its records: it shows what has been sealed, "
            "decides nothing and changes nothing."
        }
        dl {
            dt { "Articles in the window" } dd { (model.article_count()) }
            dt { "Stories" } dd { (live) }
            dt { "Feeds" } dd { (shown.sources.len()) }
            dt { "Memory of this page, estimated" } dd { (model.bytes() >> 20) " MiB" }
        }
        h2 { "Words" }
        dl {
            dt { "Story" } dd { "one event as its outlets tell it within days; a new development is a story of its own that follows the earlier one" }
            dt { "Independent voice" } dd { "an owner whose text is neither a copy nor credited to another voice of the story" }
            dt { "Gap" } dd { "a feed's list turned over between two polls: something may have been missed" }
        }
        h2 { "As data" }
        ul {
            li { a href="/stories.atom" { "Stories as an Atom feed" } "; " code { "?country=AFG" } ", " code { "?language=fa" } ", " code { "?voices=2" } " choose among them" }
            li { a href="/api/v1/stories" { "Stories as JSON" } ", " a href="/api/v1/openapi.json" { "described by OpenAPI" } }
            li { a href="/metrics" { "Metrics" } ", " a href="/healthz" { "health" } ", " a href="/readyz" { "readiness" } }
        }
        h2 { "Keys" }
        p { kbd { "/" } " search, " kbd { "j" } " and " kbd { "k" } " the next and the previous story" }
    };
    page("About", Some(Tab::About), "", &body)
}
