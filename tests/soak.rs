//! The daemon under load for a while: memory, open files and what lies on the disk stay flat.
//!
//! `KHABAR_SOAK_SECS` says for how long; by default it is just long enough to see that the measurement works.

mod support;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use support::gauge::Gauge;
use support::house::{House, with_feeds};
use support::press::Press;
use support::server::Server;

const SECS: f64 = 30.0;
const FEEDS: u64 = 60;
const HOSTS: u64 = 6;
/// Seconds between two items of a feed, about: ten items a second in all.
const PRESS: Press = Press { period_secs: 5.0 };
/// What the allocator may take and give back between two samples, MiB.
const MEMORY_NOISE: f64 = 6.0;
/// Connections are opened and closed all the time.
const FILES_NOISE: f64 = 3.0;
/// What an item takes in the state, with its keys, bytes; and the journal beside it.
const ITEM_BYTES_MAX: u64 = 1_200;
const JOURNAL_BYTES_MAX: u64 = 24 << 20;

/// How long this test takes.
fn duration() -> f64 {
    let secs = std::env::var("KHABAR_SOAK_SECS").ok();
    secs.map_or(SECS, |secs| {
        secs.parse().expect("KHABAR_SOAK_SECS is a number")
    })
}

fn settings(port: u16, window_secs: u64) -> String {
    format!(
        "[output]\nseal_after = \"10s\"\ncompression = \"zstd\"\n\
         [poll]\ninterval = \"2s\"\nmin_interval = \"1s\"\nmax_interval = \"10s\"\n\
         [stories]\nwindow = \"{window_secs}s\"\n\
         [http]\nlisten = \"127.0.0.1:{port}\"\n\
         [region]\nkeep = \"all\"\n\
         [fetch]\nspacing = \"0s\"\ntimeout = \"5s\"\nallow_private = [\"127.0.0.0/8\"]\n"
    )
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

#[test]
fn under_load_nothing_grows() {
    let secs = duration();
    let began = Instant::now();
    let passed = move || began.elapsed().as_secs_f64();
    let servers: Vec<Server> = (1..=HOSTS)
        .map(|host| {
            let answer = move |request: &_| PRESS.answer(request, passed());
            Server::forgetful(&format!("127.0.2.{host}"), answer)
        })
        .collect();
    let ids: Vec<String> = (0..FEEDS).map(|feed| format!("feed-{feed}")).collect();
    let feeds: Vec<(&str, String)> = (0..FEEDS)
        .map(|feed| {
            let url = servers[(feed % HOSTS) as usize].url(&format!("/{feed}"));
            (ids[feed as usize].as_str(), format!("url = \"{url}\""))
        })
        .collect();
    let port = free_port();
    // The window is full before the measurement begins.
    let window = ((secs / 6.0) as u64).clamp(4, 300);
    let house = House::new(&with_feeds(&settings(port, window), &feeds));
    let mut running = house.start(&["run"]);
    let (mut gauge, mut states) = (Gauge::of(running.pid()), Vec::new());
    let pause = Duration::from_secs_f64((secs / 300.0).clamp(0.5, 5.0));
    while passed() < secs {
        thread::sleep(pause);
        for path in ["/", "/metrics", "/healthz", "/readyz"] {
            let answer = get(port, path);
            assert!(
                path == "/readyz" || answer.starts_with("HTTP/1.1 200") || passed() < 5.0,
                "{path}: {answer}"
            );
        }
        gauge.sample(passed());
        states.push((passed(), size(&house.path("state/khabar.sqlite"))));
    }
    let warm_up = secs / 3.0;
    let (memory, files) = (gauge.memory(warm_up), gauge.files(warm_up));
    let journal = size(&house.path("state/khabar.sqlite-wal"));
    let (_, state) = states[states.len() - 1];
    let warm = states.iter().find(|(at, _)| *at >= warm_up);
    // Pages of the state are held in memory, up to 8 MiB, and up to 2 by each thread that asks it.
    let cached = (state - warm.expect("a sample").1) as f64 / f64::from(1 << 20);
    println!(
        "{secs:.0} s; memory, MiB: {memory:.2?}; files: {files:.2?}; state: {state} bytes, {cached:.2} MiB of them new; {journal} of journal"
    );
    assert!(running.terminate().0.success(), "{}", running.said());
    house.verified();
    let articles = house.records().articles().len() as u64;
    println!("{articles} articles");
    assert!(
        articles as f64 > secs * 2.0,
        "{articles} articles are no load"
    );
    assert!(
        memory.growth < cached.min(12.0) + MEMORY_NOISE,
        "{memory:?}"
    );
    assert!(files.growth < FILES_NOISE + files.noise, "{files:?}");
    assert!(state < (1 << 20) + articles * ITEM_BYTES_MAX, "{state}");
    assert!(journal < JOURNAL_BYTES_MAX, "{journal}");
}

/// The answer of the page, head and all; empty where it does not answer.
fn get(port: u16, path: &str) -> String {
    use std::io::{Read, Write};
    let mut answer = String::new();
    let mut ask = || -> std::io::Result<()> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        stream.read_to_string(&mut answer)?;
        Ok(())
    };
    let _ = ask();
    answer
}
