//! Silence of an owner or a language is told once, whatever restarts lie between.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use support::fast::{Clock, Fast, at};
use support::house::{House, QUICK, until, with_feeds};
use support::server::{Answer, Server};

/// Seconds of the clock in one: ten days pass in a quarter of a minute.
const SPEED: f64 = 50_000.0;
const HOUR_SECS: f64 = 3600.0;
/// A feed's items that its document holds.
const WINDOW: u64 = 30;

/// A feed with an item an hour up to `until` hours after the clock began.
fn feed(name: &str, clock: &Clock, until: u64) -> String {
    let hours = ((clock.secs() / HOUR_SECS) as u64).min(until);
    let items: String = (hours.saturating_sub(WINDOW)..hours)
        .rev()
        .map(|hour| {
            let published = at(hour as f64 * HOUR_SECS);
            format!(
                "<item><guid>{name}-{hour}</guid><link>http://{name}.example/{hour}</link><pubDate>{}</pubDate>\
                 <title>{name} number {hour}</title><description>Report {hour} of {name}.</description></item>",
                published.strftime("%a, %d %b %Y %H:%M:%S GMT")
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>")
}

/// Two feeds of an owner that publishes in Tajik until it is hushed, and two of one that goes on.
struct Scene {
    clock: Clock,
    house: House,
    /// Hours until which the one owner publishes.
    hushed: Arc<AtomicU64>,
    _server: Server,
}

impl Scene {
    fn new() -> Self {
        let clock = Clock::start(SPEED);
        let hushed = Arc::new(AtomicU64::new(u64::MAX));
        let (time, until) = (clock.clone(), Arc::clone(&hushed));
        let server = Server::forgetful("127.0.1.1", move |request| {
            let name = request.path.trim_start_matches('/');
            let until = if name.starts_with("quiet") {
                until.load(Ordering::Relaxed)
            } else {
                u64::MAX
            };
            Answer::feed(feed(name, &time, until))
        });
        let block = |name: &'static str, owner: &str, language: &str| {
            let url = server.url(&format!("/{name}"));
            let block =
                format!("url = \"{url}\"\npublisher = \"{owner}\"\nlanguage = \"{language}\"");
            (name, block)
        };
        let feeds = [
            block("quiet-1", "quiet", "tg"),
            block("quiet-2", "quiet", "tg"),
            block("loud-1", "loud", "ru"),
            block("loud-2", "loud", "ru"),
        ];
        let settings = format!("[output]\nseal_after = \"1h\"\n{QUICK}");
        Self {
            house: House::new(&with_feeds(&settings, &feeds)),
            clock,
            hushed,
            _server: server,
        }
    }

    fn hush(&self) {
        let hours = self.clock.secs() / HOUR_SECS;
        self.hushed.store(hours as u64, Ordering::Relaxed);
    }

    /// Runs from now until so many more days have passed.
    fn run_for(&self, days: f64) {
        let running = Fast::start(&self.house, &self.clock);
        self.clock.wait_until_day(self.clock.days() + days);
        running.stop();
    }

    /// What was told of feeds together, in its order.
    fn told(&self) -> Vec<String> {
        let records = self.house.records();
        let events = records.of("event").into_iter();
        events
            .filter(|event| event["feed"].is_null() && event["kind"] != "config")
            .map(|event| {
                let detail = event["detail"].as_str().expect("a text");
                let group = detail.split(':').next().expect("a part");
                format!("{} {group}", event["kind"].as_str().expect("a text"))
            })
            .collect()
    }
}

const SILENT: [&str; 2] = ["silent language tg", "silent publisher quiet"];
const RECOVERED: [&str; 2] = ["recovered language tg", "recovered publisher quiet"];

#[test]
fn silence_that_began_while_the_daemon_was_down_is_told_once() {
    let scene = Scene::new();
    scene.run_for(5.0);
    assert_eq!(scene.told(), [""; 0]);
    scene.hush();
    scene.clock.skip_days(6.0);
    // The other owner's feeds turned over while nobody looked, which is a gap and no silence.
    scene.run_for(0.5);
    assert_eq!(scene.told(), SILENT);
    scene.run_for(0.5);
    assert_eq!(scene.told(), SILENT);
    // It speaks again while the daemon is down.
    scene.hushed.store(u64::MAX, Ordering::Relaxed);
    scene.clock.skip_days(1.0);
    scene.run_for(2.0);
    assert_eq!(scene.told(), [SILENT, RECOVERED].concat());
    scene.house.verified();
}

#[test]
fn silence_that_began_before_a_restart_is_told_once() {
    let scene = Scene::new();
    let running = Fast::start(&scene.house, &scene.clock);
    scene.clock.wait_until_day(5.0);
    scene.hush();
    scene.clock.wait_until_day(6.0);
    running.stop();
    assert_eq!(scene.told(), [""; 0]);
    let running = Fast::start(&scene.house, &scene.clock);
    until("the silence is told", || scene.told().len() >= 2);
    running.stop();
    scene.run_for(1.0);
    assert_eq!(scene.told(), SILENT);
}
