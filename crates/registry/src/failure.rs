//! How failures of the store and the index look from outside the node. The cause is logged here, once, and goes no further.

use atoll_service::Error;

/// A failure of the store while `doing` something.
pub(crate) fn from_store(doing: &str, error: atoll_store::Error) -> Error {
    match error {
        atoll_store::Error::NoSpace { .. } => {
            tracing::error!(doing, error = %error, "the disk is full");
            Error::NoSpace { free_bytes: 0, needed_bytes: 1 }
        }
        atoll_store::Error::TooManyFiles { .. } => {
            tracing::warn!(doing, error = %chain(&error), "too many files are open");
            Error::Unavailable("too many files are open".to_owned())
        }
        atoll_store::Error::DigestMismatch { expected, computed } => {
            Error::DigestMismatch { expected, computed }
        }
        atoll_store::Error::UnknownUpload(id) => Error::UploadUnknown(id),
        atoll_store::Error::Busy(id) => Error::UploadBusy(id),
        error => {
            tracing::error!(doing, error = %chain(&error), "the store failed");
            Error::Internal(format!("{doing}: {}", chain(&error)))
        }
    }
}

/// A failure of the index while `doing` something; a refusal passes as it is.
pub(crate) fn from_index(doing: &str, error: atoll_index::Error) -> Error {
    match error {
        atoll_index::Error::Refused(refusal) => *refusal,
        error if error.kind() == atoll_fault::Kind::NoSpace => {
            tracing::error!(doing, error = %chain(&error), "the disk is full");
            Error::NoSpace { free_bytes: 0, needed_bytes: 1 }
        }
        error => {
            tracing::error!(doing, error = %chain(&error), "the index failed");
            Error::Internal(format!("{doing}: {}", chain(&error)))
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
