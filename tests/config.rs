//! The configuration from outside: files in, a configuration or every mistake out.

use std::path::Path;
use std::time::Duration;

use khabar::config::{
    Config, ConfigErrors, Format, HttpVersion, Keep, Kind, Proxy, load_with, schema,
};
use proptest::prelude::*;
use serde_json::Value as Json;

const EXAMPLE: &str = "config/khabar.toml";

fn env(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some("s3cret-token".into()),
        "PROXY_HOST" => Some("s3cret-proxy".into()),
        _ => None,
    }
}

/// Loads `text` as the only file of a directory of its own.
fn load_text(text: &str) -> Result<Config, ConfigErrors> {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("khabar.toml");
    std::fs::write(&path, text).expect("a file");
    load_with(&path, &env)
}

/// A whole configuration with one feed that has these further lines.
fn with_feed(lines: &str) -> String {
    format!("[[feed]]\nid = 'one'\nname = 'One'\nurl = 'https://example.org/rss'\n{lines}\n")
}

/// The messages of the only file, without its name.
fn messages(errors: &ConfigErrors) -> Vec<String> {
    let line = |problem: &khabar::config::Problem| {
        format!(
            "{}:{}: {}; {}",
            problem.line, problem.column, problem.message, problem.help
        )
    };
    errors.problems.iter().map(line).collect()
}

fn check_mistake(text: &str, expected: &str) {
    let errors = load_text(text).expect_err(text);
    assert_eq!(messages(&errors), [expected], "{text}");
}

fn check_file(config: &str, expected: &str) {
    let errors = load_with(Path::new(config), &env).expect_err(config);
    assert_eq!(errors.to_string(), expected);
    let rendered = errors.render(200, false);
    for problem in &errors.problems {
        let place = format!("{}:{}:{}]", problem.file, problem.line, problem.column);
        assert!(
            rendered.contains(&place) && rendered.contains(&problem.message),
            "{place}\n{rendered}"
        );
    }
}

#[test]
fn many_mistakes_are_told_in_one_run() {
    let expected = include_str!("data/config/ten-mistakes.txt");
    assert!(expected.lines().count() >= 10);
    check_file("tests/data/config/ten-mistakes.toml", expected);
}

#[test]
fn mistakes_of_included_files_are_told_where_they_stand() {
    check_file(
        "tests/data/config/include-errors/khabar.toml",
        include_str!("data/config/include-errors/expected.txt"),
    );
}

#[test]
fn a_mistake_is_answered_with_what_to_write() {
    check_mistake(
        "[fetch]\ntimeout = 30",
        "2:11: expected a duration, found a whole number; write \"15m\"",
    );
    check_mistake(
        "[fetch]\nspacing = \"2h\"",
        "2:11: expected a duration, found \"2h\"; write a duration from \"0s\" to \"1h\"",
    );
    check_mistake(
        "[output]\nkeep = \"for ever\"",
        "2:8: expected \"forever\" or a duration, found \"for ever\"; \
         write a number and a unit, such as \"90s\", \"15m\", \"6h\" or \"7d\", or \"forever\"",
    );
    check_mistake(
        "[feed]\nid = \"one\"",
        "1:1: expected a list, each item a table, found a table; write it under the header [[feed]]",
    );
    check_mistake(
        &with_feed("http_version = 2"),
        "5:16: expected one of [\"auto\", \"1.1\", \"2\"], found a whole number; write one of [\"auto\", \"1.1\", \"2\"]",
    );
    check_mistake(
        &with_feed("alternates = [\"https://\"]"),
        "5:15: expected an http or https address, found \"https://\"; \
         empty host; write something like \"https://example.org/rss\"",
    );
    check_mistake(
        &with_feed("tags = [\"\"]"),
        "5:9: expected a line of text, found \"\"; write something on one line, without control characters, or leave the key out",
    );
    for (written, instead) in [
        (
            "https://news.example.org/",
            "write the name alone: \"news.example.org\"",
        ),
        (
            "news.example.org:8443",
            "write the name alone: \"news.example.org\"",
        ),
        ("192.0.2.1", "write a name such as \"news.example.org\""),
        ("*.example.org", "write a name such as \"news.example.org\""),
        ("", "write a name such as \"news.example.org\""),
    ] {
        check_mistake(
            &format!("[http]\nhosts = [\"{written}\"]"),
            &format!("2:10: expected the name of a host, found \"{written}\"; {instead}"),
        );
    }
    check_mistake(
        &with_feed("name = \"Two\""),
        "5:1: not TOML: duplicate key; keep one of the two",
    );
    check_mistake(
        &with_feed("publisher = \"${TOKEN\""),
        "5:13: `${` without its `}`; close it, or write `$${` for the two characters",
    );
}

#[test]
fn an_unreadable_file_is_a_mistake() {
    let errors =
        load_with(Path::new("tests/data/config/none.toml"), &env).expect_err("no such file");
    assert!(
        errors
            .to_string()
            .starts_with("tests/data/config/none.toml:1:1: failed to read"),
        "{errors}"
    );
}

#[test]
fn every_key_is_typed() {
    let text = r#"
        [output]
        dir = "/srv/records"
        formats = ["jsonl"]
        keep = "365d"
        seal_bytes = "1 KiB"
        [fetch]
        allow_private = ["127.0.0.0/8", "::1"]
        [http]
        listen = "127.0.0.1:0"
        hosts = ["News.Example.org", "бухоро.example"]
        [[feed]]
        id = "ariana-prs"
        name = "Ariana: Dari"
        outlet = "Ariana"
        url = "https://example.org/rss"
        kind = "page"
        time_zone = "Asia/Kabul"
        interval = "90s"
        proxy = "direct"
        http_version = "1.1"
        select = { item = "article", date = "time" }
    "#;
    let config = load_text(text).expect("sound");
    assert_eq!(config.output.dir, Path::new("/srv/records"));
    assert_eq!(config.output.formats, [Format::Jsonl]);
    assert_eq!(
        config.output.keep,
        Keep::For(Duration::from_secs(365 * 86_400))
    );
    assert_eq!(config.output.seal_bytes, 1024);
    assert_eq!(config.fetch.allow_private[1].to_string(), "::1/128");
    assert_eq!(config.http.listen.map(|address| address.port()), Some(0));
    assert_eq!(
        config.http.hosts,
        ["news.example.org", "xn--90a0aahnm.example"]
    );
    let feed = &config.feeds[0];
    assert_eq!((feed.outlet(), feed.publisher()), ("Ariana", "Ariana"));
    assert_eq!(feed.interval, Some(Duration::from_secs(90)));
    assert_eq!(
        (&feed.proxy, feed.http_version),
        (&Some(Proxy::Direct), HttpVersion::Http11)
    );
    let reading = feed.reading();
    assert_eq!(reading.kind, Kind::Page);
    assert_eq!(reading.select.date.as_deref(), Some("time"));
    let zone = reading.time_zone.expect("a zone");
    assert_eq!(
        zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds(),
        4 * 3600 + 1800
    );
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let dir = tempfile::tempdir().expect("a directory");
    let sub = dir.path().join("feeds.d");
    std::fs::create_dir(&sub).expect("a directory");
    std::fs::write(
        dir.path().join("khabar.toml"),
        "include = ['feeds.d/*.toml']",
    )
    .expect("a file");
    std::fs::write(sub.join("2.toml"), with_feed("ca_file = 'roots.pem'")).expect("a file");
    std::fs::write(sub.join("1.toml"), with_feed("").replace("'one'", "'two'")).expect("a file");
    let config = load_with(&dir.path().join("khabar.toml"), &env).expect("sound");
    assert_eq!(config.output.dir, dir.path().join("out"));
    assert_eq!(config.feeds[1].ca_file, Some(sub.join("roots.pem")));
    assert_eq!(
        config
            .feeds
            .iter()
            .map(|feed| feed.id.as_str())
            .collect::<Vec<_>>(),
        ["two", "one"]
    );
}

#[test]
fn variables_and_files_are_filled_in() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("key"), "s3cret-key\n").expect("a file");
    let feed = with_feed(
        "headers = { Authorization = 'Bearer ${file:key}', X-Literal = '$${TOKEN}' }\nproxy = 'http://me:${TOKEN}@${PROXY_HOST}:3128'",
    );
    let path = dir.path().join("khabar.toml");
    std::fs::write(&path, feed.replace("/rss", "/rss?token=${TOKEN}")).expect("a file");
    let config = load_with(&path, &env).expect("sound");
    let feed = &config.feeds[0];
    assert_eq!(
        feed.url.as_str(),
        "https://example.org/rss?token=s3cret-token"
    );
    let values: Vec<&String> = feed
        .headers
        .iter()
        .map(|(_, value)| value.reveal())
        .collect();
    assert_eq!(values, ["Bearer s3cret-key", "${TOKEN}"]);
    let Some(Proxy::Via(proxy)) = &feed.proxy else {
        panic!("no proxy")
    };
    assert_eq!(proxy.reveal().host_str(), Some("s3cret-proxy"));

    let shown = format!("{config:?} {}", feed.url);
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(shown.contains("/rss?token=${TOKEN}"), "{shown}");
}

#[test]
fn no_mistake_shows_a_secret() {
    let wrong = [
        "proxy = 's3cret'",
        "proxy = 'ftp://me:s3cret@localhost'",
        "proxy = 3\nheaders = { Authorization = 's3cret' }",
        "headers = { Authorization = 's3cret\\u0007', B = \"s3cret\\u0007\" }",
        "headers = ['s3cret']\nheader = { A = 's3cret' }",
        "haeders = { A = 's3cret' }\ntoken = 's3cret'",
        "headers = { A = 's3cret }\nid = 'x'",
        "headers = { A = \"\"\"\ns3cret\ns3cret }",
        "alternates = ['https://me:s3cret@example.org', 'me://me:s3cret@example.org']",
        "language = '${TOKEN}'\nurl = '${TOKEN}'",
        "id = 'x'\n[feed.headers]\nX-Key = \"s3cret\nB = 's3cret",
        "select = { item = '${TOKEN}[' }",
        "interval = '${TOKEN}'\ncountry = '${PROXY_HOST}'",
    ];
    for lines in wrong {
        let errors = load_text(&with_feed(lines)).expect_err(lines);
        let shown = format!("{errors}\n{}\n{errors:?}", errors.render(120, true));
        assert!(!shown.contains("s3cret"), "{lines}\n{shown}");
    }
}

/// Without a mistake a file is read feed by feed; a string of several lines makes that it is read as a whole.
#[test]
fn a_file_is_read_alike_feed_by_feed_and_as_a_whole() {
    let blocks = [
        "alternates = [\n  \"https://b.example/\",\n]\n[feed.select]\nitem = 'article' # [not a table]\n",
        "headers = { Authorization = '${TOKEN}' }\n\n# [output]\n",
        "tags = ['[[feed]]']\n[feed.headers]\nX-Key = 'a'\n",
        "  [feed.select]\n  title = 'h1'\n",
        "",
    ];
    let feeds: String = (0..50)
        .map(|n| {
            let lines = blocks[n % blocks.len()];
            format!("[[feed]]\nid = 'f{n}'\nname = 'F'\nurl = 'https://example.org/{n}'\n{lines}")
        })
        .collect();
    for (head, tail) in [
        ("", ""),
        ("[http]\nhosts = ['a.example']\n", ""),
        ("# [[feed]]\n[poll]\ninterval = '20m'\n", "\n"),
        ("", "[poll]\ninterval = '20m'\n"),
    ] {
        let text = format!("{head}{feeds}{tail}");
        let read = |text: &str| format!("{:?}", load_text(text).expect("sound"));
        let pieces = read(&text);
        let whole = read(&format!("{text}\n# \"\"\""));
        let strip = |text: String| text.split("feeds: ").nth(1).map(str::to_owned);
        assert_eq!(strip(pieces), strip(whole), "{text}");
    }
    // A mistake is told where it stands, however many feeds are before it.
    let text = format!("{feeds}[[feed]]\nid = 'f3'\nname = 'F'\nurl = 'https://example.org/'\n");
    let line = feeds.lines().count() + 2;
    let told = messages(&load_text(&text).expect_err("one id twice"));
    let expected = format!("{line}:6: two feeds have the id `f3`;");
    assert!(
        told.len() == 1 && told[0].starts_with(&expected),
        "{told:?}"
    );
}

/// A message about an included file may show lines of the one that names it.
#[test]
fn a_place_in_another_file_shows_no_secret() {
    let dir = tempfile::tempdir().expect("a directory");
    let block = |id: &str, lines: &str| {
        format!("[[feed]]\n{lines}id = '{id}'\nname = 'F'\nurl = 'https://example.org/{id}'\n")
    };
    let secret = "headers = { Authorization = 's3cret' }\n";
    let main = format!(
        "include = ['more.toml']\n{}{}",
        block("a", ""),
        block("b", secret)
    );
    std::fs::write(dir.path().join("khabar.toml"), main).expect("a file");
    std::fs::write(dir.path().join("more.toml"), block("b", "")).expect("a file");
    let errors = load_with(&dir.path().join("khabar.toml"), &env).expect_err("one id twice");
    let shown = format!("{errors}\n{}\n{errors:?}", errors.render(120, true));
    assert!(shown.contains("khabar.toml:8:6"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_thousand_mistakes_are_counted() {
    let text = "[[feed]]\n".repeat(1000);
    let errors = load_text(&text).expect_err("no ids");
    assert_eq!(errors.problems.len() + errors.omitted, 3000);
    assert!(errors.to_string().ends_with("more\n"));
}

/// The example with every line that shows an option made one.
fn uncommented_example() -> String {
    let text = std::fs::read_to_string(EXAMPLE).expect("the example");
    let is_key = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let uncomment = |line: &'_ str| match line.strip_prefix("# ") {
        Some(option) if option.starts_with('[') => option.to_owned(),
        Some(option) if option.split_once(" = ").is_some_and(|(key, _)| is_key(key)) => {
            option.to_owned()
        }
        _ => line.to_owned(),
    };
    text.lines().map(uncomment).collect::<Vec<_>>().join("\n")
}

/// Calls `see` with the path of every option of the schema, and what the schema says of it.
fn each_option(schema: &Json, path: &str, see: &mut dyn FnMut(&str, &Json)) {
    for (key, option) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        see(&path, option);
        each_option(option, &path, see);
        each_option(&option["items"], &format!("{path}/0"), see);
    }
}

#[test]
fn the_example_loads_and_names_every_option_with_its_default() {
    let text = uncommented_example();
    let config = load_text(&text).expect("the example with all its options");
    assert_eq!(config.feeds.len(), 1);
    let example: Json = toml::from_str(&text).expect("toml");
    let mut seen = 0;
    each_option(&schema(), "", &mut |path, option| {
        seen += 1;
        let shown = example
            .pointer(path)
            .unwrap_or_else(|| panic!("the example lacks {path}"));
        assert!(
            option["description"]
                .as_str()
                .is_some_and(|words| words.len() > 5),
            "{path} has no words"
        );
        if !path.starts_with("/feed")
            && path != "/include"
            && let Some(default) = option.get("default")
        {
            assert_eq!(shown, default, "{path}");
        }
    });
    assert!(seen > 50, "{seen}");
}

#[test]
fn the_schema_is_of_2020_12_and_closed() {
    let schema = schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(
        schema["properties"]["feed"]["items"]["required"],
        serde_json::json!(["id", "name", "url"])
    );
    assert_eq!(
        schema["properties"]["feed"]["items"]["additionalProperties"],
        false
    );
    assert_eq!(
        schema["properties"]["fetch"]["properties"]["timeout"]["default"],
        "30s"
    );
}

#[test]
fn the_defaults_are_those_of_an_empty_file() {
    let config = load_text("").expect("an empty file");
    assert_eq!(config.fetch.timeout, Duration::from_secs(30));
    assert_eq!(config.fetch.max_body, 16 << 20);
    assert_eq!(config.region.countries.len(), 6);
    assert_eq!(config.http.listen, None);
    assert!(config.fetch.robots && config.feeds.is_empty());
}

#[test]
fn the_catalogue_is_complete() {
    let config = load_with(Path::new(EXAMPLE), &env).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(config.feeds.len() >= 200, "{}", config.feeds.len());
    for feed in &config.feeds {
        assert!(
            feed.language.is_some() && feed.publisher.is_some() && !feed.tags.is_empty(),
            "{}",
            feed.id
        );
    }
    let addresses: std::collections::HashSet<&str> =
        config.feeds.iter().map(|feed| feed.url.as_str()).collect();
    assert_eq!(
        addresses.len(),
        config.feeds.len(),
        "an address stands twice"
    );
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = load_text(&text).map_err(|errors| errors.render(80, true));
    }

    #[test]
    fn any_mixture_of_lines_is_answered(picks in prop::collection::vec((0..200usize, "[a-zé\"'\\[{}$@=.\n-]{0,6}"), 0..40)) {
        let lines: Vec<String> = include_str!("data/config/ten-mistakes.toml").lines().map(str::to_owned).collect();
        let text: String = picks.iter().map(|(at, noise)| format!("{}{noise}\n", lines[at % lines.len()])).collect();
        if let Err(errors) = load_text(&text) {
            prop_assert!(!errors.problems.is_empty());
            prop_assert!(errors.render(80, false).lines().count() >= errors.problems.len());
        }
    }
}
