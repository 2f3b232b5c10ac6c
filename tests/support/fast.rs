//! The daemon by a clock that runs fast: weeks pass in minutes, while requests and writes are real.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use khabar::daemon::{self, Order, Speed, Totals};
use tokio::sync::mpsc;

use super::house::House;

/// 2026-03-02T00:00:00Z, a Monday.
const BEGIN: i64 = 1_772_409_600;

/// A clock that begins on a Monday and runs at a speed.
#[derive(Clone)]
pub struct Clock {
    began: Instant,
    speed: f64,
    skipped_secs: Arc<AtomicI64>,
}

impl Clock {
    pub fn start(speed: f64) -> Self {
        Self {
            began: Instant::now(),
            speed,
            skipped_secs: Arc::default(),
        }
    }

    /// Seconds since the clock began.
    pub fn secs(&self) -> f64 {
        let skipped = self.skipped_secs.load(Ordering::Relaxed) as f64;
        self.began.elapsed().as_secs_f64() * self.speed + skipped
    }

    pub fn days(&self) -> f64 {
        self.secs() / 86_400.0
    }

    pub fn now(&self) -> Timestamp {
        at(self.secs())
    }

    /// So much time passes at once.
    pub fn skip_days(&self, days: f64) {
        let secs = (days * 86_400.0) as i64;
        self.skipped_secs.fetch_add(secs, Ordering::Relaxed);
    }

    pub fn wait_until_day(&self, day: f64) {
        while self.days() < day {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// So many seconds after the clock began.
pub fn at(secs: f64) -> Timestamp {
    let begin = Timestamp::from_second(BEGIN).expect("a time of this century");
    let passed = SignedDuration::from_micros((secs * 1e6) as i64);
    begin.checked_add(passed).expect("a time of this century")
}

/// A daemon at work in this process.
pub struct Fast {
    orders: mpsc::Sender<Order>,
    thread: JoinHandle<Totals>,
}

impl Fast {
    pub fn start(house: &House, clock: &Clock) -> Self {
        let config = khabar::config::load(&house.path("khabar.toml")).expect("it is good");
        let (orders, inbox) = mpsc::channel(1);
        let (speed, time) = (Speed(clock.speed), clock.clone());
        let run = move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let run = daemon::run_at(speed, config, Arc::new(move || time.now()), inbox);
            runtime.block_on(run).expect("it works")
        };
        Self {
            orders,
            thread: thread::spawn(run),
        }
    }

    /// Takes over what the configuration says by now.
    pub fn reload(&self, house: &House) {
        let config = khabar::config::load(&house.path("khabar.toml")).expect("it is good");
        let order = Order::Reload(Box::new(config));
        self.orders.blocking_send(order).expect("it runs");
    }

    pub fn stop(self) -> Totals {
        self.orders.blocking_send(Order::Stop).expect("it runs");
        self.thread.join().expect("it ends well")
    }
}
