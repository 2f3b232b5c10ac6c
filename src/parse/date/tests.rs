//! The table of dates, what has gone wrong elsewhere, and what holds of any text.

use jiff::civil::{Time, date};
use jiff::fmt::rfc2822;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};
use proptest::prelude::*;

use super::{Calendar, Date, Precision, civil, find, find_in_url, read};

const TABLE: &str = include_str!("../../../tests/data/dates.tsv");

/// 2026-11-24 17:00 at +05:00, a Tuesday.
fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a timestamp")
}

fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(5))
}

/// Reads `text` and says it in the form of the table: wall clock, zone, calendar.
fn said(date: Option<Date>) -> String {
    let Some(date) = date else {
        return "none".to_owned();
    };
    let offset = date.offset_secs.unwrap_or(5 * 3600);
    let wall = Offset::from_seconds(offset)
        .expect("an offset")
        .to_datetime(date.at);
    let clock = wall.time().to_string();
    let when = match date.precision {
        Precision::Second => format!("{} {clock}", wall.date()),
        Precision::Minute => format!("{} {}", wall.date(), &clock[..5]),
        Precision::Day => {
            assert_eq!(wall.time(), Time::midnight(), "a day begins at midnight");
            wall.date().to_string()
        }
    };
    let named = date.offset_secs.map_or("-".to_owned(), |secs| {
        let sign = if secs < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", secs.abs() / 3600, secs.abs() / 60 % 60)
    });
    let calendar = match date.calendar {
        Calendar::Gregorian => "gregorian",
        Calendar::SolarHijri => "solar",
        Calendar::LunarHijri => "lunar",
    };
    format!("{when}\t{named}\t{calendar}")
}

fn check(text: &str, expected: &str) {
    assert_eq!(said(read(text, now(), &zone())), expected, "{text:?}");
}

#[test]
fn every_line_of_the_table() {
    let mut wrong = Vec::new();
    let mut languages = std::collections::BTreeSet::new();
    let mut lines = 0;
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<_> = line.split('\t').collect();
        let [text, when, named, calendar, language, ..] = fields[..] else {
            panic!("a line of the table has too few fields: {line:?}");
        };
        let text = text.replace("\\n", "\n");
        let expected = match when {
            "none" => "none".to_owned(),
            _ => format!("{when}\t{named}\t{calendar}"),
        };
        let got = said(read(&text, now(), &zone()));
        if got != expected {
            wrong.push(format!(
                "{language}: {text:?} gives {got:?}, not {expected:?}"
            ));
        }
        languages.insert(language);
        lines += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(lines >= 400 && languages.len() >= 24);
}

/// rometools/rome#395 and #378, MagicMirror#1068, feed-rs#43, emacs-elfeed#345.
#[test]
fn the_date_was_lost_for_a_slip() {
    check(
        "Tue, 24 Sept 2024 10:00:00 +0000",
        "2024-09-24 10:00:00\t+00:00\tgregorian",
    );
    check(
        "Mo, 23 Okt 2023 10:00:00 +0200",
        "2023-10-23 10:00:00\t+02:00\tgregorian",
    );
    check("2019/11/15", "2019-11-15\t-\tgregorian");
    check(
        "Tue, 24 Nov 2026 10:00 +0200",
        "2026-11-24 10:00\t+02:00\tgregorian",
    );
}

/// FeedFlow#598: what cannot be read is `None`, never an error of the whole.
#[test]
fn one_bad_date_dropped_the_whole_feed() {
    for bad in [
        "",
        "Invalid Date",
        "0000-00-00 00:00:00",
        "Tue, 99 Foo 2026 99:99:99 +9999",
    ] {
        check(bad, "none");
    }
}

/// selfoss#1452, Folo#984, FeedFlow#863, feedbin/support#269: clamping is for whoever knows when
/// the item was first seen, so the date must come through.
#[test]
fn a_date_in_the_future_pinned_the_item_to_the_top() {
    check(
        "Mon, 24 Nov 2036 10:00:00 GMT",
        "2036-11-24 10:00:00\t+00:00\tgregorian",
    );
    check("Fri, 24 Nov 2226 10:00:00 GMT", "none");
}

/// scrapinghub/dateparser#1212, #627, #102.
#[test]
fn persian_dates_were_not_read() {
    check("۳ آذر ۱۴۰۵", "2026-11-24\t-\tsolar");
    check("۳ قوس ۱۴۰۵", "2026-11-24\t-\tsolar");
    check("د ۱۴۰۵ کال د لیندۍ ۳مه", "2026-11-24\t-\tsolar");
    check("1405/09/03", "2026-11-24\t-\tsolar");
}

/// ubports#48, mojodojo.dev#25: a feed that dates all its items anew says the same of each; what
/// was said is kept apart from when it was seen, so reading must not depend on the hour.
#[test]
fn the_feed_dated_all_its_items_anew() {
    let text = "Tue, 24 Nov 2026 10:00:00 +0000";
    let later = now() + Span::new().hours(9);
    assert_eq!(read(text, now(), &zone()), read(text, later, &zone()));
}

/// feed-rs#235: nothing in a text stands for a date that is not there.
#[test]
fn a_date_was_filled_in_from_elsewhere() {
    for text in ["updated", "14:05", "November 2026", "Tuesday", "2026"] {
        check(text, "none");
    }
}

#[test]
fn a_zone_with_summer_time_counts_where_none_is_named() {
    let paris = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
    let at = |text| read(text, now(), &paris).map(|date| date.at.to_string());
    assert_eq!(
        at("2026-07-24 12:00").as_deref(),
        Some("2026-07-24T10:00:00Z")
    );
    assert_eq!(
        at("2026-11-24 12:00").as_deref(),
        Some("2026-11-24T11:00:00Z")
    );
    // This clock was never seen on that day: it is read as the one an hour on.
    assert_eq!(
        at("2026-03-29 02:30").as_deref(),
        Some("2026-03-29T01:30:00Z")
    );
}

#[test]
fn short_years_and_missing_years_follow_the_time_of_reading() {
    let on = |text, now: &str| said(read(text, now.parse().expect("a timestamp"), &zone()));
    assert_eq!(
        on("18/01/17", "2018-01-31T00:00:00Z"),
        "2018-01-17\t-\tgregorian"
    );
    assert_eq!(
        on("17/01/18", "2018-01-31T00:00:00Z"),
        "2018-01-17\t-\tgregorian"
    );
    assert_eq!(
        on("31 декабря", "2024-01-01T10:00:00Z"),
        "2023-12-31\t-\tgregorian"
    );
    assert_eq!(
        on("1 января", "2023-12-31T20:00:00Z"),
        "2024-01-01\t-\tgregorian"
    );
}

#[test]
fn a_text_that_is_cut_loses_its_torn_word() {
    let label = "x ".repeat(95);
    // The 200th character stands within the year.
    check(&format!("{label}24 Nov 2026 10:00"), "none");
    let label = "x ".repeat(60);
    check(
        &format!("{label}24 Nov 2026 10:00"),
        "2026-11-24 10:00\t-\tgregorian",
    );
}

#[test]
fn days_in_addresses() {
    let day = |url: &str| {
        let date = find_in_url(url)?;
        assert_eq!((date.precision, date.offset_secs), (Precision::Day, None));
        Some(Offset::UTC.to_datetime(date.at).date())
    };
    let fifth = Some(date(2024, 11, 5));
    for url in [
        "https://example.org/news/2024/11/05/title.html",
        "https://example.org/2024/11/5/",
        "https://example.org/2024/11/05",
        "https://example.org/2024-11-05-title",
        "https://example.org/title-2024-11-05.html",
        "https://example.org/2024-11/05/c_1130000000.htm",
        "https://example.org/n1/2024/1105/c1001.html",
        "https://example.org/20241105/title-1982.html",
        "https://example.org/20241105-title",
        "https://example.org/fa/1403/08/15/title",
        "//example.org/2024/11/05/",
    ] {
        assert_eq!(day(url), fifth, "{url}");
    }
    for url in [
        "https://example.org/2024/11/",
        "https://example.org/2024/13/05/",
        "https://example.org/1984/11/05/",
        "https://example.org/item/20241105",
        "https://example.org/item-20241105.html",
        "https://example.org/?date=2024-11-05",
        "https://2024-11-05.example.org/",
        "https://example.org/a/120241105/b",
        "",
    ] {
        assert_eq!(day(url), None, "{url}");
    }
}

#[test]
fn datelines_of_pages() {
    let on = |text: &str| said(find(text, now(), &zone()));
    let page =
        "Главная\nНовости\nНазвание статьи\n24 ноября 2026, 10:00 | Автор\nТекст 5 мая 2020.";
    assert_eq!(on(page), "2026-11-24 10:00\t-\tgregorian");
    let page = "خانه\n۳ قوس ۱۴۰۵ - ۱۴:۳۰\nمتن";
    assert_eq!(on(page), "2026-11-24 14:30\t-\tsolar");
    assert_eq!(
        on("Published\n2026-11-24T10:00:00Z\n"),
        "2026-11-24 10:00:00\t+00:00\tgregorian"
    );
    // Ahead of now, without a year, a distance, prose, past the top of the page.
    assert_eq!(on("The congress opens\n24 November 2028"), "none");
    assert_eq!(on("24 ноября, 10:00"), "none");
    assert_eq!(on("2 hours ago"), "none");
    let prose = "The law of 5 May 2020 was passed by both houses of the parliament after a long debate, \
                 the agency writes, and came into force in June";
    assert_eq!(on(prose), "none");
    assert_eq!(
        on(&format!("{}24 November 2026", "word\n".repeat(1000))),
        "none"
    );
}

/// Two lines of the table must not give one spelling to two months.
#[test]
fn no_spelling_names_two_months() {
    let table = include_str!("../data/date_words.txt");
    for line in table.lines().filter(|line| line.starts_with("months")) {
        for (number, names) in (1..).zip(line.split_whitespace().skip(4)) {
            for name in names.split('/').filter(|name| *name != "-") {
                let name = name.trim_end_matches('~').replace('_', " ");
                let roles = super::words::roles(&super::fold::fold(&name));
                let found = roles.month.map(|month| month.number);
                assert_eq!(found, Some(number), "{name} in {line}");
            }
        }
    }
}

/// A line of the table whose kind is misspelled would give its words no role.
#[test]
fn every_word_of_the_table_has_a_role() {
    let table = include_str!("../data/date_words.txt");
    let plain = |line: &&str| !line.starts_with('#') && !line.starts_with("months");
    for line in table.lines().filter(plain) {
        for word in line.split_whitespace().skip(2) {
            let folded = super::fold::fold(&word.replace('_', " "));
            let roles = super::words::roles(&folded);
            let has_value = roles.zone.is_some()
                || roles.half.is_some()
                || roles.unit.is_some()
                || roles.count.is_some()
                || roles.days_back.is_some();
            let has_flag =
                roles.now || roles.ago || roles.gap || roles.month_mark || roles.week_mark;
            assert!(has_value || has_flag, "{word} in {line}");
        }
    }
}

/// Against icu_calendar in the other direction: from the Gregorian day to the Persian one.
#[test]
fn solar_hijri_there_and_back() {
    let now = "2031-03-21T00:00:00Z".parse().expect("a timestamp");
    let mut day = date(1991, 3, 21);
    while day < date(2031, 3, 21) {
        let iso = icu_calendar::Date::try_new_iso(
            day.year().into(),
            day.month().unsigned_abs(),
            day.day().unsigned_abs(),
        );
        let persian = iso.expect("a day").to_calendar(icu_calendar::cal::Persian);
        let (year, month) = (persian.year().extended_year(), persian.month().ordinal);
        let number = persian.day_of_month().0;
        assert!((1370..1410).contains(&year));
        assert_eq!(
            civil::day(Calendar::SolarHijri, year, month, number),
            Some(day)
        );
        let text = format!("{year}/{month:02}/{number:02}");
        assert_eq!(
            said(read(&text, now, &zone())),
            format!("{day}\t-\tsolar"),
            "{text}"
        );
        day = day.tomorrow().expect("a day");
    }
}

/// Pieces of dates, to get past the first look more often than random characters would.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[0-9]{1,20}",
        "[0-9]{1,2}[:./-][0-9]{1,2}[:./-][0-9]{1,4}",
        "[۰-۹]{1,4}[/،: ][۰-۹]{1,2}",
        prop::sample::select(vec![
            " ",
            "-",
            ":",
            "T",
            "Z",
            "W",
            "+",
            "GMT",
            "MSK",
            "ALMT",
            "ноября",
            "noyabr",
            "قوس",
            "مه",
            "月",
            "日",
            "ago",
            "назад",
            "час",
            "yesterday",
            "вчера",
            "PM",
            "م",
            "а.m.",
            "/Date(",
            "كانون",
            "کال",
            "2026",
            "1405",
            "24",
            "29",
            "февраля",
            "اسفند",
            "30",
            "99999999999999999999",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_an_answer_and_always_the_same(text in fragments(), secs in any::<i32>()) {
        let now = Timestamp::from_second(secs.into()).expect("a timestamp");
        let once = read(&text, now, &zone());
        prop_assert_eq!(once, read(&text, now, &zone()));
        prop_assert!(once.is_none_or(|date| date.at > Timestamp::UNIX_EPOCH));
        let found = find(&text, now, &zone());
        prop_assert!(found.is_none_or(|date| date.at.as_second() <= i64::from(secs) + 3 * 86_400));
        find_in_url(&text);
    }

    #[test]
    fn what_rfc_3339_and_rfc_2822_print_is_read_back(secs in 1i64..4_000_000_000, minutes in -720i32..=840) {
        let at = Timestamp::from_second(secs).expect("a timestamp");
        let offset = Offset::from_seconds(minutes * 60).expect("an offset");
        let zoned = at.to_zoned_datetime(TimeZone::fixed(offset));
        for text in [
            at.to_string(),
            at.display_with_offset(offset).to_string(),
            rfc2822::to_string(&zoned).expect("a date"),
        ] {
            let date = read(&text, now(), &zone()).expect(&text);
            prop_assert_eq!((date.at, date.precision), (at, Precision::Second));
            prop_assert!(date.offset_secs == Some(0) || date.offset_secs == Some(minutes * 60));
        }
    }
}
