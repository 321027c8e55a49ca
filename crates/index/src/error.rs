//! What can go wrong with rows.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use atoll_fault::Kind;
use atoll_service as service;

/// Why a command was not done or rows could not be read. Can be cloned, since one failed commit fails every command of its batch.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The rows forbid what the command asks. Nothing was changed.
    #[error(transparent)]
    Refused(Box<service::Error>),
    /// The database failed. What was not acknowledged may or may not have happened.
    #[error("the index could not {doing}: {source}")]
    Storage {
        /// What it was doing.
        doing: &'static str,
        /// The database's own words.
        source: Arc<redb::Error>,
    },
    /// The database file could not be opened or created.
    #[error("the index file `{}` could not be opened: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The cause.
        source: Arc<io::Error>,
    },
    /// The log of commands beside the database could not be read or written.
    #[error("the log of the index failed: {0}")]
    Log(Arc<io::Error>),
    /// The log is full, and the disk too: the database is not written, since a failed write would keep it from being read.
    #[error(
        "the index cannot be written: {free_bytes} bytes are free on its disk, {needed_bytes} are needed: make room there"
    )]
    NoRoom {
        /// Bytes that are free.
        free_bytes: u64,
        /// Bytes that have to be.
        needed_bytes: u64,
    },
    /// A stored or received value cannot be decoded.
    #[error(
        "a value of `{of}` in the index is damaged: {source}; `atoll index rebuild` makes derived rows anew"
    )]
    Damaged {
        /// Which table, or a command.
        of: &'static str,
        /// What the codec found.
        source: postcard::Error,
    },
    /// A stored key does not have its table's shape.
    #[error(
        "a key of `{of}` in the index is damaged: {key:02x?}; `atoll index rebuild` makes derived rows anew"
    )]
    DamagedKey {
        /// Which table.
        of: &'static str,
        /// The key.
        key: Vec<u8>,
    },
    /// Something was written by a newer version of this program.
    #[error(
        "a value of `{of}` has version {found}, this program knows versions up to {known}: use a newer one"
    )]
    Newer {
        /// Which table, a command, or the file itself.
        of: &'static str,
        /// The version found.
        found: u8,
        /// The newest version known here.
        known: u8,
    },
    /// The index was made for another number of shards.
    #[error(
        "the index was made for {found} shards, not {asked}: the number of shards of a cluster never changes"
    )]
    OtherShards {
        /// As stored.
        found: u16,
        /// As configured.
        asked: u16,
    },
    /// The index was made for another cluster: its rows would not be found.
    #[error(
        "the index belongs to a cluster with another key: use that key, or move the index with `atoll cluster adopt`"
    )]
    OtherKey,
    /// Rows that were to be imported are too many or lie outside the shard.
    #[error("the rows cannot be imported: {0}")]
    Import(&'static str),
    /// The index is being closed.
    #[error("the index is being closed")]
    Stopped,
}

impl Error {
    /// The kind, which decides the status.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::Storage { source, .. } if is_full(source) => Kind::NoSpace,
            Self::Log(cause) if cause.kind() == io::ErrorKind::StorageFull => Kind::NoSpace,
            Self::NoRoom { .. } => Kind::NoSpace,
            Self::Stopped => Kind::Unavailable,
            Self::Import(_) => Kind::Invalid,
            Self::Storage { .. }
            | Self::Log(_)
            | Self::File { .. }
            | Self::Damaged { .. }
            | Self::DamagedKey { .. }
            | Self::Newer { .. }
            | Self::OtherShards { .. }
            | Self::OtherKey => Kind::Internal,
        }
    }

    /// Wraps an error of the database with what was being done.
    pub(crate) fn storage<E: Into<redb::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Storage { doing, source: Arc::new(source.into()) }
    }

    /// Wraps an error of the log.
    pub(crate) fn log(source: io::Error) -> Self {
        Self::Log(Arc::new(source))
    }
}

fn is_full(error: &redb::Error) -> bool {
    matches!(error, redb::Error::Io(cause) if cause.kind() == io::ErrorKind::StorageFull)
}

impl From<service::Error> for Error {
    fn from(refusal: service::Error) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Error> for service::Error {
    /// Refusals are for the caller; everything else is a fault of this node, whose text stays in its log.
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => *refusal,
            Error::NoRoom { free_bytes, needed_bytes } => Self::NoSpace { free_bytes, needed_bytes },
            Error::Stopped => Self::Unavailable(error.to_string()),
            fault => Self::Internal(fault.to_string()),
        }
    }
}
