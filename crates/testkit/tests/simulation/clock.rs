//! The clock of the runtime, which moves on when every task waits.

use std::time::Duration;

use atoll_host::{BoxFuture, Clock, Timestamp};
use tokio::time::Instant;

/// Where the simulation begins: any moment will do.
const BEGINNING: u64 = 1_700_000_000_000_000_000;

/// Time as the runtime counts it.
pub(crate) struct RuntimeClock(Instant);

impl RuntimeClock {
    /// A clock that starts now. Needs a runtime with a paused clock.
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp(BEGINNING + u64::try_from(self.elapsed().as_nanos()).unwrap())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the runtime's clock is the simulated one")]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
