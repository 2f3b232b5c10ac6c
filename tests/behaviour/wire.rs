//! Connections: slow, broken, stale, and those that never were.

use std::net::TcpListener;
use std::time::Duration;

use super::*;

#[test]
fn slow_and_broken_answers() {
    case("slow head", trouble("timeout"), |_, _| {
        ok().delay(Duration::from_secs(4))
    });
    case("dripping body", trouble("timeout"), |_, _| {
        ok().drip(Duration::from_millis(50))
    });
    raw(
        "silence after accept",
        trouble("timeout"),
        vec![Step::Read, Step::Sleep(Duration::from_secs(4))],
    );
    let closed = raw(
        "closed before the answer",
        trouble("reset"),
        vec![Step::Read],
    );
    assert_eq!(
        closed.connections(),
        1,
        "a fresh connection is not tried twice"
    );
    raw(
        "reset before the answer",
        trouble("reset"),
        vec![Step::Sleep(Duration::from_millis(50))],
    );
    let slow = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX: y\r\n";
    let drip = slow.bytes().flat_map(|byte| {
        [
            Step::Send(vec![byte]),
            Step::Sleep(Duration::from_millis(60)),
        ]
    });
    let script = [Step::Read].into_iter().chain(drip).collect();
    raw("dripping head", trouble("timeout"), script);
    let early = b"HTTP/1.1 102 Processing\r\n\r\n".repeat(100);
    let script = vec![Step::Read, Step::Repeat(early, 1_000_000)];
    raw("1xx without end", trouble("timeout"), script);
    raw(
        "101",
        trouble("status"),
        send(
            "HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: Upgrade\n\n",
            b"",
        ),
    );
    let head = "HTTP/1.1 200 OK\nContent-Type: application/rss+xml\n";
    let body = feed();
    raw(
        "length too long",
        trouble("truncated"),
        send(&format!("{head}Content-Length: 9999\n\n"), body.as_bytes()),
    );
    let chunk = format!("{:x}\r\n{body}\r\n", body.len());
    raw(
        "last chunk missing",
        trouble("truncated"),
        send(
            &format!("{head}Transfer-Encoding: chunked\n\n"),
            chunk.as_bytes(),
        ),
    );
    raw(
        "no length at all",
        WELL,
        send(&format!("{head}Connection: close\n\n"), body.as_bytes()),
    );
    raw(
        "HTTP/1.0",
        WELL,
        send("HTTP/1.0 200 OK\n\n", body.as_bytes()),
    );
    let early = "HTTP/1.1 103 Early Hints\nLink: </a>; rel=preload\n\n";
    raw(
        "1xx before the answer",
        WELL,
        send(
            &format!("{early}{head}Connection: close\n\n"),
            body.as_bytes(),
        ),
    );
    raw("no HTTP", trouble("connect"), send("220 mail ESMTP\n", b""));
    let cut = case("gzip cut short", trouble("truncated"), |_, _| {
        ok().gzip().cut(40)
    });
    assert_eq!(cut.1.feed("f")["validators"]["etag"], Value::Null);
    case(
        "body cut short",
        Outcome { passes: 2, ..WELL },
        |_, number| {
            let whole = ok().header("ETag", "\"e\"");
            if number == 0 { whole.cut(40) } else { whole }
        },
    );
}

#[test]
fn a_drip_is_left_before_the_time_for_all_is_over() {
    let server = Server::start("127.0.1.1", |_| ok().drip(Duration::from_millis(300)));
    let settings = settings().replace("\"2s\"", "\"60s\"");
    let house = House::new(&with_feeds(
        &settings,
        &[("f", format!("url = \"{}\"", server.url("/rss")))],
    ));
    holds("a byte now and then", &house, trouble("slow"));
}

#[test]
fn a_connection_that_went_stale_is_replaced_once() {
    let answer = |keep: &str, body: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: /next\r\nConnection: {keep}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let first = vec![
        Step::Read,
        Step::Send(answer("keep-alive", "").into_bytes()),
        Step::Read,
    ];
    let body = feed();
    let whole = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let second = vec![Step::Read, Step::Send(whole.into_bytes())];
    let server = Raw::start("127.0.1.1", vec![first, second]);
    let lines = format!("url = \"{}\"\ncookies = true", server.url("/rss"));
    let house = House::new(&with_feeds(&settings(), &[("f", lines)]));
    let once = Outcome { passes: 1, ..WELL };
    holds("reset of a kept connection", &house, once);
    assert_eq!(server.connections(), 2);
}

#[test]
fn the_way_to_the_server() {
    let listener = TcpListener::bind("127.0.1.1:0").expect("a free port");
    let free = listener.local_addr().expect("an address");
    drop(listener);
    holds(
        "nobody listens",
        &house(&format!("http://{free}/rss")),
        trouble("connect"),
    );
    holds(
        "name that does not exist",
        &house("http://nothing.invalid/rss"),
        trouble("dns"),
    );
}
