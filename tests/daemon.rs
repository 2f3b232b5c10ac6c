//! The daemon over time: it polls again, seals, reloads, stops, and lives through a full disk.
//!
//! Tests are named after what went wrong elsewhere; comments name the thread.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::house::{House, QUICK, Running, until, with_feeds};
use support::records::Records;
use support::server::{Answer, Server};

/// Settings under which a second is a long time.
fn restless() -> String {
    format!(
        "[output]\nseal_after = \"200ms\"\n[poll]\ninterval = \"200ms\"\nmin_interval = \"200ms\"\n\
         max_interval = \"400ms\"\n{QUICK}"
    )
}

/// A feed of `count` items, the newest first.
fn feed(count: usize) -> String {
    let items: String = (0..count)
        .rev()
        .map(|n| {
            format!(
                "<item><guid>g{n}</guid><link>http://x.example/{n}</link><title>Convoy {n} left the depot</title>\
                 <description>Drivers of convoy {n} said that the road was open again.</description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>")
}

/// A server whose feed has as many items as the counter says.
fn growing(ip: &str) -> (Server, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(2));
    let items = Arc::clone(&count);
    (
        Server::start(ip, move |_| {
            Answer::feed(feed(items.load(Ordering::Relaxed)))
        }),
        count,
    )
}

fn url(server: &Server) -> String {
    format!("url = \"{}\"", server.url("/rss"))
}

fn guids(records: &Records) -> Vec<String> {
    let articles = records.articles();
    articles
        .iter()
        .map(|article| article["guid"].as_str().expect("a text").to_owned())
        .collect()
}

/// Waits until so many articles are visible.
fn until_written(house: &House, count: usize) {
    until(&format!("{count} articles"), || {
        house.records().articles().len() >= count
    });
}

/// Everything is there once.
fn check(house: &House, count: usize) {
    house.verified();
    let records = house.records();
    records.assert_whole();
    let guids = guids(&records);
    assert_eq!(guids.len(), count);
    assert_eq!(
        guids.iter().collect::<BTreeSet<_>>().len(),
        count,
        "an item was written twice"
    );
}

#[test]
fn it_polls_again_and_seals_what_is_new() {
    let (server, count) = growing("127.0.1.1");
    let house = House::new(&with_feeds(&restless(), &[("f", url(&server))]));
    let mut running = house.start(&["run"]);
    until_written(&house, 2);
    for items in [3, 5] {
        count.store(items, Ordering::Relaxed);
        until_written(&house, items);
    }
    // What is visible is whole while the daemon runs.
    house.records().assert_whole();
    let (status, _) = running.terminate();
    assert!(status.success(), "{status}");
    check(&house, 5);
    assert!(server.requests().len() >= 3);
}

// miniflux/v2#2201: polled half as often as was asked for.
#[test]
fn the_pace_stays_within_its_bounds() {
    let (server, _count) = growing("127.0.1.1");
    let house = House::new(&with_feeds(&restless(), &[("f", url(&server))]));
    let mut running = house.start(&["run"]);
    until("ten polls", || server.requests().len() >= 10);
    running.terminate();
    let requests = server.requests();
    for pair in requests.windows(2) {
        let pause = pair[1].at - pair[0].at;
        assert!(pause >= Duration::from_millis(200), "{pause:?}");
    }
    let mean = (requests[9].at - requests[0].at) / 9;
    assert!(mean <= Duration::from_millis(900), "{mean:?}");
}

#[test]
fn what_was_sealed_is_never_written_again() {
    let (server, count) = growing("127.0.1.1");
    let house = House::new(&with_feeds(&restless(), &[("f", url(&server))]));
    let mut running = house.start(&["run"]);
    until_written(&house, 2);
    let before: Vec<(String, Vec<u8>)> = contents(&house);
    count.store(4, Ordering::Relaxed);
    until_written(&house, 4);
    running.terminate();
    let manifest = fs::read_to_string(house.path("out/MANIFEST.jsonl")).expect("a manifest");
    for (path, content) in before {
        assert_eq!(
            fs::read(house.out().join(&path)).expect("a file"),
            content,
            "{path}"
        );
        assert!(manifest.contains(&path));
    }
}

fn contents(house: &House) -> Vec<(String, Vec<u8>)> {
    let files = house.records().files;
    let read = |path: String| {
        let content = fs::read(house.out().join(&path)).expect("a file");
        (path, content)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn a_reload_takes_feeds_in_and_lets_feeds_go() {
    let (old, _) = growing("127.0.1.1");
    let (new, _) = growing("127.0.1.2");
    let (both, count) = growing("127.0.1.3");
    let feeds =
        |servers: [(&'static str, &Server); 2]| servers.map(|(id, server)| (id, url(server)));
    let house = House::new(&with_feeds(
        &restless(),
        &feeds([("old", &old), ("both", &both)]),
    ));
    let mut running = house.start(&["run"]);
    until_written(&house, 4);
    house.configure(&with_feeds(
        &restless(),
        &feeds([("new", &new), ("both", &both)]),
    ));
    running.signal("HUP");
    running.says("configuration reloaded");
    let asked = old.requests().len();
    count.store(3, Ordering::Relaxed);
    until_written(&house, 7);
    assert_eq!(
        old.requests().len(),
        asked,
        "a feed that is no longer in the configuration was asked"
    );
    let (status, _) = running.terminate();
    assert!(status.success());
    let records = house.records();
    assert_eq!(
        ["old", "new", "both"].map(|feed| records.of_feed(feed).len()),
        [2, 2, 3]
    );
    let config = records
        .of("event")
        .into_iter()
        .filter(|event| event["kind"] == "config")
        .count();
    assert_eq!(config, 1);
    records.assert_whole();
    house.verified();
}

#[test]
fn a_bad_configuration_is_refused_with_places_and_the_old_one_goes_on() {
    let (server, count) = growing("127.0.1.1");
    let good = with_feeds(&restless(), &[("f", url(&server))]);
    let house = House::new(&good);
    let mut running = house.start(&["run"]);
    until_written(&house, 2);
    house.configure("[poll]\ninterval = \"often\"\nmin_intervall = \"1s\"\n[[feed]]\nid = \"f\"\n");
    running.signal("HUP");
    running.says("refused");
    let said = running.said();
    for place in ["khabar.toml:2:", "khabar.toml:3:", "khabar.toml:4:"] {
        assert!(said.contains(place), "{place} is not named in {said}");
    }
    count.store(3, Ordering::Relaxed);
    until_written(&house, 3);
    house.configure(&good);
    running.signal("HUP");
    running.says("configuration reloaded");
    count.store(4, Ordering::Relaxed);
    until_written(&house, 4);
    assert!(running.terminate().0.success());
    check(&house, 4);
}

/// A server that takes the request and never ends its answer.
fn endless(ip: &str) -> Server {
    Server::start(ip, |_| {
        Answer::feed(vec![b' '; 1 << 20]).drip(Duration::from_millis(500))
    })
}

/// One quick feed that was read, and one whose answer is under way.
fn busy(settings: &str) -> (House, Running, Server, Server) {
    let (quick, _) = growing("127.0.1.1");
    let slow = endless("127.0.1.2");
    let house = House::new(&with_feeds(
        settings,
        &[("quick", url(&quick)), ("slow", url(&slow))],
    ));
    let running = house.start(&["run"]);
    until("the slow request", || !slow.requests().is_empty());
    running.says("feed=quick");
    (house, running, quick, slow)
}

fn ends_in_time(running: &mut Running) {
    let (status, took) = running.terminate();
    assert!(status.success(), "{status}: {}", running.said());
    assert!(took < Duration::from_secs(10), "it took {took:?}");
}

#[test]
fn a_stop_does_not_wait_for_a_slow_server() {
    // Nothing would be sealed for another day.
    let (house, mut running, _quick, _slow) =
        busy(&restless().replace("seal_after = \"200ms\"", "seal_after = \"1d\""));
    assert!(house.records().all().is_empty());
    ends_in_time(&mut running);
    check(&house, 2);
}

#[test]
fn a_stop_is_heard_while_a_reload_waits_for_a_slow_server() {
    let (house, mut running, _quick, _slow) = busy(&restless());
    running.signal("HUP");
    thread::sleep(Duration::from_millis(300));
    ends_in_time(&mut running);
    check(&house, 2);
}

#[test]
fn a_reload_does_not_hold_up_the_other_feeds() {
    let (house, mut running, quick, _slow) = busy(&restless());
    let start = Instant::now();
    running.signal("HUP");
    running.says("configuration reloaded");
    let asked = quick.requests().len();
    until("a poll after the reload", || quick.requests().len() > asked);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        start.elapsed()
    );
    running.terminate();
    check(&house, 2);
}

#[test]
fn a_pass_that_is_interrupted_seals_what_it_has() {
    let (quick, _) = growing("127.0.1.1");
    let slow = endless("127.0.1.2");
    let house = House::new(&with_feeds(
        QUICK,
        &[("quick", url(&quick)), ("slow", url(&slow))],
    ));
    let mut running = house.start(&["once", "--all"]);
    until("the slow request", || !slow.requests().is_empty());
    running.says("feed=quick");
    ends_in_time(&mut running);
    check(&house, 2);
}

/// Takes a bound off the size of the files that a process may write.
fn lift(running: &Running) {
    let lifted = Command::new("prlimit")
        .args(["--fsize=unlimited", "--pid"])
        .arg(running.pid().to_string())
        .status();
    assert!(lifted.is_ok_and(|status| status.success()), "prlimit");
}

/// The binary, with files that cannot grow past this: writes fail as on a full disk. Needs no privilege.
fn with_little_room(house: &House, bytes: u64) -> Running {
    let whole = house.command(&["run"]);
    let mut command = Command::new("sh");
    // In shells the unit is 512 bytes (POSIX) or 1,024 (bash); either will do.
    command.arg("-c").arg(format!(
        "trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"",
        bytes / 1024
    ));
    command
        .arg(whole.get_program())
        .args(whole.get_args())
        .env_remove("RUST_LOG");
    Running::start(command, house.path("stderr.txt"))
}

#[test]
fn when_files_cannot_grow_it_says_so_waits_and_loses_nothing() {
    let (server, count) = growing("127.0.1.1");
    // The state stands elsewhere: its files are larger than the bound from the beginning.
    let house = House::new(&with_feeds(&restless(), &[("f", url(&server))]));
    count.store(150, Ordering::Relaxed);
    let mut running = with_little_room(&house, 192 << 10);
    until("two tries", || {
        running.said().matches("cannot").count() >= 2
    });
    assert!(!running.has_ended(), "{}", running.said());
    assert!(house.records().articles().len() < 150);
    let listing = fs::read_dir(house.path("out/.open")).expect("a directory");
    let names = listing.map(|entry| entry.expect("an entry").file_name());
    let tries = names
        .filter(|name| name.to_string_lossy().starts_with("log-"))
        .count();
    assert!(tries <= 1, "{tries} tries lie on the disk");
    lift(&running);
    until_written(&house, 150);
    count.store(160, Ordering::Relaxed);
    until_written(&house, 160);
    assert!(running.terminate().0.success());
    check(&house, 160);
}

#[test]
fn a_stop_is_obeyed_though_the_disk_is_full() {
    let (server, count) = growing("127.0.1.1");
    let house = House::new(&with_feeds(&restless(), &[("f", url(&server))]));
    count.store(150, Ordering::Relaxed);
    let mut running = with_little_room(&house, 192 << 10);
    running.says("cannot");
    let (_, took) = running.terminate();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    // What was not acknowledged is fetched again.
    house.once();
    check(&house, 150);
}

/// A small file system at `dir`, gone at the end.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    /// `None` where this user may not mount.
    fn mount(dir: &'a Path, size: &str) -> Option<Self> {
        fs::create_dir_all(dir).expect("a directory");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(dir)
            .output();
        mount
            .is_ok_and(|output| output.status.success())
            .then_some(Self(dir))
    }

    fn grow(&self, size: &str) {
        let grown = Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(self.0)
            .status();
        assert!(grown.is_ok_and(|status| status.success()), "remount");
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// Runs with so little room under `mounted` that so many items do not fit, then gives it more.
fn full_disk(mounted: &str, size: &str, items: usize) {
    let (server, count) = growing("127.0.1.1");
    let house = House::new("");
    let dir = house.path(mounted);
    let Some(small) = Small::mount(&dir, size) else {
        println!("SKIPPED: this user may not mount a small file system");
        return;
    };
    let dirs = "[state]\ndir = \"disk/state\"\n[output]\ndir = \"disk/out\"";
    house.configure(&with_feeds(
        &restless().replace("[output]", dirs),
        &[("f", url(&server))],
    ));
    count.store(items, Ordering::Relaxed);
    let mut running = house.start(&["run"]);
    running.says("cannot");
    thread::sleep(Duration::from_millis(500));
    assert!(!running.has_ended(), "{}", running.said());
    small.grow("64m");
    let written = || Records::read(&house.path("disk/out")).articles().len();
    until("all articles", || written() >= items || running.has_ended());
    assert!(!running.has_ended(), "{}", running.said());
    assert!(running.terminate().0.success());
    house.verified();
    let records = Records::read(&house.path("disk/out"));
    records.assert_whole();
    assert_eq!(
        guids(&records).into_iter().collect::<BTreeSet<_>>().len(),
        items
    );
    assert_eq!(guids(&records).len(), items);
    // What the state knows by now is enough for writing nothing again.
    fs::remove_file(house.path("stderr.txt")).expect("a log");
    house.once();
    assert_eq!(
        Records::read(&house.path("disk/out")).articles().len(),
        items
    );
}

#[test]
fn when_the_disk_of_the_records_is_full_it_waits_and_loses_nothing() {
    full_disk("disk/out", "256k", 300);
}

#[test]
fn when_the_disk_of_the_state_is_full_it_waits_and_loses_nothing() {
    full_disk("disk/state", "320k", 1_500);
}

#[test]
fn when_the_disk_of_records_and_state_is_full_it_waits_and_loses_nothing() {
    full_disk("disk", "256k", 300);
}

#[test]
fn a_log_on_a_closed_standard_error_stops_nothing() {
    let (server, _) = growing("127.0.1.1");
    let house = House::new(&with_feeds(QUICK, &[("f", url(&server))]));
    let mut command = Command::new("sh");
    let whole = house.command(&["once", "--all"]);
    command
        .arg("-c")
        .arg("exec \"$0\" \"$@\" 2>&-")
        .arg(whole.get_program())
        .args(whole.get_args());
    let ran = AtomicBool::new(command.status().expect("it starts").success());
    assert!(ran.into_inner());
    check(&house, 2);
}
