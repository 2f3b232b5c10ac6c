//! Threads for the stages that compute: parsing, extracting, normalising.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::http::Signs;

/// Jobs that wait for a free thread, for each thread. The callers wait asynchronously for theirs, and
/// there are at most `fetch.concurrency` of them, so that this bound is never reached by honest use.
const QUEUE: usize = 4096;
/// Parsers may nest; the main thread's 8 MiB is what they are tested with.
const STACK_BYTES: usize = 8 << 20;

type Job<C> = Box<dyn FnOnce(&mut C) + Send>;

/// A fixed number of threads, each with a context of its own.
pub struct Workers<C> {
    jobs: SyncSender<Job<C>>,
    signs: Arc<Signs>,
}

impl<C> Clone for Workers<C> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
            signs: Arc::clone(&self.signs),
        }
    }
}

/// The job panicked; its thread goes on with the next.
#[derive(Debug, thiserror::Error)]
#[error("a stage panicked")]
pub struct Panicked;

impl<C: 'static> Workers<C> {
    pub fn start(
        threads: usize,
        signs: Arc<Signs>,
        context: impl Fn() -> C + Send + Sync + 'static,
    ) -> Self {
        let (jobs, queue) = sync_channel::<Job<C>>(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        let context = Arc::new(context);
        for number in 0..threads.max(1) {
            let (queue, context) = (Arc::clone(&queue), Arc::clone(&context));
            let signs = Arc::clone(&signs);
            thread::Builder::new()
                .name(format!("stage-{number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || work(&queue, context(), &signs))
                .expect("a thread can be started");
        }
        Self { jobs, signs }
    }

    /// Runs `job` on one of the threads.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut C) -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (done, result) = oneshot::channel();
        let job: Job<C> = Box::new(move |context| {
            // The caller may have been cancelled.
            let _ = done.send(job(context));
        });
        self.signs.pulse.began(&self.signs.pulse.stages);
        self.jobs.send(job).map_err(|_| Panicked)?;
        result.await.map_err(|_| Panicked)
    }
}

fn work<C>(queue: &Mutex<Receiver<Job<C>>>, mut context: C, signs: &Signs) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        let run = std::panic::AssertUnwindSafe(|| job(&mut context));
        // The panic hook has written where and why; the caller learns that nothing came of it.
        let _ = std::panic::catch_unwind(run);
        signs.pulse.ended(&signs.pulse.stages);
    }
}
