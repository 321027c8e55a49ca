//! The four parameters in one cheap handle.

use std::sync::Arc;

use crate::{Clock, Files, LocalFiles, Random, SystemClock, SystemRandom, Tasks};

/// What a room needs of the outside world. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    /// Wall clock, monotonic clock and sleep.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// Tasks and the bounded pool for blocking work.
    pub tasks: Tasks,
    /// The file system.
    pub files: Arc<dyn Files>,
}

impl Host {
    /// The real world, with at most `blocking_threads` blocking calls at a time. Needs a running tokio runtime.
    pub fn system(blocking_threads: usize) -> Self {
        Self {
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
            tasks: Tasks::on_runtime(blocking_threads),
            files: Arc::new(LocalFiles),
        }
    }

    /// Lets this process open as many files as the system allows it: each connection and each open blob is one. What the
    /// system refuses stays as it was. Gives how many may be open now.
    pub fn raise_open_files() -> u64 {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // A refusal leaves a smaller server, not a broken one.
        let _refused = setrlimit(Resource::Nofile, limit);
        getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
    }
}
