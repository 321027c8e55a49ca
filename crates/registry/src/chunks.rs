//! Chunks of an upload: that they continue it, that they are as long as they say, and that what arrived is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use atoll_oci::ContentRange;
use atoll_placement::UploadId;
use atoll_service::{AppendUpload, Body, Error, UploadAddress};
use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::LocalNode;
use crate::failure::from_store;

impl LocalNode {
    pub(crate) fn own_upload(&self, address: &UploadAddress) -> Result<UploadId, Error> {
        let holder = address.id.holder(self.parts.key, address.repository.as_str());
        if holder == Some(self.parts.member) { Ok(address.id) } else { Err(Error::UploadUnknown(address.id)) }
    }

    pub(crate) async fn received(&self, id: UploadId) -> Result<u64, Error> {
        let received =
            self.parts.store.progress(id).await.map_err(|error| from_store("reading an upload", error))?;
        received.ok_or(Error::UploadUnknown(id))
    }

    /// Writes one chunk and gives the number of bytes received in all.
    pub(crate) async fn append_chunk(&self, request: &AppendUpload, body: Body) -> Result<u64, Error> {
        let id = request.address.id;
        let before = self.received(id).await?;
        let announced = announced_bytes(request, id, before)?;
        let (pieces, seen) = limited(body, announced);
        let pieces = pieces.map_err(|error| error.to_string());
        let appended = match self.parts.store.append(id, before, Box::pin(pieces)).await {
            Ok(appended) => appended,
            Err(atoll_store::Error::OutOfOrder { received }) => {
                return Err(Error::UploadOutOfOrder { id, received });
            }
            Err(error) => return Err(from_store("writing an upload", error)),
        };
        let received = seen.load(Ordering::Relaxed).max(appended.received.saturating_sub(before));
        match (announced, appended.interrupted) {
            (Some(announced), Some(_)) if received > announced => {
                return Err(Error::SizeMismatch { announced, received });
            }
            (_, Some(cause)) => return Err(Error::BodyInterrupted(cause)),
            (_, None) => {}
        }
        match announced {
            Some(announced) if announced != received => Err(Error::SizeMismatch { announced, received }),
            _ => Ok(appended.received),
        }
    }
}

/// How many bytes the chunk says it has; refuses one that does not continue the upload.
fn announced_bytes(request: &AppendUpload, id: UploadId, before: u64) -> Result<Option<u64>, Error> {
    let Some(ContentRange { first, last }) = request.range else { return Ok(request.length) };
    let by_range = ContentRange { first, last }.length_bytes();
    if first != before {
        return Err(Error::UploadOutOfOrder { id, received: before });
    }
    match (by_range, request.length) {
        (Some(announced), Some(received)) if announced != received => {
            Err(Error::SizeMismatch { announced, received })
        }
        (announced, _) => Ok(announced),
    }
}

/// The body, ended with an error as soon as it has more bytes than announced, and how many it had so far.
fn limited(body: Body, announced: Option<u64>) -> (Body, Arc<AtomicU64>) {
    let seen = Arc::new(AtomicU64::new(0));
    let Some(announced) = announced else { return (body, seen) };
    let counter = Arc::clone(&seen);
    let pieces = body.map(move |piece| {
        let piece = piece?;
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let received = counter.fetch_add(length, Ordering::Relaxed).saturating_add(length);
        if received > announced { Err(Error::SizeMismatch { announced, received }) } else { Ok(piece) }
    });
    (Box::pin(pieces), seen)
}
