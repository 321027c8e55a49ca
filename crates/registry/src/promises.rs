//! Promises to other members that nothing changes here for a moment, so that what they have kept of our answers can be shown
//! without asking each time.
//!
//! A member that is quiet promises a few milliseconds. A change that comes in the meantime waits for their end before it is made, so
//! nobody can have seen it while somebody else is still shown what was before; as long as a change is being made, and while changes
//! come at a brisk rate, nothing is promised and nothing waits. Whoever asks counts from before the question, we from when it is
//! answered: theirs ends first, whatever the way takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use atoll_host::{Clock, Random};
use atoll_service::Freshness;

/// What is promised: longer saves questions, and is the longest that a change can wait.
const HOLDS_FOR: Duration = Duration::from_millis(5);

/// A member that was not changed for so long is quiet.
const QUIET_AFTER: Duration = Duration::from_millis(200);

/// What was promised, and who must be waited for.
pub(crate) struct Promises {
    run: u64,
    /// Changes that are being made.
    changing: AtomicU64,
    /// End of the last promise, in nanoseconds of the monotonic clock; zero before the first.
    until_nanos: AtomicU64,
    /// The number that was told last, and since when it is that.
    told: Mutex<(u64, Duration)>,
}

/// A change that is being made: while one lives, nothing is promised.
pub(crate) struct Changing<'a>(&'a AtomicU64);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Promises {
    /// No promises yet, in a new run of the member.
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut run = [0; 8];
        random.fill(&mut run);
        Self {
            run: u64::from_le_bytes(run),
            changing: AtomicU64::new(0),
            until_nanos: AtomicU64::new(0),
            told: Mutex::new((u64::MAX, Duration::ZERO)),
        }
    }

    /// To be called before anything is changed that an answer may show, and kept until it is: waits until nothing is promised.
    pub(crate) async fn change(&self, clock: &dyn Clock) -> Changing<'_> {
        // This comes before the look at the promises, and a promise before the look at this: one of both sees the other.
        self.changing.fetch_add(1, Ordering::SeqCst);
        let changing = Changing(&self.changing);
        let until = self.until_nanos.load(Ordering::SeqCst);
        if until > 0 {
            let left = Duration::from_nanos(until).saturating_sub(clock.elapsed());
            if !left.is_zero() {
                clock.sleep(left).await;
            }
        }
        changing
    }

    /// What another member is told: `number` has changed whenever an answer may have.
    pub(crate) fn tell(&self, clock: &dyn Clock, number: impl Fn() -> u64) -> Freshness {
        let (told, now) = (number(), clock.elapsed());
        let holds_for = if self.is_quiet(told, now) { self.promise(now) } else { Duration::ZERO };
        // A change that was made before the promise could be seen is in the number by now.
        let holds_for = if number() == told { holds_for } else { Duration::ZERO };
        Freshness { run: self.run, number: told, holds_for }
    }

    fn is_quiet(&self, number: u64, now: Duration) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0 != number {
            *told = (number, now);
        }
        now.saturating_sub(told.1) >= QUIET_AFTER
    }

    fn promise(&self, now: Duration) -> Duration {
        // What cannot be promised should not be waited for either.
        if self.changing.load(Ordering::SeqCst) > 0 {
            return Duration::ZERO;
        }
        let until = u64::try_from(now.saturating_add(HOLDS_FOR).as_nanos()).unwrap_or(u64::MAX);
        self.until_nanos.fetch_max(until, Ordering::SeqCst);
        if self.changing.load(Ordering::SeqCst) > 0 { Duration::ZERO } else { HOLDS_FOR }
    }
}

#[cfg(test)]
mod tests;
