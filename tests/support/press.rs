//! Outlets that publish for ever: what a document holds follows from the time alone, so that nothing is kept of
//! it. Servers fail, windows turn over, items are edited and given new identifiers.

use std::time::Duration;

use super::origin::LANGUAGES;
use super::random::Random;
use super::server::{Answer, Request};

/// Items of a document.
const WINDOW: u64 = 20;
/// Every so many items, so many come at once that the window turns over.
const BURST_EVERY: u64 = 150;
const BURST: u64 = 3 * WINDOW;
/// Every so many items, one in five feeds gives its items new identifiers.
const REISSUE_EVERY: u64 = 400;
/// One item in so many is edited, once so many more have come.
const EDITED: u64 = 11;
const EDITED_AFTER: u64 = 5;

/// Outlets of which each publishes an item every `period_secs` or so.
#[derive(Clone, Copy)]
pub struct Press {
    pub period_secs: f64,
}

impl Press {
    /// Items that a feed has published before a time.
    pub fn published(self, feed: u64, secs: f64) -> u64 {
        let period = self.period_secs * (0.5 + feed as f64 % 7.0 / 4.0);
        let steady = WINDOW + (secs / period) as u64;
        steady + steady / BURST_EVERY * BURST
    }

    /// What the server of a feed, `/NUMBER`, says at a time.
    pub fn answer(self, request: &Request, secs: f64) -> Answer {
        let Ok(feed) = request.path.trim_start_matches('/').parse::<u64>() else {
            return Answer::new(404);
        };
        let published = self.published(feed, secs);
        let hour = (secs / self.period_secs) as u64;
        let luck = Random::new(feed * 1_000_003 + hour).below(100);
        let tag = format!("\"{published}\"");
        match luck {
            0 => return Answer::new(500),
            1 => return Answer::new(429).header("Retry-After", "1"),
            2 => return Answer::page("<html><title>Maintenance</title>We are back soon.</html>"),
            // The connection is lost.
            3 => return Answer::feed(document(feed, published)).cut(500),
            4 => return Answer::feed(document(feed, published)).delay(Duration::from_millis(200)),
            _ => {}
        }
        if feed.is_multiple_of(3) {
            return Answer::feed(document(feed, published)).gzip();
        }
        if request.header("If-None-Match") == Some(&tag) {
            return Answer::new(304).header("ETag", tag);
        }
        Answer::feed(document(feed, published)).header("ETag", tag)
    }
}

/// The newest items of a feed that has published so many.
fn document(feed: u64, published: u64) -> String {
    let items: String = (published - WINDOW..published)
        .rev()
        .map(|number| item(feed, number, published))
        .collect();
    let language = LANGUAGES[feed as usize % LANGUAGES.len()].0;
    format!(
        "<rss version=\"2.0\"><channel><title>Feed {feed}</title><language>{language}</language>{items}</channel></rss>"
    )
}

fn item(feed: u64, number: u64, published: u64) -> String {
    let issue = if feed.is_multiple_of(5) {
        published / REISSUE_EVERY
    } else {
        0
    };
    let words: Vec<&str> = LANGUAGES[feed as usize % LANGUAGES.len()]
        .1
        .split(' ')
        .collect();
    let mut random = Random::new(feed << 32 | number);
    let mut text = |count: u64| {
        let words = (0..count).map(|_| words[random.below(words.len() as u64) as usize]);
        words.collect::<Vec<_>>().join(" ")
    };
    let (title, mut text) = (text(6), text(40));
    if number.is_multiple_of(EDITED) && published - number > EDITED_AFTER {
        text += " — corrected";
    }
    format!(
        "<item><guid isPermaLink=\"false\">{feed}-{number}-{issue}</guid><link>http://outlet-{feed}.example/{number}</link>\
         <title>{title} {number}</title><description>{text}</description></item>"
    )
}
