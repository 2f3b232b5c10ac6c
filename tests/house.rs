//! The rules of the house, as `docs/ARCHITECTURE.md` tells them: what each part of the source may name, and
//! what stands nowhere. Text is compared, not syntax, so that comments and tests inside the files count too.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The pure part: no I/O, no waiting, no clock.
const CORE: [&str; 5] = ["parse", "extract", "normalise", "dedup", "pipeline"];
const IMPURE: [&str; 15] = [
    "async fn",
    "async move",
    "async {",
    ".await",
    "tokio::",
    "reqwest::",
    "rusqlite::",
    "std::fs",
    "std::env",
    "std::net",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "::now()",
    "thread::",
];
/// What a module of the library may name of the others, besides itself. `daemon` knows every stage and
/// `cli` everything; nobody else may name `daemon`.
const NAMES: [(&str, &[&str]); 14] = [
    ("config", &[]),
    ("digest", &[]),
    ("letters", &[]),
    ("lock", &[]),
    ("document", &[]),
    ("systemd", &[]),
    ("poll", &["config", "document"]),
    ("parse", &["config", "document"]),
    ("extract", &["config", "document", "letters", "parse"]),
    (
        "normalise",
        &["config", "digest", "document", "extract", "letters"],
    ),
    ("dedup", &["config", "document", "letters", "normalise"]),
    (
        "pipeline",
        &[
            "config",
            "digest",
            "document",
            "parse",
            "extract",
            "normalise",
            "dedup",
        ],
    ),
    (
        "write",
        &["config", "digest", "lock", "document", "normalise", "dedup"],
    ),
    // A reader of all that lasts: records, the state, how feeds do.
    (
        "http",
        &["config", "poll", "normalise", "dedup", "state", "write"],
    ),
];
/// Who opens files, and why.
const FILES: [(&str, &str); 10] = [
    ("write/", "the output directory"),
    ("state/", "the state directory"),
    ("lock.rs", "the locks of these two"),
    ("config/", "the configuration, and secrets that it names"),
    (
        "poll/client.rs",
        "certificates that the configuration names",
    ),
    (
        "cli/",
        "documents that a pipe is asked to read, files that a command is asked to read or write",
    ),
    ("http/process.rs", "what the kernel tells of this process"),
    ("demo.rs", "the folder of the demo"),
    ("daemon/keeper/desk/tests.rs", "the configuration of a test"),
    ("demo/", "the folder of the demo"),
];
/// Split, so that this file does not hold them itself.
const UNFINISHED: [(&str, &str); 6] = [
    ("todo", "!("),
    ("unimplemented", "!("),
    ("#[ig", "nore"),
    ("dbg", "!("),
    ("FIX", "ME"),
    ("XX", "X:"),
];
/// A file is read at one sitting.
const LINES_MAX: usize = 900;
/// Roots of paths that exist on one machine only.
const MACHINE_ROOTS: [&str; 4] = ["home", "work", "root", "tmp"];
const EXPECTED: [&str; 12] = [
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "deny.toml",
    "config/khabar.toml",
    "config/feeds.d",
    "docs/ARCHITECTURE.md",
    "docs/FORMAT.md",
    "deploy/khabar.service",
    "deploy/khabar.sysusers",
    "deploy/khabar.tmpfiles",
    "tests/run",
];

struct File {
    /// Relative to the repository, with `/`.
    path: String,
    text: String,
}

impl File {
    /// Path below `src/`; `None` for a file that is not there.
    fn in_source(&self) -> Option<&str> {
        self.path.strip_prefix("src/")
    }

    /// The top-level module that a file of `src/` belongs to.
    fn module(&self) -> Option<&str> {
        let path = self.in_source()?;
        Some(
            path.split('/')
                .next()
                .unwrap_or(path)
                .trim_end_matches(".rs"),
        )
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// `path:line: text` of every line that is `wrong`.
    fn lines(&self, wrong: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| wrong(line));
        lines
            .map(|(number, line)| format!("{}:{}: {}", self.path, number + 1, line.trim()))
            .collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file that the repository tracks or would track; without git, everything that is not built.
fn files() -> Vec<File> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root())
        .output();
    let paths: BTreeSet<String> = match listed {
        Ok(listed) if listed.status.success() => {
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            listed
                .split('\0')
                .filter(|path| !path.is_empty())
                .map(str::to_owned)
                .collect()
        }
        _ => {
            let mut found = BTreeSet::new();
            walk(root(), &mut found);
            found
        }
    };
    let read = |path: String| {
        Some(File {
            text: fs::read_to_string(root().join(&path)).ok()?,
            path,
        })
    };
    paths.into_iter().filter_map(read).collect()
}

fn walk(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), ".git" | "target" | ".venv" | "out" | "state") {
                walk(&path, found);
            }
        } else if let Ok(relative) = path.strip_prefix(root()) {
            found.insert(relative.to_string_lossy().into_owned());
        }
    }
}

fn source() -> Vec<File> {
    let source: Vec<File> = files()
        .into_iter()
        .filter(|file| file.is_rust() && file.in_source().is_some())
        .collect();
    assert!(
        source.len() > 50,
        "only {} files of source were found",
        source.len()
    );
    source
}

#[track_caller]
fn none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn the_core_does_no_io_waits_for_nothing_and_reads_no_clock() {
    let mut wrong = Vec::new();
    for file in source()
        .iter()
        .filter(|file| file.module().is_some_and(|module| CORE.contains(&module)))
    {
        wrong.extend(file.lines(|line| IMPURE.iter().any(|impure| line.contains(impure))));
    }
    none("the core is pure", &wrong);
}

#[test]
fn a_stage_names_only_the_stage_before_it_and_the_ground() {
    let mut wrong = Vec::new();
    for file in source() {
        let module = file.module().unwrap_or_default();
        let Some((_, may)) = NAMES.iter().find(|(name, _)| *name == module) else {
            continue;
        };
        let strange = |name: &str| name != module && !may.contains(&name);
        for name in named(&file.text).into_iter().filter(|name| strange(name)) {
            wrong.push(format!("{} names crate::{name}", file.path));
        }
    }
    none("data goes one way", &wrong);
}

#[test]
fn only_the_commands_know_the_daemon() {
    let mut wrong = Vec::new();
    for file in source() {
        let knows = matches!(file.module(), Some("daemon" | "cli" | "lib"));
        if !knows && named(&file.text).contains("daemon") {
            wrong.push(file.path);
        }
    }
    none("nobody imports the daemon", &wrong);
}

/// The top-level modules that a text names after `crate::`, alone or in braces.
fn named(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for (at, prefix) in text.match_indices("crate::") {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => names.extend(outermost(list).into_iter().map(word)),
            None => {
                names.insert(word(rest));
            }
        }
    }
    names.remove("");
    names
}

/// The parts of a list in braces, up to its end, at the commas that no further braces surround.
fn outermost(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

fn word(text: &str) -> &str {
    let text = text.trim_start();
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default()
}

#[test]
fn names_are_read_off_use_declarations() {
    let text =
        "use crate::{parse::{self, Item}, config};\ncrate::write::open(); use crate::extract as e;";
    assert_eq!(
        named(text),
        BTreeSet::from(["config", "extract", "parse", "write"])
    );
}

#[test]
fn the_network_is_in_poll_alone() {
    let strays = source()
        .into_iter()
        .filter(|file| file.module() != Some("poll"));
    none(
        "reqwest is in poll/ alone",
        &strays
            .flat_map(|file| file.lines(|line| line.contains("reqwest")))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn files_are_opened_only_where_it_is_said() {
    let opens =
        |line: &str| line.contains("std::fs") || line.contains("fs::") || line.contains("File::");
    let mut wrong = Vec::new();
    for file in source() {
        let path = file.in_source().unwrap_or_default();
        if !FILES.iter().any(|(place, _)| path.starts_with(place)) {
            wrong.extend(file.lines(opens));
        }
    }
    none(
        "files are opened by the modules of the list in this test alone",
        &wrong,
    );
}

#[test]
fn nothing_is_left_unfinished_and_no_test_is_switched_off() {
    let unfinished: Vec<String> = UNFINISHED.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let wrong: Vec<String> = files()
        .iter()
        .filter(|file| file.is_rust())
        .flat_map(|file| {
            file.lines(|line| unfinished.iter().any(|mark| line.contains(mark.as_str())))
        })
        .collect();
    none("nothing is left unfinished", &wrong);
}

#[test]
fn every_file_can_be_read_at_one_sitting() {
    let long = files()
        .into_iter()
        .filter(|file| file.is_rust() && file.text.lines().count() > LINES_MAX);
    none(
        "no file is longer than 900 lines",
        &long.map(|file| file.path).collect::<Vec<_>>(),
    );
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = source().into_iter().filter(|file| {
        let is_tests = file.path.ends_with("/tests.rs");
        !is_tests && !file.text.starts_with("//!")
    });
    none(
        "every module opens with what it is for",
        &silent.map(|file| file.path).collect::<Vec<_>>(),
    );
}

#[test]
fn unsafe_code_is_forbidden() {
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    assert!(library.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let mut wrong = Vec::new();
    for file in files()
        .iter()
        .filter(|file| !file.path.starts_with("tests/data/"))
    {
        wrong.extend(file.lines(names_machine));
    }
    none("no path of one machine is named", &wrong);
}

/// Whether an absolute path below one of [`MACHINE_ROOTS`] stands in the line, not as part of an address or
/// of a longer path.
fn names_machine(line: &str) -> bool {
    MACHINE_ROOTS.iter().any(|root| {
        let path = format!("/{root}/");
        line.match_indices(path.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|c| {
                !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '~' | '*' | '}' | '/' | ')')
            })
        })
    })
}

#[test]
fn machine_paths_are_told_from_addresses() {
    let path = |root: &str| format!("cp /{root}/x y");
    assert!(names_machine(&path("home")) && names_machine(&path("tmp")));
    assert!(!names_machine("https://example.org/home/x") && !names_machine("target/tmp/x"));
}

#[test]
fn what_people_look_for_is_there() {
    let missing = EXPECTED.iter().filter(|path| !root().join(path).exists());
    none(
        "missing",
        &missing.map(|path| (*path).to_owned()).collect::<Vec<_>>(),
    );
}

/// Licences and sources of every crate that is built in, against the lists of `deny.toml`: the part of
/// `cargo deny check` that needs no network, for machines that do not have it.
#[test]
fn dependencies_have_licences_that_are_allowed_and_come_from_the_registry() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let deny = fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let deny: toml::Table = deny.parse().expect("TOML");
    let allowed: Vec<&str> = deny["licenses"]["allow"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|l| l.as_str())
        .collect();
    assert!(!allowed.is_empty());
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = format!("{} {}", package["name"], package["version"]);
        match package["license"].as_str() {
            Some(license) if Licence(license).is_allowed(&allowed) => {}
            license => wrong.push(format!("{name}: licence {license:?}")),
        }
        if package["source"]
            .as_str()
            .is_some_and(|source| !source.starts_with("registry+"))
        {
            wrong.push(format!("{name}: from {}", package["source"]));
        }
    }
    none("licences and sources", &wrong);
}

/// An SPDX licence expression, with the slash that old crates write for `OR`.
struct Licence<'a>(&'a str);

impl Licence<'_> {
    fn is_allowed(&self, allowed: &[&str]) -> bool {
        let text = self
            .0
            .replace('/', " OR ")
            .replace('(', " ( ")
            .replace(')', " ) ");
        let mut words = text.split_whitespace().peekable();
        Self::any(&mut words, allowed) && words.next().is_none()
    }

    fn any<'w>(
        words: &mut std::iter::Peekable<impl Iterator<Item = &'w str>>,
        allowed: &[&str],
    ) -> bool {
        let mut result = Self::all(words, allowed);
        while words.next_if_eq(&"OR").is_some() {
            result |= Self::all(words, allowed);
        }
        result
    }

    fn all<'w>(
        words: &mut std::iter::Peekable<impl Iterator<Item = &'w str>>,
        allowed: &[&str],
    ) -> bool {
        let mut result = Self::one(words, allowed);
        while words.next_if_eq(&"AND").is_some() {
            result &= Self::one(words, allowed);
        }
        result
    }

    fn one<'w>(
        words: &mut std::iter::Peekable<impl Iterator<Item = &'w str>>,
        allowed: &[&str],
    ) -> bool {
        let Some(name) = words.next() else {
            return false;
        };
        if name == "(" {
            let result = Self::any(words, allowed);
            return words.next_if_eq(&")").is_some() && result;
        }
        match words.next_if_eq(&"WITH").and_then(|_| words.next()) {
            Some(exception) => allowed.contains(&format!("{name} WITH {exception}").as_str()),
            None => allowed.contains(&name),
        }
    }
}

#[test]
fn licence_expressions_are_understood() {
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0 OR MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
        (
            "(MIT OR GPL-2.0) AND (Apache-2.0 WITH LLVM-exception)",
            true,
        ),
        ("MIT AND", false),
    ] {
        let allowed = Licence(expression).is_allowed(&["MIT", "Apache-2.0 WITH LLVM-exception"]);
        assert_eq!(allowed, expected, "{expression}");
    }
}
