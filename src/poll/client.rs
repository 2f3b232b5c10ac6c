//! One request, politely and safely: redirects followed by hand, bodies bounded after decompression,
//! every failure told apart.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use tokio::sync::Semaphore;
use url::Url;

use super::guard::{Guard, Refused};
use super::host::Hosts;
use super::memory::Validators;
use super::robots::{self, Robots, Rules};
use crate::config::{Feed, Fetch, HttpVersion, Proxy};
use crate::document::Document;

/// RFC 9110 §15.4 leaves the number to the client; Firefox and curl stop at 20 and 50, feed readers at
/// 10.
const REDIRECTS_MAX: usize = 10;
/// Time to a connection, name and TLS included: a third of the default time for all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are kept for the article pages of one poll, not between polls: at 9,000 hosts the
/// latter costs 250 MiB.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);
/// Header bytes that are believed to be a validator; longer ones are not sent back.
const VALIDATOR_BYTES_MAX: usize = 4096;
/// What feeds come as; browsers' `*/*` last, since some servers answer 406 to anything narrower.
const ACCEPT_FEED: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
     application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.7, */*;q=0.5";
const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml, */*;q=0.5";

/// Why a request brought nothing. `kind` is a word that a machine may compare.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// `dns`, `connect`, `tls`, `timeout`, `status`, `too_large`, `truncated`, `redirect`, `refused`,
    /// `robots` or `config`.
    pub kind: &'static str,
    pub message: String,
    pub status: Option<u16>,
    /// How long the server asked to be left alone (RFC 9110 §10.2.3).
    pub retry_after: Option<Duration>,
}

impl Failure {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_after: None,
        }
    }
}

/// What a request brought.
#[derive(Debug)]
pub enum Answer {
    NotModified(Headers),
    Document(Document, Headers),
}

/// What the answer said besides its body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers {
    pub validators: Validators,
    /// `Cache-Control: max-age` less `Age`, or `Expires` (RFC 9111 §4.2).
    pub fresh_for: Option<Duration>,
    /// Where a chain of nothing but permanent redirects led (RFC 9110 §15.4.2, §15.4.9).
    pub moved_to: Option<String>,
}

/// Makes requests. One for the whole daemon.
pub struct Client {
    settings: Fetch,
    guard: Guard,
    hosts: Hosts,
    /// Requests at a time, over all hosts.
    places: Semaphore,
    robots: Robots,
    user_agent: String,
    /// Clients by what cannot be set for each request.
    clients: Mutex<HashMap<Key, reqwest::Client>>,
}

#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Key {
    proxy: Option<String>,
    ca_file: Option<std::path::PathBuf>,
    http2_only: bool,
    http1_only: bool,
    /// A cookie jar is never shared between feeds.
    cookies_of: Option<String>,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Feed,
    Page,
    Robots,
}

impl Client {
    pub fn new(settings: &Fetch) -> Self {
        let contact = settings.contact.as_ref().map(|contact| format!(" (+{contact})"));
        let product = concat!("khabar/", env!("CARGO_PKG_VERSION"));
        let user_agent = settings
            .user_agent
            .clone()
            .unwrap_or_else(|| format!("{product}{}", contact.unwrap_or_default()));
        Self {
            guard: Guard::new(&settings.allow_private),
            hosts: Hosts::new(settings.per_host, settings.spacing),
            places: Semaphore::new(settings.concurrency as usize),
            robots: Robots::default(),
            user_agent,
            clients: Mutex::default(),
            settings: settings.clone(),
        }
    }

    /// Asks for a feed's document, or whether it changed.
    pub async fn poll(
        &self,
        feed: &Feed,
        url: &str,
        validators: &Validators,
        now: impl Fn() -> Timestamp,
    ) -> Result<Answer, Failure> {
        self.request(feed, url, validators, Wanted::Feed, None, now).await
    }

    /// Gets a page that an item of the feed points at, if the site's robots.txt allows it.
    pub async fn page(
        &self,
        feed: &Feed,
        url: &str,
        now: impl Fn() -> Timestamp,
    ) -> Result<Document, Failure> {
        let mut delay = None;
        if self.settings.robots {
            let rules = self.rules(feed, url, &now).await?;
            if !rules.allow(url) {
                return Err(Failure::new("robots", "the site's robots.txt asks not to read this page"));
            }
            delay = rules.delay();
        }
        let none = Validators::default();
        match self.request(feed, url, &none, Wanted::Page, delay, now).await? {
            Answer::Document(document, _) => Ok(document),
            Answer::NotModified(_) => Err(Failure::new("status", "304 to an unconditional request")),
        }
    }

    async fn rules(
        &self,
        feed: &Feed,
        url: &str,
        now: &impl Fn() -> Timestamp,
    ) -> Result<Rules, Failure> {
        let origin = parse_url(url)?.origin().ascii_serialization();
        if let Some(rules) = self.robots.get(&origin) {
            return Ok(rules);
        }
        let address = format!("{origin}/robots.txt");
        let none = Validators::default();
        let rules = match self.request(feed, &address, &none, Wanted::Robots, None, now).await {
            Ok(Answer::Document(document, _)) => Rules::read(&document.body),
            Ok(Answer::NotModified(_)) => Rules::Everything,
            Err(failure) if matches!(failure.status, Some(400..=499)) => Rules::Everything,
            Err(failure) if failure.kind == "too_large" => Rules::Everything,
            Err(_) => Rules::Nothing,
        };
        self.robots.put(&origin, rules.clone());
        Ok(rules)
    }

    async fn request(
        &self,
        feed: &Feed,
        url: &str,
        validators: &Validators,
        wanted: Wanted,
        delay: Option<Duration>,
        now: impl Fn() -> Timestamp,
    ) -> Result<Answer, Failure> {
        let client = self.client_for(feed)?;
        let mut url = parse_url(url)?;
        let mut permanent = true;
        for hop in 0..=REDIRECTS_MAX {
            self.guard.check_url(&url).map_err(refused)?;
            // First the host's turn: whoever waits for a slow host must not keep others waiting.
            let turn = self.hosts.enter(&key_of(&url), delay).await;
            let place = self.places.acquire().await;
            let own_headers = is_of_feed(feed, &url);
            let request = self.build(&client, feed, &url, validators, wanted, own_headers);
            let answer = tokio::time::timeout(
                self.settings.timeout,
                self.exchange(request, &url, wanted, &now),
            );
            let answer = answer.await.unwrap_or_else(|_| {
                let limit = self.settings.timeout.as_secs_f32();
                Err(Failure::new("timeout", format!("no complete answer within {limit} s")))
            })?;
            drop((place, turn));
            match answer {
                Exchange::Done(answer) if hop > 0 && permanent => return Ok(moved(answer, &url)),
                Exchange::Done(answer) => return Ok(answer),
                Exchange::Redirect { to, is_permanent } => {
                    permanent &= is_permanent;
                    url = to;
                }
            }
        }
        Err(Failure::new("redirect", format!("more than {REDIRECTS_MAX} redirects")))
    }

    fn build(
        &self,
        client: &reqwest::Client,
        feed: &Feed,
        url: &Url,
        validators: &Validators,
        wanted: Wanted,
        own_headers: bool,
    ) -> reqwest::RequestBuilder {
        let mut headers = HeaderMap::new();
        let accept = match wanted {
            Wanted::Feed => ACCEPT_FEED,
            Wanted::Page => ACCEPT_PAGE,
            Wanted::Robots => "text/plain, */*;q=0.5",
        };
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        let agent = feed.user_agent.as_ref().unwrap_or(&self.user_agent);
        if let Ok(agent) = HeaderValue::from_str(agent) {
            headers.insert(header::USER_AGENT, agent);
        }
        let mut validator = |name, value: &Option<String>| {
            if let Some(value) = value.as_ref().and_then(|v| HeaderValue::from_bytes(&latin1(v)).ok()) {
                headers.insert(name, value);
            }
        };
        validator(header::IF_NONE_MATCH, &validators.etag);
        validator(header::IF_MODIFIED_SINCE, &validators.last_modified);
        // What the user wrote may hold a secret: it goes to the place that it was written for only.
        if own_headers {
            for (name, value) in &feed.headers {
                let name = header::HeaderName::from_bytes(name.as_bytes());
                let value = HeaderValue::from_str(value.reveal());
                if let (Ok(name), Ok(mut value)) = (name, value) {
                    value.set_sensitive(true);
                    headers.insert(name, value);
                }
            }
        }
        client.get(url.clone()).headers(headers)
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        url: &Url,
        wanted: Wanted,
        now: &impl Fn() -> Timestamp,
    ) -> Result<Exchange, Failure> {
        let response = request.send().await.map_err(|error| failure_of(&error))?;
        let status = response.status();
        if let Some(redirect) = redirect_of(&response, url)? {
            return Ok(redirect);
        }
        let headers = headers_of(response.headers(), now());
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Exchange::Done(Answer::NotModified(headers)));
        }
        if status != StatusCode::OK {
            return Err(Failure {
                kind: "status",
                message: format!("the server answered {status}"),
                status: Some(status.as_u16()),
                retry_after: retry_after(response.headers(), now()),
            });
        }
        let content_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let limit = match wanted {
            Wanted::Robots => robots::BODY_BYTES_MAX,
            Wanted::Feed | Wanted::Page => self.settings.max_body,
        };
        let body = read_body(response, limit).await?;
        let document = Document {
            url: url.to_string(),
            content_type,
            body,
            fetched: now(),
        };
        Ok(Exchange::Done(Answer::Document(document, headers)))
    }

    fn client_for(&self, feed: &Feed) -> Result<reqwest::Client, Failure> {
        let proxy = match feed.proxy.as_ref().or(self.settings.proxy.as_ref()) {
            Some(Proxy::Via(address)) => Some(address.reveal().to_string()),
            Some(Proxy::Direct) | None => None,
        };
        let key = Key {
            proxy,
            ca_file: feed.ca_file.clone(),
            http1_only: feed.http_version == HttpVersion::Http11,
            http2_only: feed.http_version == HttpVersion::Http2,
            cookies_of: feed.cookies.then(|| feed.id.clone()),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.make_client(&key)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn make_client(&self, key: &Key) -> Result<reqwest::Client, Failure> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT.min(self.settings.timeout))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(1)
            .referer(false)
            .dns_resolver(Arc::new(self.guard.clone()))
            .no_proxy();
        if let Some(proxy) = &key.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(configured)?);
        }
        for file in [&self.settings.ca_file, &key.ca_file].into_iter().flatten() {
            for certificate in certificates(file)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        if key.http1_only {
            builder = builder.http1_only();
        }
        if key.http2_only {
            builder = builder.http2_prior_knowledge();
        }
        if key.cookies_of.is_some() {
            builder = builder.cookie_store(true);
        }
        builder.build().map_err(configured)
    }
}

/// Whether an address is at one of the origins (scheme, host, port) that the user gave for the feed. The
/// pages that its items link to, and redirects, may lead to anybody.
fn is_of_feed(feed: &Feed, url: &Url) -> bool {
    let mut addresses = std::iter::once(&feed.url).chain(&feed.alternates);
    addresses.any(|address| address.origin() == url.origin())
}

enum Exchange {
    Done(Answer),
    Redirect { to: Url, is_permanent: bool },
}

fn moved(mut answer: Answer, to: &Url) -> Answer {
    let (Answer::NotModified(headers) | Answer::Document(_, headers)) = &mut answer;
    headers.moved_to = Some(to.to_string());
    answer
}

fn parse_url(url: &str) -> Result<Url, Failure> {
    Url::parse(url).map_err(|error| Failure::new("refused", format!("not an address: {error}")))
}

/// The host as spaced requests count it: ports of one machine are one host.
fn key_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_ascii_lowercase()
}

fn redirect_of(response: &Response, url: &Url) -> Result<Option<Exchange>, Failure> {
    let is_permanent = match response.status().as_u16() {
        301 | 308 => true,
        302 | 303 | 307 => false,
        _ => return Ok(None),
    };
    let Some(location) = response.headers().get(header::LOCATION) else {
        return Err(Failure::new("redirect", "a redirect without a location"));
    };
    let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
    let to = url
        .join(&location)
        .map_err(|error| Failure::new("redirect", format!("a redirect to nowhere: {error}")))?;
    Ok(Some(Exchange::Redirect { to, is_permanent }))
}

async fn read_body(mut response: Response, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| body_failure(&error))? {
        if body.len() as u64 + chunk.len() as u64 > limit {
            let message = format!("more than {limit} bytes after decompression");
            return Err(Failure::new("too_large", message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn headers_of(headers: &HeaderMap, now: Timestamp) -> Headers {
    Headers {
        validators: Validators {
            etag: validator(headers, &header::ETAG),
            last_modified: validator(headers, &header::LAST_MODIFIED),
        },
        fresh_for: fresh_for(headers, now),
        moved_to: None,
    }
}

/// Header bytes one to one as characters, so that they can be sent back as they came.
fn validator(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    (value.len() <= VALIDATOR_BYTES_MAX).then(|| value.iter().map(|&b| char::from(b)).collect())
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let max_age = text(header::CACHE_CONTROL).and_then(|value| {
        value.split(',').find_map(|directive| {
            let seconds = directive.trim().strip_prefix("max-age=")?;
            seconds.trim_matches('"').parse::<u64>().ok()
        })
    });
    if let Some(max_age) = max_age {
        let age = text(header::AGE).and_then(|age| age.trim().parse().ok()).unwrap_or(0);
        return Some(Duration::from_secs(max_age.saturating_sub(age)));
    }
    until(text(header::EXPIRES)?, now)
}

fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => until(value, now),
    }
}

/// The time from now to an HTTP date (RFC 9110 §5.6.7), zero for the past.
fn until(date: &str, now: Timestamp) -> Option<Duration> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()?;
    let left = date.duration_since(now).max(SignedDuration::ZERO);
    Duration::try_from(left).ok()
}

fn certificates(file: &Path) -> Result<Vec<reqwest::Certificate>, Failure> {
    let named = |what: String| Failure::new("config", format!("{}: {what}", file.display()));
    let pem = std::fs::read(file).map_err(|error| named(error.to_string()))?;
    reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| named(error.to_string()))
}

fn configured(error: reqwest::Error) -> Failure {
    Failure::new("config", in_words(&error))
}

fn refused(error: Refused) -> Failure {
    Failure::new("refused", error.to_string())
}

fn body_failure(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return failure_of(error);
    }
    Failure::new("truncated", format!("the body broke off: {}", in_words(error)))
}

fn failure_of(error: &reqwest::Error) -> Failure {
    let message = in_words(error);
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let kind = if says(&["is not a public address"]) {
        "refused"
    } else if error.is_timeout() {
        "timeout"
    } else if says(&["dns error", "failed to lookup", "name or service", "name resolution"]) {
        "dns"
    } else if says(&["certificate", "tls", "handshake"]) {
        "tls"
    } else {
        "connect"
    };
    Failure::new(kind, message)
}

/// The chain of causes without the address: it may hold a secret, and the caller names the feed.
fn in_words(error: &reqwest::Error) -> String {
    let mut words = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let word = cause.to_string();
        if words.last() != Some(&word) {
            words.push(word);
        }
        source = cause.source();
    }
    if words.is_empty() {
        "the request failed".into()
    } else {
        words.join(": ")
    }
}
