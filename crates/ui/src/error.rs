//! Why a folder cannot be the web interface.

use std::io;
use std::path::PathBuf;

use atoll_fault::Kind;

/// Why a folder cannot be the web interface.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in it cannot be read.
    #[error("`{}` of the web interface cannot be read: {source}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has no page.
    #[error("the folder `{}` has no index.html: name the folder that the build of a web interface has made", folder.display())]
    NoIndex {
        /// The folder.
        folder: PathBuf,
    },
    /// It holds more than is kept in memory.
    #[error("`{}` of the web interface holds too much: {what} is the limit", path.display())]
    TooMuch {
        /// Where it was noticed.
        path: PathBuf,
        /// The limit.
        what: String,
    },
}

impl Error {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unreadable { .. } | Self::NoIndex { .. } => Kind::Invalid,
            Self::TooMuch { .. } => Kind::TooLarge,
        }
    }
}
