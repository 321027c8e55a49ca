//! Why a folder cannot be used.

use std::io;
use std::path::PathBuf;

use atoll_fault::Kind;

/// Why a process cannot start on a data folder. The reader is whoever starts it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The lock is taken.
    #[error(
        "another process uses the folder {root}: stop it, or choose another folder for `storage.rootDirectory`"
    )]
    Locked {
        /// The folder.
        root: PathBuf,
    },
    /// The stamp is of a format that is yet to come.
    #[error(
        "the folder {root} has format {found}, and this version reads format {known}: use the newer version that wrote it"
    )]
    Newer {
        /// The folder.
        root: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format known here.
        known: u64,
    },
    /// The stamp is no stamp.
    #[error(
        "the stamp `atoll.json` in {root} is damaged ({why}): restore that file from a backup; it must not be made anew"
    )]
    Damaged {
        /// The folder.
        root: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another program keeps its data here.
    #[error(
        "the folder {root} holds data of another registry ({found}): choose an empty folder for `storage.rootDirectory` and take the data over with `atoll import zot {root}`"
    )]
    Foreign {
        /// The folder.
        root: PathBuf,
        /// What was found, relative to the folder.
        found: PathBuf,
    },
    /// The file system refused.
    #[error("{what} the folder {root} failed")]
    Io {
        /// What was being done to it.
        what: &'static str,
        /// The folder.
        root: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl FolderError {
    /// What kind of fault this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Locked { .. } => Kind::Conflict,
            Self::Newer { .. } | Self::Foreign { .. } => Kind::Unsupported,
            Self::Damaged { .. } | Self::Io { .. } => Kind::Internal,
        }
    }
}
