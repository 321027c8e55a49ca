//! Keeps a sweep from removing bytes that a push is about to link.
//!
//! A push holds its digest's pin from before it relies on the bytes until its command is committed. The sweep holds the pin alone
//! while it looks for links and removes. So either the sweep sees the link, or the push sees that the bytes are gone.

use atoll_oci::Digest;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Number of locks the digests are spread over.
const STRIPES: usize = 256;

/// A fixed number of locks over all digests.
pub(crate) struct Pins(Vec<RwLock<()>>);

impl Pins {
    pub(crate) fn new() -> Self {
        Self((0..STRIPES).map(|_| RwLock::new(())).collect())
    }

    /// Held by a push; many may hold it at once.
    pub(crate) async fn hold(&self, digest: &Digest) -> Option<RwLockReadGuard<'_, ()>> {
        Some(self.stripe(digest)?.read().await)
    }

    /// Held by the sweep, alone.
    pub(crate) async fn hold_alone(&self, digest: &Digest) -> Option<RwLockWriteGuard<'_, ()>> {
        Some(self.stripe(digest)?.write().await)
    }

    fn stripe(&self, digest: &Digest) -> Option<&RwLock<()>> {
        let first = digest.bytes().first().copied().unwrap_or_default();
        self.0.get(usize::from(first) % STRIPES)
    }
}
