//! The sources of a site, from its home page: feeds that the page names, feeds at the usual paths, news
//! sitemaps that robots.txt names, a Telegram channel that it links to, and the page itself.

use jiff::Timestamp;
use url::Url;

use super::{Look, look};
use crate::config::{Feed, Kind};
use crate::parse;
use crate::poll::client::{Answer, Client};
use crate::poll::failure::Failure;
use crate::poll::memory::Validators;

/// Where feeds stand that no page names: the usual places of WordPress, Drupal, Bitrix and of the field.
const PATHS: [&str; 8] = [
    "/rss",
    "/feed",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/rss/news",
    "/feeds/posts/default",
];
/// Addresses that are tried for one site, besides [`PATHS`].
const CANDIDATES_MAX: usize = 12;
/// Sitemaps of them.
const SITEMAPS_MAX: usize = 3;
/// Bytes of a robots.txt that are read.
const ROBOTS_BYTES_MAX: usize = 512 << 10;
/// Bytes of a page that are searched for links to channels.
const PAGE_BYTES_MAX: usize = 2 << 20;
/// Items from which a page counts as a list of articles.
const PAGE_ITEMS_MIN: usize = 5;
/// Paths of t.me that are no channel.
const NO_CHANNELS: [&str; 6] = ["share", "joinchat", "addstickers", "proxy", "iv", "s"];

/// What stands at an address: the source itself, or those that were found behind it. The failure is that
/// of the address itself, where nothing was found.
pub async fn sources(
    client: &Client,
    url: &Url,
    now: fn() -> Timestamp,
) -> Result<Vec<Look>, Failure> {
    if let Some(channel) = channel(url.as_str()) {
        return look(client, &Feed::at(channel, Kind::Telegram), now)
            .await
            .map(|look| vec![look]);
    }
    let feed = Feed::at(url.clone(), Kind::Feed);
    let none = Validators::default();
    let Answer::Document(document, _) = client.poll(&feed, url.as_str(), &none, now).await? else {
        return Err(Failure::new(
            "status",
            "304 to a request without conditions",
        ));
    };
    let unreadable = match parse::parse(&document, &feed.reading()) {
        Ok(_) => return look(client, &feed, now).await.map(|look| vec![look]),
        Err(unreadable) => unreadable,
    };
    let text = String::from_utf8_lossy(&document.body[..document.body.len().min(PAGE_BYTES_MAX)]);
    if text.contains("<urlset") || text.contains("<sitemapindex") || url.path().ends_with(".xml.gz")
    {
        return look(client, &Feed::at(url.clone(), Kind::Sitemap), now)
            .await
            .map(|look| vec![look]);
    }
    // The failure that the daemon would tell of.
    let failure = look(client, &feed, now).await.err();
    let home = Url::parse(&document.url).unwrap_or_else(|_| url.clone());
    let named: Vec<Url> = unreadable
        .feeds
        .iter()
        .filter_map(|feed| Url::parse(feed).ok())
        .collect();
    let mut found = Found {
        client,
        now,
        looks: Vec::new(),
        tried: Vec::new(),
    };
    for feed in named.into_iter().take(CANDIDATES_MAX) {
        found.add(feed, Kind::Feed).await;
    }
    for path in PATHS {
        if found.looks.is_empty()
            && let Ok(feed) = home.join(path)
        {
            found.add(feed, Kind::Feed).await;
        }
    }
    for sitemap in found.sitemaps(&home).await {
        found.add(sitemap, Kind::Sitemap).await;
    }
    if let Some(channel) = text
        .split("t.me/")
        .skip(1)
        .take(CANDIDATES_MAX)
        .find_map(|rest| channel(&format!("https://t.me/{}", word(rest))))
    {
        found.add(channel, Kind::Telegram).await;
    }
    found.add(home, Kind::Page).await;
    match failure {
        Some(failure) if found.looks.is_empty() => Err(failure),
        _ => Ok(found.looks),
    }
}

struct Found<'c> {
    client: &'c Client,
    now: fn() -> Timestamp,
    looks: Vec<Look>,
    tried: Vec<Url>,
}

impl Found<'_> {
    async fn add(&mut self, url: Url, kind: Kind) {
        if self.tried.contains(&url) && kind != Kind::Page {
            return;
        }
        self.tried.push(url.clone());
        let Ok(look) = look(self.client, &Feed::at(url, kind), self.now).await else {
            return;
        };
        let is_list = kind != Kind::Page || look.items >= PAGE_ITEMS_MIN;
        let is_known = self
            .looks
            .iter()
            .any(|known| known.url == look.url && known.kind == kind);
        if is_list && !is_known && look.items + look.more > 0 {
            self.looks.push(look);
        }
    }

    /// Sitemaps that robots.txt names, those for news first.
    async fn sitemaps(&self, home: &Url) -> Vec<Url> {
        let Ok(robots) = home.join("/robots.txt") else {
            return Vec::new();
        };
        let none = Validators::default();
        let feed = Feed::at(robots, Kind::Feed);
        let Ok(Answer::Document(document, _)) = self
            .client
            .poll(&feed, feed.url.as_str(), &none, self.now)
            .await
        else {
            return Vec::new();
        };
        let text =
            String::from_utf8_lossy(&document.body[..document.body.len().min(ROBOTS_BYTES_MAX)])
                .into_owned();
        let mut sitemaps: Vec<Url> = text
            .lines()
            .filter_map(|line| {
                line.split_once(':')
                    .filter(|(key, _)| key.trim().eq_ignore_ascii_case("sitemap"))
            })
            .filter_map(|(_, address)| home.join(address.trim()).ok())
            .take(CANDIDATES_MAX)
            .collect();
        sitemaps.sort_by_key(|url| !url.as_str().contains("news"));
        sitemaps.truncate(SITEMAPS_MAX);
        sitemaps
    }
}

/// The preview page of a channel of Telegram, if an address is one.
fn channel(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    if !matches!(url.host_str(), Some("t.me" | "telegram.me")) {
        return None;
    }
    let path = url.path().trim_start_matches('/');
    let name = word(path.strip_prefix("s/").unwrap_or(path));
    let is_name = name.len() >= 4 && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_channel = is_name && !NO_CHANNELS.contains(&name);
    is_channel
        .then(|| Url::parse(&format!("https://t.me/s/{name}")).ok())
        .flatten()
}

/// The name at the start of a text.
fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_known_by_their_address() {
        let cases = [
            (
                "https://t.me/s/example_news",
                Some("https://t.me/s/example_news"),
            ),
            (
                "https://t.me/example_news/1234",
                Some("https://t.me/s/example_news"),
            ),
            (
                "https://telegram.me/example_news",
                Some("https://t.me/s/example_news"),
            ),
            ("https://t.me/share/url?url=x", None),
            ("https://t.me/+AbCdEf", None),
            ("https://example.org/s/example_news", None),
        ];
        for (address, expected) in cases {
            assert_eq!(
                channel(address).as_ref().map(Url::as_str),
                expected,
                "{address}"
            );
        }
    }
}
