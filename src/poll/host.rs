//! One request at a time to a host, and a pause between two.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::client::IDLE_TIMEOUT;

/// Hosts remembered before those that nobody asks are let go: far above what a configuration names.
const HOSTS_MAX: usize = 16_384;

/// The gates of all hosts.
pub(super) struct Hosts {
    per_host: usize,
    spacing: Duration,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
}

struct Gate {
    places: Arc<Semaphore>,
    free_at: Mutex<Instant>,
    /// When the last request ended.
    ended: Mutex<Option<Instant>>,
}

/// The right to make one request. Dropping it starts the pause.
pub(super) struct Turn {
    gate: Arc<Gate>,
    spacing: Duration,
    _place: OwnedSemaphorePermit,
}

impl Hosts {
    pub fn new(per_host: u32, spacing: Duration) -> Self {
        Self {
            per_host: per_host as usize,
            spacing,
            gates: Mutex::default(),
        }
    }

    /// Waits for a turn at `host`; at least `delay` after the one before (a crawl delay).
    pub async fn enter(&self, host: &str, delay: Option<Duration>) -> Turn {
        let gate = self.gate(host);
        let place = Arc::clone(&gate.places)
            .acquire_owned()
            .await
            .expect("a gate is never closed");
        let spacing = delay.unwrap_or_default().max(self.spacing);
        if !spacing.is_zero() {
            let mine = gate.reserve(spacing);
            tokio::time::sleep_until(mine).await;
        }
        Turn {
            gate,
            spacing,
            _place: place,
        }
    }

    fn gate(&self, host: &str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(host) {
            return Arc::clone(gate);
        }
        if gates.len() >= HOSTS_MAX {
            let now = Instant::now();
            gates.retain(|_, gate| Arc::strong_count(gate) > 1 || gate.lock() > now);
        }
        let gate = Arc::new(Gate {
            places: Arc::new(Semaphore::new(self.per_host)),
            free_at: Mutex::new(Instant::now()),
            ended: Mutex::default(),
        });
        gates.insert(host.to_owned(), Arc::clone(&gate));
        gate
    }
}

impl Gate {
    fn lock(&self) -> Instant {
        *self.free_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the caller may go; the next one not before `spacing` later.
    fn reserve(&self, spacing: Duration) -> Instant {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = (*free_at).max(Instant::now());
        *free_at = mine + spacing;
        mine
    }
}

impl Turn {
    /// Whether the request may go over a connection that an earlier one left open.
    pub fn may_reuse(&self) -> bool {
        let ended = *self
            .gate
            .ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ended.is_some_and(|ended| ended.elapsed() <= IDLE_TIMEOUT)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self
            .gate
            .ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if self.spacing.is_zero() {
            return;
        }
        // The pause counts from the end of a request, so that a slow host is not pressed.
        let mut free_at = self
            .gate
            .free_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *free_at = (*free_at).max(Instant::now() + self.spacing);
    }
}
