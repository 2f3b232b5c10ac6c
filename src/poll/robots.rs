//! robots.txt (RFC 9309) for article pages: asked once a day for each host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use texting_robots::Robot;
use tokio::time::Instant;

/// The name that rules are looked up by.
pub(super) const AGENT: &str = "khabar";
/// RFC 9309 §2.5 asks to read at least 500 KiB.
pub(super) const BODY_BYTES_MAX: u64 = 512 << 10;
/// RFC 9309 §2.4: not longer than a day.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// A server in trouble is asked again sooner.
const KEPT_AFTER_ERROR: Duration = Duration::from_secs(3600);
/// Hosts remembered; the oldest answers go first.
const HOSTS_MAX: usize = 4_096;
/// A crawl delay beyond this would mean that pages are never read; it is cut to this.
const DELAY_MAX: Duration = Duration::from_secs(60);

/// What one host allows.
#[derive(Clone)]
pub(super) enum Rules {
    /// There is none, or it cannot be understood.
    Everything,
    /// The server failed: RFC 9309 §2.3.1.4 takes that for a complete disallow.
    Nothing,
    Robot(Arc<Robot>),
}

impl Rules {
    /// Of the body of a robots.txt.
    pub fn read(body: &[u8]) -> Self {
        Robot::new(AGENT, body).map_or(Self::Everything, |robot| Self::Robot(Arc::new(robot)))
    }

    pub fn allow(&self, url: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Nothing => false,
            Self::Robot(robot) => robot.allowed(url),
        }
    }

    pub fn delay(&self) -> Option<Duration> {
        let Self::Robot(robot) = self else {
            return None;
        };
        let delay = Duration::try_from_secs_f32(robot.delay?).ok()?;
        Some(delay.min(DELAY_MAX))
    }

    fn kept(&self) -> Duration {
        match self {
            Self::Nothing => KEPT_AFTER_ERROR,
            Self::Everything | Self::Robot(_) => KEPT,
        }
    }
}

/// The answers of the last day.
#[derive(Default)]
pub(super) struct Robots {
    hosts: Mutex<HashMap<String, (Instant, Rules)>>,
}

impl Robots {
    /// The rules of an origin (`https://host:port`), if they are known and fresh.
    pub fn get(&self, origin: &str) -> Option<Rules> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, rules) = hosts.get(origin)?;
        (asked.elapsed() < rules.kept()).then(|| rules.clone())
    }

    pub fn put(&self, origin: &str, rules: Rules) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_MAX
            && let Some(oldest) = hosts
                .iter()
                .min_by_key(|(_, (asked, _))| *asked)
                .map(|(h, _)| h.clone())
        {
            hosts.remove(&oldest);
        }
        hosts.insert(origin.to_owned(), (Instant::now(), rules));
    }
}
