//! Sizes, compressions and charsets.

use std::io::Write as _;

use super::*;

#[test]
fn sizes_and_encodings() {
    let big = rss([
        item(1),
        format!(
            "<item><guid>b</guid><title>b</title><description>{}</description></item>",
            "y".repeat(400_000)
        ),
        item(2),
    ]);
    let bomb = big.clone();
    case("body over the bound", trouble("too_large"), move |_, _| {
        Answer::feed(big.clone())
    });
    case("gzip bomb", trouble("too_large"), move |_, _| {
        Answer::feed(bomb.clone()).gzip()
    });
    let head = b"HTTP/1.1 200 OK\r\n\r\n<rss>".to_vec();
    raw(
        "endless body",
        trouble("too_large"),
        vec![
            Step::Read,
            Step::Send(head),
            Step::Repeat(vec![b' '; 4096], 100_000),
        ],
    );
    case("headers over the bound", trouble("too_large"), |_, _| {
        (0..20).fold(ok(), |answer, number| {
            answer.header(&format!("X-{number}"), "y".repeat(4000))
        })
    });
    case("gzip", WELL, |_, _| ok().gzip());
    case("zstd", WELL, |_, _| {
        let body = zstd::encode_all(feed().as_bytes(), 1).expect("a Vec takes everything");
        Answer::feed(body).header("Content-Encoding", "zstd")
    });
    case("compressed twice", trouble("not_a_feed"), |_, _| {
        ok().gzip().gzip()
    });
    case(
        "deflate, for which nobody asked",
        trouble("not_a_feed"),
        |_, _| {
            let mut encoder =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder
                .write_all(feed().as_bytes())
                .expect("a Vec takes everything");
            let body = encoder.finish().expect("a Vec takes everything");
            Answer::feed(body).header("Content-Encoding", "deflate")
        },
    );
    case("brotli", WELL, |_, _| {
        let mut body = Vec::new();
        let settings = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut feed().as_bytes(), &mut body, &settings)
            .expect("a Vec takes everything");
        Answer::feed(body).header("Content-Encoding", "br")
    });
    case("gzip that is none", trouble("truncated"), |_, _| {
        ok().header("Content-Encoding", "gzip")
    });
    for (name, form) in [
        ("feed as text/html", "text/html"),
        ("feed as text/plain", "text/plain"),
        ("feed as octet-stream", "application/octet-stream"),
    ] {
        case(name, WELL, move |_, _| {
            Answer::new(200).header("Content-Type", form).body(feed())
        });
    }
    let russian = rss([format!(
        "<item><guid>r</guid><title>{}</title></item>",
        "Мост закрыт"
    )]);
    let title = |house: &House| house.records().articles()[0]["title"].clone();
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&russian);
    let bytes = bytes.into_owned();
    let one = Outcome {
        articles: 1,
        ..WELL
    };
    let (_, house) = case("windows-1251 as the header says", one, move |_, _| {
        Answer::new(200)
            .header("Content-Type", "text/xml; charset=windows-1251")
            .body(bytes.clone())
    });
    assert_eq!(title(&house), "Мост закрыт");
    let (_, house) = case("UTF-8 under another name", one, move |_, _| {
        Answer::new(200)
            .header("Content-Type", "text/xml; charset=windows-1251")
            .body(russian.clone())
    });
    assert_eq!(title(&house), "Мост закрыт");
}

#[test]
fn gzip_in_pieces_is_told_of() {
    // Two members, as servers that compress piece by piece send them (RFC 1952 §2.2).
    let body = feed();
    let middle = body.len() / 2;
    let member = |part: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder
            .write_all(part.as_bytes())
            .expect("a Vec takes everything");
        encoder.finish().expect("a Vec takes everything")
    };
    let bytes = [member(&body[..middle]), member(&body[middle..])].concat();
    // Our client reads the first one only: what is whole in it is kept, and the rest is told of.
    let half = Outcome {
        events: &["unreadable_item"],
        articles: 1,
        ..WELL
    };
    case("gzip in two members", half, move |_, _| {
        Answer::feed(bytes.clone()).header("Content-Encoding", "gzip")
    });
}
