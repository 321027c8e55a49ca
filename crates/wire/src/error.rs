//! What goes wrong between members. The texts are for the log: they may hold addresses, which no client is told.

use std::time::Duration;

use atoll_fault::Kind;

/// Why bytes did not get to the other member or back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No connection could be made: the member has not seen the call.
    #[error("the member cannot be reached: {0}")]
    Unreachable(String),
    /// The connection broke, or the other side cancelled the call: it may have been carried out.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// One of the two does not accept the other's certificate: the member has not seen the call.
    #[error("there is no trust between the two: {0}")]
    Untrusted(&'static str),
    /// As many calls to this member are under way as may be.
    #[error("{limit} calls to the member are under way, more are not begun")]
    Busy {
        /// The limit.
        limit: usize,
    },
    /// No byte came for so long.
    #[error("no byte came for {} seconds", .0.as_secs())]
    Stalled(Duration),
    /// The stream ended before its end mark.
    #[error("the stream was cut off before its end")]
    CutOff,
    /// What came cannot be understood.
    #[error("a message cannot be understood: {0}")]
    Malformed(&'static str),
    /// A message is longer than members send.
    #[error("a message of {bytes} bytes is longer than {limit} bytes")]
    TooLong {
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: usize,
    },
}

impl Error {
    /// The kind, for the caller that decides what to do.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Malformed(_) | Self::TooLong { .. } => Kind::Internal,
            Self::Stalled(_) => Kind::TimedOut,
            Self::Broken(_) | Self::CutOff => Kind::Interrupted,
            Self::Unreachable(_) | Self::Untrusted(_) | Self::Busy { .. } => Kind::Unavailable,
        }
    }
}
