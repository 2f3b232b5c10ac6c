//! The demo, as a newcomer runs it.

mod support;

use std::path::Path;

use support::house::khabar;

/// What the table says of one story, and how many tellings it lists.
fn stories(shown: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = shown.lines().collect();
    let counted = |line: &str| -> Option<usize> {
        let (count, rest) = line.trim_start().split_once(' ')?;
        rest.starts_with("articles, ").then_some(())?;
        count.parse().ok()
    };
    let heads = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((at, counted(line)?)));
    heads
        .map(|(at, count)| {
            // The line after the count names the columns.
            let rows = lines[at + 2..].iter().take_while(|line| !line.is_empty());
            (lines[at - 1].to_owned(), count, rows.count())
        })
        .collect()
}

/// The number in front of `what`.
fn number_of(what: &str, shown: &str) -> usize {
    let (before, _) = shown.split_once(what).expect("what is counted");
    let number = before.rsplit([' ', '\n']).next().expect("a number");
    number.parse().expect("a number")
}

fn run(dir: &Path) -> String {
    let output = khabar(&["demo", "--dir"]).arg(dir).output().expect("a run");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_demo_shows_every_telling_of_every_story() {
    let dir = tempfile::tempdir().expect("a directory");
    let shown = run(dir.path());
    let stories = stories(&shown);
    assert!(stories.len() >= 5, "{shown}");
    for (title, counted, listed) in &stories {
        assert_eq!(counted, listed, "{title}\n{shown}");
    }
    // Every article once: a story that was merged into another has no telling of its own.
    let together: usize = stories.iter().map(|&(_, counted, _)| counted).sum();
    let alone = number_of(" with one telling so far", &shown);
    assert_eq!(
        together + alone,
        number_of(" articles in ", &shown),
        "{shown}"
    );
    // The story of the example, in the languages that it is told in.
    assert!(
        stories.iter().any(|&(_, counted, _)| counted >= 6),
        "{shown}"
    );
}

#[test]
fn what_the_demo_leaves_is_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path());
    let verify = khabar(&["verify", "--deep"])
        .arg(dir.path().join("out"))
        .output()
        .expect("a run");
    assert!(verify.status.success(), "{verify:?}");
}
