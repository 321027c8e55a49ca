//! The host's clock, as the HTTP library reads it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use atoll_host::{BoxFuture, Clock};
use hyper::rt::{Sleep, Timer};

/// Tells the time since it was made by the host's clock.
#[derive(Clone)]
pub(crate) struct HostTimer {
    clock: Arc<dyn Clock>,
    /// Stands for the clock's zero; only differences are ever used.
    zero: Instant,
}

/// The lock is never contended: it makes the future shareable, as the library wants it.
struct HostSleep(Mutex<BoxFuture<'static, ()>>);

impl HostTimer {
    #[expect(
        clippy::disallowed_methods,
        reason = "the library counts in instants, and needs one to count from"
    )]
    pub(crate) fn new(clock: &Arc<dyn Clock>) -> Self {
        Self { clock: Arc::clone(clock), zero: Instant::now() }
    }
}

impl Timer for HostTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(HostSleep(Mutex::new(self.clock.sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.now()))
    }

    fn now(&self) -> Instant {
        self.zero + self.clock.elapsed()
    }
}

impl Sleep for HostSleep {}

impl Future for HostSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
    }
}
