//! What the documents promise is there: commands, options, files, fields.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const KINDS: [&str; 4] = ["article", "placement", "story", "event"];
/// Folders of the repository: a path in a document that begins with one of them must exist.
const FOLDERS: [&str; 8] = [
    "src/",
    "docs/",
    "tests/",
    "config/",
    "deploy/",
    "benches/",
    "fuzz/",
    "examples/",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// README.md and everything in docs/, with their names.
fn documents() -> Vec<(String, String)> {
    let mut names = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).expect("docs/") {
        let name = entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    names
        .into_iter()
        .map(|name| (name.clone(), read(&name)))
        .collect()
}

fn khabar(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khabar"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("KHABAR_CONFIG")
        .env_remove("RUST_LOG");
    command.output().expect("the binary starts")
}

fn said(arguments: &[&str]) -> String {
    let output = khabar(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A part of a document that is set as code.
struct Code<'a> {
    /// What stands behind the fence; `None` for a span within a line.
    language: Option<&'a str>,
    text: &'a str,
}

fn codes(document: &str) -> Vec<Code<'_>> {
    let mut codes = Vec::new();
    for (number, part) in document.split("```").enumerate() {
        if number % 2 == 1 {
            let (language, text) = part.split_once('\n').unwrap_or(("", part));
            codes.push(Code {
                language: Some(language.trim()),
                text,
            });
        } else {
            codes.extend(part.split('`').skip(1).step_by(2).map(|text| Code {
                language: None,
                text,
            }));
        }
    }
    codes
}

/// The arguments of every `khabar …` that a document shows.
fn commands(document: &str) -> Vec<Vec<&str>> {
    let mut commands = Vec::new();
    for code in codes(document) {
        let lines: Vec<&str> = match code.language {
            None => vec![code.text],
            Some("sh" | "bash" | "console" | "") => code.text.lines().collect(),
            Some(_) => Vec::new(),
        };
        for line in lines {
            let line = line.split(" #").next().unwrap_or(line);
            for part in line.split(['|', ';', '&', '>', '<']) {
                let words: Vec<&str> = part.split_whitespace().collect();
                match words.as_slice() {
                    ["$", "khabar", arguments @ ..] | ["khabar", arguments @ ..] => {
                        commands.push(arguments.to_vec())
                    }
                    ["cargo", "run", rest @ ..] => {
                        if let Some(at) = rest.iter().position(|&word| word == "--") {
                            commands.push(rest[at + 1..].to_vec());
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    commands.retain(|arguments| !arguments.is_empty());
    commands
}

/// Names of the subcommands, each with what its `--help` says.
fn helps() -> BTreeMap<String, String> {
    let help = said(&["--help"]);
    let listed = help.split("Commands:").nth(1).expect("a list of commands");
    let names = listed
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "));
    let names = names
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(|name| (name.to_owned(), said(&[name, "--help"])))
        .collect()
}

#[test]
fn every_command_that_the_documents_show_exists() {
    let helps = helps();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (document, text) in documents() {
        for arguments in commands(&text) {
            seen += 1;
            let shown = arguments.join(" ");
            let command = arguments
                .iter()
                .find(|word| word.starts_with(char::is_lowercase));
            let Some(help) = command.and_then(|command| helps.get(*command)) else {
                if !matches!(arguments[0], "help" | "--help" | "--version") {
                    wrong.push(format!("{document}: khabar {shown}: no such command"));
                }
                continue;
            };
            let options = arguments
                .iter()
                .map(|word| word.trim_matches(['[', ']']))
                .filter(|word| word.starts_with('-'));
            for option in options.map(|word| word.split('=').next().unwrap_or(word)) {
                if !has_option(help, option) {
                    wrong.push(format!("{document}: khabar {shown}: no option {option}"));
                }
            }
        }
    }
    assert!(
        seen >= 8,
        "only {seen} commands were found in the documents"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn has_option(help: &str, option: &str) -> bool {
    help.split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '='))
        .any(|word| word == option)
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = read("README.md");
    let named: BTreeSet<&str> = codes(&readme)
        .into_iter()
        .flat_map(|code| code.text.split(|c: char| !c.is_alphanumeric()))
        .collect();
    let missing: Vec<String> = helps()
        .into_keys()
        .filter(|name| !named.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
}

#[test]
fn every_file_that_the_documents_name_exists() {
    let mut missing = Vec::new();
    for (document, text) in documents() {
        let folder = PathBuf::from(&document)
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default();
        let here = |path: &str| root().join(&folder).join(path).exists();
        for link in links(&text) {
            if !here(link) {
                missing.push(format!("{document}: link to {link}"));
            }
        }
        for code in codes(&text)
            .into_iter()
            .filter(|code| code.language.is_none())
        {
            let path = code.text.trim_end_matches('/');
            let is_pattern = path.contains([' ', '*', '<', '{', '…']) || path.contains("KIND");
            let is_path = FOLDERS.iter().any(|folder| code.text.starts_with(folder));
            if is_path && !is_pattern && !root().join(path).exists() {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Targets of Markdown links within the repository, without their fragments.
fn links(document: &str) -> Vec<&str> {
    let targets = document
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| {
            !target.contains("://")
                && !target.starts_with(['#', '<'])
                && !target.starts_with("mailto:")
        })
        .filter_map(|target| target.split('#').next())
        .collect()
}

#[test]
fn the_format_page_names_every_field() {
    let page = read("docs/FORMAT.md");
    let named: BTreeSet<&str> = codes(&page)
        .into_iter()
        .filter(|c| c.language.is_none())
        .map(|c| c.text)
        .collect();
    for kind in KINDS {
        let schema: Value =
            serde_json::from_str(&said(&["schema", kind])).expect("a schema is JSON");
        let mut fields = BTreeSet::new();
        properties(&schema, &mut fields);
        assert!(fields.len() > 5, "{kind} has the fields {fields:?}");
        let missing: Vec<&String> = fields
            .iter()
            .filter(|field| !named.contains(field.as_str()))
            .collect();
        assert!(
            missing.is_empty(),
            "docs/FORMAT.md does not name {missing:?} of {kind}"
        );
    }
}

/// The names of all properties, nested ones too.
fn properties(schema: &Value, fields: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(named)) = map.get("properties") {
                fields.extend(named.keys().cloned());
            }
            map.values().for_each(|value| properties(value, fields));
        }
        Value::Array(list) => list.iter().for_each(|value| properties(value, fields)),
        _ => {}
    }
}

#[test]
fn the_operations_page_tells_of_every_kind_of_event() {
    let page = read("docs/OPERATIONS.md");
    let schema: Value =
        serde_json::from_str(&said(&["schema", "event"])).expect("a schema is JSON");
    let kinds = schema["properties"]["kind"]["enum"]
        .as_array()
        .expect("a list of kinds");
    assert!(kinds.len() >= 10, "{kinds:?}");
    for kind in kinds {
        let row = format!("| `{}` |", kind.as_str().expect("a word"));
        assert!(
            page.contains(&row),
            "docs/OPERATIONS.md does not tell of {kind}"
        );
    }
}

#[test]
fn configurations_in_the_documents_hold() {
    let folder = tempfile::tempdir().expect("a directory");
    let mut checked = 0;
    for (document, text) in documents() {
        for code in codes(&text)
            .into_iter()
            .filter(|code| code.language == Some("toml"))
        {
            let file = folder.path().join("khabar.toml");
            fs::write(&file, code.text).expect("a file");
            let output = khabar(&["check", "--config", &file.to_string_lossy()]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{document}:\n{}\n{errors}",
                code.text
            );
            checked += 1;
        }
    }
    assert!(checked > 0, "README.md shows no configuration");
}

#[test]
fn the_shipped_configurations_hold() {
    for file in ["config/khabar.toml", "deploy/khabar.toml"] {
        let output = khabar(&["check", "--config", &root().join(file).to_string_lossy()]);
        assert!(
            output.status.success(),
            "{file}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_change_log_tells_of_this_version() {
    let log = read("CHANGELOG.md");
    let version = env!("CARGO_PKG_VERSION");
    let told = log.lines().any(|line| {
        line.starts_with("## ") && (line.contains(version) || line.contains("Unreleased"))
    });
    assert!(told, "CHANGELOG.md has no section for {version}");
}
