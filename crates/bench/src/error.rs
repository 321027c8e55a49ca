//! What keeps a measurement from being made.

use std::io;
use std::path::PathBuf;

/// A measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Something with the system failed. `what` begins the sentence.
    #[error("{what} failed: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A program that is needed is not installed.
    #[error("`{program}` is missing; {remedy}")]
    Missing {
        /// The program.
        program: String,
        /// The command that brings it.
        remedy: &'static str,
    },
    /// A server did not come up.
    #[error("{name} was not ready after {seconds} s; its output is in {}", log.display())]
    NotReady {
        /// Which server.
        name: String,
        /// How long it was waited for.
        seconds: u64,
        /// Where its output is, unless the folder is gone.
        log: PathBuf,
    },
    /// A server answered otherwise than the measurement needs.
    #[error("{request} was answered with status {status} instead of {expected}: {body}")]
    Answer {
        /// Method and target.
        request: String,
        /// The status it had.
        status: u16,
        /// The status it should have had.
        expected: u16,
        /// What the body said.
        body: String,
    },
    /// What came over the wire, or out of a program, is not in the expected form.
    #[error("{what} is not as expected: {found}")]
    Unexpected {
        /// What it should have been.
        what: &'static str,
        /// What it was.
        found: String,
    },
    /// A server of this program, for a limit, did not start.
    #[error("a server that stands for a limit did not start: {source}")]
    Listen {
        /// Why.
        #[from]
        source: atoll_net::Error,
    },
    /// The server of answers that are made already could not keep its rows.
    #[error("the server of answers that are made already cannot keep rows: {source}")]
    Rows {
        /// Why.
        #[from]
        source: atoll_index::Error,
    },
    /// The surface of the server of answers that are made already could not be put together.
    #[error("the server of answers that are made already cannot be put together: {source}")]
    Surface {
        /// Why.
        #[from]
        source: atoll_edge::Error,
    },
}

impl Error {
    /// Wraps an error of the system. `what` begins the sentence "... failed".
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
