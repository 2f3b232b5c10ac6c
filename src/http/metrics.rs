//! What is counted and measured, for Prometheus.
//!
//! Names follow its conventions (<https://prometheus.io/docs/practices/naming/>): base units, `_total` for what
//! only grows. Labels have values of closed sets only, so that no feed and no text can make a series.
//! Counting costs a few atomics whether or not anybody asks.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::model::Decision;
use super::{process, relation_name};
use crate::poll::health::State;

/// The media type of OpenMetrics 1.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Seconds of an answer from the network: from a cache nearby to the usual `fetch.timeout`.
const ANSWER_SECS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Seconds of a write: from a fast disk to one that is in trouble.
const WRITE_SECS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Seconds from publication to record: a minute to a week.
const LAG_SECS: [f64; 10] = [
    60.0, 300.0, 900.0, 1800.0, 3600.0, 10_800.0, 21_600.0, 86_400.0, 259_200.0, 604_800.0,
];
const STATES: [State; 8] = [
    State::Disabled,
    State::Waiting,
    State::Ok,
    State::Silent,
    State::Degraded,
    State::Failing,
    State::Blocked,
    State::Gone,
];

type Labels<const N: usize> = [(&'static str, String); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;
type Histograms = Family<Labels<1>, Histogram>;

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Was there at an earlier poll, unchanged.
    Known,
    /// A record of its own telling.
    Written,
    /// A record that points at the text that it copies.
    Duplicate,
    /// A record of an edit.
    Revision,
    OutOfRegion,
    /// Came in twice at once.
    Repeated,
    /// A part of a document that could not be read as an item.
    Unreadable,
}

impl Fate {
    fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Written => "written",
            Self::Duplicate => "duplicate",
            Self::Revision => "revision",
            Self::OutOfRegion => "out_of_region",
            Self::Repeated => "repeated",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How a poll went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled<'a> {
    Read,
    Unchanged,
    /// With the kind of the failure.
    Failed(&'a str),
}

/// A way to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// Records to the log.
    Sync,
    /// The log to visible files.
    Seal,
    /// What is remembered to SQLite.
    State,
}

/// Every series, and the way to write them out.
pub struct Metrics {
    registry: Registry,
    polls: Counters<1>,
    failures: Counters<1>,
    answers: Histograms,
    received: Counters<1>,
    items: Counters<1>,
    placements: Counters<2>,
    events: Counters<1>,
    lag: Histogram,
    writes: Histograms,
    write_failures: Counter,
    queue: Family<Labels<1>, Gauge>,
    pub index_articles: Gauge,
    pub index_bytes: Gauge,
    page_articles: Gauge,
    page_bytes: Gauge,
    pub last_seq: Gauge,
    sealed: Gauge<f64, std::sync::atomic::AtomicU64>,
    feeds: Family<Labels<1>, Gauge>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let of = &mut registry;
        process::register(of);
        Self {
            polls: add(
                of,
                "khabar_polls",
                "Polls that ended, by outcome",
                Family::default(),
            ),
            failures: add(
                of,
                "khabar_poll_failures",
                "Polls that failed, by the kind of failure",
                Family::default(),
            ),
            answers: add(
                of,
                "khabar_answer_duration_seconds",
                "Time from a request to the end of its answer, turns at the host included",
                Family::new_with_constructor(|| Histogram::new(ANSWER_SECS)),
            ),
            received: add(
                of,
                "khabar_received_bytes",
                "Bytes of documents that came, after decompression",
                Family::default(),
            ),
            items: add(
                of,
                "khabar_items",
                "Items of documents, by what became of them",
                Family::default(),
            ),
            placements: add(
                of,
                "khabar_placements",
                "Decisions that became visible, by relation and by the languages of the two articles",
                Family::default(),
            ),
            events: add(
                of,
                "khabar_events",
                "Events that were told, by kind",
                Family::default(),
            ),
            lag: add(
                of,
                "khabar_publication_lag_seconds",
                "Time from the publication of a new item, as its outlet dates it, to its record",
                Histogram::new(LAG_SECS),
            ),
            writes: add(
                of,
                "khabar_write_duration_seconds",
                "Time of writes that went well, by step",
                Family::new_with_constructor(|| Histogram::new(WRITE_SECS)),
            ),
            write_failures: add(
                of,
                "khabar_write_failures",
                "Writes that failed and are tried again",
                Counter::default(),
            ),
            queue: add(
                of,
                "khabar_queue_length",
                "What waits for a part of the daemon",
                Family::default(),
            ),
            index_articles: add(
                of,
                "khabar_index_articles",
                "Articles in the window of stories",
                Gauge::default(),
            ),
            index_bytes: add(
                of,
                "khabar_index_bytes",
                "Memory of the window of stories, estimated",
                Gauge::default(),
            ),
            page_articles: add(
                of,
                "khabar_page_articles",
                "Articles that the page shows",
                Gauge::default(),
            ),
            page_bytes: add(
                of,
                "khabar_page_bytes",
                "Memory of what the page shows, estimated",
                Gauge::default(),
            ),
            last_seq: add(
                of,
                "khabar_last_seq",
                "The highest seq of a durable record",
                Gauge::default(),
            ),
            sealed: add(
                of,
                "khabar_last_seal_timestamp_seconds",
                "When records last became visible",
                Gauge::default(),
            ),
            feeds: add(
                of,
                "khabar_feeds",
                "Feeds of the configuration, by state",
                Family::default(),
            ),
            registry,
        }
    }
}

/// Registers a series and gives it back.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn one(name: &'static str, value: &str) -> Labels<1> {
    [(name, value.to_owned())]
}

impl Metrics {
    pub fn polled(&self, polled: Polled<'_>) {
        let outcome = match polled {
            Polled::Read => "read",
            Polled::Unchanged => "unchanged",
            Polled::Failed(kind) => {
                self.failures.get_or_create(&one("kind", kind)).inc();
                "failed"
            }
        };
        self.polls.get_or_create(&one("outcome", outcome)).inc();
    }

    /// A request for a feed's document (`feed`) or for what belongs to it (`page`), and what it brought.
    pub fn answered(&self, document: &'static str, took: Duration, bytes: Option<usize>) {
        let label = one("document", document);
        self.answers
            .get_or_create(&label)
            .observe(took.as_secs_f64());
        self.received
            .get_or_create(&label)
            .inc_by(bytes.unwrap_or_default() as u64);
    }

    pub fn items(&self, fate: Fate, count: u64) {
        self.items
            .get_or_create(&one("fate", fate.name()))
            .inc_by(count);
    }

    pub fn told(&self, event: &str) {
        self.events.get_or_create(&one("kind", event)).inc();
    }

    /// A new item was written that its outlet had dated.
    pub fn lagged(&self, published: Timestamp, written: Timestamp) {
        let lag = written.duration_since(published).as_secs_f64();
        self.lag.observe(lag.max(0.0));
    }

    pub fn wrote(&self, step: Write, took: Duration) {
        let step = match step {
            Write::Sync => "sync",
            Write::Seal => "seal",
            Write::State => "state",
        };
        self.writes
            .get_or_create(&one("step", step))
            .observe(took.as_secs_f64());
    }

    pub fn write_failed(&self) {
        self.write_failures.inc();
    }

    pub fn sealed(&self, at: Timestamp) {
        self.sealed.set(at.as_second() as f64);
    }

    /// A decision became visible.
    pub(super) fn decided(&self, decision: &Decision) {
        let labels = [
            ("relation", relation_name(decision.relation).to_owned()),
            ("languages", decision.languages.clone()),
        ];
        self.placements.get_or_create(&labels).inc();
    }

    /// How much the page holds.
    pub(super) fn page(&self, articles: usize, bytes: usize) {
        self.page_articles.set(articles as i64);
        self.page_bytes.set(bytes as i64);
    }

    /// How much waits for a part of the daemon.
    pub fn queued(&self, queue: &'static str, length: usize) {
        self.queue
            .get_or_create(&one("queue", queue))
            .set(length as i64);
    }

    /// The states of all feeds.
    pub fn feeds(&self, states: impl Iterator<Item = State>) {
        let mut counts = STATES.map(|state| (state, 0));
        for state in states {
            if let Some((_, count)) = counts.iter_mut().find(|(counted, _)| *counted == state) {
                *count += 1;
            }
        }
        for (state, count) in counts {
            self.feeds
                .get_or_create(&one("state", state.name()))
                .set(count);
        }
    }

    /// All series as text, and its media type: OpenMetrics where the reader accepts it.
    pub(super) fn encode(&self, accept: &str) -> (&'static str, String) {
        let mut body = String::new();
        let (media_type, written) = if accept.contains("application/openmetrics-text") {
            (OPEN_METRICS, text::encode(&mut body, &self.registry))
        } else {
            (
                prometheus_text::CONTENT_TYPE,
                prometheus_text::encode(&mut body, &self.registry),
            )
        };
        written.expect("a String takes everything");
        (media_type, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_has_a_help_and_a_type() {
        let metrics = Metrics::default();
        metrics.polled(Polled::Failed("timeout"));
        metrics.items(Fate::Written, 3);
        metrics.wrote(Write::Seal, Duration::from_millis(3));
        metrics.feeds([State::Ok, State::Ok, State::Gone].into_iter());
        let (_, text) = metrics.encode("text/plain");
        for line in [
            "khabar_polls_total{outcome=\"failed\"} 1",
            "khabar_poll_failures_total{kind=\"timeout\"} 1",
            "khabar_items_total{fate=\"written\"} 3",
            "khabar_write_duration_seconds_count{step=\"seal\"} 1",
            "khabar_feeds{state=\"ok\"} 2",
            "khabar_feeds{state=\"blocked\"} 0",
        ] {
            assert!(text.lines().any(|have| have == line), "{line}\n{text}");
        }
        let (media_type, open) = metrics.encode("application/openmetrics-text;version=1.0.0");
        assert!(
            media_type.starts_with("application/openmetrics-text") && open.ends_with("# EOF\n")
        );
    }

    #[test]
    fn an_item_of_the_future_has_no_negative_lag() {
        let metrics = Metrics::default();
        metrics.lagged(
            Timestamp::from_second(100).unwrap(),
            Timestamp::from_second(40).unwrap(),
        );
        let (_, text) = metrics.encode("");
        assert!(
            text.contains("khabar_publication_lag_seconds_sum 0\n") || text.contains("_sum 0.0\n"),
            "{text}"
        );
    }
}
