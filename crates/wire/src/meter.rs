//! The account of one call, told to the observer when the call is over, however it ends.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::Clock;
use atoll_placement::MemberId;

use crate::patience::Progress;
use crate::{Called, Method, Observer, Outcome};

/// Runs from the beginning of a call to the end of its answer. Dropped before its end is set, it tells of a cancelled call.
pub(crate) struct Meter {
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
    began: Duration,
    pub(crate) progress: Arc<Progress>,
    call: Called,
}

impl Meter {
    pub(crate) fn begin(
        observer: &Arc<dyn Observer>,
        clock: &Arc<dyn Clock>,
        peer: MemberId,
        method: Method,
    ) -> Self {
        observer.began(peer, method);
        let call = Called {
            peer,
            method,
            outcome: Outcome::Cancelled,
            took: Duration::ZERO,
            answered_after: None,
            bytes_out: 0,
            bytes_in: 0,
        };
        let progress = Progress::new(clock);
        Self {
            observer: Arc::clone(observer),
            clock: Arc::clone(clock),
            began: clock.elapsed(),
            progress,
            call,
        }
    }

    pub(crate) fn peer(&self) -> MemberId {
        self.call.peer
    }

    pub(crate) fn passed(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.began)
    }

    pub(crate) fn answered(&mut self) {
        self.call.answered_after = Some(self.passed());
    }

    pub(crate) fn received(&mut self, bytes: u64) {
        self.call.bytes_in = bytes;
    }

    /// Sets how the call ended; the first word counts.
    pub(crate) fn ended(&mut self, outcome: Outcome) {
        if self.call.outcome == Outcome::Cancelled {
            self.call.outcome = outcome;
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.call.took = self.passed();
        self.call.bytes_out = self.progress.bytes();
        self.observer.called(&self.call);
    }
}
