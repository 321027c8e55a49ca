//! What is going on on one connection, as far as time limits need to know. The transport and the service write it on every
//! request, so it is a few relaxed atomics; the watch reads it once in a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use atoll_host::Clock;

use crate::Limits;

/// How long the last steps of closing may take: the goodbye of HTTP/2, or reading what a refused client still sends.
const CLOSING_LIMIT: Duration = Duration::from_secs(5);
/// Stands for a moment that did not come yet.
const NEVER: u64 = u64::MAX;

pub(crate) struct Activity {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Arc<Limits>,
    /// When something last moved: a request began or ended, or the client took bytes. Nanoseconds of the clock.
    progress: AtomicU64,
    /// When the request head began that is not complete yet.
    head_since: AtomicU64,
    closing_since: AtomicU64,
    /// The socket takes no more bytes.
    blocked: AtomicBool,
    /// Requests whose answer is not complete.
    requests: AtomicU32,
    /// Those of them whose body is being sent.
    sending: AtomicU32,
    /// The ordinal of the request whose length can be read in two ways, from 1; 0 if there is none.
    ambiguous: AtomicU64,
}

/// What the watch should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look again after this long.
    Wait(Duration),
    /// Nothing is asked any more: say goodbye.
    Finish,
    /// A limit is over, for this reason: close at once.
    Drop(&'static str),
}

/// A request under way; it ends with the guard.
pub(crate) struct Busy {
    activity: Arc<Activity>,
    sending: bool,
}

impl Activity {
    pub(crate) fn new(clock: Arc<dyn Clock>, limits: Arc<Limits>) -> Arc<Self> {
        let activity = Self {
            clock,
            limits,
            progress: AtomicU64::new(0),
            head_since: AtomicU64::new(NEVER),
            closing_since: AtomicU64::new(NEVER),
            blocked: AtomicBool::new(false),
            requests: AtomicU32::new(0),
            sending: AtomicU32::new(0),
            ambiguous: AtomicU64::new(0),
        };
        activity.moved();
        // The first head is due from the connect on: a silent connection costs a place.
        activity.head_began();
        Arc::new(activity)
    }

    /// Something moved.
    pub(crate) fn moved(&self) {
        self.progress.store(self.now(), Relaxed);
    }

    pub(crate) fn head_began(&self) {
        self.head_since.store(self.now(), Relaxed);
    }

    pub(crate) fn head_ended(&self) {
        self.head_since.store(NEVER, Relaxed);
    }

    pub(crate) fn closing(&self) {
        // Only the first call counts: closing must come to an end.
        let _already = self.closing_since.compare_exchange(NEVER, self.now(), Relaxed, Relaxed);
    }

    /// The socket refused bytes (`true`), or took some again.
    pub(crate) fn set_blocked(&self, blocked: bool) {
        self.moved();
        self.blocked.store(blocked, Relaxed);
    }

    pub(crate) fn set_ambiguous(&self, ordinal: u64) {
        self.ambiguous.store(ordinal, Relaxed);
    }

    pub(crate) fn is_ambiguous(&self, ordinal: u64) -> bool {
        self.ambiguous.load(Relaxed) == ordinal
    }

    pub(crate) fn request_begun(self: &Arc<Self>) -> Busy {
        self.requests.fetch_add(1, Relaxed);
        Busy { activity: Arc::clone(self), sending: false }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let now = self.now();
        let progress = self.progress.load(Relaxed);
        let left = |since: u64, limit: Duration| {
            limit.saturating_sub(Duration::from_nanos(now.saturating_sub(since)))
        };
        // A head may begin at any moment, so the next look is never later than a head may take.
        let mut wait = self.limits.header_read;
        let mut expired = |since: u64, limit: Duration| {
            let left = left(since, limit);
            wait = wait.min(left);
            left.is_zero()
        };

        let closing = self.closing_since.load(Relaxed);
        if closing != NEVER && expired(closing, CLOSING_LIMIT) {
            return Verdict::Drop("the client did not close its side");
        }
        let (requests, sending) = (self.requests.load(Relaxed), self.sending.load(Relaxed));
        if (sending > 0 || self.blocked.load(Relaxed))
            && self.limits.write_idle.is_some_and(|limit| expired(progress, limit))
        {
            return Verdict::Drop("the client takes no bytes of its answer");
        }
        if requests == 0 {
            let head = self.head_since.load(Relaxed);
            // While we were busy the client could not be heard: its time starts when we are done.
            if head != NEVER && expired(head.max(progress), self.limits.header_read) {
                return Verdict::Drop("the request head took too long");
            }
            if head == NEVER && closing == NEVER && expired(progress, self.limits.keep_alive_idle) {
                return Verdict::Finish;
            }
        }
        Verdict::Wait(wait)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(NEVER - 1)
    }
}

impl Busy {
    /// The handler answered; its body goes out from now on.
    pub(crate) fn answered(&mut self) {
        if !self.sending {
            self.sending = true;
            self.activity.sending.fetch_add(1, Relaxed);
            self.activity.moved();
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.sending {
            self.activity.sending.fetch_sub(1, Relaxed);
        }
        self.activity.requests.fetch_sub(1, Relaxed);
        self.activity.moved();
    }
}
