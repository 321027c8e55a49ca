//! One open upload, as far as this process remembers it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use atoll_oci::{Algorithm, Digest, Hasher};
use atoll_placement::UploadId;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::Error;

/// What is remembered of an upload. Forgetting it costs one more reading of its file, never its bytes.
pub(super) struct Session {
    id: UploadId,
    received: AtomicU64,
    running: Arc<Mutex<Running>>,
    early_sync: Arc<Mutex<Option<io::ErrorKind>>>,
}

/// What only the present writer may touch.
pub(super) struct Running {
    /// Digests of all bytes received; `None` when a part of them was received by another process.
    hashers: Option<Vec<Hasher>>,
    unsynced_bytes: u64,
}

/// The right to write to an upload. It moves into the blocking calls that write, so that an abandoned request keeps it until
/// its last write is over.
pub(super) struct Turn {
    session: Arc<Session>,
    running: OwnedMutexGuard<Running>,
}

impl Session {
    /// An upload that begins in this process.
    pub(super) fn begun(id: UploadId, also: Option<Algorithm>) -> Self {
        let also = also.filter(|algorithm| *algorithm != Algorithm::Sha256);
        let algorithms = [Some(Algorithm::Sha256), also];
        Self::new(id, 0, Some(algorithms.into_iter().flatten().map(Hasher::new).collect()))
    }

    /// An upload whose file was found with `received` bytes.
    pub(super) fn found(id: UploadId, received: u64) -> Self {
        Self::new(id, received, None)
    }

    fn new(id: UploadId, received: u64, hashers: Option<Vec<Hasher>>) -> Self {
        let running = Arc::new(Mutex::new(Running { hashers, unsynced_bytes: 0 }));
        Self { id, received: AtomicU64::new(received), running, early_sync: Arc::default() }
    }

    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::SeqCst)
    }

    /// Takes the turn, unless somebody has it.
    pub(super) fn turn(self: Arc<Self>) -> Result<Turn, Error> {
        let running = Arc::clone(&self.running).try_lock_owned().map_err(|_taken| Error::Busy(self.id))?;
        Ok(Turn { session: self, running })
    }
}

impl Turn {
    pub(super) fn id(&self) -> UploadId {
        self.session.id
    }

    pub(super) fn received(&self) -> u64 {
        self.session.received()
    }

    /// Counts and hashes bytes that are in the file now.
    pub(super) fn take(&mut self, piece: &[u8]) {
        for hasher in self.running.hashers.iter_mut().flatten() {
            hasher.update(piece);
        }
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.running.unsynced_bytes = self.running.unsynced_bytes.saturating_add(length);
        self.session.received.fetch_add(length, Ordering::SeqCst);
    }

    /// The file turned out to hold fewer bytes than were counted: only they count now, and their digest is not known.
    pub(super) fn shrink(&mut self, length_bytes: u64) {
        self.running.hashers = None;
        self.session.received.store(length_bytes, Ordering::SeqCst);
    }

    /// The digest of everything received, if it was computed on the way.
    pub(super) fn digest(&self, algorithm: Algorithm) -> Option<Digest> {
        let mut hashers = self.running.hashers.iter().flatten();
        hashers.find(|hasher| hasher.algorithm() == algorithm).map(|hasher| hasher.clone().finish())
    }

    /// The place for the outcome of an early flush, once `threshold_bytes` were written since the last and none is running.
    pub(super) fn due_early_sync(
        &mut self,
        threshold_bytes: u64,
    ) -> Option<OwnedMutexGuard<Option<io::ErrorKind>>> {
        if self.running.unsynced_bytes < threshold_bytes {
            return None;
        }
        let outcome =
            Arc::clone(&self.session.early_sync).try_lock_owned().ok().filter(|failed| failed.is_none())?;
        self.running.unsynced_bytes = 0;
        Some(outcome)
    }

    /// Waits for a running early flush; gives the failure of any.
    pub(super) async fn early_sync_failure(&self) -> Option<io::ErrorKind> {
        *self.session.early_sync.lock().await
    }
}
