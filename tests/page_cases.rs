//! Article pages as outlets build them, and what is to be read of each: `tests/data/pages/CASE/`
//! holds `source.html` and `expected.json`, whose keys are compared; a `url` there is the address
//! of the page.

use std::fs;
use std::path::Path;

use khabar::config::Reading;
use khabar::document::Document;
use khabar::extract::page;
use serde_json::Value;

fn check(case: &Path) -> Vec<String> {
    let body = fs::read(case.join("source.html")).expect("the page");
    let expected = fs::read_to_string(case.join("expected.json")).expect("what is expected");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    let host = "https://sepideh.example/fa/news/81234/";
    let document = Document {
        url: expected["url"].as_str().unwrap_or(host).to_owned(),
        content_type: None,
        body,
        fetched: "2026-11-24T10:00:00Z".parse().expect("a time"),
    };
    let found = page(&document, &Reading::default()).expect("a page");
    let found = serde_json::to_value(&found).expect("JSON");
    let fields = expected.as_object().expect("an object").iter();
    fields
        .filter(|(key, value)| *key != "url" && found[key.as_str()] != **value)
        .map(|(key, value)| {
            let name = case.file_name().unwrap_or_default().to_string_lossy();
            format!(
                "{name}: {key}\n  expected {value}\n  found    {}",
                found[key.as_str()]
            )
        })
        .collect()
}

#[test]
fn pages_are_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pages");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 39, "cases are missing");
    let wrong: Vec<String> = cases.iter().flat_map(|case| check(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
