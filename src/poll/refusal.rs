//! What a page says that came instead of a feed: a challenge, a geo-block, a log-in, a parked domain.
//!
//! Pure, and asked only about answers that are no feed anyway, so that news about captchas is news.
//! (simplepie#456, selfoss#886, gofeed#129, FreshRSS#7919: all of these were reported as "parse error".)

/// Bytes of a page that are looked at: the words stand in its head, and a page of a megabyte is no
/// refusal.
pub const BYTES_MAX: usize = 64 << 10;
/// Characters of a page's title that are told.
const TITLE_CHARS_MAX: usize = 80;

/// A page larger than this, or one that names its feeds, is a page like others: a log-in form and a
/// captcha stand in the corner of many.
const SMALL_BYTES_MAX: usize = 32 << 10;

/// A class of refusal.
struct Class {
    kind: &'static str,
    meaning: &'static str,
    /// Words that give it away on any page, lower case.
    words: &'static [&'static str],
    /// Words that do so on a small page only.
    small_words: &'static [&'static str],
}

/// The first one with a word on the page is it.
const CLASSES: [Class; 4] = [
    Class {
        kind: "challenge",
        meaning: "the server wants to be shown a browser or a person",
        words: &[
            "just a moment...",
            "cf-chl",
            "cf_chl",
            "cf-browser-verification",
            "cf-error-details",
            "checking your browser",
            "checking if the site connection is secure",
            "verify you are human",
            "attention required! | cloudflare",
            "sorry, you have been blocked",
            "ddos protection by",
            "_incapsula_",
            "incapsula incident",
            "sucuri website firewall",
            "enable javascript and cookies to continue",
            "проверка браузера",
            "正在进行安全检测",
        ],
        small_words: &[
            "captcha",
            "are you a robot",
            "not a bot",
            "ddos-guard",
            "challenge-platform",
            "datadome",
            "px-block",
            "qrator",
            "variti",
            "stormwall",
            "не робот",
        ],
    },
    Class {
        kind: "geo_block",
        meaning: "the server does not answer in this country",
        words: &[
            "not available in your country",
            "not available in your region",
            "not available in your location",
            "unavailable in your country",
            "unavailable in your region",
            "blocked in your country",
            "access from your country",
            "недоступен в вашей стране",
            "недоступен в вашем регионе",
            "недоступно в вашей стране",
            "доступ к информационному ресурсу ограничен",
        ],
        small_words: &[
            "error 1009",
            "доступ к ресурсу ограничен",
            "peyvandha.ir",
            "10.10.34.3",
            "unavailable for legal reasons",
        ],
    },
    Class {
        kind: "parked",
        meaning: "the domain is parked or for sale",
        words: &[],
        small_words: &[
            "domain is for sale",
            "domain may be for sale",
            "buy this domain",
            "domain is parked",
            "parked domain",
            "domain parking",
            "parkingcrew",
            "sedoparking",
            "hugedomains",
            "afternic",
            "bodis.com",
            "domain has expired",
            "домен продается",
            "домен продаётся",
            "домен припаркован",
        ],
    },
    Class {
        kind: "login",
        meaning: "the server wants a log-in",
        words: &[],
        small_words: &["type=\"password\"", "type='password'", "type=password"],
    },
];

/// The kind of a refusal and what it means, if a page is one. `body` is the page, or its beginning.
pub fn of_page(body: &[u8]) -> Option<(&'static str, String)> {
    let page = String::from_utf8_lossy(&body[..body.len().min(BYTES_MAX)]).to_lowercase();
    let is_said = |words: &[&str]| words.iter().any(|word| page.contains(word));
    let is_small =
        body.len() <= SMALL_BYTES_MAX && !is_said(&["application/rss+xml", "application/atom+xml"]);
    let class = CLASSES
        .iter()
        .find(|class| is_said(class.words) || (is_small && is_said(class.small_words)))?;
    let title = title(body)
        .map(|title| format!(": {title:?}"))
        .unwrap_or_default();
    Some((class.kind, format!("{}{title}", class.meaning)))
}

/// What a page calls itself.
fn title(body: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(&body[..body.len().min(BYTES_MAX)]);
    let from = page.find("<title")?;
    let text = page[from..].split_once('>')?.1.split('<').next()?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let title: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(TITLE_CHARS_MAX)
        .collect();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expected: Option<&str>) {
        assert_eq!(
            of_page(page.as_bytes()).map(|(kind, _)| kind),
            expected,
            "{page}"
        );
    }

    #[test]
    fn refusals_are_told_apart() {
        let cases = [
            (
                "<title>Just a moment...</title><script src=\"/cdn-cgi/challenge-platform/x\"></script>",
                "challenge",
            ),
            ("<title>DDOS-GUARD</title>", "challenge"),
            (
                "<form><div class=\"g-recaptcha\"></div><input type=\"password\"></form>",
                "challenge",
            ),
            (
                "<h1>This content is not available in your country</h1>",
                "geo_block",
            ),
            ("<p>Сайт недоступен в вашей стране</p>", "geo_block"),
            (
                "<iframe src=\"http://10.10.34.34?type=Invalid\"></iframe>",
                "geo_block",
            ),
            (
                "<h1>example.org</h1><p>This domain is for sale!</p>",
                "parked",
            ),
            ("<p>Домен продаётся</p>", "parked"),
            ("<form><input type='password' name='p'></form>", "login"),
        ];
        for (page, kind) in cases {
            check(page, Some(kind));
        }
    }

    #[test]
    fn a_page_of_another_kind_is_no_refusal() {
        check(
            "<html><head><title>News</title></head><body><p>Welcome</p></body></html>",
            None,
        );
        check("", None);
        let usual = "<link rel=alternate type=\"application/rss+xml\" href=/rss><input type=password>captcha";
        check(usual, None);
        check(&format!("captcha{}", " ".repeat(SMALL_BYTES_MAX)), None);
    }

    #[test]
    fn the_title_is_told_and_harmless() {
        let (_, message) = of_page(b"<title>\n Are you\x1b[2J\n real?</title>captcha").unwrap();
        assert!(!message.contains('\x1b'), "{message}");
    }
}
