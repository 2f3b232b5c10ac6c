//! Validators, statuses, and pages that come instead of feeds.

use serde_json::Value;

use super::*;

#[test]
fn validators() {
    let tags = [
        ("strong tag", "\"a\""),
        ("weak tag", "W/\"a\""),
        ("tag without quotes", "a-b"),
        ("tag in Latin-1", "\"caf\u{e9}\""),
    ];
    for (name, tag) in tags {
        let (server, _) = case(name, WELL, move |request, _| {
            match request.header("If-None-Match") {
                Some(sent) if sent == tag => Answer::new(304).header("ETag", tag),
                Some(_) => Answer::new(500),
                None => ok().header("ETag", tag),
            }
        });
        assert!(conditional(&server.requests()[1]), "{name}");
    }
    let odd = "Thu, 1 Jan 2026 0:00:00 +0000";
    case(
        "only a date, oddly written",
        WELL,
        move |request, _| match request.header("If-Modified-Since") {
            Some(sent) if sent == odd => Answer::new(304),
            Some(_) => Answer::new(500),
            None => ok().header("Last-Modified", odd),
        },
    );
    let three = Outcome { passes: 3, ..WELL };
    let (server, _) = case("304 with a new tag", three, |_, number| match number {
        0 => ok().header("ETag", "\"1\""),
        _ => Answer::new(304).header("ETag", "\"2\""),
    });
    assert_eq!(server.requests()[2].header("If-None-Match"), Some("\"2\""));
    case("304 without being asked", trouble("status"), |_, _| {
        Answer::new(304)
    });
    case("new tag, same body", WELL, |_, number| {
        ok().header("ETag", format!("\"{number}\""))
    });
    let grown = Outcome {
        articles: 3,
        ..WELL
    };
    let (_, house) = case("same tag, other body", grown, |_, number| {
        Answer::feed(rss((1..3 + number).rev().map(item))).header("ETag", "\"stuck\"")
    });
    let honesty = &house.feed("f")["honesty"];
    assert_eq!(
        (&honesty["lies"], &honesty["is_believed"]),
        (&Value::from(1), &Value::from(false)),
        "{honesty}"
    );
    case("tag that names the encoding", WELL, |request, _| {
        let gzip = ok().gzip().header("ETag", "\"a-gzip\"");
        if request.header("If-None-Match") == Some("\"a-gzip\"") {
            Answer::new(304)
        } else {
            gzip
        }
    });
    let (server, _) = case("cookies", WELL, |_, _| {
        ok().header("Set-Cookie", "id=1; Path=/")
    });
    assert!(
        server.requests().iter().all(
            |request| request.header("Cookie").is_none() && request.header("Referer").is_none()
        )
    );
}

#[test]
fn a_stuck_304_is_not_believed_after_it_was_caught() {
    let (server, _) = case(
        "304 that lies",
        Outcome {
            passes: 4,
            articles: 5,
            ..WELL
        },
        |request, number| {
            // Caught at the second request; every later one is asked openly.
            match number {
                0 | 1 => {
                    Answer::feed(rss((1..3 + number).rev().map(item))).header("ETag", "\"stuck\"")
                }
                _ if conditional(request) => Answer::new(304),
                _ => Answer::feed(rss((1..3 + number).rev().map(item))).header("ETag", "\"stuck\""),
            }
        },
    );
    let asked: Vec<bool> = server.requests().iter().map(conditional).collect();
    assert_eq!(asked, [false, true, false, false]);
}

#[test]
fn statuses() {
    let gone = Outcome {
        state: "gone",
        events: &["gone"],
        ..trouble("gone")
    };
    case("410", gone, |_, _| Answer::new(410));
    let failing = Outcome {
        passes: 3,
        state: "failing",
        events: &["failing"],
        ..trouble("status")
    };
    case("404 three times", failing, |_, _| Answer::new(404));
    case("500 three times", failing, |_, _| Answer::new(500));
    case("404 once", trouble("status"), |_, _| Answer::new(404));
    case("204", trouble("status"), |_, _| Answer::new(204));
    case("206", trouble("status"), |_, _| ok().status(206));
    let back = Outcome {
        passes: 5,
        events: &["failing", "recovered"],
        ..WELL
    };
    case("failures and recovery", back, |_, number| {
        if number < 3 { Answer::new(502) } else { ok() }
    });
    let refused = Outcome {
        passes: 3,
        ..blocked("status")
    };
    case("403 three times", refused, |_, _| Answer::new(403));
    case(
        "401 three times",
        Outcome {
            passes: 3,
            ..blocked("login")
        },
        |_, _| Answer::new(401),
    );
    case("451", blocked("geo_block"), |_, _| Answer::new(451));
}

#[test]
fn pages_instead_of_feeds() {
    let page = |text: &str| {
        Answer::page(format!(
            "<html><head><title>x</title></head><body>{text}</body></html>"
        ))
    };
    let cloudflare =
        "<title>Just a moment...</title><script src=\"/cdn-cgi/challenge-platform/x.js\"></script>";
    case("challenge with 403", blocked("challenge"), move |_, _| {
        page(cloudflare).status(403)
    });
    case("challenge with 503", blocked("challenge"), move |_, _| {
        page(cloudflare).status(503)
    });
    case("challenge with 200", blocked("challenge"), move |_, _| {
        page(cloudflare)
    });
    case("challenge in a header", blocked("challenge"), |_, _| {
        ok().header("cf-mitigated", "challenge")
    });
    case("captcha", blocked("challenge"), move |_, _| {
        page("<div class=\"g-recaptcha\"></div>")
    });
    case("geo-block with 403", blocked("geo_block"), move |_, _| {
        page("not available in your country").status(403)
    });
    case("geo-block with 200", blocked("geo_block"), move |_, _| {
        page("Сайт недоступен в вашей стране")
    });
    case("log-in form", trouble("login"), move |_, _| {
        page("<form><input type=password></form>")
    });
    case("parked domain", trouble("parked"), move |_, _| {
        page("<p>This domain is for sale</p>")
    });
    case(
        "HTML with 200",
        trouble("html_instead_of_feed"),
        move |_, _| page("<p>Welcome to our news site</p>"),
    );
    case(
        "an error as JSON with 200",
        trouble("not_a_feed"),
        |_, _| {
            Answer::new(200)
                .header("Content-Type", "application/json")
                .body("{\"error\": \"rate limit exceeded\"}")
        },
    );
    case("maintenance with 503", trouble("status"), move |_, _| {
        page("<h1>Maintenance</h1>").status(503)
    });
    case("a feed with 404", trouble("status"), |_, _| {
        ok().status(404)
    });
    case("empty body", trouble("empty"), |_, _| Answer::feed(""));
    case("byte order mark only", trouble("empty"), |_, _| {
        Answer::feed("\u{feff}")
    });
    let back = Outcome {
        passes: 2,
        events: &["blocked", "recovered"],
        ..WELL
    };
    case("challenge and recovery", back, move |_, number| {
        if number == 0 {
            page(cloudflare).status(403)
        } else {
            ok()
        }
    });
}
