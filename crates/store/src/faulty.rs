//! A store that fails or freezes when it is told to.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use atoll_host::Space;
use atoll_oci::{Algorithm, ByteRange, Digest};
use atoll_placement::UploadId;
use bytes::Bytes;
use tokio::sync::watch;

use crate::{Appended, Content, Error, Incoming, OpenUpload, Store, Stored};

/// Another store behind a switchboard of faults. A call that fails has not reached the other store.
pub struct FaultyStore<S> {
    inner: S,
    faults: StoreFaults,
}

/// The switchboard of a [`FaultyStore`]. Clones are the same switchboard.
#[derive(Clone)]
pub struct StoreFaults(Arc<Board>);

struct Board {
    calls: AtomicU64,
    failing: Mutex<Option<Failing>>,
    frozen: watch::Sender<bool>,
}

struct Failing {
    first: u64,
    last: u64,
    kind: io::ErrorKind,
}

impl<S: Store> FaultyStore<S> {
    /// A store that behaves as `inner` until its faults say otherwise.
    pub fn new(inner: S) -> Self {
        let board =
            Board { calls: AtomicU64::new(0), failing: Mutex::new(None), frozen: watch::Sender::new(false) };
        Self { inner, faults: StoreFaults(Arc::new(board)) }
    }

    /// What may go wrong with this store.
    pub fn faults(&self) -> StoreFaults {
        self.faults.clone()
    }
}

impl StoreFaults {
    /// The `nth` call from now (the next is the first) fails as a disk with an error of `kind`, once.
    pub fn fail_call(&self, nth: u64, kind: io::ErrorKind) {
        let at = self.calls().saturating_add(nth);
        self.set(Some(Failing { first: at, last: at, kind }));
    }

    /// Every call from the `nth` from now on fails.
    pub fn fail_from(&self, nth: u64, kind: io::ErrorKind) {
        self.set(Some(Failing { first: self.calls().saturating_add(nth), last: u64::MAX, kind }));
    }

    /// Calls that arrive from now on wait for [`StoreFaults::release`].
    pub fn freeze(&self) {
        self.0.frozen.send_replace(true);
    }

    /// Lets frozen calls go on.
    pub fn release(&self) {
        self.0.frozen.send_replace(false);
    }

    /// Nothing fails or freezes any more.
    pub fn clear(&self) {
        self.set(None);
        self.release();
    }

    /// How many calls were made so far, failed ones included.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn set(&self, failing: Option<Failing>) {
        *self.0.failing.lock().unwrap_or_else(PoisonError::into_inner) = failing;
    }

    async fn enter(&self) -> Result<(), Error> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        // The sender lives in the same board: waiting for it cannot end in an error.
        let mut frozen = self.0.frozen.subscribe();
        let _open = frozen.wait_for(|frozen| !frozen).await.map(drop);
        let failing = self.0.failing.lock().unwrap_or_else(PoisonError::into_inner);
        match &*failing {
            Some(failing) if (failing.first..=failing.last).contains(&call) => {
                Err(Error::from_io("a simulated fault", failing.kind.into()))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl<S: Store> Store for FaultyStore<S> {
    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        self.faults.enter().await?;
        self.inner.stat(digest).await
    }

    async fn read(&self, digest: &Digest, spans: Vec<ByteRange>) -> Result<Option<Content>, Error> {
        self.faults.enter().await?;
        self.inner.read(digest, spans).await
    }

    async fn put(&self, digest: &Digest, content: Bytes) -> Result<(), Error> {
        self.faults.enter().await?;
        self.inner.put(digest, content).await
    }

    async fn remove(&self, digest: &Digest) -> Result<bool, Error> {
        self.faults.enter().await?;
        self.inner.remove(digest).await
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Stored>, Error> {
        self.faults.enter().await?;
        self.inner.list(after, limit).await
    }

    async fn begin(&self, upload: UploadId, also: Option<Algorithm>) -> Result<(), Error> {
        self.faults.enter().await?;
        self.inner.begin(upload, also).await
    }

    async fn append(&self, upload: UploadId, at: u64, body: Incoming) -> Result<Appended, Error> {
        self.faults.enter().await?;
        self.inner.append(upload, at, body).await
    }

    async fn finish(&self, upload: UploadId, expected: &Digest) -> Result<u64, Error> {
        self.faults.enter().await?;
        self.inner.finish(upload, expected).await
    }

    async fn progress(&self, upload: UploadId) -> Result<Option<u64>, Error> {
        self.faults.enter().await?;
        self.inner.progress(upload).await
    }

    async fn cancel(&self, upload: UploadId) -> Result<bool, Error> {
        self.faults.enter().await?;
        self.inner.cancel(upload).await
    }

    async fn uploads(&self) -> Result<Vec<OpenUpload>, Error> {
        self.faults.enter().await?;
        self.inner.uploads().await
    }

    async fn space(&self) -> Result<Space, Error> {
        self.faults.enter().await?;
        self.inner.space().await
    }
}

#[cfg(test)]
mod tests;
