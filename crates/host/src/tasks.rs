//! Tasks, threads, and a bounded pool for work that blocks.

use std::sync::Arc;

use tokio::runtime::RuntimeFlavor;
use tokio::sync::Semaphore;

/// The blocking work was abandoned: it panicked, or the runtime is being shut down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work was abandoned by its pool")]
pub struct Lost;

/// Where work runs. Cheap to clone.
#[derive(Clone)]
pub struct Tasks(Mode);

#[derive(Clone)]
enum Mode {
    Runtime { permits: Arc<Semaphore> },
    Inline,
}

impl Tasks {
    /// Tasks on the running tokio runtime; at most `blocking_threads` blocking calls run at a time, further ones wait.
    pub fn on_runtime(blocking_threads: usize) -> Self {
        Self(Mode::Runtime {
            permits: Arc::new(Semaphore::new(blocking_threads.clamp(1, Semaphore::MAX_PERMITS))),
        })
    }

    /// Blocking work runs at once on the calling task: for simulations, where order must follow from the seed.
    pub fn inline() -> Self {
        Self(Mode::Inline)
    }

    /// Starts a task that nobody waits for.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that spawns")]
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    /// Runs `work`, which may block, on the pool and gives its result.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that uses the blocking pool")]
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        match &self.0 {
            Mode::Inline => Ok(work()),
            Mode::Runtime { permits } => {
                let permit = Arc::clone(permits).acquire_owned().await.map_err(|_closed| Lost)?;
                let job = tokio::task::spawn_blocking(move || {
                    let result = work();
                    drop(permit);
                    result
                });
                job.await.map_err(|_panicked| Lost)
            }
        }
    }

    /// Runs `work` here, as one of the blocking calls: other tasks of this thread go on elsewhere meanwhile. For long computations over
    /// what is borrowed; what takes less than a millisecond is better done at once.
    pub async fn in_place<T>(&self, work: impl FnOnce() -> T) -> T {
        let Mode::Runtime { permits } = &self.0 else { return work() };
        let _permit = permits.acquire().await;
        // A runtime of one thread has no other one to go on with.
        match tokio::runtime::Handle::current().runtime_flavor() {
            RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
            _ => work(),
        }
    }

    /// Starts a thread of its own, for work that blocks as long as the process lives.
    pub fn thread(
        &self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<std::thread::JoinHandle<()>> {
        std::thread::Builder::new().name(name.to_owned()).spawn(work)
    }
}
