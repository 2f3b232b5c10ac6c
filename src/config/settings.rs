//! The tables of the configuration, key by key. This page is what `khabar schema config` prints and what the reader obeys.
//!
//! Not here: how a value is read (`shape`, `values`), and what the rest of the program makes of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use humantime::format_duration;
use ipnet::IpNet;
use jiff::tz::TimeZone;

use super::reading::{Kind, Reading, Select};
use super::section::section;
use super::shape::{Flag, Fraction, List, OneOf, Whole, sub};
use super::values::{
    Address, Headers, HttpHeaders, Proxy, ProxyText, address, country, directives, feed_id,
    host_name, include, keep, language, line, listen, location, network, period, selector, size,
    zone,
};
use super::walk::{Fault, Table, Walk};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
/// No setting makes sense beyond it; it also keeps sums of durations far from overflow.
const YEARS: Duration = Duration::from_secs(36_525 * 86_400);
const NONE: Duration = Duration::ZERO;
const INSTANT: Duration = Duration::from_millis(1);
const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What records are sealed as, beside the log itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Jsonl,
    Parquet,
}

/// How sealed JSON Lines are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    None,
    Zstd,
}

/// How long records stay in the output directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Forever,
    For(Duration),
}

/// Which articles become records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    Relevant,
    All,
}

/// The version of HTTP that a feed is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpVersion {
    /// What the server offers.
    Auto,
    Http11,
    Http2,
}

section! {
    /// The whole configuration: the file that was named and all that it includes.
    #[derive(Clone, Debug)]
    pub struct Config("the configuration") {
        /// Further files with `[[feed]]` blocks: globs relative to this file, read in order of their names.
        include: Vec<String> = [] as List(include());
        /// Where records go.
        output: Output = {} as sub::<Output>();
        /// Where the memory of polling is kept.
        state: State = {} as sub::<State>();
        /// What is told on standard error.
        log: Log = {} as sub::<Log>();
        /// How addresses are asked.
        fetch: Fetch = {} as sub::<Fetch>();
        /// How often feeds are asked.
        poll: Poll = {} as sub::<Poll>();
        /// What belongs to the region.
        region: RegionSettings = {} as sub::<RegionSettings>();
        /// How retellings are folded into stories.
        stories: Stories = {} as sub::<Stories>();
        /// The status page.
        http: Http = {} as sub::<Http>();
        /// The sources, in the order of the files.
        feeds "feed": Vec<Feed> = [] as List(sub::<Feed>());
    }
}

section! {
    /// A file that `include` names: feeds and nothing else, so that every setting stands in one place.
    #[derive(Clone, Debug)]
    pub struct Included("an included file") {
        /// The sources.
        feeds "feed": Vec<Feed> = [] as List(sub::<Feed>());
    }
}

section! {
    /// `[output]`
    #[derive(Clone, Debug)]
    pub struct Output("[output]") {
        /// The directory of the records, relative to this file.
        dir: PathBuf = "out" as location();
        /// What a day is kept as. JSON Lines are always written; `parquet` adds a file for each closed day.
        formats: Vec<Format> = ["jsonl", "parquet"] as List(OneOf(&[("jsonl", Format::Jsonl), ("parquet", Format::Parquet)]));
        /// A segment becomes visible to readers after this long.
        seal_after: Duration = "5m" as period(INSTANT, DAY);
        /// A segment becomes visible to readers at this size.
        seal_bytes: u64 = "64MiB" as size(KIB, 16 * GIB);
        /// Compression of sealed JSON Lines.
        compression: Compression = "none" as OneOf(&[("none", Compression::None), ("zstd", Compression::Zstd)]);
        /// How long records are kept: `forever`, or a duration such as `365d`.
        keep: Keep = "forever" as keep(DAY, YEARS);
    }
}

section! {
    /// `[state]`
    #[derive(Clone, Debug)]
    pub struct State("[state]") {
        /// The directory of the state, relative to this file.
        dir: PathBuf = "state" as location();
    }
}

section! {
    /// `[log]`
    #[derive(Clone, Debug)]
    pub struct Log("[log]") {
        /// A level (`error`, `warn`, `info`, `debug`, `trace`, `off`) or a filter as `RUST_LOG` takes it.
        level: String = "info" as directives();
    }
}

section! {
    /// `[fetch]`
    #[derive(Clone, Debug)]
    pub struct Fetch("[fetch]") {
        /// Where the owner of a site can reach you; goes into the user agent.
        contact: Option<String> = absent as line();
        /// Instead of `khabar/VERSION (+contact)`.
        user_agent: Option<String> = absent as line();
        /// Time for one answer, from the first byte sent to the last one read.
        timeout: Duration = "30s" as period(INSTANT, HOUR);
        /// The largest body that is read, after decompression.
        max_body: u64 = "16MiB" as size(KIB, GIB);
        /// Requests at a time, over all hosts.
        concurrency: u32 = 64 as Whole(1, 4096);
        /// Requests at a time to one host.
        per_host: u32 = 1 as Whole(1, 64);
        /// Time between two requests to one host.
        spacing: Duration = "1s" as period(NONE, HOUR);
        /// Networks that may be fetched from though they are private, such as `127.0.0.0/8`.
        allow_private: Vec<IpNet> = [] as List(network());
        /// The proxy for all feeds that name none: `http`, `https`, `socks5` or `socks5h`.
        proxy: Option<Proxy> = absent as ProxyText;
        /// A PEM file of certificates to trust beside the usual ones, relative to this file.
        ca_file: Option<PathBuf> = absent as location();
        /// Whether robots.txt is heard for article pages. A feed that its owner published is always polled.
        robots: bool = true as Flag;
    }
}

section! {
    /// `[poll]`
    #[derive(Clone, Debug)]
    pub struct Poll("[poll]") check in_order {
        /// The first pause between two polls of a feed; what the feed does moves it between the other two.
        interval: Duration = "15m" as period(INSTANT, YEARS);
        /// The shortest pause.
        min_interval: Duration = "5m" as period(INSTANT, YEARS);
        /// The longest pause.
        max_interval: Duration = "6h" as period(INSTANT, YEARS);
    }
}

section! {
    /// `[region]`
    #[derive(Clone, Debug)]
    pub struct RegionSettings("[region]") {
        /// `relevant`: articles about the countries below; `all`: every article.
        keep: Region = "relevant" as OneOf(&[("relevant", Region::Relevant), ("all", Region::All)]);
        /// The countries that make the region, ISO 3166-1 alpha-3.
        countries: Vec<String> = ["AFG", "KAZ", "KGZ", "TJK", "TKM", "UZB"] as List(country());
        /// The relevance from which an article counts as relevant, 0 to 1.
        min_relevance: f64 = 0.3 as Fraction;
    }
}

section! {
    /// `[stories]`
    #[derive(Clone, Debug)]
    pub struct Stories("[stories]") {
        /// How far back a new article may join a story.
        window: Duration = "7d" as period(SECOND, YEARS);
        /// The most memory that the index takes; the window shortens, with a warning, rather than grow past it.
        max_memory: u64 = "2GiB" as size(MIB, 1024 * GIB);
    }
}

section! {
    /// `[http]`
    #[derive(Clone, Debug)]
    pub struct Http("[http]") {
        /// Address and port of the status page, metrics and health; without it there are none.
        listen: Option<SocketAddr> = absent as listen();
        /// Names under which a reverse proxy shows the page, besides its address and `localhost`.
        hosts: Vec<String> = [] as List(host_name());
    }
}

section! {
    /// `[[feed]]`
    #[derive(Clone, Debug)]
    pub struct Feed("[[feed]]") {
        /// Unique; stands in records and file names.
        id: String = required as feed_id();
        /// What people call the source; also the outlet of its records, unless `outlet` is given.
        name: String = required as line();
        /// The outlet that the feed is a section of: feeds of one outlet share their articles.
        outlet: Option<String> = absent as line();
        /// The address that is polled.
        url: Address = required as address();
        /// What stands behind the address.
        kind: Kind = "feed" as OneOf(&[
            ("feed", Kind::Feed), ("page", Kind::Page), ("sitemap", Kind::Sitemap), ("telegram", Kind::Telegram),
        ]);
        /// The owner: outlets of one owner count as one voice.
        publisher: Option<String> = absent as line();
        /// BCP 47; a hint, never a verdict.
        language: Option<String> = absent as language();
        /// The country of the outlet, ISO 3166-1 alpha-3.
        country: Option<String> = absent as country();
        /// Free words, such as `state` or `exile`.
        tags: Vec<String> = [] as List(line());
        /// Whether the article pages are fetched.
        full_text: bool = false as Flag;
        /// Whether the page of an item that leaves the feed early is asked for, and a 404 or 410 is written down.
        recheck: bool = false as Flag;
        /// The first pause between two polls, instead of that of `[poll]`.
        interval: Option<Duration> = absent as period(INSTANT, YEARS);
        /// The zone of dates that name none, such as `Asia/Kabul`.
        time_zone: Option<TimeZone> = absent as zone();
        /// The proxy for this feed, or `direct` for none.
        proxy: Option<Proxy> = absent as ProxyText;
        /// Further headers of every request.
        headers: Headers = {} as HttpHeaders;
        /// A PEM file of certificates to trust for this feed, relative to this file.
        ca_file: Option<PathBuf> = absent as location();
        /// The user agent for this feed.
        user_agent: Option<String> = absent as line();
        /// The version of HTTP.
        http_version: HttpVersion = "auto" as OneOf(&[
            ("auto", HttpVersion::Auto), ("1.1", HttpVersion::Http11), ("2", HttpVersion::Http2),
        ]);
        /// Whether cookies are kept between requests.
        cookies: bool = false as Flag;
        /// Further addresses, tried in order while the first one fails.
        alternates: Vec<Address> = [] as List(address());
        /// Whether the feed is polled at all.
        enabled: bool = true as Flag;
        /// CSS selectors, for pages that list articles and for stubborn article pages.
        select: Select = {} as sub::<Select>();
    }
}

section! {
    for Select("[feed.select]") {
        /// One article in the list.
        item: Option<String> = absent as selector();
        /// The link, inside the item.
        link: Option<String> = absent as selector();
        /// The title, inside the item or the article page.
        title: Option<String> = absent as selector();
        /// The date, inside the item or the article page.
        date: Option<String> = absent as selector();
        /// The text of the article page.
        body: Option<String> = absent as selector();
        /// The picture, inside the item or the article page.
        image: Option<String> = absent as selector();
    }
}

impl Feed {
    /// A feed of which nothing is known but where it is.
    pub fn at(url: url::Url, kind: Kind) -> Self {
        let name = url.host_str().unwrap_or_default().to_owned();
        Self {
            id: "probe".into(),
            name,
            outlet: None,
            url: url.into(),
            kind,
            publisher: None,
            language: None,
            country: None,
            tags: Vec::new(),
            full_text: false,
            recheck: false,
            interval: None,
            time_zone: None,
            proxy: None,
            headers: Vec::new(),
            ca_file: None,
            user_agent: None,
            http_version: HttpVersion::Auto,
            cookies: false,
            alternates: Vec::new(),
            enabled: true,
            select: Select::default(),
        }
    }

    /// The outlet that the records of this feed name.
    pub fn outlet(&self) -> &str {
        self.outlet.as_deref().unwrap_or(&self.name)
    }

    /// The owner of the outlet; an outlet without one is its own voice.
    pub fn publisher(&self) -> &str {
        self.publisher.as_deref().unwrap_or_else(|| self.outlet())
    }

    /// What `parse` and `extract` need to know.
    pub fn reading(&self) -> Reading {
        Reading {
            kind: self.kind,
            select: self.select.clone(),
            time_zone: self.time_zone.clone(),
            language: self.language.clone(),
        }
    }
}

/// A shortest pause above the longest leaves nothing to choose from.
fn in_order(poll: &Poll, walk: &mut Walk<'_>, table: &Table<'_>) {
    if poll.min_interval > poll.max_interval {
        let key = if table.entries.contains_key("min_interval") {
            "min_interval"
        } else {
            "max_interval"
        };
        let message = format!(
            "`min_interval` ({}) is longer than `max_interval` ({})",
            format_duration(poll.min_interval),
            format_duration(poll.max_interval)
        );
        walk.report_at(
            table,
            key,
            Fault::new(
                message,
                "give the shorter one to `min_interval`, or raise `max_interval`",
            ),
        );
    }
}
