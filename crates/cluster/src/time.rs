//! How the time for one answer is divided.

use std::pin::pin;
use std::time::Duration;

use atoll_host::Clock;
use atoll_service::Caller;
use futures_util::future::{Either, select};

/// Parts of the time for a gathered answer by which each step has to be done, in tenths. The last tenth is for merging.
const MARKS: u32 = 3;
const FIRST_KEYS: u32 = 5;
const MORE_KEYS: u32 = 7;
const DETAILS: u32 = 8;
const ALL: u32 = 9;

/// The time for one answer. All moments are by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    began: Duration,
    whole: Duration,
}

impl Time {
    /// The time that a caller has left, or the usual.
    pub(crate) fn of(caller: &Caller, usual: Duration, clock: &dyn Clock) -> Self {
        Self { began: clock.elapsed(), whole: caller.remaining.unwrap_or(usual) }
    }

    fn tenths(&self, tenths: u32) -> Duration {
        self.began.saturating_add(self.whole.saturating_mul(tenths) / 10)
    }

    /// When the caller gives up.
    pub(crate) fn end(&self) -> Duration {
        self.tenths(10)
    }

    /// When what a question depends on has to be known.
    pub(crate) fn marks(&self) -> Duration {
        self.tenths(MARKS)
    }

    /// When the first answers have to be there, if more may have to be asked.
    pub(crate) fn first_keys(&self) -> Duration {
        self.tenths(FIRST_KEYS)
    }

    /// When all keys have to be there.
    pub(crate) fn more_keys(&self) -> Duration {
        self.tenths(MORE_KEYS)
    }

    /// When descriptions have to be there, if those of others can still take their place.
    pub(crate) fn details(&self) -> Duration {
        self.tenths(DETAILS)
    }

    /// When everything has to be there.
    pub(crate) fn all(&self) -> Duration {
        self.tenths(ALL)
    }
}

/// What comes of some work until a moment; `None` if it is not done by then.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    until: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let over = clock.sleep(until.saturating_sub(clock.elapsed()));
    match select(pin!(work), over).await {
        Either::Left((done, _over)) => Some(done),
        Either::Right(((), _work)) => None,
    }
}
