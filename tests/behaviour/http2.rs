//! HTTP/2 frame by frame (RFC 9113), without TLS: connections and streams that end early.

use super::*;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const NO_ERROR: u32 = 0;
const REFUSED_STREAM: u32 = 7;
const INTERNAL_ERROR: u32 = 2;
const ENHANCE_YOUR_CALM: u32 = 11;

/// RFC 9113 §4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .expect("a short frame")
        .to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

fn goaway(last: u32, code: u32) -> Vec<u8> {
    frame(
        GOAWAY,
        0,
        0,
        &[last.to_be_bytes(), code.to_be_bytes()].concat(),
    )
}

fn reset(code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, 1, &code.to_be_bytes())
}

/// `:status: 200`, from the static table of HPACK (RFC 7541, appendix A).
fn head(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &[0x88])
}

fn answer(stream: u32) -> Vec<u8> {
    let body = frame(DATA, END_STREAM, stream, feed().as_bytes());
    [head(stream), body].concat()
}

/// The head of a request's HEADERS frame, from its type on.
fn request(stream: u8) -> Vec<u8> {
    vec![HEADERS, END_STREAM | END_HEADERS, 0, 0, 0, stream]
}

/// A server whose connections send these, each once its stream was asked for; the last connection is for
/// all that follow.
#[track_caller]
fn frames(name: &str, expected: Outcome, connections: &[&[Vec<u8>]]) -> Raw {
    let script = |parts: &&[Vec<u8>]| {
        let mut steps = vec![Step::Send(settings())];
        let mut asked = 0;
        for part in *parts {
            // What is of the connection as a whole comes after the first request.
            let stream = part[8].max(1);
            if stream > asked {
                steps.push(Step::ReadUpTo(request(stream)));
                asked = stream;
            } else {
                steps.push(Step::ReadUntilQuiet);
            }
            steps.push(Step::Send(part.clone()));
        }
        steps.push(Step::ReadUntilQuiet);
        steps
    };
    let server = Raw::start("127.0.1.1", connections.iter().map(script).collect());
    let lines = format!("url = \"{}\"\nhttp_version = \"2\"", server.url("/rss"));
    let house = House::new(&with_feeds(&super::settings(), &[("f", lines)]));
    holds(name, &house, expected);
    server
}

#[test]
fn connections_and_streams_that_end() {
    frames("HTTP/2", WELL, &[&[answer(1)]]);
    let once = Outcome { passes: 1, ..WELL };
    let name = "HTTP/2 that goes away before the answer";
    let server = frames(name, once, &[&[goaway(0, NO_ERROR)], &[answer(1)]]);
    assert_eq!(server.connections(), 2);
    let name = "HTTP/2 that goes away after this answer";
    frames(
        name,
        once,
        &[&[
            [head(1), goaway(1, NO_ERROR)].concat(),
            frame(DATA, END_STREAM, 1, feed().as_bytes()),
        ]],
    );
    let name = "HTTP/2 that refuses the stream";
    let server = frames(name, once, &[&[reset(REFUSED_STREAM)], &[answer(1)]]);
    assert_eq!(server.connections(), 2);
    let begun = [head(1), frame(DATA, 0, 1, b"<rss><channel>")].concat();
    let name = "HTTP/2 that goes away in the body";
    frames(
        name,
        trouble("truncated"),
        &[&[begun, goaway(0, INTERNAL_ERROR)]],
    );
    let name = "HTTP/2 that resets the stream";
    frames(name, trouble("reset"), &[&[reset(INTERNAL_ERROR)]]);
    let name = "HTTP/2 that asks for calm";
    frames(name, trouble("reset"), &[&[goaway(0, ENHANCE_YOUR_CALM)]]);
}
