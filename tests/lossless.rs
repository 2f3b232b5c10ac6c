//! Every item is written exactly once for each revision, whatever happens to process, state and directory.
//!
//! The tests start, kill and damage the built binary's world from outside and compare what it wrote with
//! what its sources published. They are named after what went wrong elsewhere; comments name the thread.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use support::house::{House, QUICK, copy_dir, texts, until, with_feeds};
use support::origin::Origin;
use support::random::Random;
use support::server::{Answer, Server};

const SEED: u64 = 7;
/// Kills of the test of kills, unless the environment says another number.
const KILLS: usize = 60;
/// Feeds and items of the tests that damage something: enough for several records of each kind.
const FEW: (usize, usize) = (6, 10);

fn house_of(origin: &Origin) -> House {
    House::new(&configuration(origin, ""))
}

fn configuration(origin: &Origin, more: &str) -> String {
    let feeds = origin.feeds();
    let feeds: Vec<(&str, String)> = feeds
        .iter()
        .map(|(id, lines)| (id.as_str(), lines.clone()))
        .collect();
    with_feeds(&format!("{more}{QUICK}"), &feeds)
}

/// Exactly what was published is there, each revision once and in order, and the directory is whole.
fn check(house: &House, origin: &Origin) {
    house.verified();
    let records = house.records();
    records.assert_whole();
    let mut written: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for article in records.articles() {
        let text = |key: &str| article[key].as_str().expect("a text").to_owned();
        let titles = written.entry((text("feed"), text("guid"))).or_default();
        titles.push(text("title"));
        assert_eq!(article["revision"], titles.len(), "{}", article["guid"]);
    }
    for (item, titles) in origin.truth() {
        assert_eq!(written.get(item), Some(titles), "{item:?}");
    }
    assert_eq!(written.len(), origin.truth().len());
}

// fhamborg/news-please#228, #112: nobody could tell whether a restart downloads everything again.
#[test]
fn what_did_not_change_is_neither_fetched_nor_written_again() {
    let mut origin = Origin::start(60, 25, SEED);
    let house = house_of(&origin);
    house.once();
    check(&house, &origin);
    assert_eq!(origin.counted(), (60, 0, 60), "cold");

    let last_seq = house.records().last_seq();
    let (said, _) = house.once();
    assert_eq!(origin.counted(), (60, 60, 0), "nothing changed");
    assert!(
        said.contains("60 feeds polled: 0 read, 60 unchanged, 0 failed"),
        "{said}"
    );
    assert_eq!(
        house.records().last_seq(),
        last_seq,
        "a record was written though nothing changed"
    );

    let before = house.records().articles().len();
    origin.tick();
    house.once();
    assert_eq!(
        origin.counted(),
        (60, 60, 45),
        "three feeds in four changed"
    );
    assert_eq!(house.records().articles().len() - before, 45 * 3);
    check(&house, &origin);
}

// QuiteRSS#1391, #545: a crash wipes the state.
#[test]
fn kills_at_any_moment_lose_nothing_and_write_nothing_twice() {
    let wanted =
        std::env::var("KHABAR_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let mut origin = Origin::start(12, 8, SEED);
    let mut random = Random::of_test(SEED);
    let house = house_of(&origin);
    house.once();
    let start = Instant::now();
    house.once();
    let whole = start.elapsed().as_micros() as u64;
    let mut kills = 0;
    while kills < wanted {
        origin.tick();
        // Up to four kills in a row, of which the later ones come while the earlier one's damage is mended.
        for _ in 0..=random.below(4) {
            let running = house.start(&["once", "--all"]);
            thread::sleep(Duration::from_micros(random.below(whole * 3 / 2)));
            kills += usize::from(!running.kill().success());
        }
        house.once();
    }
    check(&house, &origin);
    println!("{kills} kills");
}

#[test]
fn a_daemon_killed_while_it_seals_loses_nothing() {
    let mut origin = Origin::start(12, 10, SEED);
    let mut random = Random::of_test(SEED);
    let house = House::new(&configuration(
        &origin,
        "[output]\nseal_after = \"1ms\"\n[poll]\ninterval = \"50ms\"\nmin_interval = \"50ms\"\nmax_interval = \"50ms\"\n",
    ));
    // Nobody promises to see what is edited before the first poll.
    house.once();
    for kill in 0..6 {
        let running = house.start(&["run"]);
        // A seal is due at every full second.
        let pause = Duration::from_millis(1000 + random.below(80));
        println!("kill {kill}: after {pause:?}");
        thread::sleep(Duration::from_millis(500));
        origin.tick();
        thread::sleep(pause - Duration::from_millis(500));
        running.kill();
        house.once();
        check(&house, &origin);
    }
}

/// A house whose run was killed when everything but feed 0 was durable and nothing of it was sealed.
fn killed_before_the_seal(origin: &Origin) -> House {
    let house = house_of(origin);
    kill_before_the_seal(&house, origin);
    house
}

fn kill_before_the_seal(house: &House, origin: &Origin) {
    let sealed = house.records().articles().len();
    let hidden = origin
        .truth()
        .iter()
        .filter(|((feed, _), _)| feed == "feed-0");
    let expected = origin.titles() - hidden.map(|(_, titles)| titles.len()).sum::<usize>();
    let already = house.records().of_feed("feed-0").len();
    origin.stall(true);
    let running = house.start(&["once", "--all"]);
    until("the log", || {
        sealed - already + articles_in(&logs(house)) >= expected
    });
    running.kill();
    origin.stall(false);
}

fn logs(house: &House) -> Vec<PathBuf> {
    let Ok(listing) = fs::read_dir(house.path("out/.open")) else {
        return Vec::new();
    };
    let paths = listing.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("log-"))
        })
        .collect()
}

fn articles_in(logs: &[PathBuf]) -> usize {
    let count = |path: &PathBuf| {
        let text = fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&text)
            .lines()
            .filter(|line| line.contains("\"record\":\"article\""))
            .count()
    };
    logs.iter().map(count).sum()
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = fs::File::options().append(true).open(path).expect("a file");
    file.write_all(bytes).expect("it can be appended to");
}

/// The same house elsewhere.
fn copied(house: &House) -> House {
    let copy = House::new("");
    copy_dir(&house.path(""), &copy.path(""));
    copy
}

#[test]
fn a_log_that_was_left_is_sealed_at_the_next_start() {
    let origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = killed_before_the_seal(&origin);
    assert!(
        house.records().all().is_empty(),
        "nothing is visible before the seal"
    );
    house.once();
    check(&house, &origin);
    assert!(logs(&house).is_empty());
}

#[test]
fn garbage_behind_the_log_is_cut_off() {
    let origin = Origin::start(FEW.0, FEW.1, SEED);
    let killed = killed_before_the_seal(&origin);
    let log = fs::read(&logs(&killed)[0]).expect("a log");
    let last_line = log[..log.len() - 1]
        .rsplit(|&byte| byte == b'\n')
        .next()
        .expect("a line");
    let half = &last_line[..last_line.len() / 2];
    for garbage in [
        &b"\0\0\0\0\0\0\0\0"[..],
        b"\xff\xfe\n\n\nnot a line\n",
        half,
        &log[..200],
    ] {
        let house = copied(&killed);
        append(&logs(&house)[0], garbage);
        house.once();
        check(&house, &origin);
    }
}

#[test]
fn a_log_cut_short_at_any_byte_is_taken_up_to_there() {
    let origin = Origin::start(3, 4, SEED);
    let killed = killed_before_the_seal(&origin);
    let log = logs(&killed)[0].clone();
    let length = fs::metadata(&log).expect("a log").len();
    let mut random = Random::of_test(SEED);
    for cut in [0, 1, length - 1]
        .into_iter()
        .chain((0..8).map(|_| random.below(length)))
    {
        println!("cut at {cut} of {length}");
        let house = copied(&killed);
        let file = fs::File::options()
            .write(true)
            .open(&logs(&house)[0])
            .expect("a log");
        file.set_len(cut).expect("it can be cut");
        // What was not acknowledged must be fetched again, so the state must not know it either.
        fs::remove_dir_all(house.path("state")).expect("a state");
        house.once();
        check(&house, &origin);
    }
}

// 51zero/eel-sdk#156: readers see half-written files.
#[test]
fn a_file_that_was_half_sealed_is_made_again() {
    let origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = killed_before_the_seal(&origin);
    fs::write(
        house.path("out/.open/seal-0.tmp"),
        b"{\"record\":\"article\",\"seq\":1",
    )
    .expect("a file");
    house.once();
    check(&house, &origin);
    assert!(!house.path("out/.open/seal-0.tmp").exists());
}

#[test]
fn a_torn_end_of_the_manifest_is_mended() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    house.once();
    origin.tick();
    kill_before_the_seal(&house, &origin);
    let manifest = house.path("out/MANIFEST.jsonl");
    append(&manifest, b"{\"path\":\"articles/date=2026-03-01/2026");
    assert_eq!(
        house.run(&["verify"]).status.code(),
        Some(65),
        "a torn manifest is a fault"
    );
    house.once();
    check(&house, &origin);
}

/// The articles file that the recovery of a killed house makes, and its content.
fn sealed_elsewhere(killed: &House) -> (String, Vec<u8>) {
    let copy = copied(killed);
    copy.once();
    let path = copy
        .records()
        .files
        .into_iter()
        .find(|path| path.starts_with("articles/"))
        .expect("articles");
    let content = fs::read(copy.out().join(&path)).expect("a file");
    (path, content)
}

fn put(house: &House, path: &str, content: &[u8]) {
    let path = house.out().join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, content).expect("a file");
}

#[test]
fn a_file_in_place_that_the_manifest_does_not_name_is_adopted() {
    let origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = killed_before_the_seal(&origin);
    let (path, content) = sealed_elsewhere(&house);
    put(&house, &path, &content);
    house.once();
    check(&house, &origin);
    assert!(house.records().files.contains(&path));
    assert_eq!(
        fs::read(house.out().join(&path)).expect("a file"),
        content,
        "a visible file is never written again"
    );
}

#[test]
fn a_file_in_place_that_does_not_check_is_set_aside() {
    let origin = Origin::start(FEW.0, FEW.1, SEED);
    let killed = killed_before_the_seal(&origin);
    let (path, content) = sealed_elsewhere(&killed);
    let torn = content[..content.len() - 40].to_vec();
    let mut altered = content.clone();
    altered[2] = b'!';
    for damaged in [torn, altered, Vec::new()] {
        let house = copied(&killed);
        put(&house, &path, &damaged);
        let (_, said) = house.once();
        check(&house, &origin);
        assert!(said.contains(&path), "{said}");
        let aside = fs::read_dir(house.path("out/.open/rejected"))
            .expect("a folder")
            .count();
        assert_eq!(aside, 1);
    }
}

#[test]
fn a_log_that_was_sealed_and_not_yet_removed_is_not_sealed_twice() {
    let origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = killed_before_the_seal(&origin);
    let log = logs(&house)[0].clone();
    let content = fs::read(&log).expect("a log");
    house.once();
    fs::write(&log, content).expect("a log");
    house.once();
    check(&house, &origin);
}

#[test]
fn a_manifest_that_lost_its_end_gets_it_back_from_the_files() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    house.once();
    // File names carry the second of their sealing.
    thread::sleep(Duration::from_millis(1100));
    origin.tick();
    house.once();
    thread::sleep(Duration::from_millis(1100));
    let manifest = house.path("out/MANIFEST.jsonl");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let lines: Vec<&str> = text.lines().collect();
    let kept = lines[..lines.len() - 3].join("\n") + "\n" + &lines[lines.len() - 3][..50];
    fs::write(&manifest, kept).expect("a manifest");
    let before = origin.counted();
    assert!(before.2 > 0);
    origin.tick();
    house.once();
    check(&house, &origin);
    assert_eq!(
        origin.counted(),
        (6, 6, 5),
        "what the files hold was fetched again"
    );
}

// QuiteRSS#1391: a power failure wipes the state.
#[test]
fn without_its_state_it_writes_nothing_twice() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    house.once();
    origin.tick();
    house.once();
    let last_seq = house.records().last_seq();
    fs::remove_dir_all(house.path("state")).expect("a state");
    house.once();
    check(&house, &origin);
    assert_eq!(
        house.records().last_seq(),
        last_seq,
        "something was written again"
    );
    origin.tick();
    house.once();
    check(&house, &origin);
}

#[test]
fn an_empty_directory_is_filled_again_whatever_the_state_remembers() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    house.once();
    fs::remove_dir_all(house.out()).expect("an output directory");
    let (_, conditional, _) = origin.counted();
    assert_eq!(conditional, 0);
    let (_, said) = house.once();
    assert!(said.contains("another output directory"), "{said}");
    assert_eq!(
        origin.counted().1,
        0,
        "a validator of records that are gone was sent"
    );
    check(&house, &origin);
    origin.tick();
    house.once();
    check(&house, &origin);
}

#[test]
fn the_state_of_another_directory_is_not_believed() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    house.once();
    origin.tick();
    let other = house_of(&origin);
    other.once();
    fs::remove_dir_all(house.path("state")).expect("a state");
    copy_dir(&other.path("state"), &house.path("state"));
    house.once();
    check(&house, &origin);
}

#[test]
fn a_directory_put_back_from_an_older_copy_is_brought_up_to_date() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    house.once();
    copy_dir(&house.out(), &house.path("backup"));
    origin.tick();
    house.once();
    fs::remove_dir_all(house.out()).expect("an output directory");
    copy_dir(&house.path("backup"), &house.out());
    house.once();
    // The edits between the two are seen once only: what was published before them is in the copy.
    check(&house, &origin);
}

#[test]
fn compressed_files_are_as_safe_as_plain_ones() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = House::new(&configuration(
        &origin,
        "[output]\ncompression = \"zstd\"\n",
    ));
    kill_before_the_seal(&house, &origin);
    house.once();
    check(&house, &origin);
    origin.tick();
    house.once();
    check(&house, &origin);
    assert!(
        house
            .records()
            .files
            .iter()
            .all(|path| path.ends_with(".jsonl.zst"))
    );
    // Plain files follow compressed ones.
    house.configure(&configuration(&origin, ""));
    origin.tick();
    house.once();
    check(&house, &origin);
}

// taranis-ai#225 and the price of a restart: pages that were read are not read again.
#[test]
fn a_kill_between_the_pages_of_a_long_document_costs_few_of_them() {
    const PAGES: usize = 200;
    let server = Server::start("127.0.1.1", |request| match request.path.as_str() {
        "/rss" => {
            let host = request.header("Host").expect("a host");
            let item = |n| {
                format!(
                    "<item><guid>{n}</guid><title>Title {n}</title><link>http://{host}/{n}</link></item>"
                )
            };
            Answer::feed(format!(
                "<rss><channel>{}</channel></rss>",
                (0..PAGES).map(item).collect::<String>()
            ))
        }
        "/robots.txt" => Answer::new(404),
        _ => Answer::page("<html><body><p>A page of a few words.</p></body></html>"),
    });
    let house = House::quick(&[(
        "f",
        format!("full_text = true\nurl = \"{}\"", server.url("/rss")),
    )]);
    for pages in [90, 90] {
        let before = server.requests().len();
        let running = house.start(&["once", "--all"]);
        until("pages", || server.requests().len() - before >= pages);
        running.kill();
    }
    house.once();
    house.verified();
    let records = house.records();
    records.assert_whole();
    assert_eq!(records.articles().len(), PAGES);
    let asked = server
        .requests()
        .iter()
        .filter(|request| !["/rss", "/robots.txt"].contains(&request.path.as_str()))
        .count();
    assert!(asked < PAGES + 2 * 70, "{asked} pages were asked for");
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let origin = Origin::start(1, 1, SEED);
    for name in ["out", "state"] {
        let house = house_of(&origin);
        fs::write(house.path(name), "a file stands here").expect("a file");
        let output = house.run(&["once"]);
        let (_, said) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&house.path(name).display().to_string()),
            "{said}"
        );
    }
}

/// What verify says of a directory to which this was done; it must find a fault.
fn faults(house: &House, harm: impl FnOnce(&House, &str)) -> String {
    let house = copied(house);
    let path = house
        .records()
        .files
        .into_iter()
        .find(|path| path.starts_with("articles/"))
        .expect("articles");
    harm(&house, &path);
    let output = house.run(&["verify"]);
    let (said, _) = texts(&output);
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(said.contains(&path), "{path} is not named: {said}");
    said
}

#[test]
fn verify_names_each_file_that_is_torn_missing_or_altered() {
    let origin = Origin::start(FEW.0, FEW.1, SEED);
    let good = house_of(&origin);
    good.once();
    let change = |house: &House, path: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let path = house.out().join(path);
        let mut content = fs::read(&path).expect("a file");
        change(&mut content);
        fs::write(path, content).expect("a file");
    };
    let missing = faults(&good, |house, path| {
        fs::remove_file(house.out().join(path)).expect("a file")
    });
    assert!(missing.contains("missing"), "{missing}");
    faults(&good, |house, path| {
        change(house, path, &|content| content.truncate(content.len() - 7))
    });
    let altered = faults(&good, |house, path| {
        change(house, path, &|content| content[60] ^= 1)
    });
    assert!(altered.contains("altered"), "{altered}");
    faults(&good, |house, path| {
        change(house, path, &|content| content.extend_from_within(..))
    });
    faults(&good, |house, path| {
        let manifest = house.path("out/MANIFEST.jsonl");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        let others: String = text
            .lines()
            .filter(|line| !line.contains(path))
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(manifest, others).expect("a manifest");
    });
}

#[test]
fn a_second_daemon_on_one_directory_names_the_first() {
    let origin = Origin::start(2, 2, SEED);
    let house = house_of(&origin);
    let running = house.start(&["run"]);
    running.says("polling");
    for arguments in [&["run"][..], &["once"]] {
        let output = house.run(arguments);
        let (_, said) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&format!("process {}", running.pid())),
            "{said}"
        );
    }
    drop(running);
    house.once();
    check(&house, &origin);
}

#[test]
fn a_second_daemon_on_one_state_names_the_first_and_leaves_its_memory_alone() {
    let origin = Origin::start(2, 2, SEED);
    let house = house_of(&origin);
    house.once();
    let running = house.start(&["run"]);
    running.says("polling");
    house.configure(&configuration(&origin, "[output]\ndir = \"elsewhere\"\n"));
    for arguments in [&["once", "--all"][..], &["rebuild"]] {
        let output = house.run(arguments);
        let (_, said) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let holder = format!("process {}", running.pid());
        assert!(said.contains(&holder) && said.contains("state"), "{said}");
    }
    drop(running);
    house.configure(&configuration(&origin, ""));
    origin.counted();
    house.once();
    assert_eq!(origin.counted(), (2, 2, 0), "the memory of polling is gone");
    check(&house, &origin);
}

#[test]
fn an_altered_file_is_named_whenever_it_is_read() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    house.once();
    let files = house.records().files;
    for path in files.iter().filter(|path| path.contains("s/date=")) {
        let file = house.out().join(path);
        let text = fs::read_to_string(&file).expect("a file");
        fs::write(
            &file,
            text.replacen("\"at\":", "\"at\": ", 1)
                .replacen("\"title\":", "\"title\": ", 1),
        )
        .expect("a file");
    }
    let named = |said: &str, folder: &str| {
        let path = files
            .iter()
            .find(|path| path.starts_with(folder))
            .expect("a file");
        assert!(
            said.contains(path) && said.contains("altered"),
            "{path}: {said}"
        );
    };
    let (_, said) = house.must(&["dump"]);
    named(&said, "articles");
    let (_, said) = house.must(&["stories"]);
    named(&said, "stories");
    let (_, said) = house.must(&["rebuild"]);
    named(&said, "articles");
    origin.tick();
    let (_, said) = house.once();
    named(&said, "placements");
    let output = house.run(&["verify"]);
    let (said, _) = texts(&output);
    assert_eq!(output.status.code(), Some(65), "{said}");
    for path in files.iter().filter(|path| path.contains("s/date=")) {
        assert!(said.contains(path), "{path}: {said}");
    }
}

#[test]
fn a_read_only_directory_is_named_and_nothing_is_lost() {
    let origin = Origin::start(2, 3, SEED);
    for name in ["out", "state"] {
        let house = house_of(&origin);
        let Some(mounted) = ReadOnly::mount(house.path(name)) else {
            println!("left out: a read-only directory: only root can mount one");
            return;
        };
        let output = house.run(&["once", "--all"]);
        let (_, said) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&house.path(name).display().to_string()),
            "{said}"
        );
        assert!(said.contains("Read-only"), "{said}");
        drop(mounted);
        house.once();
        check(&house, &origin);
    }
}

/// An empty file system that nobody may write to.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).expect("a directory");
        let mut mount = Command::new("mount");
        let mounted = mount
            .args(["-t", "tmpfs", "-o", "ro", "khabar-test"])
            .arg(&at);
        let mounted = mounted.stderr(Stdio::null()).status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self(at))
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

#[test]
fn a_clock_that_steps_a_day_back_and_forth_costs_nothing() {
    let mut origin = Origin::start(FEW.0, FEW.1, SEED);
    let house = house_of(&origin);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for days in [0, 1, 0, -1, 0, 2, -1, 0] {
        let step = SignedDuration::from_hours(24 * days);
        let clock = move || {
            let now = Timestamp::now() + step;
            Timestamp::from_microsecond(now.as_microsecond()).expect("a time of this century")
        };
        let config = khabar::config::load(&house.path("khabar.toml")).expect("it is good");
        let pass = khabar::daemon::once(config, Arc::new(clock), true, pending(), |_, _| {});
        let pass = runtime.block_on(pass).expect("it works");
        assert_eq!(pass.failed, 0, "{days}");
        check(&house, &origin);
        origin.tick();
    }
}
