//! A clock moved by hand.

use std::time::Duration;

use tokio::sync::watch;

use crate::{BoxFuture, Clock, Timestamp};

/// A clock that stands still until [`SimulatedClock::advance`]; sleepers wake when their time was reached.
pub struct SimulatedClock {
    start: Timestamp,
    elapsed: watch::Sender<Duration>,
}

impl SimulatedClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { start, elapsed: watch::Sender::new(Duration::ZERO) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        self.elapsed.send_modify(|elapsed| *elapsed = elapsed.saturating_add(duration));
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let elapsed = u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Timestamp(self.start.0.saturating_add(elapsed))
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.borrow()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut elapsed = self.elapsed.subscribe();
        let end = self.elapsed().saturating_add(duration);
        Box::pin(async move {
            if elapsed.wait_for(|now| *now >= end).await.is_err() {
                // The clock is gone: its time never comes.
                std::future::pending::<()>().await;
            }
        })
    }
}
