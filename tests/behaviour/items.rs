//! What documents hold: churn, order, windows.

use std::collections::BTreeSet;

use super::*;

#[test]
fn items() {
    let churn = |_: &Request, number: usize| {
        Answer::feed(rss([1, 2].map(|n| {
            item(n).replace(&format!("<guid>g{n}"), &format!("<guid>{number}-{n}"))
        })))
    };
    case(
        "identifiers that change",
        Outcome { passes: 3, ..WELL },
        churn,
    );
    case(
        "links that change",
        Outcome { passes: 3, ..WELL },
        |_, number| {
            Answer::feed(rss([1, 2].map(|n| {
                item(n).replace(&format!("/{n}<"), &format!("/{n}?utm_source=s{number}<"))
            })))
        },
    );
    case("other order", Outcome { passes: 3, ..WELL }, |_, number| {
        Answer::feed(if number % 2 == 0 {
            feed()
        } else {
            rss([2, 1].map(item))
        })
    });
    case(
        "no items for a while",
        Outcome { passes: 3, ..WELL },
        |_, number| Answer::feed(if number == 1 { rss([]) } else { feed() }),
    );
    // matrix-hookshot#893: the first item of a feed that was empty was skipped.
    case("empty at first", WELL, |_, number| {
        Answer::feed(if number == 0 { rss([]) } else { feed() })
    });
    // stringer#228: half of a long first feed was missing.
    let long = Outcome {
        articles: 106,
        ..WELL
    };
    case("a long feed", long, |_, _| {
        Answer::feed(rss((1..=106).map(item)))
    });
    case("the same item twice", WELL, |_, _| {
        Answer::feed(rss([1, 2, 1, 2].map(item)))
    });
    let (_, house) = case(
        "an edited item",
        Outcome {
            articles: 3,
            ..WELL
        },
        |_, number| {
            let text = if number == 0 {
                feed()
            } else {
                feed().replace("closed bridge 1 on Monday", "opened bridge 1 on Tuesday")
            };
            Answer::feed(text)
        },
    );
    let revisions: BTreeSet<u64> = house
        .records()
        .articles()
        .iter()
        .filter_map(|a| a["revision"].as_u64())
        .collect();
    assert_eq!(revisions, BTreeSet::from([1, 2]));
    let future = rss([
        item(1).replace(
            "<title>",
            "<pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate><title>",
        ),
        item(2),
    ]);
    let (_, house) = case("a date in the future", WELL, move |_, _| {
        Answer::feed(future.clone())
    });
    let now = Timestamp::now();
    assert!(
        house
            .records()
            .articles()
            .iter()
            .all(|a| time(&a["published"]) <= now)
    );
}

#[test]
fn dates_and_identifiers_that_mean_nothing() {
    let three = Outcome { passes: 3, ..WELL };
    let dated = |number: usize, date: &str| {
        item(number).replace("<title>", &format!("<pubDate>{date}</pubDate><title>"))
    };
    case("items dated anew at each poll", three, move |_, number| {
        let date = format!("Mon, 02 Mar 2026 10:0{number}:00 GMT");
        Answer::feed(rss([1, 2].map(|n| dated(n, &date))))
    });
    case("dates of 1970", three, move |_, _| {
        Answer::feed(rss(
            [1, 2].map(|n| dated(n, "Thu, 01 Jan 1970 00:00:00 GMT"))
        ))
    });
    let again = Outcome {
        articles: 3,
        ..WELL
    };
    case("an identifier used again", again, |_, number| {
        let other = "<item><guid>g1</guid><link>http://x.example/9</link><title>Wheat prices fell in Mazar</title>\
                     <description>Traders sold wheat for a third less on Sunday.</description></item>";
        let first = if number == 0 {
            item(1)
        } else {
            other.to_owned()
        };
        Answer::feed(rss([first, item(2)]))
    });
}

#[test]
fn windows() {
    let window = |from: usize| (from..from + 10).rev().map(item);
    case(
        "window that slides",
        Outcome {
            articles: 18,
            ..WELL
        },
        move |_, number| Answer::feed(rss(window(1 + 8 * number))),
    );
    // AnchorBot#5, matrix-hookshot#844: nothing told that items were missed.
    let turned = Outcome {
        articles: 20,
        events: &["gap"],
        ..WELL
    };
    let (_, house) = case("window that turned over", turned, move |_, number| {
        Answer::feed(rss(window(1 + 10 * number)))
    });
    let gap = house.records().of("event")[0].clone();
    assert!(time(&gap["since"]) < time(&gap["until"]), "{gap}");
    let dated = |number: usize, minute: usize| {
        item(number).replace(
            "<title>",
            &format!(
                "<pubDate>Mon, 02 Mar 2026 {:02}:{:02}:00 GMT</pubDate><title>",
                minute / 60,
                minute % 60
            ),
        )
    };
    let pinned = Outcome {
        articles: 21,
        events: &["gap"],
        ..WELL
    };
    case("pinned item over a gap", pinned, move |_, pass| {
        let news = (1 + 10 * pass..11 + 10 * pass)
            .rev()
            .map(|n| dated(n, n * 10));
        Answer::feed(rss([dated(500, 0)].into_iter().chain(news)))
    });
    case(
        "oldest first",
        Outcome {
            articles: 14,
            ..WELL
        },
        move |_, number| Answer::feed(rss((1 + 4 * number..11 + 4 * number).map(item))),
    );
}

#[test]
fn feeds_of_one_address_are_one_request() {
    let server = Server::start("127.0.1.1", |request| {
        if conditional(request) {
            Answer::new(304)
        } else {
            ok().header("ETag", "\"e\"")
        }
    });
    let line = || format!("url = \"{}\"", server.url("/rss"));
    let house = House::new(&with_feeds(
        &settings(),
        &[("f", line()), ("g", line()), ("h", line())],
    ));
    holds(
        "address of three feeds",
        &house,
        Outcome {
            articles: 6,
            ..WELL
        },
    );
    assert_eq!(server.requests().len(), 2);
    assert_eq!(house.feed("h")["unchanged"], 1);
}
