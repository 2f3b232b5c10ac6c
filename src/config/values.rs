//! Values with a meaning of their own: durations, sizes, addresses, codes, selectors, secrets.
//!
//! Not here: keeping the rules that they stand for. An address is not asked, a directory not made.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use ipnet::IpNet;
use jiff::tz::TimeZone;
use scraper::Selector as Css;
use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use url::{Host, Url};

use super::codes;
use super::settings::Keep;
use super::shape::{Shape, Text, Then};
use super::walk::{Fault, Value, Walk};

/// Ids stand in file names, and in every record.
const ID_BYTES_MAX: usize = 64;

/// Longer than any name, header or address that was ever meant.
const LINE_BYTES_MAX: usize = 4096;

/// What the schema asks of durations and sizes.
const DURATION: &str = r"^\s*(\d+\s*[a-zA-Zµ]+\s*)+$|^0$";
const SIZE: &str = r"^\s*\d+(\.\d+)?\s*[a-zA-Z]*\s*$";

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// The value itself; not for logs, records or messages.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// Names of headers and their values, in the order of their names.
pub type Headers = Vec<(String, Secret<String>)>;

/// How a feed is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Without a proxy, even if `[fetch]` names one.
    Direct,
    /// `http`, `https`, `socks5` or `socks5h`, perhaps with name and password.
    Via(Secret<Url>),
}

/// An http or https address. It is shown as it was written, so that a `${TOKEN}` in it stays one.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    written: String,
}

impl From<Url> for Address {
    fn from(url: Url) -> Self {
        let written = url.to_string();
        Self { url, written }
    }
}

impl Deref for Address {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.written)
    }
}

/// A line of text for people or for a header.
pub fn line() -> Text<impl Fn(&str) -> Result<String, String>> {
    let parse = |text: &str| {
        let line = text.trim();
        if line.is_empty() || line.len() > LINE_BYTES_MAX || line.contains(char::is_control) {
            let help =
                "write something on one line, without control characters, or leave the key out";
            return Err(help.to_owned());
        }
        Ok(line.to_owned())
    };
    Text {
        what: "a line of text",
        example: "some text",
        pattern: "",
        parse,
    }
}

/// A duration between two others.
pub fn period(least: Duration, most: Duration) -> impl Shape<Out = Duration> {
    Text {
        what: "a duration",
        example: "15m",
        pattern: DURATION,
        parse: move |text: &str| duration(text, least, most),
    }
}

/// `forever`, or a duration between two others.
pub fn keep(least: Duration, most: Duration) -> impl Shape<Out = Keep> {
    let parse = move |text: &str| match text {
        "forever" => Ok(Keep::Forever),
        _ => duration(text, least, most)
            .map(Keep::For)
            .map_err(|help| help + ", or \"forever\""),
    };
    Text {
        what: "\"forever\" or a duration",
        example: "365d",
        pattern: "",
        parse,
    }
}

fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text.trim())
        .map_err(|_| "write a number and a unit, such as \"90s\", \"15m\", \"6h\" or \"7d\"")?;
    let [from, to] = [least, most].map(humantime::format_duration);
    let fits = (least..=most).contains(&duration);
    fits.then_some(duration)
        .ok_or_else(|| format!("write a duration from \"{from}\" to \"{to}\""))
}

/// A number of bytes between two others.
pub fn size(least: u64, most: u64) -> impl Shape<Out = u64> {
    let parse = move |text: &str| {
        let ByteSize(bytes) = ByteSize::from_str(text.trim())
            .map_err(|_| "write a number and a unit, such as \"512KiB\", \"16MiB\" or \"2GiB\"")?;
        let [from, to] = [least, most].map(ByteSize);
        let fits = (least..=most).contains(&bytes);
        fits.then_some(bytes)
            .ok_or_else(|| format!("write a size from \"{from}\" to \"{to}\""))
    };
    Text {
        what: "a size",
        example: "16MiB",
        pattern: SIZE,
        parse,
    }
}

/// The id of a feed: `[a-z0-9-]+`, and no other feed has it.
pub fn feed_id() -> impl Shape<Out = String> {
    let parse = |id: &str| {
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let length = 1..=ID_BYTES_MAX;
        if length.contains(&id.len()) && id.bytes().all(is_part) {
            return Ok(id.to_owned());
        }
        let words: Vec<&str> = id
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let proposal = words.join("-").to_ascii_lowercase();
        let such_as = if length.contains(&proposal.len()) {
            &proposal
        } else {
            "tolonews-en"
        };
        Err(format!(
            "write {such_as:?}: an id has up to {ID_BYTES_MAX} of a-z, 0-9 and -"
        ))
    };
    let text = Text {
        what: "an id",
        example: "tolonews-en",
        pattern: "^[a-z0-9-]{1,64}$",
        parse,
    };
    Then(
        text,
        |walk: &mut Walk<'_>, value: &Value<'_>, id: String| {
            walk.claim_id(&id, value.span());
            Some(id)
        },
    )
}

/// A CSS selector; it is compiled once to hear what is wrong with it.
pub fn selector() -> impl Shape<Out = String> {
    let parse = |text: &str| match Css::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("{error}; write something like \"article h2 a\"")),
    };
    Text {
        what: "a CSS selector",
        example: "article h2 a",
        pattern: "",
        parse,
    }
}

/// A country, ISO 3166-1 alpha-3.
pub fn country() -> impl Shape<Out = String> {
    let parse = |code: &str| {
        if codes::is_country(code) {
            return Ok(code.to_owned());
        }
        let meant = codes::country_meant_by(code);
        Err(meant.map_or_else(
            || "write its ISO 3166-1 alpha-3 code, such as \"AFG\" or \"KAZ\"".to_owned(),
            |code| format!("write {code:?}"),
        ))
    };
    Text {
        what: "a country code of three letters",
        example: "AFG",
        pattern: "^[A-Z]{3}$",
        parse,
    }
}

/// A language tag: BCP 47 (RFC 5646) as far as its shape goes.
pub fn language() -> impl Shape<Out = String> {
    let parse = |tag: &str| {
        let is_subtag = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let mut parts = tag.split('-');
        if parts.next().is_some_and(codes::is_language) && parts.all(is_subtag) {
            return Ok(tag.to_owned());
        }
        let meant = codes::language_meant_by(tag);
        Err(meant.map_or_else(
            || "write its BCP 47 tag, such as \"fa\", \"prs\" for Dari, or \"uz-Cyrl\"".to_owned(),
            |tag| format!("write {tag:?}"),
        ))
    };
    Text {
        what: "a language tag",
        example: "prs",
        pattern: "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
        parse,
    }
}

/// A time zone of the IANA database, which is compiled in.
pub fn zone() -> impl Shape<Out = TimeZone> {
    let parse = |name: &str| {
        TimeZone::get(name).map_err(|_| {
            "write its IANA name, such as \"Asia/Kabul\" or \"Asia/Almaty\"".to_owned()
        })
    };
    Text {
        what: "a time zone",
        example: "Asia/Kabul",
        pattern: "",
        parse,
    }
}

/// A network in CIDR notation, or one address.
pub fn network() -> impl Shape<Out = IpNet> {
    let parse = |text: &str| {
        let network = text
            .parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| {
            "write an address and the length of its prefix, such as \"127.0.0.0/8\"".to_owned()
        })
    };
    Text {
        what: "a network",
        example: "127.0.0.0/8",
        pattern: "",
        parse,
    }
}

/// An address of this machine with a port.
pub fn listen() -> impl Shape<Out = SocketAddr> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|_| "write something like \"127.0.0.1:8311\" or \"[::1]:8311\"".to_owned())
    };
    Text {
        what: "an address with a port",
        example: "127.0.0.1:8311",
        pattern: "",
        parse,
    }
}

/// The name of a host, in lower case, international ones in Punycode; no address, scheme or port.
pub fn host_name() -> impl Shape<Out = String> {
    let name_of = |text: &str| match Host::parse(text) {
        Ok(Host::Domain(name)) => {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            let is_sound = |label: &str| !label.is_empty() && label.bytes().all(is_part);
            name.split('.').all(is_sound).then_some(name)
        }
        _ => None,
    };
    let parse = move |text: &str| {
        name_of(text).ok_or_else(|| {
            let is_end = |c: char| matches!(c, '/' | ':');
            let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
            let bare = bare.split(is_end).next().unwrap_or_default();
            match name_of(bare.trim_end_matches('.')) {
                Some(name) => format!("write the name alone: {name:?}"),
                None => "write a name such as \"news.example.org\"".to_owned(),
            }
        })
    };
    Text {
        what: "the name of a host",
        example: "news.example.org",
        pattern: "",
        parse,
    }
}

/// A level, or a filter as `RUST_LOG` takes it.
pub fn directives() -> impl Shape<Out = String> {
    let parse = |filter: &str| {
        // A single word that is no level would be taken for the name of a module, and silence all the others.
        let sound = match filter.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            true => !filter.is_empty() && LevelFilter::from_str(filter).is_ok(),
            false => EnvFilter::try_new(filter).is_ok(),
        };
        let help = "write error, warn, info, debug, trace or off, or a filter such as \"warn,khabar::poll=debug\"";
        sound
            .then(|| filter.to_owned())
            .ok_or_else(|| help.to_owned())
    };
    Text {
        what: "a log level or filter",
        example: "info",
        pattern: "",
        parse,
    }
}

fn parse_url(text: &str, schemes: &[&str]) -> Result<Url, String> {
    let first = schemes[0];
    let rest = text
        .split_once("://")
        .map_or(text, |(_, rest)| rest)
        .trim_start_matches('/');
    match Url::parse(text) {
        Ok(url) if schemes.contains(&url.scheme()) && url.has_host() => Ok(url),
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => {
            Err(format!("write \"{first}://{rest}\""))
        }
        Err(error) => Err(format!(
            "{error}; write something like \"{first}://example.org/rss\""
        )),
    }
}

/// An http or https address.
pub fn address() -> impl Shape<Out = Address> {
    let text = Text {
        what: "an http or https address",
        example: "https://example.org/rss",
        pattern: "^https?://",
        parse: |text: &str| parse_url(text.trim(), &["https", "http"]),
    };
    Then(text, |walk: &mut Walk<'_>, value: &Value<'_>, url: Url| {
        if !url.username().is_empty() || url.password().is_some() {
            let help = "put both into headers = { Authorization = \"Basic …\" }: addresses stand in records and logs";
            return walk.report(
                value.span(),
                Fault::new("the address holds a name or a password", help),
            );
        }
        let written = value
            .get_ref()
            .as_str()
            .unwrap_or_default()
            .trim()
            .to_owned();
        Some(Address { url, written })
    })
}

/// `direct`, or the address of a proxy.
pub struct ProxyText;

impl Shape for ProxyText {
    type Out = Proxy;

    fn what(&self) -> String {
        "the address of a proxy".into()
    }

    fn example(&self) -> String {
        "\"socks5h://127.0.0.1:9050\" or \"direct\"".into()
    }

    fn schema(&self) -> Json {
        json!({"type": "string", "pattern": "^direct$|^(https?|socks5h?)://"})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<Proxy> {
        walk.secrets.push(value.span());
        walk.text(self, value, |text| match text {
            "direct" => Ok(Proxy::Direct),
            _ => Ok(Proxy::Via(Secret(parse_url(
                text,
                &["socks5h", "socks5", "http", "https"],
            )?))),
        })
    }
}

/// A path; a relative one is relative to the directory of the file.
pub fn location() -> impl Shape<Out = PathBuf> {
    let text = Text {
        what: "a path",
        example: "/var/lib/khabar",
        ..line()
    };
    Then(text, |walk: &mut Walk<'_>, _: &Value<'_>, path: String| {
        Some(walk.dir.join(path))
    })
}

/// A glob of further files. It is noted for the loader, which follows it even if other keys are wrong.
pub fn include() -> impl Shape<Out = String> {
    let parse = |text: &str| match glob::Pattern::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "{}; write something like \"feeds.d/*.toml\"",
            error.msg
        )),
    };
    let text = Text {
        what: "a glob of files",
        example: "feeds.d/*.toml",
        pattern: "",
        parse,
    };
    Then(
        text,
        |walk: &mut Walk<'_>, value: &Value<'_>, pattern: String| {
            let place = walk.place(value.span());
            walk.findings.includes.push((place, pattern.clone()));
            Some(pattern)
        },
    )
}

/// A table of header names and their values (RFC 9110, section 5).
pub struct HttpHeaders;

impl Shape for HttpHeaders {
    type Out = Headers;

    fn what(&self) -> String {
        "a table of headers".into()
    }

    fn example(&self) -> String {
        "{ Authorization = \"Bearer ${TOKEN}\" }".into()
    }

    fn schema(&self) -> Json {
        json!({"type": "object", "additionalProperties": {"type": "string"}})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<Headers> {
        let DeValue::Table(headers) = value.get_ref() else {
            walk.secrets.push(value.span());
            return walk.wrong_type(self, value);
        };
        let read: Vec<_> = headers
            .iter()
            .map(|(name, value)| header(walk, name, value))
            .collect();
        read.into_iter().collect()
    }
}

fn header(
    walk: &mut Walk<'_>,
    name: &Spanned<Cow<'_, str>>,
    value: &Value<'_>,
) -> Option<(String, Secret<String>)> {
    walk.secrets.push(value.span());
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let text = Text {
        what: "the value of a header",
        example: "Bearer ${TOKEN}",
        pattern: "",
        parse: |text: &str| match text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            true => Ok(Secret(text.to_owned())),
            false => Err(String::new()),
        },
    };
    let read = text.read(walk, value);
    if name.get_ref().is_empty() || !name.get_ref().bytes().all(is_token) {
        let fault = Fault::new(
            "this is not the name of a header",
            "write a name of letters, digits and -, such as X-Api-Key",
        );
        return walk.report(name.span(), fault);
    }
    read.map(|value| (name.get_ref().to_string(), value))
}
