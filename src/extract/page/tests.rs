use encoding_rs::{Encoding, WINDOWS_1251, WINDOWS_1256};
use proptest::prelude::*;

use super::*;
use crate::config::Select;

fn document(body: impl Into<Vec<u8>>) -> Document {
    Document {
        url: "https://vesti.example/n/17".to_owned(),
        content_type: None,
        body: body.into(),
        fetched: "2026-11-24T10:00:00Z".parse().expect("a time"),
    }
}

fn read(html: &str, select: Select) -> Page {
    let reading = Reading {
        select,
        ..Reading::default()
    };
    page(&document(html), &reading).expect("a page")
}

const PAGE: &str = "<html><head><title>Сель в Оше</title>\
    <meta property='article:published_time' content='2026-11-03T10:00:00Z'></head><body>\
    <h1>Сель в Оше</h1><h2 class=kicker>Двое погибли в горах</h2><i id=when>5 ноября 2026, 12:00</i>\
    <div class=a><p>Сильный дождь вызвал сель в Кара-Сууйском районе, вода подтопила дома.</p></div>\
    <div class=b><p>Коротко.</p><div class='b share'>Поделиться</div><p>Ещё <b>короче</b>.</p></div>\
    <img class=photo src=/a.jpg></body></html>";

#[test]
fn selectors_override() {
    let some = |css: &str| Some(css.to_owned());
    let found = read(
        PAGE,
        Select {
            title: some("h2.kicker"),
            date: some("#when"),
            body: some("div.b"),
            image: some("img.photo"),
            ..Select::default()
        },
    );
    assert_eq!(found.title.as_deref(), Some("Двое погибли в горах"));
    assert_eq!(found.text, "Коротко.\nЕщё короче.");
    assert_eq!(found.published_raw.as_deref(), Some("5 ноября 2026, 12:00"));
    assert_eq!(found.image.as_deref(), Some("https://vesti.example/a.jpg"));
}

#[test]
fn selectors_that_match_nothing_leave_the_page_to_itself() {
    let nothing = || Some(".nothing".to_owned());
    let found = read(
        PAGE,
        Select {
            title: nothing(),
            date: nothing(),
            body: nothing(),
            image: nothing(),
            ..Select::default()
        },
    );
    assert_eq!(found, read(PAGE, Select::default()));
    assert_eq!(found.title.as_deref(), Some("Сель в Оше"));
    assert_eq!(found.published_raw.as_deref(), Some("2026-11-03T10:00:00Z"));
}

fn check_charset(encoding: &'static Encoding, declared: bool, text: &str) {
    let meta = if declared {
        format!("<meta charset={}>", encoding.name())
    } else {
        String::new()
    };
    let html =
        format!("<html><head>{meta}<title>{text}</title></head><body><p>{text}</p></body></html>");
    let (bytes, _, unmappable) = encoding.encode(&html);
    assert!(!unmappable, "{text}");
    let found = page(&document(bytes.into_owned()), &Reading::default()).expect("a page");
    assert_eq!(found.text, text);
    assert_eq!(found.title.as_deref(), Some(text));
}

#[test]
fn pages_in_older_encodings() {
    let russian =
        "Сильный дождь вызвал сель в горном районе, вода подтопила тридцать домов и школу";
    let arabic = "أعلنت هيئة الطيران المدني استئناف الرحلات الجوية بعد توقف دام ثلاثة أسابيع";
    for declared in [true, false] {
        check_charset(WINDOWS_1251, declared, russian);
        check_charset(WINDOWS_1256, declared, arabic);
    }
}

#[test]
fn the_text_of_linked_data_is_the_last_resort() {
    let body = "Сильный дождь вызвал сель в горном районе. ".repeat(8);
    let html = |body: &str, shown: &str| {
        format!(
            "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"articleBody\":\"{body}\\n\\nВсё.\"}}\
             </script><div id=app><p>{shown}</p></div>"
        )
    };
    let text = |html: String| read(&html, Select::default()).text;
    assert_eq!(text(html(&body, "")), format!("{}\nВсё.", body.trim()));
    assert_eq!(text(html("Коротко.", "")), "");
    let shown = "Сильный дождь вызвал сель в горном районе, вода подтопила тридцать домов, школу, больницу и рынок.";
    assert_eq!(text(html(&body, shown)), shown);
}

#[test]
fn what_is_no_page_is_refused() {
    let check = |body: &[u8], kind: Option<&str>, expected: Option<&str>| {
        let document = Document {
            content_type: kind.map(str::to_owned),
            ..document(body)
        };
        let found = page(&document, &Reading::default())
            .err()
            .map(|error| error.kind);
        assert_eq!(found, expected, "{kind:?}");
    };
    check(b" \n", None, Some("empty"));
    check(b"%PDF-1.7", None, Some("not_html"));
    check(b"x", Some("image/png"), Some("not_html"));
    check(b"x", Some("text/html"), None);
}

#[test]
fn cuts_are_flagged() {
    let flags = |html: &str| read(html, Select::default()).flags;
    assert_eq!(flags("<p>x"), Vec::<&str>::new());
    assert_eq!(flags(&"<p>x".repeat(200_000)), ["page_truncated"]);
    assert_eq!(
        flags(&"x ".repeat(slim::HTML_BYTES_MAX)),
        ["page_truncated"]
    );
}

/// Pieces of pages in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "<p>",
            "</p>",
            "<div class='related'>",
            "<div class=article-body>",
            "</div>",
            "<b>",
            "</b>",
            "<a href=/x>",
            "</a>",
            "<h1>",
            "</h1>",
            "<table><tr><td>",
            "</table>",
            "<br><br>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "<script type=ld+json>{\"@type\":\"Article\",",
            "\"datePublished\":\"",
            "<time datetime='",
            "<meta name=date content='",
            "'>",
            "\"",
            "&amp;",
            "&#x",
            "3 ноября 2026",
            "By Jane Doe",
            "<li>",
            "<aside>",
            "<figure>",
            "<svg>",
            "\0",
            "<",
        ])
        .prop_map(str::to_owned),
        "[а-яa-z ,.۔ک‌]{0,40}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn holds(body: &[u8]) {
    let document = document(body);
    let found = page(&document, &Reading::default());
    assert_eq!(found, page(&document, &Reading::default()));
    if let Ok(found) = found {
        let letters = found.text.chars().filter(|c| c.is_alphanumeric()).count();
        assert!(
            letters <= body.len(),
            "{letters} letters of {} bytes",
            body.len()
        );
        assert!(found.text.lines().all(|line| !line.trim().is_empty()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read(body in prop::collection::vec(any::<u8>(), 0..400)) {
        holds(&body);
    }

    #[test]
    fn any_page_is_read(html in soup()) {
        holds(html.as_bytes());
    }
}
