//! The kinds. A new one is a decision for the whole product: every map over them is exhaustive.

use serde::{Deserialize, Serialize};

/// What went wrong, in the one word that decides how the caller should react.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// The request itself is wrong; repeating it unchanged cannot succeed.
    Invalid,
    /// Nobody has proven who they are, and this needs somebody.
    Unauthenticated,
    /// The caller is known and may not do this.
    Denied,
    /// What was asked for is not here.
    NotFound,
    /// The present state forbids it: a part is still in use, or another request holds it.
    Conflict,
    /// A body or a list is larger than its named maximum.
    TooLarge,
    /// A byte range lies outside the content, or a chunk does not continue the upload.
    RangeUnsatisfiable,
    /// A well-formed request for something this registry does not do.
    Unsupported,
    /// The caller used up a quota or a rate; later it may succeed.
    Exhausted,
    /// The disk is below its low-water mark or full; deleting something cures it.
    NoSpace,
    /// This part of the service cannot answer now; retrying is right.
    Unavailable,
    /// The caller's own time ran out before the answer was there.
    TimedOut,
    /// The other side went away or sent less than it announced.
    Interrupted,
    /// A fault of ours: the caller learns a request id and nothing else.
    Internal,
}

impl Kind {
    /// Whether the same request may succeed when it is sent again without change.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Exhausted | Self::Unavailable | Self::TimedOut | Self::Interrupted)
    }

    /// Whether the fault lies on our side, so that it must be logged and its inside kept from the caller.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Internal | Self::Unavailable | Self::NoSpace)
    }
}
