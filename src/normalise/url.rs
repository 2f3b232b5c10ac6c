//! One key for every address under which a page is linked.
//!
//! [`canonical`] folds the spellings of an address that lead to the same page: scheme, `www.`, ports,
//! trailing slashes, fragments, tracking parameters, AMP and mobile forms, percent-encoding, IDN. The
//! result is a key, not something to fetch: `https` is written whether or not the site answers it.
//!
//! Deliberately not here: anything that needs the page (`<link rel="canonical">`) or the network
//! (redirects), and any guess that two *different* addresses carry the same text.
//!
//! The rules are those of RFC 3986 section 6 (syntax-based and scheme-based normalisation) with what
//! feeds do besides, in two tables that people edit: `data/tracking.tsv` and `data/hosts.tsv`.

mod escape;
mod tables;

use std::fmt::Write as _;

use url::{Host, Url};

use self::escape::{Part, escape};
use self::tables::{Fold, HOSTS, HostRule, TRACKING};

/// Longest address that is read or written, in bytes. Servers refuse longer request lines (Apache
/// and nginx: 8 KiB by default), so nothing longer is the address of a page.
pub const URL_BYTES_MAX: usize = 8 * 1024;

/// How often the rules are applied before an address is given up. Two passes suffice for all but
/// addresses wrapped in one another (a redirector around an AMP cache around a page: four).
const PASSES_MAX: usize = 6;

/// Host labels that name a rendering of a site and not a part of it.
const RENDERING_LABELS: [&str; 7] = ["www", "m", "mobile", "wap", "amp", "touch", "pda"];

/// File names that a server answers with for the folder itself.
const INDEX_FILES: [&str; 10] = [
    "index.html",
    "index.htm",
    "index.shtml",
    "index.php",
    "index.asp",
    "index.aspx",
    "index.jsp",
    "default.htm",
    "default.asp",
    "default.aspx",
];

/// The key form of an address; `None` where it is not the `http` or `https` address of a host, or
/// is longer than [`URL_BYTES_MAX`] bytes before or after.
///
/// - scheme `https`; no user name or password; no port 80 or 443; no trailing dot of the host;
/// - host labels `www`, `m`, `mobile`, `wap`, `amp`, `touch`, `pda` in front of the registrable
///   domain go, and the host is ASCII (punycode) and lower case;
/// - dot segments, empty segments, `amp` segments, index files and `;jsessionid=…` go, and so does
///   the trailing slash; letter case and language segments of the path stay;
/// - parameters of `data/tracking.tsv` go; what is left is sorted by name, equal names in the order
///   in which they came, and `a=` is `a`. A parameter that the table does not know is part of the
///   identity (`?p=123`, `?newsid=`, `?page=2`);
/// - the fragment goes, except a hashbang (`#!/story/1`);
/// - escapes are upper case, and only where RFC 3986 needs one; `+` in a query is a space.
///
/// `canonical(canonical(x)) == canonical(x)` for every `x`: the rules are applied until they change
/// nothing.
pub fn canonical(url: &str) -> Option<String> {
    let mut key = pass(url)?;
    for _ in 1..PASSES_MAX {
        let next = pass(&key)?;
        if next == key {
            return Some(key);
        }
        key = next;
    }
    None
}

/// Whether the address is the front page of a site: no path, or only a language (`/ru`, `/uz-latn`),
/// and no parameter that would make it another page.
pub fn is_home(url: &str) -> bool {
    canonical(url).is_some_and(|key| is_front(&key))
}

/// [`is_home`] for an address in its canonical form.
pub fn is_front(key: &str) -> bool {
    let behind_scheme = key.split_once("://").map_or(key, |(_, rest)| rest);
    let path = behind_scheme.split_once('/').map_or("", |(_, path)| path);
    if key.contains(['?', '#']) {
        return false;
    }
    let path = path.trim_matches('/');
    path.is_empty() || is_language(path)
}

/// The host of an address as it is dialled: lower case, punycode, without port.
pub fn host(url: &str) -> Option<String> {
    parse(url)?.host_str().map(str::to_owned)
}

/// The registrable domain of an address by the Public Suffix List (`azattyq.org` for
/// `rus.azattyq.org`); the host itself where there is none, as with an IP address.
pub fn site(url: &str) -> Option<String> {
    let parsed = parse(url)?;
    match parsed.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            Some(psl::domain_str(name).unwrap_or(name).to_owned())
        }
        Host::Ipv4(_) | Host::Ipv6(_) => parsed.host_str().map(str::to_owned),
    }
}

fn parse(url: &str) -> Option<Url> {
    if url.len() > URL_BYTES_MAX {
        return None;
    }
    let url = url.trim();
    let parsed = match url.strip_prefix("//") {
        Some(rest) => Url::parse(&format!("https://{rest}")).ok()?,
        None => Url::parse(url).ok()?,
    };
    (matches!(parsed.scheme(), "http" | "https") && parsed.host().is_some()).then_some(parsed)
}

/// All rules once, in order.
fn pass(url: &str) -> Option<String> {
    let parsed = parse(url)?;
    let host = folded_host(&parsed)?;
    let rules = HOSTS.of(&host);
    let mut segments = segments(parsed.path());
    if let Some(inner) = wrapped(&host, &segments, &parsed, rules) {
        return Some(inner);
    }
    fold_path(&mut segments, rules);
    let query = fold_query(parsed.query().unwrap_or_default(), &host);
    let key = assemble(&host, &segments, &query, &parsed, rules);
    (key.len() <= URL_BYTES_MAX).then_some(key)
}

fn assemble(
    host: &str,
    segments: &[String],
    query: &str,
    parsed: &Url,
    rules: &[HostRule],
) -> String {
    let mut key = String::with_capacity(parsed.as_str().len());
    key.push_str("https://");
    key.push_str(alias(rules).unwrap_or(host));
    // A port that is another scheme's default is as good as none once the schemes are folded.
    if let Some(port) = parsed.port().filter(|port| !matches!(port, 80 | 443)) {
        write!(key, ":{port}").expect("writing to a string does not fail");
    }
    if segments.is_empty() {
        key.push('/');
    }
    for segment in segments {
        key.push('/');
        key.push_str(segment);
    }
    if !query.is_empty() {
        key.push('?');
        key.push_str(query);
    }
    let fragment = parsed.fragment().unwrap_or_default();
    if let Some(route) = fragment.strip_prefix('!').filter(|route| !route.is_empty()) {
        key.push_str("#!");
        key.push_str(&escape(route, Part::Query));
    }
    key
}

fn folded_host(parsed: &Url) -> Option<String> {
    let name = match parsed.host()? {
        Host::Domain(name) => name.trim_end_matches('.'),
        Host::Ipv4(_) | Host::Ipv6(_) => return parsed.host_str().map(str::to_owned),
    };
    if name.is_empty() {
        return None;
    }
    let registrable = psl::domain_str(name).unwrap_or(name);
    let prefix = name[..name.len() - registrable.len()].trim_end_matches('.');
    let mut folded = String::with_capacity(name.len());
    for label in prefix.split('.').filter(|label| !label.is_empty()) {
        if !RENDERING_LABELS.contains(&label) {
            folded.push_str(label);
            folded.push('.');
        }
    }
    folded.push_str(registrable);
    // `www.gov.kz` is registrable by the list, and yet the same site as `gov.kz`.
    let bare = folded
        .strip_prefix("www.")
        .filter(|rest| rest.contains('.'));
    Some(bare.map_or_else(|| folded.clone(), str::to_owned))
}

fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .map(|segment| escape(segment, Part::Path))
        .filter(|segment| !segment.is_empty())
        .collect()
}

fn fold_path(segments: &mut Vec<String>, rules: &[HostRule]) {
    for segment in segments.iter_mut() {
        strip_session(segment);
        strip_amp_suffix(segment);
    }
    segments.retain(|segment| !matches!(segment.as_str(), "" | "." | ".." | "amp"));
    while segments.last().is_some_and(|last| is_index(last)) {
        segments.pop();
    }
    for rule in rules {
        match rule.fold {
            Fold::Number => keep_number(segments),
            Fold::Drop => {
                if segments.len() > 1 && segments[0] == rule.argument {
                    segments.remove(0);
                }
            }
            Fold::Alias | Fold::Redirect => {}
        }
    }
}

/// `story;jsessionid=0A1B` is `story`: the Java servlet form of a session (Servlet 6.0, 7.1.3).
fn strip_session(segment: &mut String) {
    const MARK: &str = ";jsessionid";
    let found = segment
        .as_bytes()
        .windows(MARK.len())
        .position(|window| window.eq_ignore_ascii_case(MARK.as_bytes()));
    if let Some(at) = found {
        segment.truncate(at);
    }
}

/// `story.amp` is `story`, `story.amp.html` is `story.html`.
fn strip_amp_suffix(segment: &mut String) {
    if let Some(stem) = segment.strip_suffix(".amp.html") {
        *segment = format!("{stem}.html");
    } else if let Some(stem) = segment.strip_suffix(".amp") {
        segment.truncate(stem.len());
    }
}

fn is_index(segment: &str) -> bool {
    INDEX_FILES
        .iter()
        .any(|name| segment.eq_ignore_ascii_case(name))
}

/// `/a/any-words/33210001.html` is `/a/33210001.html` on sites whose number alone is the identity.
fn keep_number(segments: &mut Vec<String>) {
    let Some(last) = segments.last() else { return };
    let number = last.strip_suffix(".html").unwrap_or_default();
    if number.len() >= 5 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        let last = last.clone();
        *segments = vec!["a".to_owned(), last];
    }
}

/// The address inside an AMP cache's or a redirector's.
fn wrapped(host: &str, segments: &[String], parsed: &Url, rules: &[HostRule]) -> Option<String> {
    let cached = match segments {
        [kind, rest @ ..] if host.ends_with(".cdn.ampproject.org") => {
            matches!(kind.as_str(), "c" | "v" | "wp").then_some(rest)
        }
        [kind, rest @ ..] if kind == "amp" && is_google(host) => Some(rest),
        _ => None,
    };
    if let Some(rest) = cached {
        let rest = match rest {
            [secure, inner @ ..] if secure == "s" => inner,
            inner => inner,
        };
        let inner_host = rest.first()?;
        psl::domain_str(inner_host)?;
        let query = parsed.query().map(|query| format!("?{query}"));
        let inner = format!("https://{}{}", rest.join("/"), query.unwrap_or_default());
        return parse(&inner).map(String::from);
    }
    rules
        .iter()
        .filter(|rule| rule.fold == Fold::Redirect)
        .find_map(|rule| {
            let (path, name) = rule.argument.split_once(' ')?;
            let answers = segments.len() == 1 && segments[0] == path;
            let target = parsed
                .query_pairs()
                .find(|(key, _)| answers && key == name)?
                .1;
            parse(&target).map(String::from)
        })
}

fn is_google(host: &str) -> bool {
    host.strip_prefix("google.")
        .is_some_and(|suffix| suffix.len() <= "com.xx".len())
}

fn alias(rules: &[HostRule]) -> Option<&'static str> {
    rules
        .iter()
        .find(|rule| rule.fold == Fold::Alias)
        .map(|rule| rule.argument)
}

/// `ru`, `tgk`, `uz-latn`, `zh-CN`: the shape of a language tag, not a list of languages.
fn is_language(segment: &str) -> bool {
    let mut parts = segment.split(['-', '_']);
    let primary = parts.next().unwrap_or_default();
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    (2..=3).contains(&primary.len())
        && letters(primary)
        && parts.clone().count() <= 1
        && parts.all(|part| (2..=4).contains(&part.len()) && letters(part))
}

fn fold_query(query: &str, host: &str) -> String {
    let mut kept: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = escape(name, Part::Query);
            // `&amp;` that was escaped once too often arrives as a name.
            let name = name.trim_start_matches("amp;").to_owned();
            let value = escape(value, Part::Query);
            let empty = name.is_empty() && value.is_empty();
            let dropped = empty || TRACKING.knows(&name, &value, host);
            (!dropped).then_some((name, value))
        })
        .collect();
    kept.sort_by(|(a, _), (b, _)| a.cmp(b));
    kept.dedup();
    let mut folded = String::with_capacity(query.len());
    for (name, value) in &kept {
        if !folded.is_empty() {
            folded.push('&');
        }
        folded.push_str(name);
        if !value.is_empty() {
            folded.push('=');
            folded.push_str(value);
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::tables::rows;
    use super::*;

    const PAIRS: &str = include_str!("../../tests/data/urls.tsv");

    #[track_caller]
    fn check(url: &str, expected: &str) {
        assert_eq!(canonical(url).as_deref(), Some(expected), "{url}");
    }

    #[test]
    fn pairs_are_told_apart_as_people_tell_them_apart() {
        let mut wrong = Vec::new();
        let mut count = 0;
        for [a, b, verdict] in rows(PAIRS) {
            count += 1;
            let (left, right) = (canonical(a), canonical(b));
            let same = left.is_some() && left == right;
            if same != (verdict == "same") {
                wrong.push(format!("{verdict}: {a} -> {left:?}, {b} -> {right:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(count >= 150, "{count} pairs");
    }

    #[test]
    fn key_forms() {
        check(
            "HTTP://WWW.Example.ORG:80/a/../b//c/?utm_source=x#top",
            "https://example.org/b/c",
        );
        check("//example.org", "https://example.org/");
        check(
            "https://президент.рф/новости",
            "https://xn--d1abbgf6aiiy.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8",
        );
        check(
            "https://[2001:db8::1]:8443/x",
            "https://[2001:db8::1]:8443/x",
        );
        check(
            "https://example.org/?b=2&a=1&b=1",
            "https://example.org/?a=1&b=2&b=1",
        );
        check("https://example.org/%zz", "https://example.org/%25zz");
        check(
            "https://example.org/#!/story/1",
            "https://example.org/#!/story/1",
        );
    }

    #[test]
    fn what_is_no_page_has_no_key() {
        for url in [
            "",
            "story.html",
            "/story.html",
            "ftp://example.org/a",
            "mailto:desk@example.org",
            "javascript:void(0)",
            "data:text/html,x",
            "https://",
            "http://exa mple.org/",
        ] {
            assert_eq!(canonical(url), None, "{url}");
        }
        let long = format!("https://example.org/{}", "a".repeat(URL_BYTES_MAX));
        assert_eq!(canonical(&long), None);
        // Within the bound as it came, past it once escaped.
        let grows = format!("https://example.org/{}", "я".repeat(URL_BYTES_MAX / 4));
        assert_eq!(canonical(&grows), None);
    }

    #[test]
    fn secrets_never_come_out() {
        let key = canonical("https://user:hunter2@example.org/a?u=1").expect("an address");
        assert_eq!(key, "https://example.org/a?u=1");
        assert_eq!(
            host("https://user:hunter2@example.org/"),
            Some("example.org".into())
        );
        assert_eq!(
            site("https://user:hunter2@a.example.org/"),
            Some("example.org".into())
        );
    }

    #[test]
    fn wrapping_is_bounded() {
        let mut url = "https://example.org/a".to_owned();
        for _ in 0..3 {
            url = format!("https://google.com/amp/s/{}", &url["https://".len()..]);
        }
        check(&url, "https://example.org/a");
        for _ in 0..200 {
            url = format!("https://google.com/amp/s/{}", &url["https://".len()..]);
        }
        assert_eq!(canonical(&url), None);
    }

    #[test]
    fn home_pages() {
        for url in [
            "https://example.org",
            "http://www.example.org/index.html",
            "https://example.org/ru/",
            "https://example.org/uz-latn?utm_source=x",
        ] {
            assert!(is_home(url), "{url}");
        }
        for url in [
            "https://example.org/news",
            "https://example.org/?p=12",
            "https://example.org/#!/a",
            "https://example.org/ru/news",
            "nonsense",
        ] {
            assert!(!is_home(url), "{url}");
        }
    }

    #[test]
    fn sites() {
        let check = |url: &str, expected: &str| {
            assert_eq!(site(url).as_deref(), Some(expected), "{url}");
        };
        check("https://rus.azattyq.org/a/1.html", "azattyq.org");
        check("https://news.example.com.kz/", "example.com.kz");
        check("https://example.blogspot.com/", "example.blogspot.com");
        check("http://127.0.0.1:8080/", "127.0.0.1");
        check("http://localhost/", "localhost");
    }

    proptest! {
        #[test]
        fn twice_is_once(url in r"(https?:)?//(user:pw@)?(www\.|m\.|amp\.|google\.com/amp/s/|){0,3}[a-z0-9.]{1,12}(\.org|\.kz)(:[0-9]{1,4})?(/(amp|index\.html|\.\.|%2e|a%[0-9a-f]{2}|;jsessionid=1|[ -~]{0,6}))*(\?([a-z_]{0,4}[;=&+%]|amp;|[ -~]){0,12})?(#!?[ -~]{0,6})?") {
            if let Some(key) = canonical(&url) {
                prop_assert_eq!(canonical(&key), Some(key.clone()));
                prop_assert!(key.starts_with("https://") && key.len() <= URL_BYTES_MAX);
                prop_assert!(key.is_ascii());
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,200}") {
            let prefixed = format!("https://example.org/{text}");
            for url in [text.as_str(), prefixed.as_str()] {
                if let Some(key) = canonical(url) {
                    prop_assert_eq!(canonical(&key), Some(key.clone()));
                }
                let _ = (is_home(url), host(url), site(url));
            }
        }
    }
}
