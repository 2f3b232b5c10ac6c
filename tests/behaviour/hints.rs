//! What servers and documents ask for.

use jiff::SignedDuration;

use super::*;

/// Seconds from the last poll to the next one.
fn pause(house: &House) -> i64 {
    let feed = house.feed("f");
    time(&feed["next_poll"])
        .duration_since(time(&feed["last_poll"]))
        .as_secs()
}

#[test]
fn what_servers_and_documents_ask_for() {
    let date = |hours: i64| {
        let at = Timestamp::now() + SignedDuration::from_hours(hours);
        at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let one = Outcome { passes: 1, ..WELL };
    const HOUR: i64 = 3600;
    let with =
        |elements: &str| feed().replace("<item><guid>g1", &format!("{elements}<item><guid>g1"));
    let (ttl, sy) = (
        with("<ttl>120</ttl>"),
        with(
            "<sy:updatePeriod xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">hourly</sy:updatePeriod>",
        ),
    );
    let yearly = with("<ttl>525600</ttl>");
    let all_hours: String = (0..24).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let skipped = with(&format!("<skipHours>{all_hours}</skipHours>"));
    let answers: Vec<(&str, Outcome, Answer, std::ops::Range<i64>)> = vec![
        (
            "max-age",
            one,
            ok().header("Cache-Control", "public, max-age=7200"),
            2 * HOUR..2 * HOUR + 800,
        ),
        (
            "max-age less Age",
            one,
            ok().header("Cache-Control", "max-age=7200")
                .header("Age", "3600"),
            HOUR..HOUR + 400,
        ),
        (
            "Expires",
            one,
            ok().header("Expires", date(3)),
            3 * HOUR - 60..3 * HOUR + 1200,
        ),
        (
            "Expires in the past",
            one,
            ok().header("Expires", "0"),
            1..HOUR,
        ),
        (
            "max-age of years",
            one,
            ok().header("Cache-Control", "max-age=999999999"),
            5 * HOUR..6 * HOUR + 120,
        ),
        ("ttl", one, Answer::feed(ttl), 2 * HOUR..2 * HOUR + 800),
        (
            "ttl of a year",
            one,
            Answer::feed(yearly),
            5 * HOUR..6 * HOUR + 120,
        ),
        ("sy:updatePeriod", one, Answer::feed(sy), HOUR..HOUR + 400),
        (
            "skipHours of a whole day",
            one,
            Answer::feed(skipped),
            HOUR..6 * HOUR + 120,
        ),
        (
            "429 with seconds",
            trouble("status"),
            Answer::new(429).header("Retry-After", "7200"),
            2 * HOUR - 1..2 * HOUR + 60,
        ),
        (
            "429 with a date",
            trouble("status"),
            Answer::new(429).header("Retry-After", date(3)),
            3 * HOUR - 60..3 * HOUR + 60,
        ),
        (
            "503 with seconds",
            trouble("status"),
            Answer::new(503).header("Retry-After", "7200"),
            2 * HOUR - 1..2 * HOUR + 60,
        ),
        ("503 without", trouble("status"), Answer::new(503), 60..HOUR),
        (
            "Retry-After in the past",
            trouble("status"),
            Answer::new(503).header("Retry-After", date(-5)),
            60..HOUR,
        ),
        (
            "Retry-After below zero",
            trouble("status"),
            Answer::new(503).header("Retry-After", "-1"),
            60..HOUR,
        ),
        (
            "Retry-After of ten years",
            trouble("status"),
            Answer::new(429).header("Retry-After", "315360000"),
            HOUR..24 * HOUR + 120,
        ),
        (
            "Retry-After in words",
            trouble("status"),
            Answer::new(503).header("Retry-After", "soon"),
            60..HOUR,
        ),
    ];
    for (name, expected, answer, range) in answers {
        let (_, house) = case(name, expected, move |_, _| answer.clone());
        assert!(
            range.contains(&pause(&house)),
            "{name}: {} s",
            pause(&house)
        );
    }
}
