//! Why another server did not answer. The texts are for the log: they may hold addresses.

use std::io;
use std::time::Duration;

use atoll_fault::Kind;

/// Why a request to another server failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The name resolves to nothing now.
    #[error("cannot resolve {host}: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No connection could be opened.
    #[error("cannot connect to {destination}: {reason}")]
    Connect {
        /// Where to.
        destination: String,
        /// What the operating system said.
        reason: String,
    },
    /// The other side did not prove itself, or did not accept our certificate.
    #[error("no encrypted connection to {destination}: {reason}")]
    Encrypt {
        /// Where to.
        destination: String,
        /// What the TLS library said.
        reason: String,
    },
    /// One of the two sides does not accept the other's certificate.
    #[error("{reason}")]
    Untrusted {
        /// Which, and what to look at.
        reason: &'static str,
    },
    /// Connecting took too long.
    #[error("no connection to {destination} within {} ms", limit.as_millis())]
    ConnectTimeout {
        /// Where to.
        destination: String,
        /// The limit.
        limit: Duration,
    },
    /// As many requests are under way as may be.
    #[error("{limit} requests are under way, no more are begun")]
    Busy {
        /// The limit.
        limit: usize,
    },
    /// The connection ended before the request was sent.
    #[error("the connection was closed before the request was sent: {reason}")]
    Unsent {
        /// What the connection said.
        reason: String,
    },
    /// The connection broke, or the other side gave the request up. It may have been carried out.
    #[error("the connection broke: {reason}")]
    Broken {
        /// What the connection said.
        reason: String,
    },
    /// No byte of the answer came for so long.
    #[error("no byte of the answer came for {} seconds", limit.as_secs_f64())]
    Stalled {
        /// The limit.
        limit: Duration,
    },
    /// The answer is longer than it may be.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The request cannot be sent as it is.
    #[error("not a request: {reason}")]
    Invalid {
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// The kind, for the caller that decides what to do.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Invalid { .. } => Kind::Invalid,
            Self::TooLong { .. } => Kind::TooLarge,
            Self::Stalled { .. } => Kind::TimedOut,
            Self::Broken { .. } => Kind::Interrupted,
            _ => Kind::Unavailable,
        }
    }

    /// Whether the other side may have seen the request.
    pub fn was_sent(&self) -> bool {
        matches!(self, Self::Broken { .. } | Self::Stalled { .. } | Self::TooLong { .. })
    }

    pub(crate) fn broken(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::untrusted(error).unwrap_or_else(|| Self::Broken { reason: chain(error) })
    }

    pub(crate) fn unsent(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::untrusted(error).unwrap_or_else(|| Self::Unsent { reason: chain(error) })
    }

    /// The error, if it is about certificates.
    pub(crate) fn untrusted(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        super::proof::in_words(error).map(|reason| Self::Untrusted { reason })
    }

    pub(crate) fn connect(destination: &str, error: &io::Error) -> Self {
        Self::Connect { destination: destination.to_owned(), reason: error.to_string() }
    }
}

/// An error with its causes: the library's own text says little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
