//! The contract of every back-end.

use async_trait::async_trait;
use atoll_host::{Space, Timestamp};
use atoll_oci::{Algorithm, ByteRange, Digest};
use atoll_placement::UploadId;
use bytes::Bytes;

use crate::{Content, Error, Incoming};

/// Most entries one page of [`Store::list`] holds; a larger limit is cut to it.
pub const MAX_PAGE_ENTRIES: usize = 10_000;

/// Most uploads [`Store::uploads`] gives, the idlest first.
pub const MAX_UPLOADS_LISTED: usize = 100_000;

/// Content by digest, and uploads that become content. Every back-end passes one contract suite.
///
/// Calls may be abandoned at any moment (their future dropped): nothing half-done ever becomes visible.
#[async_trait]
pub trait Store: Send + Sync {
    /// Size of the content in bytes; `None` if it is not here.
    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error>;

    /// The bytes of `spans`, one span after another; of the whole content if there are none. `None` if it is not here.
    async fn read(&self, digest: &Digest, spans: Vec<ByteRange>) -> Result<Option<Content>, Error>;

    /// Takes small content whole: verified, durable and visible when this returns. Content that is here already is replaced by
    /// the same bytes, which also makes it young again and heals a damaged copy.
    async fn put(&self, digest: &Digest, content: Bytes) -> Result<(), Error>;

    /// Removes content; gives whether it was here. Streams that read it go on to their end. After a power failure it may be
    /// back, never in part.
    async fn remove(&self, digest: &Digest) -> Result<bool, Error>;

    /// Up to `limit` contents behind `after`, ordered by digest. Costs the page, not the store.
    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Stored>, Error>;

    /// Opens an upload. SHA-256 is computed while it arrives; `also` names another algorithm to compute alongside.
    async fn begin(&self, upload: UploadId, also: Option<Algorithm>) -> Result<(), Error>;

    /// Writes the pieces of `body` at offset `at`, which must be the number of bytes received so far
    /// (else [`Error::OutOfOrder`]). What arrived is kept when the body ends in an error.
    async fn append(&self, upload: UploadId, at: u64, body: Incoming) -> Result<Appended, Error>;

    /// Makes the upload content of the digest `expected`: verified, then durable, then visible. Gives its size in bytes.
    /// With another digest the upload is removed ([`Error::DigestMismatch`]); content that is here already is replaced by the
    /// same bytes, as by [`Store::put`].
    async fn finish(&self, upload: UploadId, expected: &Digest) -> Result<u64, Error>;

    /// Bytes received so far, also while more are arriving; `None` for an unknown upload.
    async fn progress(&self, upload: UploadId) -> Result<Option<u64>, Error>;

    /// Removes an upload; gives whether it was here.
    async fn cancel(&self, upload: UploadId) -> Result<bool, Error>;

    /// The uploads that are open, the idlest first.
    async fn uploads(&self) -> Result<Vec<OpenUpload>, Error>;

    /// Room for more.
    async fn space(&self) -> Result<Space, Error>;
}

/// One content in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// What it is.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// When its bytes last arrived.
    pub modified: Timestamp,
}

/// What an [`Store::append`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Bytes the upload holds now, from its beginning.
    pub received: u64,
    /// Why the body ended before its end, if it did.
    pub interrupted: Option<String>,
}

/// One upload in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenUpload {
    /// Which.
    pub id: UploadId,
    /// Bytes received so far.
    pub received: u64,
    /// When it last grew, or began.
    pub touched: Timestamp,
}
