//! The pipes on labelled collections of real documents, where there are any: `KHABAR_DATA` names their folder.
//!
//! The floors are well below what was measured, so that they catch a stage that broke, not a figure that
//! moved; the figures themselves are printed. Without `KHABAR_DATA` nothing is tested here, which is said.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longest run of one pipe over one collection; the slowest took 5 s on two busy cores.
const PATIENCE: Duration = Duration::from_secs(180);
/// Words in a shingle when two texts are compared.
const SHINGLE_WORDS: usize = 4;

/// Writes past the capture of the test harness, so that it is seen when the test passes.
fn tell(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// The collection at this path below `KHABAR_DATA`.
fn collection(path: &str) -> Option<PathBuf> {
    let Some(data) = std::env::var_os("KHABAR_DATA").filter(|data| !data.is_empty()) else {
        tell(&format!(
            "left out: {path}, since KHABAR_DATA names no collections"
        ));
        return None;
    };
    let path = PathBuf::from(data).join(path);
    if path.exists() {
        return Some(path);
    }
    tell(&format!("left out: {} is not there", path.display()));
    None
}

fn rows(path: &Path) -> Vec<Value> {
    let file = BufReader::new(File::open(path).expect("a collection"));
    let lines = file
        .lines()
        .map(|line| line.expect("UTF-8"))
        .filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str(&line).expect("JSON"))
        .collect()
}

/// What a pipe answers to these lines: one answer for each, in order, within [`PATIENCE`], and no panic.
fn pipe(arguments: &[&str], lines: &[Value]) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a directory");
    let [input, output, errors] = ["in", "out", "errors"].map(|name| folder.path().join(name));
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&input, text).expect("a file");
    let create = |path: &Path| Stdio::from(File::create(path).expect("a file"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_khabar"))
        .args(arguments)
        .stdin(File::open(&input).expect("a file"))
        .stdout(create(&output))
        .stderr(create(&errors))
        .spawn()
        .expect("the binary starts");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be asked") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{arguments:?} did not end within {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(20));
    };
    let errors = fs::read_to_string(&errors).expect("a file");
    assert!(status.success(), "{arguments:?}: {status}\n{errors}");
    assert!(!errors.contains("panicked"), "{arguments:?}:\n{errors}");
    let answers = rows(&output);
    assert_eq!(
        answers.len(),
        lines.len(),
        "{arguments:?} left lines unanswered"
    );
    assert!(
        answers
            .iter()
            .zip(lines)
            .all(|(answer, line)| answer["id"] == line["id"]),
        "the order changed"
    );
    answers
}

/// These fields of each row.
fn lines(rows: &[Value], fields: &[&str]) -> Vec<Value> {
    let line = |row: &Value| {
        let has = fields.iter().filter(|&&field| !row[field].is_null());
        Value::Object(
            has.map(|&field| (field.to_owned(), row[field].clone()))
                .collect(),
        )
    };
    rows.iter().map(line).collect()
}

fn at_least(what: &str, found: f64, floor: f64) {
    tell(&format!("{what}: {found:.4} (at least {floor})"));
    assert!(
        found >= floor,
        "{what}: {found:.4}, at least {floor} was expected"
    );
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Harmonic mean of precision and recall.
fn f1(right: usize, found: usize, wanted: usize) -> f64 {
    2.0 * right as f64 / (found + wanted).max(1) as f64
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn feeds_keep_their_entries() {
    let Some(folder) = collection("feeds") else {
        return;
    };
    let rows = rows(&folder.join("index.jsonl"));
    let answers = pipe(
        &["parse", "--root", &folder.to_string_lossy()],
        &lines(&rows, &["id", "path"]),
    );
    let (mut wanted, mut kept, mut unread) = (0, 0, 0);
    for (row, answer) in rows
        .iter()
        .zip(&answers)
        .filter(|(row, _)| row["kind"] == "real")
    {
        let reference = row["feedparser"]["entries"].as_u64().unwrap_or(0) as usize;
        let entries = answer["entries"].as_array().map_or(0, Vec::len);
        wanted += reference;
        kept += entries.min(reference);
        unread += usize::from(entries == 0 && reference > 0);
    }
    tell(&format!("real feeds without any entry: {unread}"));
    at_least("entries kept of real feeds", ratio(kept, wanted), 0.999);
}

#[test]
fn pages_give_their_text() {
    let Some(folder) = collection("pages") else {
        return;
    };
    let rows = rows(&folder.join("index.jsonl"));
    let answers = pipe(
        &["extract", "--root", &folder.to_string_lossy()],
        &lines(&rows, &["id", "path", "url"]),
    );
    let mut sets: BTreeMap<&str, Vec<[f64; 3]>> = BTreeMap::new();
    for (row, answer) in rows.iter().zip(&answers) {
        if let Some(gold) = row["gold"]["text"].as_str() {
            sets.entry(text(&row["set"]))
                .or_default()
                .push(shares(gold, text(&answer["text"])));
        }
    }
    for (set, pages) in sets {
        let [right, surplus, missing] = pages
            .iter()
            .fold([0.0; 3], |sum, page| [0, 1, 2].map(|n| sum[n] + page[n]));
        at_least(
            &format!("text of the {} pages of {set}, F1", pages.len()),
            right / (right + (surplus + missing) / 2.0),
            0.93,
        );
    }
}

/// Shares of shingles that are in both texts, in the answer alone and in the gold alone, of all of the page.
fn shares(gold: &str, answer: &str) -> [f64; 3] {
    let (gold, mut answer) = (shingles(gold), shingles(answer));
    let (mut right, mut missing) = (0, 0);
    for (shingle, count) in gold {
        let both = answer.remove(&shingle).map_or(0, |found| {
            if found > count {
                answer.insert(shingle, found - count);
            }
            found.min(count)
        });
        right += both;
        missing += count - both;
    }
    let surplus: usize = answer.values().sum();
    let all = right + surplus + missing;
    [right, surplus, missing].map(|part| ratio(part, all))
}

fn shingles(text: &str) -> HashMap<Vec<&str>, usize> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut shingles = HashMap::new();
    for shingle in words.windows(SHINGLE_WORDS.min(words.len().max(1))) {
        *shingles.entry(shingle.to_vec()).or_default() += 1;
    }
    shingles
}

#[test]
fn texts_are_identified() {
    let Some(file) = collection("languages/dev.jsonl") else {
        return;
    };
    let rows = rows(&file);
    let answers = pipe(&["identify"], &lines(&rows, &["id", "text"]));
    // Dari and Persian are told apart by vocabulary, which a short text may not have.
    let fold = |language: &str| {
        if language == "prs" {
            "fa".to_owned()
        } else {
            language.to_owned()
        }
    };
    let mut languages: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for (row, answer) in rows.iter().zip(&answers) {
        let (wanted, found) = (fold(text(&row["lang"])), fold(text(&answer["language"])));
        languages.entry(wanted.clone()).or_default()[0] += usize::from(wanted == found);
        languages.entry(found).or_default()[1] += 1;
        languages.entry(wanted).or_default()[2] += 1;
    }
    let scores: Vec<f64> = languages
        .values()
        .filter(|[_, _, wanted]| *wanted > 0)
        .map(|&[right, found, wanted]| f1(right, found, wanted))
        .collect();
    at_least(
        "languages, macro F1",
        scores.iter().sum::<f64>() / scores.len() as f64,
        0.98,
    );
    at_least(
        "the worst language, F1",
        scores.iter().copied().fold(1.0, f64::min),
        0.9,
    );
}

#[test]
fn stories_are_folded() {
    for (set, floor) in [("region_2026", 0.85), ("gva", 0.81), ("seed_stories", 0.47)] {
        let Some(file) = collection(&format!("stories/{set}.dev.jsonl")) else {
            continue;
        };
        let rows = rows(&file);
        let fields = ["id", "title", "text", "url", "published", "source"];
        let answers = pipe(&["cluster"], &lines(&rows, &fields));
        let stories: Vec<(&Value, &Value)> = rows
            .iter()
            .zip(&answers)
            .map(|(row, answer)| (&row["cluster"], &answer["story"]))
            .collect();
        at_least(
            &format!("stories of {set}, B-cubed F1"),
            b_cubed(&stories),
            floor,
        );
    }
}

/// Bagga and Baldwin, "Entity-based cross-document coreferencing using the vector space model", 1998: the
/// mean over documents, of pairs of the gold's story and ours.
fn b_cubed(documents: &[(&Value, &Value)]) -> f64 {
    let (mut gold, mut ours, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
    let keys: Vec<(String, String)> = documents
        .iter()
        .map(|(g, o)| (g.to_string(), o.to_string()))
        .collect();
    for (g, o) in &keys {
        *gold.entry(g).or_insert(0_usize) += 1;
        *ours.entry(o).or_insert(0_usize) += 1;
        *both.entry((g, o)).or_insert(0_usize) += 1;
    }
    let mean = |of: &dyn Fn(&String, &String) -> f64| {
        keys.iter().map(|(g, o)| of(g, o)).sum::<f64>() / keys.len() as f64
    };
    let precision = mean(&|g, o| ratio(both[&(g, o)], ours[o]));
    let recall = mean(&|g, o| ratio(both[&(g, o)], gold[g]));
    2.0 * precision * recall / (precision + recall)
}

#[test]
fn pairs_are_compared() {
    let Some(file) = collection("stories/telegram_pairs.dev.jsonl") else {
        return;
    };
    let rows = rows(&file);
    let whole = |side: &Value| {
        if side.is_string() {
            json!({ "title": side, "text": "" })
        } else {
            side.clone()
        }
    };
    let sides =
        |row: &Value| json!({ "id": row["id"], "a": whole(&row["a"]), "b": whole(&row["b"]) });
    let answers = pipe(&["compare"], &rows.iter().map(sides).collect::<Vec<_>>());
    let unscored = answers
        .iter()
        .filter(|answer| !answer["score"].is_number())
        .count();
    assert_eq!(unscored, 0, "pairs without a score");
}
