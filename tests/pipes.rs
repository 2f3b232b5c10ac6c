//! The pipes from outside: JSON Lines in, JSON Lines out.

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use support::house::{khabar, run, texts};

const FEED: &str = "<rss version=\"2.0\"><channel><title>T</title><language>en</language><item><guid>1</guid>\
    <title>One &amp; only</title><link>/a</link></item></channel></rss>";
const PAGE: &str = "<html lang=\"en\"><head><title>The dam holds | Valley Times</title>\
    <meta property=\"og:title\" content=\"The dam holds\"></head><body><article><h1>The dam holds</h1>\
    <p>Engineers said on Monday that the dam above the valley would hold through the spring floods this year.</p>\
    <p>Families who had left their houses below the dam were told that they could go back before the weekend.</p>\
    </article></body></html>";

/// The answers to these lines; the exit status is 0 whatever they are.
fn pipe(dir: &Path, arguments: &[&str], lines: &[Value]) -> Vec<Value> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    answers(&run(dir, arguments, text.as_bytes()))
}

fn answers(output: &Output) -> Vec<Value> {
    let (out, err) = texts(output);
    assert!(output.status.success(), "{}: {err}", output.status);
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn here() -> &'static Path {
    Path::new(".")
}

fn keys(answer: &Value) -> Vec<&str> {
    answer
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

/// Every key is there, whatever its value is, and nothing else.
fn has_keys(answer: &Value, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let mut found = keys(answer);
    found.sort_unstable();
    assert_eq!(found, expected, "{answer}");
}

/// A line of each kind that no pipe can do anything with.
const BAD: &[u8] =
    b"not json\n[1,2]\n{\"id\":\"b\",\"path\":7,\"text\":{},\"a\":1}\n\"\xff\xfe\"\n17\nnull\n";

fn documents() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    fs::create_dir(dir.path().join("in")).expect("a directory");
    fs::write(dir.path().join("in/feed.xml"), FEED).expect("a file");
    fs::write(dir.path().join("in/page.html"), PAGE).expect("a file");
    for (name, content) in [("in/feed.xml.gz", FEED), ("in/page.html.gz", PAGE)] {
        let file = fs::File::create(dir.path().join(name)).expect("a file");
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::best());
        encoder
            .write_all(content.as_bytes())
            .and_then(|()| encoder.finish().map(drop))
            .expect("it is written");
    }
    fs::write(dir.path().join("in/broken.gz"), b"\x1f\x8b\x08\0 no gzip").expect("a file");
    dir
}

#[test]
fn each_pipe_answers_bad_lines_in_their_place() {
    let text = "Мэрия сообщила, что мост через реку снова открыт для движения после ремонта.";
    let good = json!({
        "id": "good", "path": "in/feed.xml", "url": "https://x.example/feed", "title": "Мост открыт",
        "text": text, "a": {"title": "Мост открыт", "text": text}, "b": {"title": "Мост открыт", "text": text},
    });
    let dir = documents();
    for name in [
        "parse",
        "extract",
        "identify",
        "tag",
        "cluster",
        "cluster --stream",
        "compare",
    ] {
        let arguments: Vec<&str> = name.split(' ').collect();
        let path = if name == "extract" {
            "in/page.html"
        } else {
            "in/feed.xml"
        };
        let mut good = good.clone();
        good["path"] = path.into();
        let lines = [
            format!("{good}\n").as_bytes(),
            BAD,
            format!("{}\n", with_id(&good, json!(42))).as_bytes(),
        ]
        .concat();
        let answers = answers(&run(dir.path(), &arguments, &lines));
        assert_eq!(answers.len(), 8, "{name}");
        assert_eq!(
            (&answers[0]["id"], &answers[7]["id"]),
            (&json!("good"), &json!(42)),
            "{name}"
        );
        for number in [0, 7] {
            assert_eq!(
                answers[number].get("error"),
                None,
                "{name}: {}",
                answers[number]
            );
        }
        for bad in &answers[1..7] {
            has_keys(bad, &["id", "error"]);
            assert!(
                bad["error"]["kind"].is_string() && bad["error"]["message"].is_string(),
                "{name}: {bad}"
            );
        }
        assert_eq!(answers[3]["id"], "b", "{name}");
    }
}

fn with_id(line: &Value, id: Value) -> Value {
    let mut line = line.clone();
    line["id"] = id;
    line
}

#[test]
fn many_lines_keep_their_order_and_the_last_needs_no_line_end() {
    let lines: Vec<String> = (0..2_000)
        .map(|n| json!({"id": n, "text": "the market opened again"}).to_string())
        .collect();
    let answers = answers(&run(here(), &["identify"], lines.join("\n").as_bytes()));
    assert!(
        answers
            .iter()
            .map(|answer| answer["id"].as_u64().expect("a number"))
            .eq(0..2_000)
    );
}

#[test]
fn no_line_in_is_no_line_out() {
    for name in ["parse", "extract", "identify", "tag", "cluster", "compare"] {
        assert_eq!(answers(&run(here(), &[name], b"")), Vec::<Value>::new());
        assert_eq!(answers(&run(here(), &[name], b"\n\n")), Vec::<Value>::new());
    }
}

#[test]
fn each_line_is_answered_before_the_next_is_read() {
    use std::io::{BufRead, BufReader};
    let mut command = khabar(&["identify"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    for number in 0..3 {
        writeln!(input, "{}", json!({"id": number, "text": "bread and rain"})).expect("it reads");
        input.flush().expect("it reads");
        let mut line = String::new();
        output.read_line(&mut line).expect("it answers");
        let answer: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(answer["id"], number);
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut command = khabar(&["identify"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("a pipe");
    for _ in 0..10_000 {
        if writeln!(input, "{}", json!({"id": 1, "text": "rain"})).is_err() {
            break;
        }
    }
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let (_, said) = texts(&output);
    assert!(
        output.status.success() && said.is_empty(),
        "{}: {said}",
        output.status
    );
}

#[test]
fn documents_are_read_by_root_compressed_or_not() {
    let dir = documents();
    let root = dir.path().join("in");
    let root = root.to_str().expect("a text");
    let page = |path: &str| json!({"id": path, "path": path, "url": "https://x.example/news/1"});
    for (name, file) in [("parse", "feed.xml"), ("extract", "page.html")] {
        let zipped = format!("{file}.gz");
        let whole = format!("{root}/{file}");
        let lines = [page(file), page(&zipped), page(&whole)];
        let mut answers = pipe(here(), &[name, "--root", root], &lines);
        for answer in &mut answers {
            assert_eq!(answer.get("error"), None, "{answer}");
            answer["id"] = Value::Null;
        }
        assert_eq!(answers[0], answers[1], "{name}");
        assert_eq!(answers[0], answers[2], "{name}");
        let bad = [
            page("no-such-file"),
            page("broken.gz"),
            page("."),
            page("../in"),
            page(file),
        ];
        let answers = pipe(here(), &[name, "--root", root], &bad);
        for answer in &answers[..4] {
            assert!(answer["error"]["kind"].is_string(), "{answer}");
        }
        assert_eq!(answers[4].get("error"), None);
    }
}

#[test]
fn parse_prints_every_key() {
    let dir = documents();
    let line = json!({"id": "x", "path": "in/feed.xml", "url": "https://x.example/feed", "content_type": "text/xml"});
    let answer = &pipe(dir.path(), &["parse"], &[line])[0];
    has_keys(
        answer,
        &["id", "format", "title", "language", "entries", "problems"],
    );
    let entry = &answer["entries"][0];
    has_keys(
        entry,
        &[
            "guid",
            "url",
            "title",
            "summary",
            "content",
            "authors",
            "tags",
            "published",
            "published_raw",
            "updated",
            "language",
            "image",
            "origin",
        ],
    );
    assert_eq!(
        (&entry["guid"], &entry["title"], &entry["url"]),
        (
            &json!("1"),
            &json!("One & only"),
            &json!("https://x.example/a")
        )
    );
    assert_eq!(entry["published"], Value::Null);
}

#[test]
fn extract_prints_every_key() {
    let dir = documents();
    let line = json!({"id": "x", "path": "in/page.html", "url": "https://x.example/news/1"});
    let answer = &pipe(dir.path(), &["extract"], &[line])[0];
    has_keys(
        answer,
        &[
            "id",
            "title",
            "text",
            "authors",
            "published",
            "published_raw",
            "updated",
            "language",
            "site",
            "canonical_url",
            "image",
            "tags",
            "paywalled",
        ],
    );
    assert_eq!(answer["title"], "The dam holds");
    let paragraphs: Vec<&str> = answer["text"]
        .as_str()
        .expect("a text")
        .split('\n')
        .collect();
    assert_eq!(paragraphs.len(), 2, "{paragraphs:?}");
}

#[test]
fn what_is_no_feed_is_an_error_with_the_feeds_that_it_points_at() {
    let dir = documents();
    fs::write(
        dir.path().join("home.html"),
        "<html><head><link rel=alternate type=application/rss+xml href=/rss></head><body><p>Hello</p></body></html>",
    )
    .expect("a file");
    let line = json!({"id": "x", "path": "home.html", "url": "https://x.example/"});
    let answer = &pipe(dir.path(), &["parse"], &[line])[0];
    assert_eq!(answer["error"]["kind"], "html_instead_of_feed");
    assert_eq!(answer["error"]["feeds"], json!(["https://x.example/rss"]));
}

#[test]
fn what_is_no_language_is_und_in_its_script() {
    let cases = [
        ("12345 67,89 %", "Zyyy"),
        ("", "Zyyy"),
        ("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏂᏴᏫᏯ ᎤᎾᏕᎶᏆᏍᏗ", "Cher"),
    ];
    let lines: Vec<Value> = cases
        .iter()
        .map(|(text, _)| json!({"id": text, "text": text}))
        .collect();
    for (answer, (text, script)) in pipe(here(), &["identify"], &lines).iter().zip(cases) {
        has_keys(answer, &["id", "language", "script", "confidence"]);
        assert_eq!(
            (&answer["language"], &answer["script"]),
            (&json!("und"), &json!(script)),
            "{text:?}"
        );
    }
}

#[test]
fn identify_knows_the_scripts_of_one_language_apart() {
    let cases = [
        (
            "Hokimiyat maʼlum qilishicha, shahar bozori kuchli yomgʻirdan keyin yana ochildi va odamlar non uchun navbatda turishdi.",
            "uz",
            "Latn",
        ),
        (
            "Ҳокимият маълум қилишича, шаҳар бозори кучли ёмғирдан кейин яна очилди ва одамлар нон учун навбатда туришди.",
            "uz",
            "Cyrl",
        ),
        (
            "官员表示，城市市场在大雨之后重新开放，人们清晨排队购买面包，这说明经济正在恢复。",
            "zh",
            "Hans",
        ),
        (
            "官員表示，城市市場在大雨之後重新開放，人們清晨排隊購買麵包，這說明經濟正在恢復。",
            "zh",
            "Hant",
        ),
    ];
    let lines: Vec<Value> = cases
        .iter()
        .map(|(text, ..)| json!({"id": text, "text": text}))
        .collect();
    for (answer, (text, language, script)) in pipe(here(), &["identify"], &lines).iter().zip(cases)
    {
        assert_eq!(
            (&answer["language"], &answer["script"]),
            (&json!(language), &json!(script)),
            "{text}"
        );
        let confidence = answer["confidence"].as_f64().expect("a number");
        assert!((0.0..=1.0).contains(&confidence));
    }
}

#[test]
fn tag_prints_every_key() {
    let line = json!({"id": 1, "title": "Kabul: rain", "text": "Rain fell in Kabul and in Herat, officials in Afghanistan said."});
    let answer = &pipe(here(), &["tag"], &[line])[0];
    has_keys(
        answer,
        &[
            "id",
            "language",
            "countries",
            "places",
            "people",
            "bodies",
            "relevance",
        ],
    );
    assert_eq!(answer["countries"][0]["code"], "AFG");
    let nothing = &pipe(
        here(),
        &["tag"],
        &[json!({"id": 1, "title": "", "text": ""})],
    )[0];
    assert_eq!(
        (&nothing["countries"], &nothing["relevance"]),
        (&json!([]), &json!(0.0))
    );
}

const STORY: &str = "Engineers in the northern district said on Monday that the bridge over the river had been closed \
    after cracks were found in two of its pillars. Buses were sent by way of the old road, and the repair was \
    expected to take at least three weeks, the head of the works told reporters.";
const OTHER: &str = "The national football team won its second match of the tournament by three goals to one, and its \
    coach praised the young goalkeeper who had stopped a penalty in the last minutes before half of the stadium.";

fn told(id: &str, text: &str, source: &str) -> Value {
    json!({"id": id, "title": "", "text": text, "source": source, "published": "2026-03-01T10:00:00Z"})
}

fn tellings() -> Vec<Value> {
    let framed = format!("Agency report. {STORY}");
    vec![
        told("one", STORY, "a"),
        told("other", OTHER, "a"),
        told("two", STORY, "b"),
        told("three", &framed, "c"),
    ]
}

#[test]
fn cluster_gathers_copies_and_keeps_the_order_of_its_lines() {
    let answers = pipe(here(), &["cluster"], &tellings());
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, ["one", "other", "two", "three"]);
    for answer in &answers {
        has_keys(answer, &["id", "story", "relation", "of", "score"]);
    }
    let [one, other, two, three] = &answers[..] else {
        panic!("four answers")
    };
    assert_eq!(
        (&one["relation"], &one["of"]),
        (&json!("first"), &Value::Null)
    );
    assert_eq!(
        (&two["relation"], &two["of"], &two["story"]),
        (&json!("copy"), &json!("one"), &one["story"])
    );
    assert_eq!(
        (&three["relation"], &three["story"]),
        (&json!("near"), &one["story"])
    );
    assert_ne!(other["story"], one["story"]);
}

#[test]
fn cluster_says_that_an_id_came_twice() {
    let answers = pipe(
        here(),
        &["cluster"],
        &[
            told("x", STORY, "a"),
            told("x", OTHER, "a"),
            told("y", STORY, "b"),
        ],
    );
    assert_eq!(answers[1]["error"]["kind"], "repeated_id");
    assert_eq!(answers[2]["of"], "x");
}

#[test]
fn cluster_streams_each_line_as_it_is_decided() {
    let whole = pipe(here(), &["cluster"], &tellings());
    let streamed = pipe(here(), &["cluster", "--stream"], &tellings());
    let decided: Vec<&Value> = streamed
        .iter()
        .filter(|answer| answer.get("merged").is_none())
        .collect();
    assert_eq!(decided.len(), 4);
    let merged: Vec<(&Value, &Value)> = streamed
        .iter()
        .filter_map(|answer| answer.get("merged"))
        .map(|pair| (&pair[0], &pair[1]))
        .collect();
    for (decided, whole) in decided.into_iter().zip(&whole) {
        // Following the merges leads to the final story.
        let mut story = &decided["story"];
        while let Some((_, into)) = merged.iter().find(|(from, _)| *from == story) {
            story = into;
        }
        assert_eq!(story, &whole["story"]);
    }
}

#[test]
fn compare_is_the_same_both_ways() {
    let framed = format!("Agency report. {STORY}");
    let texts = [STORY, OTHER, framed.as_str(), "", "Дождь"];
    for a in texts {
        for b in texts {
            let pair = |a: &str, b: &str| json!({"id": 1, "a": {"title": "", "text": a}, "b": {"title": "", "text": b}});
            let answers = pipe(here(), &["compare"], &[pair(a, b), pair(b, a)]);
            has_keys(
                &answers[0],
                &["id", "same_story", "score", "relation", "evidence"],
            );
            for key in ["same_story", "score", "relation"] {
                assert_eq!(answers[0][key], answers[1][key], "{key} of {a:?} and {b:?}");
            }
        }
    }
    let same = &pipe(
        here(),
        &["compare"],
        &[json!({"id": 1, "a": {"text": STORY}, "b": {"text": STORY}})],
    )[0];
    assert_eq!(
        (&same["same_story"], &same["relation"]),
        (&json!(true), &json!("copy"))
    );
}
