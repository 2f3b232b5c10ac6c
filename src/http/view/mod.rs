//! The views, as HTML. Everything that comes from outside goes through the template's escaping, and stands in
//! elements that know their language and find their own direction.

pub mod about;
pub mod compare;
pub mod feeds;
pub mod now;
pub mod search;
mod sparkline;
pub mod story;

use std::fmt::Write as _;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

/// The views of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Now,
    Search,
    Feeds,
    About,
}

const TABS: [(Tab, &str, &str); 4] = [
    (Tab::Now, "/", "Now"),
    (Tab::Search, "/search", "Search"),
    (Tab::Feeds, "/feeds", "Feeds"),
    (Tab::About, "/about", "About"),
];

/// A whole page around `body`.
pub fn page(title: &str, tab: Option<Tab>, query: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (clean(title)) " · khabar" }
                link rel="stylesheet" href="/assets/khabar.css";
                link rel="icon" href="/assets/khabar.svg" type="image/svg+xml";
                link rel="alternate" href="/stories.atom" type="application/atom+xml" title="Stories";
                script src="/assets/khabar.js" defer {}
            }
            body {
                a.skip href="#main" { "To the content" }
                header {
                    nav aria-label="Views" {
                        a.brand href="/" { "khabar" }
                        @for (of, href, name) in TABS {
                            a href=(href) aria-current=[(tab == Some(of)).then_some("page")] { (name) }
                        }
                    }
                    form.find role="search" action="/search" {
                        label.hidden for="q" { "Search" }
                        input #q type="search" name="q" value=(clean(query)) dir="auto" maxlength="200"
                            placeholder="Ташкент, تاشکند, Tashkent";
                        button { "Search" }
                    }
                }
                main #main { (body) }
            }
        }
    }
}

/// A page that says what went wrong.
pub fn trouble(title: &str, what: &str) -> Markup {
    let body = html! {
        h1 { (title) }
        p { (what) }
    };
    page(title, None, "", &body)
}

/// Text without the characters that turn the direction of what stands beside it.
pub fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|&c| !turns(c) && (!c.is_control() || c == '\n' || c == '\t'))
        .collect()
}

/// The title, or words in its place.
pub fn title_or(title: &str) -> String {
    match clean(title) {
        title if title.trim().is_empty() => "(no title)".to_owned(),
        title => title,
    }
}

/// For a `lang` attribute: nothing where no language was recognised.
pub fn lang(language: &str) -> Option<&str> {
    (language != "und").then_some(language)
}

/// An address that may be followed; a feed may write anything there.
pub fn safe_link(url: Option<&str>) -> Option<&str> {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

/// A moment, as people say it and as machines read it.
pub fn moment(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at) title=(at.strftime("%Y-%m-%d %H:%M UTC")) { (ago(at, now)) } }
}

pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let secs = now.duration_since(at).as_secs();
    let (ahead, secs) = (secs < 0, secs.unsigned_abs());
    let span = match secs {
        0..60 => return if ahead { "in a moment" } else { "just now" }.to_owned(),
        60..3600 => format!("{} min", secs / 60),
        3600..172_800 => format!("{} h", secs / 3600),
        _ => format!("{} d", secs / 86_400),
    };
    if ahead {
        format!("in {span}")
    } else {
        format!("{span} ago")
    }
}

/// `1 article`, `2 articles`
pub fn count(number: u64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// What people call a country of the region and its neighbours; others keep their code.
pub fn country_name(code: &str) -> &str {
    match code {
        "AFG" => "Afghanistan",
        "KAZ" => "Kazakhstan",
        "KGZ" => "Kyrgyzstan",
        "TJK" => "Tajikistan",
        "TKM" => "Turkmenistan",
        "UZB" => "Uzbekistan",
        "CHN" => "China",
        "IND" => "India",
        "IRN" => "Iran",
        "PAK" => "Pakistan",
        "RUS" => "Russia",
        "TUR" => "Türkiye",
        "USA" => "United States",
        other => other,
    }
}

/// An address with its query, without the parts that are empty.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut joint = '?';
    for (key, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let _ = write!(address, "{joint}{key}={value}");
        joint = '&';
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_links() {
        assert!(safe_link(Some("https://x.example/1")).is_some());
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//x.example",
            "",
            " http://x.example",
        ] {
            assert_eq!(safe_link(Some(url)), None, "{url}");
        }
    }

    #[test]
    fn text_cannot_turn_its_surroundings() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{0}d"), "abcd");
        assert_eq!(title_or("\u{202e} "), "(no title)");
    }

    #[test]
    fn times_are_told_as_people_do() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (secs, expected) in [
            (0, "just now"),
            (300, "5 min ago"),
            (7200, "2 h ago"),
            (864_000, "10 d ago"),
            (-7200, "in 2 h"),
        ] {
            assert_eq!(
                ago(Timestamp::from_second(1_000_000 - secs).unwrap(), now),
                expected
            );
        }
    }

    #[test]
    fn addresses_hold_any_text() {
        assert_eq!(
            address("/search", &[("q", "a&b=ж"), ("page", "")]),
            "/search?q=a%26b%3D%D0%B6"
        );
    }
}
