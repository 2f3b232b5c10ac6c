//! What holds for every answer: who may ask, how, and what a browser may do with it.
//!
//! The page has no secret and no password: what protects it is that it listens on loopback. A page of the web
//! must therefore not reach it through the browser of someone on this machine. It cannot read across origins,
//! and a name of its own that it points at 127.0.0.1 (DNS rebinding) is refused by the `Host` header. Names that
//! the operator gave (`http.hosts`) are his own: nobody else can point them anywhere.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing from elsewhere, nothing inline: text of a feed that were ever taken for markup would do nothing.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
/// Bytes of an address; ours are an identifier and a few words.
const ADDRESS_BYTES_MAX: usize = 2048;

/// Names of ours besides addresses and `localhost`, as the operator gave them.
pub(super) type Hosts = Arc<[String]>;

/// Refuses what is not for us, and marks what we answer.
pub(super) async fn guard(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&request, &hosts) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(request: &Request, names: &[String]) -> Option<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(header::ALLOW, "GET, HEAD")];
        let text = "this page only answers GET and HEAD\n";
        return Some((StatusCode::METHOD_NOT_ALLOWED, allow, text).into_response());
    }
    let address = request
        .uri()
        .path_and_query()
        .map_or("", |path| path.as_str());
    if address.len() > ADDRESS_BYTES_MAX {
        return Some((StatusCode::URI_TOO_LONG, "the address is too long\n").into_response());
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let is_ours = hosts.next().is_none() && host.is_some_and(|host| is_ours(host, names));
    (!is_ours).then(|| {
        let text = "this page is asked by address, as localhost, or by a name of http.hosts\n";
        (StatusCode::MISDIRECTED_REQUEST, text).into_response()
    })
}

/// Whether a `Host` header names no name that somebody else may have pointed here.
fn is_ours(host: &str, names: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|ours| name.eq_ignore_ascii_case(ours))
        || name.parse::<IpAddr>().is_ok()
        || host.parse::<SocketAddr>().is_ok()
        || literal(host).is_some()
}

/// `[::1]` without a port.
fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_localhost_and_given_names_are_ours() {
        let names = ["news.example.org".to_owned()];
        for host in [
            "127.0.0.1",
            "127.0.0.1:8311",
            "localhost",
            "LocalHost:8311",
            "localhost.",
            "[::1]",
            "[::1]:8311",
            "192.168.3.4:80",
            "news.example.org",
            "News.Example.org:8443",
            "news.example.org.",
        ] {
            assert!(is_ours(host, &names), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8311",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.1@evil.example",
            "[::1]evil.example",
            "localhost:8311.evil.example",
            "evil.localhost:80",
            "example.org",
            "news.example.org.evil.example",
            "evil.news.example.org",
            "news.example.org@evil.example",
            "news.example.org:80:80",
            "news.example.org..",
        ] {
            assert!(!is_ours(host, &names), "{host}");
        }
    }
}
