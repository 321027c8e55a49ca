//! What can go wrong with stored bytes.

use std::io;

use atoll_fault::Kind;
use atoll_oci::Digest;
use atoll_placement::UploadId;

/// The system's ENFILE and EMFILE, which have no kind of their own.
const TOO_MANY_FILES: [i32; 2] = [23, 24];

/// Why the store could not do what it was asked. Messages name no paths: they may reach a client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk or a quota on it is full. What was kept before is untouched.
    #[error("there is no room on the disk ({what} failed): delete content or enlarge the disk")]
    NoSpace {
        /// What was being done.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The process may not do this to its own files.
    #[error("no permission ({what} failed): the user that runs the server must own the storage folder")]
    Permission {
        /// What was being done.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The process, or the system, has as many files open as it may. Nothing is wrong with the content.
    #[error("too many files are open ({what} failed): allow the server more, or fewer connections")]
    TooManyFiles {
        /// What was being done.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// Any other failure of the file system.
    #[error("{what} failed")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// There is no such upload: never begun, finished, cancelled or expired.
    #[error("the upload {0} is unknown")]
    UnknownUpload(UploadId),
    /// An upload of this id was begun before.
    #[error("the upload {0} was begun already")]
    AlreadyBegun(UploadId),
    /// The bytes do not continue the upload.
    #[error("the upload holds {received} bytes, and the next ones must continue there")]
    OutOfOrder {
        /// Bytes received so far.
        received: u64,
    },
    /// Another request is writing to this upload.
    #[error("another request is writing to the upload {0}: wait for its end")]
    Busy(UploadId),
    /// The bytes are not what their digest says.
    #[error("the content has the digest {computed}, not {expected}")]
    DigestMismatch {
        /// The digest that was claimed.
        expected: Digest,
        /// The digest of what arrived.
        computed: Digest,
    },
    /// The bytes asked for lie outside the content.
    #[error("the content has {size} bytes, fewer than were asked for")]
    OutsideContent {
        /// Size of the content in bytes.
        size: u64,
    },
    /// Stored content is shorter than it was.
    #[error("the stored content of {digest} is damaged: it ends at byte {found_bytes}")]
    Damaged {
        /// The content.
        digest: Digest,
        /// Where it was found to end.
        found_bytes: u64,
    },
    /// The pool for blocking work is shutting down.
    #[error("the store is shutting down")]
    Abandoned(#[from] atoll_host::Lost),
}

impl Error {
    /// What kind of fault this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoSpace { .. } => Kind::NoSpace,
            Self::Permission { .. } | Self::Io { .. } | Self::Damaged { .. } => Kind::Internal,
            Self::UnknownUpload(_) => Kind::NotFound,
            Self::AlreadyBegun(_) | Self::Busy(_) => Kind::Conflict,
            Self::OutOfOrder { .. } | Self::OutsideContent { .. } => Kind::RangeUnsatisfiable,
            Self::DigestMismatch { .. } => Kind::Invalid,
            Self::TooManyFiles { .. } | Self::Abandoned(_) => Kind::Unavailable,
        }
    }

    /// Sorts a failure of the file system while doing `what`.
    pub(crate) fn from_io(what: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { what, source },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Permission { what, source }
            }
            _ if source.raw_os_error().is_some_and(|code| TOO_MANY_FILES.contains(&code)) => {
                Self::TooManyFiles { what, source }
            }
            _ => Self::Io { what, source },
        }
    }
}

#[cfg(test)]
mod tests;
