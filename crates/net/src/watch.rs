//! The watch over one connection: ends it when its time is up.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use atoll_host::BoxFuture;

use crate::activity::{Activity, Verdict};

/// Looks are never closer together than this.
const MIN_WAIT: Duration = Duration::from_millis(5);

/// Looks at a connection's activity when a limit could be over.
pub(crate) struct Watch {
    activity: Arc<Activity>,
    timer: BoxFuture<'static, ()>,
}

/// How a watched connection has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Say goodbye and close.
    Finish,
    /// Close at once, for this reason.
    Drop(&'static str),
}

impl Watch {
    pub(crate) fn new(activity: Arc<Activity>) -> Self {
        let timer = activity.clock.sleep(activity.limits.header_read.max(MIN_WAIT));
        Self { activity, timer }
    }

    /// Ready when the connection has to end. After [`Ending::Finish`] it goes on watching that the end comes.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        loop {
            ready!(self.timer.as_mut().poll(context));
            match self.activity.verdict() {
                Verdict::Wait(wait) => self.timer = self.activity.clock.sleep(wait.max(MIN_WAIT)),
                Verdict::Finish => {
                    self.activity.closing();
                    self.timer = self.activity.clock.sleep(MIN_WAIT);
                    return Poll::Ready(Ending::Finish);
                }
                Verdict::Drop(reason) => return Poll::Ready(Ending::Drop(reason)),
            }
        }
    }
}
