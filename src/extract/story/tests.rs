use super::*;
use crate::parse::parse;

const FEED: &str = "<rss version=\"2.0\"><channel><title>Vesti</title><item>\
    <title>Сель в Оше: эвакуировали двести человек</title>\
    <link>https://vesti.example/news/17</link><guid>17</guid>\
    <description>Сель подтопил тридцать домов в Кара-Сууйском районе.</description>\
    </item></channel></rss>";

const STORY: &str = "<p>Сильный дождь вызвал сель в Кара-Сууйском районе, вода подтопила тридцать \
    домов, сообщили спасатели в среду утром.</p><p>По данным ведомства, двести человек разместили в \
    двух школах, туда подвезли воду и еду.</p>";

fn document(url: &str, body: &str) -> Document {
    Document {
        url: url.to_owned(),
        content_type: None,
        body: body.as_bytes().to_vec(),
        fetched: "2026-11-24T10:00:00Z".parse().expect("a time"),
    }
}

fn item() -> Item {
    let feed = document("https://vesti.example/rss", FEED);
    let parsed = parse(&feed, &Reading::default()).expect("a feed");
    parsed.items.into_iter().next().expect("one item")
}

fn read(answer: PageAnswer<'_>) -> Extracted {
    let item = item();
    let told = Told::of(&item);
    extract(item, told, answer, &Reading::default())
}

fn came(url: &str, title: &str, text: &str) -> Extracted {
    let page = format!("<html><title>{title}</title><body><h1>{title}</h1>{text}</body></html>");
    let document = document(url, &page);
    read(PageAnswer::Came(&document))
}

fn check(extracted: &Extracted, text_from: TextFrom, flags: &[&str]) {
    assert_eq!(extracted.text_from, text_from, "{extracted:?}");
    assert_eq!(extracted.flags, flags, "{extracted:?}");
    assert_eq!(extracted.guid.as_deref(), Some("17"));
    assert!(extracted.raw.contains("двести человек"));
}

const URL: &str = "https://vesti.example/news/17";
const TITLE: &str = "Сель в Оше: эвакуировали двести человек";

#[test]
fn the_page_has_the_text() {
    let extracted = came(URL, TITLE, STORY);
    check(&extracted, TextFrom::Page, &[]);
    assert!(extracted.text.starts_with("Сильный дождь"));
}

#[test]
fn no_page_costs_the_item() {
    let failed = read(PageAnswer::Failed("status_403"));
    check(&failed, TextFrom::Summary, &["page_status_403"]);
    let empty = document(URL, "");
    let empty = read(PageAnswer::Came(&empty));
    check(&empty, TextFrom::Summary, &["page_unreadable"]);
    let not_asked = read(PageAnswer::NotAsked);
    check(&not_asked, TextFrom::Summary, &[]);
}

#[test]
fn another_page_is_not_taken_for_the_story() {
    let other = "<p>Курс валют на завтра: доллар подешевел, евро подорожал, рубль остался прежним, \
        сообщает Национальный банк республики.</p>";
    check(
        &came("https://vesti.example/", "Главная", other),
        TextFrom::Summary,
        &["page_not_article"],
    );
    let wall = "<p>Мы используем файлы cookie. Нажмите, чтобы продолжить.</p>";
    check(
        &came(URL, "Vesti", wall),
        TextFrom::Summary,
        &["consent_wall"],
    );
}
