//! Feeds: how they do, when they publish, what was missed, what happened.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{Tab, clean, moment, page, sparkline};
use crate::http::desk::{Shown, Source};
use crate::poll::health::State;
use crate::poll::memory::Memory;
use crate::write::record::Event;

/// Feeds that are shown, the worst first.
const SHOWN: usize = 1000;
/// Events that are shown, the latest first.
const EVENTS_SHOWN: usize = 100;

pub fn feeds(shown: &Shown) -> Markup {
    let now = shown.now();
    let unknown = Memory::default();
    let memories = shown.memories();
    let known = memories.as_ref().ok();
    let mut feeds: Vec<(State, &Source, &Memory)> = shown
        .sources
        .iter()
        .map(|source| {
            let memory = known
                .and_then(|memories| memories.get(&source.id))
                .map_or(&unknown, |memory| &**memory);
            let state = match source.enabled {
                true => State::of(memory),
                false => State::Disabled,
            };
            (state, source, memory)
        })
        .collect();
    feeds.sort_by(|(a, x, _), (b, y, _)| b.cmp(a).then_with(|| x.id.cmp(&y.id)));
    let body = html! {
        h1 { "Feeds" }
        @if let Err(error) = &memories { p.note { "What is remembered of them cannot be read: " (error) } }
        p.facts {
            @for same in feeds.chunk_by(|(a, ..), (b, ..)| a == b) {
                span.state.(same[0].0.name()) { (same.len()) " " (same[0].0.name()) } " "
            }
        }
        div.scroll tabindex="0" role="region" aria-label="Feeds" {
            table {
                thead { tr { th { "Feed" } th { "State" } th { "Last new" } th { "Last answer" } th { "Next" }
                    th.number { "A day" } th { "Hours (UTC)" } th.number { "Written" } th.number { "Gaps" } } }
                tbody {
                    @for (state, source, memory) in feeds.iter().take(SHOWN) { (row(shown, *state, source, memory, now)) }
                }
            }
        }
        @if feeds.len() > SHOWN { p.note { "Only " (SHOWN) " of " (feeds.len()) " are shown; " code { "khabar feeds" } " has all." } }
        h2 #events { "Events" }
        (events(shown, now))
    };
    page("Feeds", Some(Tab::Feeds), "", &body)
}

fn row(shown: &Shown, state: State, source: &Source, memory: &Memory, now: Timestamp) -> Markup {
    let when = |at: Option<Timestamp>| html! { @match at { Some(at) => (moment(at, now)), None => "never" } };
    let next = memory.next_poll.filter(|_| source.enabled);
    let gaps = shown
        .model
        .events()
        .filter(|event| event.kind == "gap" && event.feed.as_deref() == Some(&source.id))
        .count();
    let hours = memory.rhythm.observed_hours();
    let per_day = (hours > 0.0).then(|| memory.rhythm.items() / hours * 24.0);
    html! {
        tr id={ "feed-" (source.id) } {
            th scope="row" {
                a href=(source.url) rel="noreferrer noopener nofollow" { bdi { (clean(&source.name)) } }
                br; span.note { (source.id) @if let Some(language) = &source.language { " " (language) } @if let Some(country) = &source.country { " " (country) } }
                @if let Some(trouble) = &memory.trouble {
                    br; span.trouble { (trouble.kind) ", " (trouble.failures) " in a row since " (moment(trouble.since, now)) ": " (clean(&trouble.message)) }
                }
            }
            td { span.state.(state.name()) { (state.name()) } }
            td { (when(memory.last_new)) }
            td { (when(memory.last_success)) }
            td { (when(next)) }
            td.number { @if let Some(items) = per_day { (format!("{items:.0}")) } }
            td { @if hours > 0.0 { (sparkline::bars(&memory.rhythm.hourly(), "items in each hour of the day")) } }
            td.number { (memory.written) }
            td.number { @if gaps > 0 { a href="#events" { (gaps) } } }
        }
    }
}

fn events(shown: &Shown, now: Timestamp) -> Markup {
    let events: Vec<&Event> = shown.model.events().take(EVENTS_SHOWN).collect();
    html! {
        @if events.is_empty() { p.note { "Nothing has happened in the window." } }
        ol.events {
            @for event in events {
                li {
                    (moment(event.at, now)) " " span.state.(kind_class(&event.kind)) { (event.kind) } " "
                    @match &event.feed { Some(feed) => a href={ "#feed-" (feed) } { (feed) }, None => "khabar" }
                    ": " bdi { (clean(&event.detail)) }
                    @if let (Some(since), Some(until)) = (event.since, event.until) {
                        span.note { " (" (since.strftime("%m-%d %H:%M")) " to " (until.strftime("%m-%d %H:%M")) ")" }
                    }
                }
            }
        }
    }
}

/// The colour of a kind of event: that of the state it leads to.
fn kind_class(kind: &str) -> &'static str {
    match kind {
        "recovered" | "moved" | "config" => "ok",
        "silent" | "gap" | "reissued" | "unreadable_item" => "silent",
        "failing" => "failing",
        "blocked" => "blocked",
        _ => "gone",
    }
}
