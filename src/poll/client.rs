//! One request, politely and safely: redirects followed by hand, bodies bounded after decompression,
//! every failure told apart.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use super::failure::{Failure, body_failure, configured, failure_of, refused};
use super::guard::{self, Guard};
use super::headers::{Headers, headers_of, latin1, retry_after};
use super::host::Hosts;
use super::memory::Validators;
use super::refusal;
use super::robots::{self, Robots, Rules};
use crate::config::{Feed, Fetch, HttpVersion, Proxy};
use crate::document::Document;

/// RFC 9110 §15.4 leaves the number to the client; Firefox and curl stop at 20 and 50, feed readers at
/// 10.
const REDIRECTS_MAX: usize = 10;
/// Time to a connection, name and TLS included: a third of the default time for all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are kept for the article pages of one poll, and for nothing else: at 9,000 hosts, one
/// each costs 250 MiB.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of all headers of an answer. Our client's own bound, about 400 KiB, is there for what cannot be
/// read at all; browsers and proxies stop between 8 and 256 KiB.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// A body must come at this speed on the whole, once the first seconds are over: who drips a byte a second
/// holds a place for nothing.
const BODY_BYTES_PER_SEC_MIN: f64 = 1024.0;
const BODY_GRACE: Duration = Duration::from_secs(10);
/// What feeds come as; browsers' `*/*` last, since some servers answer 406 to anything narrower.
const ACCEPT_FEED: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
     application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.7, */*;q=0.5";
const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml, */*;q=0.5";

/// What a request brought.
#[derive(Clone, Debug)]
pub enum Answer {
    NotModified(Headers),
    Document(Document, Headers),
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
    /// Connections are kept for further requests.
    keeps: bool,
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
        let guard = Guard::new(&settings.allow_private, guard::system());
        Self::behind(guard, settings)
    }

    /// One that dials what this guard lets through.
    fn behind(guard: Guard, settings: &Fetch) -> Self {
        let contact = settings
            .contact
            .as_ref()
            .map(|contact| format!(" (+{contact})"));
        let product = concat!("khabar/", env!("CARGO_PKG_VERSION"));
        let user_agent = settings
            .user_agent
            .clone()
            .unwrap_or_else(|| format!("{product}{}", contact.unwrap_or_default()));
        Self {
            guard,
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
        self.request(feed, url, validators, Wanted::Feed, None, now)
            .await
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
                return Err(Failure::new(
                    "robots",
                    "the site's robots.txt asks not to read this page",
                ));
            }
            delay = rules.delay();
        }
        let none = Validators::default();
        match self
            .request(feed, url, &none, Wanted::Page, delay, now)
            .await?
        {
            Answer::Document(document, _) => Ok(document),
            Answer::NotModified(_) => {
                Err(Failure::new("status", "304 to an unconditional request"))
            }
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
        let rules = match self
            .request(feed, &address, &none, Wanted::Robots, None, now)
            .await
        {
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
        let line = Line {
            client: self.client_for(feed, wanted)?,
            is_direct: self.proxy_of(feed).is_none(),
        };
        let mut url = parse_url(url)?;
        let mut permanent = true;
        for hop in 0..=REDIRECTS_MAX {
            self.guard.check_url(&url).map_err(refused)?;
            // First the host's turn: whoever waits for a slow host must not keep others waiting.
            let turn = self.hosts.enter(&key_of(&url), delay).await;
            let place = self.places.acquire().await;
            let asked = Asked {
                feed,
                url: &url,
                validators,
                wanted,
                is_own: is_own(feed, &url),
            };
            let mut answer = self.in_time(&line, &asked, &now).await;
            if is_stale_connection(&answer, turn.may_reuse()) {
                // RFC 9110 §9.2.2: a GET may be repeated when the connection went before the answer.
                answer = self.in_time(&line, &asked, &now).await;
            }
            drop((place, turn));
            let answer = answer.map_err(|failure| Failure {
                is_redirected: hop > 0,
                ..failure
            });
            match answer? {
                Exchange::Done(Answer::NotModified(_)) if validators.is_empty() => {
                    return Err(Failure::new(
                        "status",
                        "304 to a request without conditions",
                    ));
                }
                Exchange::Done(answer) if hop > 0 && permanent => return Ok(moved(answer, &url)),
                Exchange::Done(answer) => return Ok(answer),
                Exchange::Redirect { to, is_permanent } => {
                    permanent &= is_permanent;
                    url = to;
                }
            }
        }
        Err(Failure::new(
            "redirect",
            format!("more than {REDIRECTS_MAX} redirects"),
        ))
    }

    async fn in_time(
        &self,
        line: &Line,
        asked: &Asked<'_>,
        now: &impl Fn() -> Timestamp,
    ) -> Result<Exchange, Failure> {
        let request = self.build(&line.client, asked);
        let exchange = self.exchange(request, line, asked, now);
        tokio::time::timeout(self.settings.timeout, exchange)
            .await
            .unwrap_or_else(|_| {
                let limit = self.settings.timeout.as_secs_f32();
                Err(Failure::new(
                    "timeout",
                    format!("no complete answer within {limit} s"),
                ))
            })
    }

    fn build(&self, client: &reqwest::Client, asked: &Asked<'_>) -> reqwest::RequestBuilder {
        let Asked {
            feed,
            url,
            validators,
            wanted,
            is_own,
        } = *asked;
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
            if let Some(value) = value
                .as_ref()
                .and_then(|v| HeaderValue::from_bytes(&latin1(v)).ok())
            {
                headers.insert(name, value);
            }
        };
        validator(header::IF_NONE_MATCH, &validators.etag);
        validator(header::IF_MODIFIED_SINCE, &validators.last_modified);
        // What the user wrote may hold a secret: it goes to whom it was written for only.
        if is_own {
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
        line: &Line,
        asked: &Asked<'_>,
        now: &impl Fn() -> Timestamp,
    ) -> Result<Exchange, Failure> {
        let Asked { url, wanted, .. } = *asked;
        let response = request.send().await.map_err(|error| failure_of(&error))?;
        // The resolver and the check of literals let nobody through; this is the third wall.
        if line.is_direct
            && let Some(peer) = response.remote_addr()
        {
            self.guard.check(peer.ip()).map_err(refused)?;
        }
        let size: usize = response
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if size > HEADER_BYTES_MAX {
            return Err(Failure::new(
                "too_large",
                format!("{size} bytes of headers"),
            ));
        }
        let status = response.status();
        if let Some(redirect) = redirect_of(&response, url)? {
            return Ok(redirect);
        }
        let headers = headers_of(response.headers(), now());
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Exchange::Done(Answer::NotModified(headers)));
        }
        if status != StatusCode::OK || is_challenge(response.headers()) {
            let retry_after = retry_after(response.headers(), now());
            return Err(Failure {
                retry_after,
                ..no(response).await
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

    fn proxy_of(&self, feed: &Feed) -> Option<String> {
        match feed.proxy.as_ref().or(self.settings.proxy.as_ref()) {
            Some(Proxy::Via(address)) => Some(address.reveal().to_string()),
            Some(Proxy::Direct) | None => None,
        }
    }

    fn client_for(&self, feed: &Feed, wanted: Wanted) -> Result<reqwest::Client, Failure> {
        let key = Key {
            proxy: self.proxy_of(feed),
            ca_file: feed.ca_file.clone(),
            http1_only: feed.http_version == HttpVersion::Http11,
            http2_only: feed.http_version == HttpVersion::Http2,
            // Pages may come from the feed's own host, and a jar has one client; a poll alone is one request.
            keeps: feed.full_text || feed.cookies || wanted != Wanted::Feed,
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
            .pool_max_idle_per_host(usize::from(key.keeps))
            .referer(false)
            .http2_max_header_list_size(HEADER_BYTES_MAX as u32)
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

/// How a feed's requests go out.
struct Line {
    client: reqwest::Client,
    /// Without a proxy, so that the peer is the server.
    is_direct: bool,
}

/// One request.
#[derive(Clone, Copy)]
struct Asked<'a> {
    feed: &'a Feed,
    url: &'a Url,
    validators: &'a Validators,
    wanted: Wanted,
    /// Of the origin that the feed's own headers were written for.
    is_own: bool,
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
    let start = Instant::now();
    let mut body = Vec::new();
    loop {
        let earned = Duration::from_secs_f64(body.len() as f64 / BODY_BYTES_PER_SEC_MIN);
        let chunk = tokio::time::timeout_at(start + BODY_GRACE + earned, response.chunk()).await;
        let chunk = chunk.map_err(|_| {
            let (bytes, secs) = (body.len(), start.elapsed().as_secs());
            Failure::new(
                "slow",
                format!("only {bytes} bytes of the body in {secs} s"),
            )
        })?;
        let Some(chunk) = chunk.map_err(|error| body_failure(&error))? else {
            return Ok(body);
        };
        if body.len() as u64 + chunk.len() as u64 > limit {
            let message = format!("more than {limit} bytes after decompression");
            return Err(Failure::new("too_large", message));
        }
        body.extend_from_slice(&chunk);
    }
}

/// What an answer that is not the one we want says.
async fn no(mut response: Response) -> Failure {
    let status = response.status();
    let plain = Failure {
        status: Some(status.as_u16()),
        ..Failure::new("status", format!("the server answered {status}"))
    };
    if is_challenge(response.headers()) {
        return Failure {
            kind: "challenge",
            message: format!("{}, with a challenge", plain.message),
            ..plain
        };
    }
    let mut page = Vec::new();
    while page.len() < refusal::BYTES_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        page.extend_from_slice(&chunk[..chunk.len().min(refusal::BYTES_MAX)]);
    }
    match (status.as_u16(), refusal::of_page(&page)) {
        // RFC 7725.
        (451, _) => Failure {
            kind: "geo_block",
            ..plain
        },
        // RFC 9110 §15.5.2.
        (401, _) => Failure {
            kind: "login",
            ..plain
        },
        (400..=599, Some((kind @ ("challenge" | "geo_block"), message))) => Failure {
            kind,
            message: format!("{}: {message}", plain.message),
            ..plain
        },
        _ => plain,
    }
}

/// Cloudflare says so in a header, whatever the status is.
fn is_challenge(headers: &HeaderMap) -> bool {
    headers
        .get("cf-mitigated")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"challenge"))
}

/// Whether an address has the origin of one that the user wrote for this feed, or is such a host gone over
/// from http to https on the usual ports. Another port may be another owner's (curl CVE-2022-27774).
fn is_own(feed: &Feed, url: &Url) -> bool {
    let is_upgrade = |own: &Url| {
        own.scheme() == "http"
            && url.scheme() == "https"
            && own.host() == url.host()
            && own.port().is_none()
            && url.port().is_none()
    };
    let mut written = std::iter::once(&feed.url).chain(&feed.alternates);
    written.any(|own| own.origin() == url.origin() || is_upgrade(own))
}

/// A server may close an idle connection in the moment in which it is used again.
fn is_stale_connection(answer: &Result<Exchange, Failure>, may_be_reused: bool) -> bool {
    may_be_reused && matches!(answer, Err(failure) if failure.kind == "reset")
}

fn certificates(file: &Path) -> Result<Vec<reqwest::Certificate>, Failure> {
    let named = |what: String| Failure::new("config", format!("{}: {what}", file.display()));
    let pem = std::fs::read(file).map_err(|error| named(error.to_string()))?;
    reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| named(error.to_string()))
}

#[cfg(test)]
mod tests;
