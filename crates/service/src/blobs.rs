//! What a node can be asked about blobs and uploads. All of it goes to the owner of the repository; an upload goes to its holder.

use async_trait::async_trait;
use atoll_oci::{Algorithm, ByteRange, ContentRange, Digest, RangeRequest, Repository};
use atoll_placement::UploadId;
use serde::{Deserialize, Serialize};

use crate::{Body, Caller, Error, Grant, Visibility};

/// Names one blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobAddress {
    /// The repository it is linked in.
    pub repository: Repository,
    /// Its digest.
    pub digest: Digest,
}

/// Facts of a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobStat {
    /// Its digest, as it was asked for.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The media type that a manifest of the repository gives it, if one does.
    pub media_type: Option<String>,
}

/// Asks for content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBlob {
    /// Which blob.
    pub address: BlobAddress,
    /// Only these parts of it.
    pub range: Option<RangeRequest>,
}

/// Content, or where it is.
pub enum BlobRead {
    /// The content itself: whole if `ranges` is empty, else the bytes of those ranges one after another.
    Stream {
        /// Facts of the whole blob.
        stat: BlobStat,
        /// What the body holds.
        ranges: Vec<ByteRange>,
        /// The bytes.
        body: Body,
    },
    /// The client should ask there.
    Redirect {
        /// Absolute address, valid for a short time.
        url: String,
    },
}

/// Asks to link a blob that another repository has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// The blob, and the repository that wants it.
    pub address: BlobAddress,
    /// The repository that has it; `None` for any.
    pub from: Option<Repository>,
    /// What the caller may read: another repository's content counts only if this admits that repository.
    pub visibility: Visibility,
    /// Rights over the repository that wants it.
    pub grant: Grant,
}

/// Begins an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginUpload {
    /// Into which repository.
    pub repository: Repository,
    /// The algorithm that the digest will have, if the client told it in advance.
    pub algorithm: Option<Algorithm>,
    /// Rights over the repository.
    pub grant: Grant,
}

/// Names one upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadAddress {
    /// The repository it goes to.
    pub repository: Repository,
    /// The upload.
    pub id: UploadId,
}

/// Adds a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendUpload {
    /// To which upload.
    pub address: UploadAddress,
    /// Which bytes the body claims to be; `None`: whatever comes next.
    pub range: Option<ContentRange>,
    /// The length of the body, where it is known.
    pub length: Option<u64>,
}

/// Ends an upload with its last chunk, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishUpload {
    /// The last chunk.
    pub chunk: AppendUpload,
    /// What the whole content must hash to.
    pub digest: Digest,
    /// Rights over the repository.
    pub grant: Grant,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The upload.
    pub id: UploadId,
    /// Bytes received and kept.
    pub received: u64,
}

/// Blobs and uploads.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Facts of a blob, without writing anything. `BlobUnknown` unless it is linked in that repository.
    async fn stat(&self, caller: &Caller, request: BlobAddress) -> Result<BlobStat, Error>;

    /// The content of a blob, or parts of it. `RangeUnsatisfiable` if no asked part lies within.
    async fn read(&self, caller: &Caller, request: ReadBlob) -> Result<BlobRead, Error>;

    /// Links a blob that is already here; `None` if it is not, or not where the request says.
    async fn mount(&self, caller: &Caller, request: Mount) -> Result<Option<BlobStat>, Error>;

    /// Removes the link. `BlobInUse` while a manifest of the repository names the blob.
    async fn unlink(&self, caller: &Caller, request: BlobAddress, grant: Grant) -> Result<(), Error>;

    /// Opens an upload.
    async fn begin(&self, caller: &Caller, request: BeginUpload) -> Result<Upload, Error>;

    /// Adds a chunk. What arrived before an interruption is kept. `UploadOutOfOrder` leaves the upload as it was.
    async fn append(&self, caller: &Caller, request: AppendUpload, body: Body) -> Result<Upload, Error>;

    /// Adds the last chunk, checks the digest, makes the blob durable and links it. A wrong digest ends the upload.
    async fn finish(&self, caller: &Caller, request: FinishUpload, body: Body) -> Result<BlobStat, Error>;

    /// How far an upload is.
    async fn progress(&self, caller: &Caller, request: UploadAddress) -> Result<Upload, Error>;

    /// Gives an upload up and frees its bytes.
    async fn cancel(&self, caller: &Caller, request: UploadAddress) -> Result<(), Error>;
}
