//! What the output directory costs: `cargo bench --bench records [-- ARTICLES]`, a million if not said.
//! Every step is a process of its own, so that its peak of memory is its own too. The directory lies where
//! the system keeps temporary files; `TMPDIR` chooses the disk.

use std::fs::{self, File};
use std::future::pending;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};

use khabar::write::record::{self, Record};
use khabar::write::{Compression, Manifest, Settings, Writer, verify};
use khabar::{config, daemon};

/// Real lines of eight languages.
const TEMPLATES: &str = include_str!(
    "../tests/data/output/v1/articles/date=2026-11-22/20261122T211500Z-00000001.jsonl"
);
const ARTICLES: u64 = 1_000_000;
/// Articles of the window of seven days, with whole texts.
const WINDOW_ARTICLES: u64 = 100_000;
/// Records of the floor, each in a file of its own.
const FLOOR_RECORDS: u64 = 1_000;
/// Records that wait for one sync, as in the daemon.
const GROUP: u64 = 1000;
/// Words of a text: a summary, as most feeds have it, or a page. 88,751 items of real feeds had 950 bytes each.
const FEED_WORDS: usize = 20;
const PAGE_WORDS: usize = 350;

const SETTINGS: Settings = Settings {
    seal_after: Duration::from_secs(300),
    seal_bytes: 64 << 20,
    compression: Compression::None,
};

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    match &arguments[..] {
        [step, dir, count] => {
            run(step, Path::new(dir), count.parse().expect("a number"));
            println!("{:>10} {:>7} MiB at most", "", peak_mib());
        }
        rest => all(rest
            .first()
            .map_or(ARTICLES, |count| count.parse().expect("a number"))),
    }
}

fn all(articles: u64) {
    let dir = tempfile::tempdir().expect("a directory");
    let steps = [
        ("floor", FLOOR_RECORDS),
        ("write", articles),
        ("columns", articles),
        ("verify", articles),
        ("rebuild", articles),
        ("window", WINDOW_ARTICLES),
        ("first start", WINDOW_ARTICLES),
        ("next start", WINDOW_ARTICLES),
    ];
    for (step, count) in steps {
        let done = Command::new(std::env::current_exe().expect("a program"))
            .args([
                step.as_ref(),
                dir.path().as_os_str(),
                count.to_string().as_ref(),
            ])
            .status();
        assert!(done.is_ok_and(|status| status.success()), "{step}");
    }
}

fn run(step: &str, dir: &Path, count: u64) {
    let out = dir.join("out");
    let window = dir.join("window/out");
    let start = Instant::now();
    match step {
        "floor" => floor(&dir.join("floor"), count),
        "write" => write(&out, count, FEED_WORDS),
        "window" => write(&window, count, PAGE_WORDS),
        "columns" => columns(&out),
        "verify" => {
            let verified = verify(&out).expect("a directory");
            // There are articles and nothing else.
            assert!(
                verified
                    .faults
                    .iter()
                    .all(|fault| fault.path == "placements")
            );
            tell(step, count, bytes_of(&out), start);
        }
        "rebuild" => {
            fs::write(dir.join("khabar.toml"), "").expect("a file");
            let config = config::load(&dir.join("khabar.toml")).expect("it is good");
            let rebuilt = daemon::rebuild(&config, Arc::new(now)).expect("it works");
            assert_eq!(rebuilt.articles, count);
            tell(step, count, bytes_of(&out), start);
        }
        "first start" | "next start" => start_up(step, &dir.join("window")),
        other => panic!("no step {other}"),
    }
}

fn floor(dir: &Path, count: u64) {
    fs::create_dir_all(dir).expect("a directory");
    let mut made = Articles::new(FEED_WORDS);
    let (mut taken, mut bytes) = (Duration::ZERO, 0);
    for number in 0..count {
        let line = serde_json::to_vec(&made.next()).expect("JSON");
        let start = Instant::now();
        let mut file = File::create(dir.join(number.to_string())).expect("a file");
        file.write_all(&line)
            .and_then(|()| file.sync_data())
            .expect("it is synced");
        taken += start.elapsed();
        bytes += line.len() as u64;
    }
    tell_taken("floor", count, bytes, taken);
}

/// A day of articles, sealed as the daemon would. Making the articles is not counted.
fn write(out: &Path, count: u64, words: usize) {
    let mut made = Articles::new(words);
    let (mut writer, _) = Writer::open(out, SETTINGS, now()).expect("a directory");
    let (mut appended, mut sealed) = (Duration::ZERO, Duration::ZERO);
    let mut left = count;
    while left > 0 {
        let group: Vec<Record> = (0..GROUP.min(left))
            .map(|_| Record::Article(Box::new(made.next())))
            .collect();
        left -= group.len() as u64;
        let start = Instant::now();
        for record in group {
            writer.append(record, yesterday());
        }
        writer.sync().expect("it is synced");
        appended += start.elapsed();
        let start = Instant::now();
        if left == 0 || writer.seal_due(yesterday()) {
            writer.seal(yesterday()).expect("it is sealed");
        }
        sealed += start.elapsed();
    }
    let bytes = bytes_of(out);
    tell_taken("sync", count, bytes, appended);
    tell_taken("seal", count, bytes, sealed);
    tell_taken("both", count, bytes, appended + sealed);
}

fn columns(out: &Path) {
    let (mut writer, _) = Writer::open(out, SETTINGS, now()).expect("a directory");
    let bytes = bytes_of(out);
    let start = Instant::now();
    let copies = writer.compact(now()).expect("it works");
    let rows = copies.iter().map(|entry| entry.rows).sum();
    tell("columns", rows, bytes, start);
}

/// One pass of the daemon over a feed with one new item: nearly all of it is filling the index, at the first start
/// from the records, and leaving it for the next one, which takes it.
fn start_up(step: &str, dir: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let item =
        format!("<item><guid>{step}</guid><title>Something new at the {step}</title></item>");
    thread::spawn(move || serve(&listener, &item));
    let feed = format!("[[feed]]\nid = \"f\"\nname = \"F\"\nurl = \"http://{address}/\"\n");
    let settings = "[output]\nformats = [\"jsonl\"]\n[region]\nkeep = \"all\"\n[fetch]\nallow_private = [\"127.0.0.0/8\"]\n";
    let file = dir.join("khabar.toml");
    fs::write(&file, format!("{settings}{feed}")).expect("a file");
    let config = config::load(&file).expect("it is good");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let start = Instant::now();
    let pass = daemon::once(config, Arc::new(now), true, pending(), |_, _| {});
    let pass = runtime.block_on(pass).expect("it works");
    assert_eq!((pass.failed, pass.totals.kept.written), (0, 1));
    tell(step, WINDOW_ARTICLES, bytes_of(&dir.join("out")), start);
    let index = fs::metadata(dir.join("state/index")).expect("an index");
    println!(
        "{:>10} {:>9.0} bytes of the index for each article",
        "",
        index.len() as f64 / WINDOW_ARTICLES as f64
    );
}

fn serve(listener: &TcpListener, item: &str) {
    let body = format!("<rss version=\"2.0\"><channel>{item}</channel></rss>");
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).expect("a request");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close";
        let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).expect("an answer");
    }
}

/// Articles of invented texts, each different from the others.
struct Articles {
    templates: Vec<record::Article>,
    words: usize,
    made: u64,
    random: u64,
}

impl Articles {
    fn new(words: usize) -> Self {
        let lines = TEMPLATES.lines().map(serde_json::from_str);
        Self {
            templates: lines.collect::<Result<_, _>>().expect("articles"),
            words,
            made: 0,
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    fn next(&mut self) -> record::Article {
        self.made += 1;
        let mut article = self.templates[self.made as usize % self.templates.len()].clone();
        let known = article.text.take().unwrap_or_default();
        let vocabulary: Vec<&str> = known.split_whitespace().collect();
        let mut text = String::new();
        for _ in 0..self.words {
            text += vocabulary[self.below(vocabulary.len().max(1))];
            text.push(' ');
        }
        article.id = format!("a_{:026}", self.made);
        article.story.id = format!("s_{:026}", self.made);
        article.guid = Some(format!("urn:item:{}", self.made));
        let url = format!("https://{}.example/{}", article.feed, self.made);
        article.raw_sha256 = format!("{:064x}", self.made);
        (article.url, article.canonical_url) = (Some(url.clone()), Some(url));
        article.title = Some(text.chars().take(60).collect());
        (article.summary, article.text) = (None, Some(text));
        if self.words == FEED_WORDS {
            article.places.truncate(1);
            (article.people, article.bodies) = (Vec::new(), Vec::new());
        }
        (article.first_seen, article.fetched) = (yesterday(), yesterday());
        article
    }

    /// xorshift64
    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % bound as u64) as usize
    }
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a time")
}

fn yesterday() -> Timestamp {
    now() - 24.hours()
}

fn bytes_of(out: &Path) -> u64 {
    let files = Manifest::load(out).expect("a manifest").entries;
    let lines = files.iter().filter(|entry| entry.kind().is_some());
    lines.map(|entry| entry.bytes).sum()
}

fn tell(step: &str, count: u64, bytes: u64, start: Instant) {
    tell_taken(step, count, bytes, start.elapsed());
}

fn tell_taken(step: &str, count: u64, bytes: u64, taken: Duration) {
    let secs = taken.as_secs_f64();
    println!(
        "{step:>10} {count:>9} records {:>7.1} MB {secs:>8.2} s {:>9.0} records/s {:>7.1} MB/s",
        bytes as f64 / 1e6,
        count as f64 / secs,
        bytes as f64 / 1e6 / secs
    );
}

fn peak_mib() -> u64 {
    let status = fs::read_to_string(PathBuf::from("/proc/self/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
