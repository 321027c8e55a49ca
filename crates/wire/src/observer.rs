//! What is told about calls, for metrics.

use std::time::Duration;

use atoll_fault::Kind;
use atoll_placement::MemberId;

use crate::Method;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was answered, and the body, if any, arrived whole.
    Answered,
    /// The member answered with an error of this kind.
    Refused(Kind),
    /// The member could not be reached, broke off or did not answer in time.
    Failed,
    /// The caller lost interest.
    Cancelled,
}

/// A call that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called {
    /// The member that was called.
    pub peer: MemberId,
    /// What it was asked.
    pub method: Method,
    /// How it ended.
    pub outcome: Outcome,
    /// From the beginning to the end of the answer, its body included.
    pub took: Duration,
    /// From the beginning until the answer began; `None` if it never did.
    pub answered_after: Option<Duration>,
    /// Bytes sent, envelopes and framing included.
    pub bytes_out: u64,
    /// Bytes received, envelopes and framing included.
    pub bytes_in: u64,
}

/// Is told about every call to another member. It must not block.
pub trait Observer: Send + Sync {
    /// A call begins; [`Observer::called`] follows in any case.
    fn began(&self, peer: MemberId, method: Method);

    /// A call is over.
    fn called(&self, call: &Called);
}

/// Nobody listens.
pub struct NoObserver;

impl Observer for NoObserver {
    fn began(&self, _peer: MemberId, _method: Method) {}

    fn called(&self, _call: &Called) {}
}
