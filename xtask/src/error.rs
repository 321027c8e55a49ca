//! What keeps the checks from running at all; what they find is a `Violation`.

use std::path::PathBuf;

/// The checks could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program is missing or cannot be started.
    #[error("`{command}` could not be started: {source}")]
    Start {
        /// The command line.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program ended with a failure.
    #[error("`{command}` failed: {message}")]
    Failed {
        /// The command line.
        command: String,
        /// What it wrote to standard error.
        message: String,
    },
    /// The description of the workspace has another shape than expected.
    #[error("the answer of `cargo metadata` could not be read: {source}")]
    Metadata {
        /// Where and why.
        #[from]
        source: serde_json::Error,
    },
    /// A file of the repository cannot be read.
    #[error("{} could not be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
