//! Why logs or the audit record cannot be written.

use std::io;
use std::path::PathBuf;

use atoll_fault as fault;

/// Why telemetry could not be set up. Nothing here happens after the start: a line that cannot be written later is counted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log or audit file cannot be opened for appending.
    #[error(
        "cannot open {path} for appending: {source}; check that its folder exists and that this user may write there"
    )]
    Open {
        /// The file as configured.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The thread that writes lines could not be started.
    #[error("cannot start the thread that writes {what}: {source}")]
    Thread {
        /// Which writer: the log or the audit log.
        what: &'static str,
        /// What the operating system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another log subscriber is already in place in this process.
    #[error("logging is already set up in this process; it can be installed once")]
    Installed,
    /// The configured level is not one of the known words.
    #[error("unknown log level {level:?}; use one of trace, debug, info, warn, error, fatal, panic")]
    Level {
        /// The word as written.
        level: String,
    },
}

impl Error {
    /// The kind, for the caller that decides what to do.
    pub fn kind(&self) -> fault::Kind {
        match self {
            Self::Open { .. } | Self::Level { .. } => fault::Kind::Invalid,
            Self::Thread { .. } | Self::Installed => fault::Kind::Internal,
        }
    }
}
