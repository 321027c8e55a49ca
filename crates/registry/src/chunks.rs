//! Chunks of an upload: that they continue it, that they are as long as they say, and that what arrived is kept.

use std::sync::{Arc, Mutex, PoisonError};

use atoll_oci::ContentRange;
use atoll_placement::UploadId;
use atoll_service::{AppendUpload, Body, Error, UploadAddress};
use atoll_store::Incoming;
use futures_util::StreamExt as _;

use crate::LocalNode;
use crate::disk::Disk;
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
        let is_under_way = || self.sessions.touch(id, self.parts.host.clock.elapsed());
        is_under_way();
        let refusal = Refusal::default();
        let guard =
            Guard { announced, needed_bytes: self.options().low_water_bytes, disk: Arc::clone(&self.disk) };
        let pieces = guard.over(body, Arc::clone(&refusal));
        let appended = self.parts.store.append(id, before, pieces).await;
        is_under_way();
        let appended = match appended {
            Ok(appended) => appended,
            Err(atoll_store::Error::OutOfOrder { received }) => {
                return Err(Error::UploadOutOfOrder { id, received });
            }
            Err(error) => return Err(from_store("writing an upload", error)),
        };
        if let Some(cause) = appended.interrupted {
            let refused = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Err(refused.unwrap_or(Error::BodyInterrupted(cause)));
        }
        let received = appended.received.saturating_sub(before);
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

/// Why a body was ended; the store passes texts only.
type Refusal = Arc<Mutex<Option<Error>>>;

/// What a body must keep to while it arrives.
struct Guard {
    announced: Option<u64>,
    needed_bytes: u64,
    disk: Arc<Disk>,
}

impl Guard {
    /// The body, ended as soon as it has more bytes than announced or fills the disk beyond the low-water mark.
    fn over(self, body: Body, refusal: Refusal) -> Incoming {
        let Self { announced, needed_bytes, disk } = self;
        let mut received = 0_u64;
        Box::pin(body.then(move |piece| {
            let length = piece.as_ref().map_or(0, |piece| u64::try_from(piece.len()).unwrap_or(u64::MAX));
            received = received.saturating_add(length);
            let exceeded = announced.filter(|announced| received > *announced);
            let mismatch = exceeded.map(|announced| Error::SizeMismatch { announced, received });
            let (disk, refusal) = (Arc::clone(&disk), Arc::clone(&refusal));
            async move {
                let admitted = match (piece, mismatch) {
                    (Ok(_), Some(mismatch)) => Err(mismatch),
                    (Ok(piece), None) => disk.admit_bytes(length, needed_bytes).await.map(|()| piece),
                    (Err(error), _) => Err(error),
                };
                admitted.map_err(|error| {
                    let text = error.to_string();
                    *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    text
                })
            }
        }))
    }
}
