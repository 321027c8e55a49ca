//! What a node refuses, in terms its caller understands. Causes inside the node stay in the node's log.

use atoll_fault::Kind;
use atoll_oci::{Digest, Repository};
use atoll_placement::{Shard, UploadId};
use serde::{Deserialize, Serialize};

/// The error codes of the distribution specification ("Error Codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the specification's own names, documented there")]
pub enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    SizeInvalid,
    Unauthorized,
    Denied,
    Unsupported,
    TooManyRequests,
    /// Not of the specification: a fault of ours.
    Internal,
}

/// Why a node did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// No such repository.
    #[error("the repository `{0}` is not here")]
    RepositoryUnknown(Repository),
    /// No such manifest in that repository.
    #[error("the repository `{repository}` has no manifest `{reference}`")]
    ManifestUnknown {
        /// Where it was looked for.
        repository: Repository,
        /// What was looked for.
        reference: String,
    },
    /// No such blob in that repository.
    #[error("the repository has no blob {0}")]
    BlobUnknown(Digest),
    /// No such upload, or none for that repository.
    #[error("the upload {0} is not known: it was finished, cancelled or has expired")]
    UploadUnknown(UploadId),
    /// A chunk does not continue the upload.
    #[error("the chunk does not continue the upload {id}: {received} bytes are here")]
    UploadOutOfOrder {
        /// The upload.
        id: UploadId,
        /// Bytes received and kept.
        received: u64,
    },
    /// Another request is writing to the upload.
    #[error("another request is writing to the upload {0}")]
    UploadBusy(UploadId),
    /// The client has too many uploads open.
    #[error("{open} uploads of this client are open, at most {limit} may be: finish or cancel some")]
    UploadsExhausted {
        /// Open now.
        open: usize,
        /// The limit.
        limit: usize,
    },
    /// The body is not as long as it was announced.
    #[error("the body has {received} bytes, {announced} were announced")]
    SizeMismatch {
        /// As announced.
        announced: u64,
        /// As received.
        received: u64,
    },
    /// The content hashes to something else.
    #[error("the content has the digest {computed}, not {expected}")]
    DigestMismatch {
        /// As the client named it.
        expected: Digest,
        /// As computed.
        computed: Digest,
    },
    /// The manifest cannot be accepted.
    #[error("{0}")]
    ManifestInvalid(String),
    /// The media type is not accepted for manifests.
    #[error("manifests of media type `{0}` are not accepted")]
    MediaTypeUnsupported(String),
    /// Parts of the manifest are not in the repository.
    #[error("the repository has no {}", listed(.0))]
    PartsUnknown(Vec<Digest>),
    /// An index of the repository names the manifest.
    #[error("the manifest {digest} is part of the index {index}: delete that first")]
    ManifestInUse {
        /// The manifest.
        digest: Digest,
        /// An index that names it.
        index: Digest,
    },
    /// Several tags name the manifest, and the policy forbids removing it under them.
    #[error("the manifest {0} has several tags: delete those first")]
    ManifestShared(Digest),
    /// A manifest of the repository names the blob.
    #[error("the blob {digest} is part of the manifest {manifest}: delete that first")]
    BlobInUse {
        /// The blob.
        digest: Digest,
        /// A manifest that names it.
        manifest: Digest,
    },
    /// No asked part lies within the blob.
    #[error("the range lies outside the blob, which has {size} bytes")]
    RangeUnsatisfiable {
        /// Size of the blob.
        size: u64,
    },
    /// The grant does not cover what the rows show to be needed.
    #[error("this needs the right to {0}")]
    Denied(String),
    /// The configured number of repositories is reached.
    #[error("the registry holds its limit of {limit} repositories")]
    RepositoriesExhausted {
        /// The limit.
        limit: u64,
    },
    /// The user's record is full.
    #[error("a user can have {limit} stars and bookmarks: take some off first")]
    MarksExhausted {
        /// The limit.
        limit: u64,
    },
    /// The body ended early, stalled or could not be read.
    #[error("the body could not be read to its end: {0}")]
    BodyInterrupted(String),
    /// The disk is too full to accept writes.
    #[error(
        "the disk is nearly full: {free_bytes} bytes are free, {needed_bytes} must stay free: delete what is not needed, or make room on the disk"
    )]
    NoSpace {
        /// Free now.
        free_bytes: u64,
        /// What must stay free: the low-water mark, or what the index needs to be written.
        needed_bytes: u64,
    },
    /// The shard is not held by the member that was asked.
    #[error("the shard is not held here (layout {layout_version})")]
    Misdirected {
        /// The layout the answering member knows.
        layout_version: u64,
    },
    /// The member that has the shard cannot be asked now. The text names the shard, never an address.
    #[error("shard {} is not available now", .shard.0)]
    ShardUnavailable {
        /// The shard.
        shard: Shard,
    },
    /// The other member goes by another list of members.
    #[error("the members do not agree on the layout: {0}")]
    LayoutMismatch(String),
    /// The time for an answer has run out.
    #[error("the time for an answer has run out")]
    DeadlineExceeded,
    /// A list without a limit would be too long.
    #[error("the list has more than {limit} entries: ask for it in pages")]
    ListTooLong {
        /// The limit.
        limit: u64,
    },
    /// What was asked for belongs to something that is not switched on.
    #[error("{0}")]
    FeatureOff(String),
    /// The node cannot answer now.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of the node. The text is for its log, never for the client.
    #[error("{0}")]
    Internal(String),
    /// The state of the cluster forbids what an operator wants. The text says why, and what to do.
    #[error("{0}")]
    OrderRefused(String),
}

fn listed(digests: &[Digest]) -> String {
    const SHOWN: usize = 5;
    let text = digests.iter().take(SHOWN).map(Digest::to_string).collect::<Vec<_>>().join(", ");
    match digests.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

impl Error {
    /// The kind, which decides the status.
    pub fn kind(&self) -> Kind {
        match self {
            Self::RepositoryUnknown(_)
            | Self::ManifestUnknown { .. }
            | Self::BlobUnknown(_)
            | Self::UploadUnknown(_) => Kind::NotFound,
            Self::UploadOutOfOrder { .. } | Self::RangeUnsatisfiable { .. } => Kind::RangeUnsatisfiable,
            Self::UploadBusy(_) | Self::ManifestShared(_) | Self::OrderRefused(_) => Kind::Conflict,
            Self::ManifestInUse { .. } | Self::BlobInUse { .. } | Self::MediaTypeUnsupported(_) => {
                Kind::Unsupported
            }
            Self::UploadsExhausted { .. }
            | Self::RepositoriesExhausted { .. }
            | Self::MarksExhausted { .. } => Kind::Exhausted,
            Self::SizeMismatch { .. }
            | Self::DigestMismatch { .. }
            | Self::ManifestInvalid(_)
            | Self::PartsUnknown(_) => Kind::Invalid,
            Self::Denied(_) => Kind::Denied,
            Self::BodyInterrupted(_) => Kind::Interrupted,
            Self::NoSpace { .. } => Kind::NoSpace,
            Self::Misdirected { .. }
            | Self::ShardUnavailable { .. }
            | Self::LayoutMismatch(_)
            | Self::Unavailable(_) => Kind::Unavailable,
            Self::DeadlineExceeded => Kind::TimedOut,
            Self::ListTooLong { .. } => Kind::TooLarge,
            Self::FeatureOff(_) => Kind::Unsupported,
            Self::Internal(_) => Kind::Internal,
        }
    }

    /// The specification's code for it.
    pub fn code(&self) -> Code {
        match self {
            Self::RepositoryUnknown(_) => Code::NameUnknown,
            Self::ManifestUnknown { .. } => Code::ManifestUnknown,
            Self::BlobUnknown(_) => Code::BlobUnknown,
            Self::UploadUnknown(_) => Code::BlobUploadUnknown,
            Self::UploadOutOfOrder { .. }
            | Self::UploadBusy(_)
            | Self::BodyInterrupted(_)
            | Self::RangeUnsatisfiable { .. } => Code::BlobUploadInvalid,
            Self::UploadsExhausted { .. }
            | Self::RepositoriesExhausted { .. }
            | Self::MarksExhausted { .. } => Code::TooManyRequests,
            Self::SizeMismatch { .. } => Code::SizeInvalid,
            Self::DigestMismatch { .. } => Code::DigestInvalid,
            Self::ManifestInvalid(_) | Self::MediaTypeUnsupported(_) | Self::ManifestShared(_) => {
                Code::ManifestInvalid
            }
            Self::PartsUnknown(_) => Code::ManifestBlobUnknown,
            Self::ManifestInUse { .. } | Self::BlobInUse { .. } | Self::Denied(_) => Code::Denied,
            Self::ListTooLong { .. } | Self::FeatureOff(_) | Self::OrderRefused(_) => Code::Unsupported,
            Self::NoSpace { .. }
            | Self::Misdirected { .. }
            | Self::ShardUnavailable { .. }
            | Self::LayoutMismatch(_)
            | Self::DeadlineExceeded
            | Self::Unavailable(_)
            | Self::Internal(_) => Code::Internal,
        }
    }
}
