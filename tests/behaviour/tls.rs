//! Certificates: those that are believed, and those that are not.

use std::fs;
use std::time::Duration;

use super::*;
use crate::support::tls::{Authority, Named, Secure};

/// A house whose feed is at this server, which believes this authority, if any.
fn secured(server: &Secure, authority: Option<&Authority>) -> House {
    let house = house("http://x.example/");
    let file = house.path("roots.pem");
    let line = authority.map(|authority| {
        fs::write(&file, authority.pem()).expect("a file");
        format!("\nca_file = \"{}\"", file.display())
    });
    let lines = format!(
        "url = \"{}\"{}",
        server.url("/rss"),
        line.unwrap_or_default()
    );
    house.configure(&with_feeds(&settings(), &[("f", lines)]));
    house
}

#[test]
fn certificates() {
    let ours = Authority::new();
    let other = Authority::new();
    let here = || Named::address("127.0.1.1");
    let tls = trouble("tls");
    let cases = [
        (
            "certificate of an issuer that ca_file names",
            here(),
            Some(&ours),
            WELL,
        ),
        ("certificate of an unknown issuer", here(), None, tls),
        (
            "certificate of another issuer of the same name",
            here(),
            Some(&other),
            tls,
        ),
        (
            "certificate that has expired",
            here().until(2020),
            Some(&ours),
            tls,
        ),
        (
            "certificate that is not yet valid",
            here().from(2099),
            Some(&ours),
            tls,
        ),
        (
            "certificate of another name",
            Named::host("other.example"),
            Some(&ours),
            tls,
        ),
        (
            "certificate of another address",
            Named::address("127.0.1.2"),
            Some(&ours),
            tls,
        ),
        ("certificate of nobody", here().self_signed(), None, tls),
    ];
    for (name, named, authority, expected) in cases {
        let server = Secure::start("127.0.1.1", &ours, named, whole());
        holds(name, &secured(&server, authority), expected);
        let is_read = expected.articles > 0;
        assert_eq!(
            server.requests() > 0,
            is_read,
            "{name}: nothing is told to whom we do not know"
        );
    }
}

fn whole() -> Vec<u8> {
    let body = feed();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[test]
fn ends_of_secure_connections() {
    let ours = Authority::new();
    let named = || Named::address("127.0.1.1");
    let server = Secure::start("127.0.1.1", &ours, named(), whole()).without_close();
    holds(
        "TLS that is not closed, length known",
        &secured(&server, Some(&ours)),
        WELL,
    );
    // RFC 9112 §9.8: without a length and without close_notify nobody knows whether this was all.
    let unbounded = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", feed()).into_bytes();
    let server = Secure::start("127.0.1.1", &ours, named(), unbounded.clone()).without_close();
    let name = "TLS that is not closed, length unknown";
    holds(name, &secured(&server, Some(&ours)), trouble("truncated"));
    let server = Secure::start("127.0.1.1", &ours, named(), unbounded);
    holds(
        "TLS that is closed, length unknown",
        &secured(&server, Some(&ours)),
        WELL,
    );
}

#[test]
fn handshakes() {
    let ask = |url: &str| house(&url.replace("http:", "https:"));
    let plain = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    let plain = Raw::start("127.0.1.1", vec![vec![Step::ReadSome, Step::Send(plain)]]);
    holds(
        "HTTPS asked of HTTP",
        &ask(&plain.url("/rss")),
        trouble("tls"),
    );
    let stalled = Raw::start("127.0.1.1", vec![vec![Step::Sleep(Duration::from_secs(4))]]);
    holds(
        "handshake that stalls",
        &ask(&stalled.url("/rss")),
        trouble("timeout"),
    );
    let hung_up = Raw::start("127.0.1.1", vec![vec![Step::ReadSome]]);
    holds(
        "handshake that is cut off",
        &ask(&hung_up.url("/rss")),
        trouble("tls"),
    );
    // RFC 8446 §6: handshake_failure.
    let alert = Raw::start(
        "127.0.1.1",
        vec![vec![
            Step::ReadSome,
            Step::Send(vec![21, 3, 3, 0, 2, 2, 40]),
        ]],
    );
    holds(
        "handshake that is refused",
        &ask(&alert.url("/rss")),
        trouble("tls"),
    );
}
