//! What the surface refuses by itself, and what a node refused.

use std::time::Duration;

use atoll_fault::Kind;
use atoll_oci::Digest;
use atoll_service::{Code, UploadAddress};

/// Why a request was not answered as it wished. The text is for the client, except for faults of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing of this surface is at that path.
    #[error("404 page not found")]
    PathUnknown,
    /// The path is known, the method is not one of its own.
    #[error("the method is not allowed here: use {allow}")]
    MethodNotAllowed {
        /// Those that are.
        allow: &'static str,
    },
    /// Broken percent-encoding.
    #[error(
        "the {part} is not valid: `%` must be followed by two hex digits, and the whole must be UTF-8 without control characters"
    )]
    Encoding {
        /// Path or query.
        part: &'static str,
    },
    /// A query with too many parameters.
    #[error("the query has more than {limit} parameters")]
    ParametersTooMany {
        /// How many it may have.
        limit: usize,
    },
    /// The parameter `n` of a tag list is not one number.
    #[error("the parameter `n` must be given once, as a number")]
    PageInvalid,
    /// A malformed reference where a manifest should be stored.
    #[error("{source}")]
    ReferenceInvalid {
        /// As it was sent.
        reference: String,
        /// What is wrong with it.
        source: atoll_oci::Error,
    },
    /// A malformed reference where a manifest should be.
    #[error("`{reference}` is neither a tag nor a digest, so no manifest can have it")]
    ManifestUnknown {
        /// As it was sent.
        reference: String,
    },
    /// A malformed digest, or one whose algorithm is not supported.
    #[error("{source}")]
    DigestInvalid {
        /// As it was sent.
        digest: String,
        /// What is wrong with it.
        source: atoll_oci::Error,
    },
    /// The last request of an upload does not say the digest.
    #[error("the parameter `digest` is missing: end an upload with `PUT ...?digest=sha256:...`")]
    DigestMissing,
    /// A text that cannot be an upload of this registry.
    #[error("the upload `{id}` is not known: it was finished, cancelled or has expired")]
    UploadUnknown {
        /// As it was sent.
        id: String,
    },
    /// Too many `tag` parameters.
    #[error("too many tag query parameters (max {})", crate::route::MAX_TAG_PARAMETERS)]
    TagsTooMany,
    /// `tag` parameters beside a tag.
    #[error("tag query parameters are only valid when pushing a manifest by digest")]
    TagsBesideTag,
    /// An empty `tag` parameter.
    #[error("empty tag query parameter")]
    TagEmpty,
    /// A malformed `tag` parameter.
    #[error("invalid tag query parameter: {source}")]
    TagInvalid {
        /// What is wrong with it.
        source: atoll_oci::Error,
    },
    /// A manifest of a media type that is not accepted.
    #[error(
        "manifests of media type `{media_type}` are not accepted: the header Content-Type must be exactly that of the manifest"
    )]
    MediaTypeUnsupported {
        /// As it was sent; empty if it was not.
        media_type: String,
    },
    /// A whole blob in one request that is not declared as bytes.
    #[error("a blob must be sent with `Content-Type: application/octet-stream`")]
    NotOctetStream,
    /// A manifest beyond the limit.
    #[error("manifest body exceeds maximum allowed size of {limit_bytes} bytes")]
    ManifestTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The content of a manifest does not have the digest that the path names.
    #[error("the manifest has the digest {computed}, not {expected}")]
    ManifestDigest {
        /// As the path names it.
        expected: Box<Digest>,
        /// As computed.
        computed: Box<Digest>,
    },
    /// The body stopped coming.
    #[error("the request body stalled: no byte arrived in time")]
    BodyStalled,
    /// A `Content-Range` that cannot be read.
    #[error("{source} in the header Content-Range")]
    ChunkRangeInvalid {
        /// What is wrong with it.
        source: atoll_oci::Error,
    },
    /// A chunk whose range and length differ.
    #[error("the header Content-Range tells of {range} bytes, Content-Length of {length}")]
    ChunkLength {
        /// Bytes by its range.
        range: u64,
        /// Bytes by its length.
        length: u64,
    },
    /// A chunk that does not continue its upload.
    #[error(
        "the chunk does not continue the upload: {received} bytes are here, send the next ones or ask for the status"
    )]
    ChunkOutOfOrder {
        /// Which upload.
        address: Box<UploadAddress>,
        /// Bytes received and kept.
        received: u64,
    },
    /// No asked range lies within the blob, or the header `Range` cannot be read.
    #[error("the range is malformed or lies outside the blob, which has {size} bytes")]
    RangeUnsatisfiable {
        /// Size of the blob in bytes.
        size: u64,
    },
    /// `If-Match` or `If-None-Match` does not hold.
    #[error("what is here is not what If-Match or If-None-Match asks for: read it again")]
    PreconditionFailed,
    /// A policy wants to know first who asks.
    #[error("this needs a user: log in first")]
    Unauthenticated,
    /// More requests than the configured rate.
    #[error("Too Many Requests")]
    RateExceeded {
        /// When the next one will be admitted.
        retry_after: Duration,
    },
    /// More requests at a time than the server takes.
    #[error("the server is busy with {limit} requests, which is its limit: try again soon")]
    Busy {
        /// The limit.
        limit: usize,
    },
    /// More bytes of manifests on their way than the server keeps in memory.
    #[error("the manifests on their way fill {limit_bytes} bytes, which is the limit: try again soon")]
    Crowded {
        /// The limit.
        limit_bytes: usize,
    },
    /// The server is starting, stopping or unwell.
    #[error("not ready")]
    NotReady,
    /// Parts of a list could not be gathered.
    #[error("{missing} of {asked} shards could not be heard: the list would not be complete")]
    ListIncomplete {
        /// Shards not heard.
        missing: usize,
        /// Shards asked.
        asked: usize,
    },
    /// An option that cannot be honoured; only while an [`crate::Edge`] is made.
    #[error("the option {name} cannot be used: `{value}` is not a legal header value")]
    OptionInvalid {
        /// Which option.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// A request for a star or a bookmark that does not say which, or on what.
    #[error("`action` must be `toggleStar` or `toggleBookmark`, and `repo` must name a repository")]
    PreferenceInvalid,
    /// A request for a star or a bookmark on nothing.
    #[error("`repo` is empty")]
    RepositoryNotNamed,
    /// An order about a member that does not say which.
    #[error("`member` must be the id of a member")]
    MemberNotNamed,
    /// What a node refused, where clients expect the status alone.
    #[error("{0}")]
    Curt(Box<atoll_service::Error>),
    /// A body that could not be put into JSON.
    #[error("an answer could not be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// What the node refused.
    #[error("{0}")]
    Node(Box<atoll_service::Error>),
}

impl Error {
    /// The kind, which decides the status.
    pub fn kind(&self) -> Kind {
        match self {
            Self::PathUnknown
            | Self::ManifestUnknown { .. }
            | Self::UploadUnknown { .. }
            | Self::RepositoryNotNamed => Kind::NotFound,
            Self::MethodNotAllowed { .. } | Self::MediaTypeUnsupported { .. } | Self::NotOctetStream => {
                Kind::Unsupported
            }
            Self::Encoding { .. }
            | Self::PageInvalid
            | Self::PreferenceInvalid
            | Self::MemberNotNamed
            | Self::ReferenceInvalid { .. }
            | Self::DigestInvalid { .. }
            | Self::DigestMissing
            | Self::TagsBesideTag
            | Self::TagEmpty
            | Self::TagInvalid { .. }
            | Self::ManifestDigest { .. }
            | Self::ChunkLength { .. }
            | Self::OptionInvalid { .. } => Kind::Invalid,
            Self::ParametersTooMany { .. } | Self::TagsTooMany | Self::ManifestTooLarge { .. } => {
                Kind::TooLarge
            }
            Self::BodyStalled => Kind::TimedOut,
            Self::ChunkRangeInvalid { .. }
            | Self::ChunkOutOfOrder { .. }
            | Self::RangeUnsatisfiable { .. } => Kind::RangeUnsatisfiable,
            Self::PreconditionFailed => Kind::Conflict,
            Self::Unauthenticated => Kind::Unauthenticated,
            Self::RateExceeded { .. } => Kind::Exhausted,
            Self::Busy { .. } | Self::Crowded { .. } | Self::NotReady | Self::ListIncomplete { .. } => {
                Kind::Unavailable
            }
            Self::Unwritable(_) => Kind::Internal,
            Self::Node(error) | Self::Curt(error) => error.kind(),
        }
    }

    /// The specification's code for it.
    pub fn code(&self) -> Code {
        match self {
            Self::PathUnknown
            | Self::MethodNotAllowed { .. }
            | Self::PageInvalid
            | Self::PreferenceInvalid
            | Self::MemberNotNamed
            | Self::ParametersTooMany { .. }
            | Self::PreconditionFailed
            | Self::RangeUnsatisfiable { .. } => Code::Unsupported,
            Self::Encoding { .. } | Self::RepositoryNotNamed => Code::NameInvalid,
            Self::ReferenceInvalid { source: atoll_oci::Error::Tag(_), .. }
            | Self::TagsTooMany
            | Self::TagsBesideTag
            | Self::TagEmpty
            | Self::TagInvalid { .. }
            | Self::MediaTypeUnsupported { .. }
            | Self::ManifestTooLarge { .. }
            | Self::ManifestDigest { .. } => Code::ManifestInvalid,
            Self::ReferenceInvalid { .. } | Self::DigestInvalid { .. } | Self::DigestMissing => {
                Code::DigestInvalid
            }
            Self::ManifestUnknown { .. } => Code::ManifestUnknown,
            Self::UploadUnknown { .. } => Code::BlobUploadUnknown,
            Self::NotOctetStream
            | Self::BodyStalled
            | Self::ChunkRangeInvalid { .. }
            | Self::ChunkOutOfOrder { .. } => Code::BlobUploadInvalid,
            Self::ChunkLength { .. } => Code::SizeInvalid,
            Self::Unauthenticated => Code::Unauthorized,
            Self::RateExceeded { .. } => Code::TooManyRequests,
            Self::Busy { .. }
            | Self::Crowded { .. }
            | Self::NotReady
            | Self::ListIncomplete { .. }
            | Self::OptionInvalid { .. }
            | Self::Unwritable(_) => Code::Internal,
            Self::Node(error) | Self::Curt(error) => error.code(),
        }
    }
}

impl From<atoll_service::Error> for Error {
    fn from(error: atoll_service::Error) -> Self {
        match error {
            atoll_service::Error::RangeUnsatisfiable { size } => Self::RangeUnsatisfiable { size },
            error => Self::Node(Box::new(error)),
        }
    }
}
