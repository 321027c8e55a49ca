//! Why the program ended early, for the person who started it.

use std::error::Error;
use std::path::{Path, PathBuf};

use atoll_fault::Kind;

use crate::assemble::INDEX_FILE;

/// What stopped a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The settings are not valid.
    #[error(transparent)]
    Settings(#[from] atoll_config::Error),
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] atoll_store::FolderError),
    /// The store cannot be opened.
    #[error("the store in `{folder}` cannot be opened")]
    Store {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: atoll_store::Error,
    },
    /// The index cannot be opened.
    #[error("the index in `{folder}` cannot be opened")]
    Index {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: atoll_index::Error,
    },
    /// The index cannot be opened because its disk is full.
    #[error(
        "the disk of `{folder}` is full, and opening the index takes up to 4 MiB: make room beside that folder, or make the disk larger, and do it again"
    )]
    IndexDisk {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: atoll_index::Error,
    },
    /// The server cannot listen.
    #[error("the server cannot listen")]
    Listen(#[from] atoll_net::Error),
    /// The place among the members cannot be taken up.
    #[error("this server cannot take up its place among the members")]
    Membership(#[from] atoll_cluster::membership::Error),
    /// A setting cannot be used by the surface.
    #[error(transparent)]
    Surface(#[from] atoll_edge::Error),
    /// The folder of the web interface cannot be used.
    #[error(transparent)]
    Pages(#[from] atoll_ui::Error),
    /// The log cannot be written.
    #[error("the log cannot be written")]
    Log(#[from] atoll_telemetry::Error),
    /// There is an identity and no index, and without its index all content looks as if nobody wanted it.
    #[error(
        "the folder `{folder}` has no index (`{}`): restore it from a backup, or remove what else is there",
        INDEX_FILE
    )]
    NoIndex {
        /// The data folder.
        folder: PathBuf,
    },
    /// The import stopped.
    #[error("the import stopped")]
    Import(#[from] atoll_import::Error),
    /// The node refused.
    #[error("{doing}")]
    Node {
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: atoll_service::Error,
    },
    /// The system refused something basic.
    #[error("{doing}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A server was not asked or gave no answer.
    #[error(transparent)]
    Client(#[from] crate::client::Error),
    /// A member did not answer.
    #[error(transparent)]
    Member(#[from] crate::cluster::Unanswered),
    /// The result cannot be printed.
    #[error("cannot write the output")]
    Output(#[source] std::io::Error),
    /// The command line asks for what cannot be.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// The index in a folder cannot be opened.
    pub(crate) fn index(folder: &Path, source: atoll_index::Error) -> Self {
        let folder = folder.to_owned();
        match source.kind() {
            Kind::NoSpace => Self::IndexDisk { folder, source },
            _ => Self::Index { folder, source },
        }
    }
}

/// A failure with its causes, in one line.
pub(crate) fn describe(failure: &dyn Error) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        // Transparent wrappers repeat what they wrap, and some sentences have their cause in the middle.
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests;
