//! Redirects, and addresses inside that they may lead to.

use std::net::TcpListener;

use serde_json::Value;

use super::*;

#[test]
fn redirects() {
    let (server, house) = case(
        "chain of permanent redirects",
        WELL,
        |request, _| match request.path.as_str() {
            "/rss" => Answer::redirect(301, "/two"),
            "/two" => Answer::redirect(308, "/three"),
            _ => ok(),
        },
    );
    assert_eq!(
        (
            server.requests_for("/rss").len(),
            &house.feed("f")["learned_url"]
        ),
        (2, &Value::Null)
    );
    for (name, status) in [("302", 302), ("303", 303), ("307", 307)] {
        case(name, WELL, move |request, _| {
            if request.path == "/rss" {
                Answer::redirect(status, "/new")
            } else {
                ok()
            }
        });
    }
    let login = "<html><title>Sign in</title><form><input type=\"password\"></form></html>";
    case(
        "redirect to a log-in page",
        trouble("login"),
        move |request, _| match request.path.as_str() {
            "/rss" => Answer::redirect(301, "/login"),
            _ => Answer::page(login),
        },
    );
    case("redirect loop", trouble("redirect"), |_, _| {
        Answer::redirect(302, "/rss")
    });
    case("eleven redirects", trouble("redirect"), |_, number| {
        Answer::redirect(302, format!("/{number}"))
    });
    case("redirect to nowhere", trouble("redirect"), |_, _| {
        Answer::new(301)
    });
    case("redirect to no address", trouble("redirect"), |_, _| {
        Answer::redirect(301, "http://[::")
    });
}

/// Addresses inside, in every form; `PORT` stands for that of a server that must never be reached.
const INSIDE: [&str; 43] = [
    "http://127.0.9.9:PORT/",
    "http://127.9:PORT/",
    "http://2130708745:PORT/",
    "http://0x7f000909:PORT/",
    "http://0177.0.011.011:PORT/",
    "http://0x7f.0.9.9:PORT/",
    "http://127.0.2313:PORT/",
    "http://[::ffff:127.0.9.9]:PORT/",
    "http://[::ffff:7f00:909]:PORT/",
    "http://[::127.0.9.9]:PORT/",
    "http://[64:ff9b::7f00:909]:PORT/",
    "http://[64:ff9b:1::7f00:909]:PORT/",
    "http://[2002:7f00:909::]:PORT/",
    "http://[::ffff:0:7f00:909]:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST.:PORT/",
    "http://１２７.０.９.９:PORT/",
    "http://127。0。9。9:PORT/",
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/",
    "http://100.64.0.1/",
    "http://100.127.255.254/",
    "http://192.0.0.8/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://239.1.1.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[ff02::1]/",
    "file:///etc/passwd",
    "gopher://127.0.9.9:PORT/",
    "ftp://127.0.9.9:PORT/",
];

#[test]
fn redirects_inside() {
    let inside = Server::start("127.0.9.9", |_| ok());
    let at_home = Server::start("127.0.0.1", |_| ok());
    let mapped = inside
        .url("/rss")
        .replace("127.0.9.9", "[::ffff:127.0.9.9]");
    let named = at_home.url("/rss").replace("127.0.0.1", "localhost");
    let cases = [
        ("redirect to an address inside", inside.url("/rss")),
        ("redirect to a mapped address inside", mapped),
        ("redirect to a name that leads inside", named),
    ];
    let settings = settings().replace("127.0.0.0/8", "127.0.1.0/24");
    for (name, to) in cases {
        let server = Server::start("127.0.1.1", move |_| Answer::redirect(301, to.clone()));
        let lines = format!("url = \"{}\"", server.url("/rss"));
        let house = House::new(&with_feeds(&settings, &[("f", lines)]));
        holds(name, &house, trouble("refused"));
    }
    assert!(inside.requests().is_empty() && at_home.requests().is_empty());
}

#[test]
fn nothing_inside_is_reached_by_redirect_or_literal() {
    let inside = TcpListener::bind("127.0.9.9:0").expect("a free port");
    inside.set_nonblocking(true).expect("a socket");
    let port = inside.local_addr().expect("an address").port().to_string();
    let targets: Vec<String> = INSIDE
        .iter()
        .map(|target| target.replace("PORT", &port))
        .collect();
    let to = targets.clone();
    let server = Server::start("127.0.1.1", move |request| {
        let number: usize = request
            .path
            .trim_start_matches('/')
            .parse()
            .unwrap_or_default();
        Answer::redirect(302, to[number].clone())
    });
    let mut feeds: Vec<(String, String)> = Vec::new();
    for (number, target) in targets.iter().enumerate() {
        feeds.push((
            format!("redirect-{number}"),
            format!("url = \"{}\"", server.url(&format!("/{number}"))),
        ));
        if target.starts_with("http:") {
            feeds.push((format!("literal-{number}"), format!("url = \"{target}\"")));
        }
    }
    let feeds: Vec<(&str, String)> = feeds
        .iter()
        .map(|(id, lines)| (id.as_str(), lines.clone()))
        .collect();
    let settings = settings().replace("127.0.0.0/8", "127.0.1.0/24");
    let house = House::new(&with_feeds(&settings, &feeds));
    house.once();
    for (id, lines) in &feeds {
        let trouble = &house.feed(id)["trouble"];
        let kind = trouble["kind"].as_str().unwrap_or_default();
        assert!(
            matches!(kind, "refused" | "redirect" | "dns"),
            "{id} {lines}: {trouble}"
        );
    }
    assert!(inside.accept().is_err(), "somebody came in");
    assert!(feeds.len() >= 80);
}
