//! The time for which a body may be silent while somebody waits for it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use atoll_host::{BoxFuture, Clock};

/// The idle time-out. The timer is made when the body first makes the handler wait, and set anew only when it runs out:
/// most bodies never need one.
pub(crate) struct Idle {
    clock: Arc<dyn Clock>,
    limit: Duration,
    waiting_since: Option<Duration>,
    timer: Option<BoxFuture<'static, ()>>,
}

impl Idle {
    pub(crate) fn new(clock: &Arc<dyn Clock>, limit: Duration) -> Self {
        Self { clock: Arc::clone(clock), limit, waiting_since: None, timer: None }
    }

    /// Something came.
    pub(crate) fn moved(&mut self) {
        self.waiting_since = None;
    }

    /// Ready with the limit when the body has been silent for so long.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Duration> {
        let now = self.clock.elapsed();
        let since = *self.waiting_since.get_or_insert(now);
        loop {
            let left = self.limit.saturating_sub(now.saturating_sub(since));
            if left.is_zero() {
                return Poll::Ready(self.limit);
            }
            let timer = self.timer.get_or_insert_with(|| self.clock.sleep(left));
            match timer.as_mut().poll(context) {
                // It was set for an earlier wait; the next one is for what is left of this wait.
                Poll::Ready(()) => self.timer = None,
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
