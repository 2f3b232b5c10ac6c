//! Many outlets that publish invented news: what they have published is known exactly, so that it can be
//! compared with what was written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::random::Random;
use super::server::{Answer, Request, Server, lock};

/// Addresses that the feeds are spread over.
const HOSTS: usize = 6;
/// 2026-03-01T00:00:00Z
const BEGIN: i64 = 1_772_323_200;

/// Words of a language; nonsense made of them is news enough.
pub(super) const LANGUAGES: [(&str, &str); 8] = [
    (
        "fa",
        "مقام‌ها گفتند که بازار شهر پس از باران شدید دوباره باز شد و مردم برای خرید نان صف کشیدند",
    ),
    (
        "ps",
        "چارواکو وویل چې د ښار بازار له سخت باران وروسته بیا پرانیستل شو او خلک د ډوډۍ لپاره ولاړ وو",
    ),
    (
        "ru",
        "власти сообщили что городской рынок снова открыт после сильного дождя люди ждали хлеба утром",
    ),
    (
        "kk",
        "билік қала базары қатты жаңбырдан кейін қайта ашылды деп хабарлады халық таңертең нан күтті",
    ),
    (
        "uz",
        "hokimiyat shahar bozori kuchli yomgʻirdan keyin yana ochildi deb xabar berdi odamlar non kutdi",
    ),
    (
        "tg",
        "мақомот гуфтанд ки бозори шаҳр пас аз борони сахт боз кушода шуд мардум барои нон навбат истоданд",
    ),
    (
        "en",
        "officials said the city market opened again after heavy rain while people waited for bread early",
    ),
    (
        "zh",
        "官员 表示 城市 市场 在 大雨 之后 重新 开放 人们 清晨 排队 购买 面包 等候 消息",
    ),
];

#[derive(Clone)]
struct Item {
    guid: String,
    path: String,
    title: String,
    text: String,
    published: i64,
}

struct Outlet {
    words: Vec<&'static str>,
    language: &'static str,
    /// Newest first.
    items: Vec<Item>,
    version: i64,
}

#[derive(Default)]
struct Counters {
    requests: usize,
    conditional: usize,
    bodies: usize,
}

struct Shared {
    outlets: Mutex<Vec<Outlet>>,
    counters: Mutex<Counters>,
    stalled: AtomicBool,
}

/// Feeds, and the truth about them.
pub struct Origin {
    shared: Arc<Shared>,
    servers: Vec<Server>,
    random: Random,
    /// Every title that an item ever had, in order, by feed and GUID.
    truth: BTreeMap<(String, String), Vec<String>>,
    made: u64,
}

impl Origin {
    pub fn start(feeds: usize, items: usize, seed: u64) -> Self {
        let outlets = (0..feeds).map(|feed| {
            let (language, words) = LANGUAGES[feed % LANGUAGES.len()];
            Outlet {
                words: words.split(' ').collect(),
                language,
                items: Vec::new(),
                version: 0,
            }
        });
        let shared = Arc::new(Shared {
            outlets: Mutex::new(outlets.collect()),
            counters: Mutex::default(),
            stalled: AtomicBool::new(false),
        });
        let servers = (0..HOSTS.min(feeds)).map(|host| {
            let shared = Arc::clone(&shared);
            Server::start(&format!("127.0.1.{}", host + 1), move |request| {
                shared.answer(request)
            })
        });
        let servers = servers.collect();
        let mut origin = Self {
            shared,
            servers,
            random: Random::new(seed),
            truth: BTreeMap::new(),
            made: 0,
        };
        for feed in 0..feeds {
            for _ in 0..items {
                origin.publish(feed);
            }
        }
        origin
    }

    /// The lines of `[[feed]]` blocks.
    pub fn feeds(&self) -> Vec<(String, String)> {
        let count = lock(&self.shared.outlets).len();
        let lines = |feed: usize| {
            let url = self.servers[feed % self.servers.len()].url(&format!("/{feed}.xml"));
            (format!("feed-{feed}"), format!("url = \"{url}\""))
        };
        (0..count).map(lines).collect()
    }

    /// Three feeds in four get two new items, and one of their items is edited.
    pub fn tick(&mut self) {
        let count = lock(&self.shared.outlets).len();
        for feed in (0..count).filter(|feed| feed % 4 != 3) {
            self.publish(feed);
            self.publish(feed);
            self.edit(feed);
        }
    }

    /// While stalled, feed 0 is not answered.
    pub fn stall(&self, stalled: bool) {
        self.shared.stalled.store(stalled, Ordering::Relaxed);
    }

    /// Requests, conditional requests and bodies since the last call.
    pub fn counted(&self) -> (usize, usize, usize) {
        let counted = std::mem::take(&mut *lock(&self.shared.counters));
        (counted.requests, counted.conditional, counted.bodies)
    }

    /// Every title that an item ever had, in order, by feed and GUID.
    pub fn truth(&self) -> &BTreeMap<(String, String), Vec<String>> {
        &self.truth
    }

    /// Titles of all items, all of their revisions counted.
    pub fn titles(&self) -> usize {
        self.truth.values().map(Vec::len).sum()
    }

    fn publish(&mut self, feed: usize) {
        self.made += 1;
        let (made, title, text) = (self.made, self.words(feed, 6), self.words(feed, 40));
        let item = Item {
            guid: format!("urn:item:{made}"),
            path: format!("/{feed}/story-{made}.html"),
            title: format!("{title} {made}"),
            text,
            published: BEGIN + made as i64 * 60,
        };
        self.truth.insert(
            (format!("feed-{feed}"), item.guid.clone()),
            vec![item.title.clone()],
        );
        let mut outlets = lock(&self.shared.outlets);
        outlets[feed].items.insert(0, item);
        outlets[feed].version += 1;
    }

    fn edit(&mut self, feed: usize) {
        let (title, text) = (self.words(feed, 7), self.words(feed, 44));
        let mut outlets = lock(&self.shared.outlets);
        let outlet = &mut outlets[feed];
        // Not one of the two that were just published: nobody has seen their first text yet.
        let number = 2 + self.random.below(outlet.items.len() as u64 - 2) as usize;
        let item = &mut outlet.items[number];
        let titles = self
            .truth
            .get_mut(&(format!("feed-{feed}"), item.guid.clone()))
            .expect("published");
        item.title = format!("{title} {}", titles.len());
        item.text = text;
        titles.push(item.title.clone());
        outlet.version += 1;
    }

    fn words(&mut self, feed: usize, count: usize) -> String {
        let outlets = lock(&self.shared.outlets);
        let words = &outlets[feed].words;
        let chosen = (0..count).map(|_| words[self.random.below(words.len() as u64) as usize]);
        chosen.collect::<Vec<_>>().join(" ")
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Answer {
        let feed = request
            .path
            .trim_start_matches('/')
            .trim_end_matches(".xml")
            .parse::<usize>();
        let Ok(feed) = feed else {
            return Answer::new(404);
        };
        while feed == 0 && self.stalled.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(10));
        }
        let outlets = lock(&self.outlets);
        let (etag, modified) = validators(feed, outlets[feed].version);
        let asked_etag = request.header("If-None-Match");
        let asked_since = request.header("If-Modified-Since");
        let unchanged = match asked_etag {
            Some(asked) => etag.as_deref() == Some(asked),
            None => asked_since.is_some() && modified.as_deref() == asked_since,
        };
        let mut counters = lock(&self.counters);
        counters.requests += 1;
        counters.conditional += usize::from(asked_etag.is_some() || asked_since.is_some());
        counters.bodies += usize::from(!unchanged);
        let mut answer = if unchanged {
            Answer::new(304)
        } else {
            Answer::feed(body(feed, &outlets[feed]))
        };
        if !unchanged
            && feed.is_multiple_of(2)
            && request
                .header("Accept-Encoding")
                .is_some_and(|all| all.contains("gzip"))
        {
            answer = answer.gzip();
        }
        for (name, value) in [("ETag", etag), ("Last-Modified", modified)] {
            if let Some(value) = value {
                answer = answer.header(name, value);
            }
        }
        answer
    }
}

/// One feed in three has only the one, one only the other.
fn validators(feed: usize, version: i64) -> (Option<String>, Option<String>) {
    let weak = if feed.is_multiple_of(2) { "W/" } else { "" };
    let etag = (feed % 3 != 1).then(|| format!("{weak}\"{feed}-{version}\""));
    let modified = (!feed.is_multiple_of(3)).then(|| date(BEGIN + version));
    (etag, modified)
}

fn date(second: i64) -> String {
    let at = Timestamp::from_second(second).expect("a date of this century");
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn body(feed: usize, outlet: &Outlet) -> String {
    if feed % 3 == 2 {
        atom(outlet)
    } else {
        rss(outlet)
    }
}

fn rss(outlet: &Outlet) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>News</title>\
         <link>http://outlet.example/</link><language>{}</language>\n",
        outlet.language
    );
    for item in &outlet.items {
        let _ = writeln!(
            xml,
            "<item><guid isPermaLink=\"false\">{}</guid><link>http://outlet.example{}</link><title>{}</title>\
             <description>{}</description><pubDate>{}</pubDate></item>",
            item.guid,
            item.path,
            item.title,
            item.text,
            date(item.published)
        );
    }
    xml + "</channel></rss>\n"
}

fn atom(outlet: &Outlet) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\
         <title>News</title><id>urn:feed</id><updated>2026-03-01T00:00:00Z</updated>\n",
        outlet.language
    );
    for item in &outlet.items {
        let at = Timestamp::from_second(item.published).expect("a date of this century");
        let _ = writeln!(
            xml,
            "<entry><id>{}</id><link href=\"http://outlet.example{}\"/><title>{}</title>\
             <content type=\"text\">{}</content><published>{at}</published><updated>{at}</updated></entry>",
            item.guid, item.path, item.title, item.text
        );
    }
    xml + "</feed>\n"
}
