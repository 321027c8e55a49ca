//! A store in memory: the contract without a disk, for tests of what stands on it.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use atoll_host::{Clock, Space, Timestamp};
use atoll_oci::{Algorithm, ByteRange, Digest};
use atoll_placement::UploadId;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::OwnedMutexGuard;

use crate::contents::verify;
use crate::store::{MAX_PAGE_ENTRIES, MAX_UPLOADS_LISTED};
use crate::{Appended, Content, Error, Incoming, OpenUpload, Store, Stored};

/// Content in maps; gone with the process.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    maps: Mutex<Maps>,
}

#[derive(Default)]
struct Maps {
    contents: BTreeMap<Digest, (Bytes, Timestamp)>,
    uploads: BTreeMap<UploadId, Upload>,
}

struct Upload {
    received: Vec<u8>,
    touched: Timestamp,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryStore {
    /// An empty store whose entries are dated by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, maps: Mutex::default() }
    }

    fn maps(&self) -> MutexGuard<'_, Maps> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, upload: UploadId) -> Result<OwnedMutexGuard<()>, Error> {
        let maps = self.maps();
        let turn = &maps.uploads.get(&upload).ok_or(Error::UnknownUpload(upload))?.turn;
        Arc::clone(turn).try_lock_owned().map_err(|_taken| Error::Busy(upload))
    }

    fn received(&self, upload: UploadId) -> Result<u64, Error> {
        self.maps()
            .uploads
            .get(&upload)
            .map(|upload| length(&upload.received))
            .ok_or(Error::UnknownUpload(upload))
    }

    fn extend(&self, upload: UploadId, piece: &[u8]) -> Result<(), Error> {
        let mut maps = self.maps();
        let found = maps.uploads.get_mut(&upload).ok_or(Error::UnknownUpload(upload))?;
        found.received.extend_from_slice(piece);
        found.touched = self.clock.now();
        Ok(())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        Ok(self.maps().contents.get(digest).map(|(content, _)| length(content)))
    }

    async fn read(&self, digest: &Digest, spans: Vec<ByteRange>) -> Result<Option<Content>, Error> {
        let found = self.maps().contents.get(digest).map(|(content, _)| content.clone());
        let Some(content) = found else { return Ok(None) };
        let size = length(&content);
        let pieces = if spans.is_empty() { vec![content] } else { cut(&content, &spans)? };
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty()).map(Ok);
        Ok(Some(Content { size, stream: Box::pin(stream::iter(pieces)) }))
    }

    async fn put(&self, digest: &Digest, content: Bytes) -> Result<(), Error> {
        verify(digest, &content)?;
        self.maps().contents.insert(*digest, (content, self.clock.now()));
        Ok(())
    }

    async fn remove(&self, digest: &Digest) -> Result<bool, Error> {
        Ok(self.maps().contents.remove(digest).is_some())
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Stored>, Error> {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let maps = self.maps();
        let page = maps.contents.range((begin, Bound::Unbounded)).take(limit.min(MAX_PAGE_ENTRIES));
        let stored = page.map(|(digest, (content, modified))| Stored {
            digest: *digest,
            size: length(content),
            modified: *modified,
        });
        Ok(stored.collect())
    }

    async fn begin(&self, upload: UploadId, _also: Option<Algorithm>) -> Result<(), Error> {
        let mut maps = self.maps();
        if maps.uploads.contains_key(&upload) {
            return Err(Error::AlreadyBegun(upload));
        }
        let begun = Upload { received: Vec::new(), touched: self.clock.now(), turn: Arc::default() };
        maps.uploads.insert(upload, begun);
        Ok(())
    }

    async fn append(&self, upload: UploadId, at: u64, mut body: Incoming) -> Result<Appended, Error> {
        let _turn = self.turn(upload)?;
        let received = self.received(upload)?;
        if at != received {
            return Err(Error::OutOfOrder { received });
        }
        let mut interrupted = None;
        while let Some(piece) = body.next().await {
            match piece {
                Ok(piece) => self.extend(upload, &piece)?,
                Err(why) => {
                    interrupted = Some(why);
                    break;
                }
            }
        }
        Ok(Appended { received: self.received(upload)?, interrupted })
    }

    async fn finish(&self, upload: UploadId, expected: &Digest) -> Result<u64, Error> {
        let _turn = self.turn(upload)?;
        let mut maps = self.maps();
        let received = maps.uploads.remove(&upload).ok_or(Error::UnknownUpload(upload))?.received;
        verify(expected, &received)?;
        let size = length(&received);
        maps.contents.insert(*expected, (received.into(), self.clock.now()));
        Ok(size)
    }

    async fn progress(&self, upload: UploadId) -> Result<Option<u64>, Error> {
        Ok(self.received(upload).ok())
    }

    async fn cancel(&self, upload: UploadId) -> Result<bool, Error> {
        match self.turn(upload) {
            Ok(_turn) => Ok(self.maps().uploads.remove(&upload).is_some()),
            Err(Error::UnknownUpload(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn uploads(&self) -> Result<Vec<OpenUpload>, Error> {
        let maps = self.maps();
        let open = maps.uploads.iter().map(|(id, upload)| OpenUpload {
            id: *id,
            received: length(&upload.received),
            touched: upload.touched,
        });
        let mut uploads: Vec<OpenUpload> = open.collect();
        uploads.sort_unstable_by_key(|upload| (upload.touched, upload.id));
        uploads.truncate(MAX_UPLOADS_LISTED);
        Ok(uploads)
    }

    /// Memory has no room to speak of: as much as can be said.
    async fn space(&self) -> Result<Space, Error> {
        Ok(Space { free_bytes: u64::MAX, total_bytes: u64::MAX })
    }
}

fn length(content: &[u8]) -> u64 {
    u64::try_from(content.len()).unwrap_or(u64::MAX)
}

fn cut(content: &Bytes, spans: &[ByteRange]) -> Result<Vec<Bytes>, Error> {
    let outside = || Error::OutsideContent { size: length(content) };
    let piece = |span: &ByteRange| {
        let (first, last) = (usize::try_from(span.first).ok()?, usize::try_from(span.last).ok()?);
        content.get(first..=last).map(|part| content.slice_ref(part))
    };
    spans.iter().map(|span| piece(span).ok_or_else(outside)).collect()
}
