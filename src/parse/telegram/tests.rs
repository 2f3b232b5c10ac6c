use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::config::Kind;

const CHANNEL: &str = include_str!("../../../tests/data/telegram/channel.html");

fn channel(html: &str) -> Result<Parsed, Unreadable> {
    let document = Document {
        url: "https://t.me/s/dala_khabary".to_owned(),
        content_type: None,
        body: Vec::new(),
        fetched: "2026-11-24T09:00:00Z".parse::<Timestamp>().expect("a time"),
    };
    let reading = Reading {
        kind: Kind::Telegram,
        ..Reading::default()
    };
    read(&document, html, &reading)
}

#[test]
fn posts_become_items() {
    let parsed = channel(CHANNEL).expect("a channel");
    assert_eq!(parsed.title.as_deref(), Some("Дала хабары"));
    assert_eq!(parsed.more, ["https://t.me/s/dala_khabary?before=4101"]);
    let guids: Vec<_> = parsed
        .items
        .iter()
        .filter_map(|item| item.guid.as_deref())
        .collect();
    assert_eq!(
        guids,
        [
            "dala_khabary/4101",
            "dala_khabary/4102",
            "dala_khabary/4103",
            "dala_khabary/4104"
        ]
    );
    let kinds: Vec<_> = parsed.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, ["bad_date", "service_messages"]);
}

#[test]
fn a_post_with_a_picture() {
    let parsed = channel(CHANNEL).expect("a channel");
    let post = &parsed.items[0];
    assert_eq!(post.url.as_deref(), Some("https://t.me/dala_khabary/4101"));
    assert_eq!(post.title.as_deref(), Some("Астанада жаңа көпір ашылды."));
    assert_eq!(
        post.image.as_deref(),
        Some("https://cdn4.example-cdn.test/file/4101.jpg")
    );
    assert_eq!(
        post.published.map(|date| date.at.to_string()).as_deref(),
        Some("2026-11-24T05:12:33Z")
    );
    assert_eq!(
        post.published_raw.as_deref(),
        Some("2026-11-24T05:12:33+00:00")
    );
    assert_eq!(post.tags, ["астана"]);
    assert_eq!(post.origin, None);
    let content = post.content.as_deref().expect("content");
    assert!(
        content.contains("<br>") && content.contains("деп хабарлады әкімдік"),
        "{content}"
    );
}

#[test]
fn a_forwarded_post_credits_its_channel() {
    let parsed = channel(CHANNEL).expect("a channel");
    let post = &parsed.items[1];
    assert_eq!(post.origin.as_deref(), Some("Агентство «Пример»"));
    assert_eq!(post.authors, ["А. Сейтов"]);
    assert_eq!(
        post.image.as_deref(),
        Some("https://cdn4.example-cdn.test/file/4102.jpg")
    );
    assert_eq!(
        post.title.as_deref(),
        Some(
            "Молния! Землетрясение магнитудой 5,1 произошло сегодня утром в приграничном районе трёх стран, разрушений и…"
        )
    );
}

#[test]
fn a_post_without_words_shows_its_link_or_nothing() {
    let parsed = channel(CHANNEL).expect("a channel");
    assert_eq!(
        parsed.items[2].title.as_deref(),
        Some("Күзгі егін жиналып бітті, дейді министрлік")
    );
    let album = &parsed.items[3];
    assert_eq!(
        (album.title.as_deref(), album.content.as_deref()),
        (None, None)
    );
    assert_eq!(
        album.image.as_deref(),
        Some("https://cdn4.example-cdn.test/file/4104a.jpg")
    );
    assert_eq!(album.published_raw.as_deref(), Some("soon"));
}

#[test]
fn what_has_no_preview_says_so() {
    let unreadable = channel(include_str!(
        "../../../tests/data/telegram/unavailable.html"
    ))
    .expect_err("no preview");
    assert_eq!(unreadable.kind, "preview_unavailable");
    let unreadable = channel("<html><p>Bad gateway</p></html>").expect_err("no channel");
    assert_eq!(unreadable.kind, "not_a_feed");
    // The oldest page of a channel may be empty, and asks for nothing more.
    let parsed = channel("<section class=tgme_channel_history></section>").expect("a channel");
    assert!(parsed.items.is_empty() && parsed.more.is_empty());
}

#[test]
fn a_post_must_be_one() {
    for guid in [
        "", "a", "a/", "/1", "a/b", "a/1/2", "a/1?x", "../1", "a b/1",
    ] {
        assert!(!is_post(guid), "{guid}");
    }
    assert!(is_post("Dala_Khabary1/42"));
}

#[test]
fn titles() {
    let check =
        |text: &str, expected: Option<&str>| assert_eq!(title(text).as_deref(), expected, "{text}");
    check("", None);
    check("⚡️⚡️", None);
    check(
        "🇺🇿 Prezident qaror imzoladi",
        Some("Prezident qaror imzoladi"),
    );
    check(
        "«Газпром» ва Ўзбекистон шартнома имзолади\nТафсилот",
        Some("«Газпром» ва Ўзбекистон шартнома имзолади"),
    );
    check(
        "Встреча прошла в г. Ош вчера вечером. Потом все уехали.",
        Some("Встреча прошла в г. Ош вчера вечером."),
    );
    check(
        "习近平在北京会见吉尔吉斯斯坦总统。双方签署协议。",
        Some("习近平在北京会见吉尔吉斯斯坦总统。"),
    );
    check(
        "وزارت صحت: واکسین رسید؟ بلی.",
        Some("وزارت صحت: واکسین رسید؟"),
    );
    check("Да.\nНет.", Some("Да. Нет."));
    let long = title(&"слово ".repeat(60)).expect("a title");
    assert!(long.ends_with("слово…") && long.chars().count() <= TITLE_CHARS_MAX + 1);
    let unbroken = title(&"я".repeat(500)).expect("a title");
    assert_eq!(unbroken.chars().count(), TITLE_CHARS_MAX + 1);
}

proptest! {
    #[test]
    fn titles_are_short_and_of_the_text(text in "\\PC{0,400}") {
        if let Some(title) = title(&text) {
            prop_assert!(!title.is_empty() && title.chars().count() <= TITLE_CHARS_MAX + 1);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_page_is_answered(cut in 0..CHANNEL.len(), noise in "\\PC{0,40}") {
        let cut = CHANNEL.floor_char_boundary(cut);
        let _ = channel(&format!("{}{noise}", &CHANNEL[..cut]));
        let _ = channel(&CHANNEL[cut..]);
    }
}
