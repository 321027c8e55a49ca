//! The low-water mark: writes stop while there is still room to delete, so that a full disk can be cured from outside.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atoll_host::{Host, Space};
use atoll_service::Error;
use atoll_store::Store;
use tokio::sync::Notify;

use crate::failure::from_store;

/// How long one look at the disk counts.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Bytes of content in the store, about: counted whole now and then, and by what comes and goes in between.
#[derive(Default)]
pub(crate) struct ContentBytes {
    bytes: AtomicU64,
    is_counted: AtomicBool,
    /// Somebody asked before they were counted.
    wanted: Notify,
}

impl ContentBytes {
    /// What the store was counted to hold.
    pub(crate) fn set(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.is_counted.store(true, Ordering::Release);
    }

    /// Content came. That it may have been there before is not looked at.
    pub(crate) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The bytes; `None` before they were counted, which is then wanted.
    pub(crate) fn get(&self) -> Option<u64> {
        if !self.is_counted.load(Ordering::Acquire) {
            self.wanted.notify_one();
            return None;
        }
        Some(self.bytes.load(Ordering::Relaxed))
    }

    /// Ends when somebody wants to know what was not counted yet.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }
}

/// Watches the room on the disk.
pub(crate) struct Disk {
    store: Arc<dyn Store>,
    host: Host,
    last: Mutex<Option<(Duration, Space)>>,
    /// Bytes that arrived since the last look: within a second a fast client fills more than the mark keeps free.
    arrived_bytes: AtomicU64,
}

impl Disk {
    pub(crate) fn new(store: Arc<dyn Store>, host: Host) -> Self {
        Self { store, host, last: Mutex::new(None), arrived_bytes: AtomicU64::new(0) }
    }

    /// Room on the disk, at most a second old.
    pub(crate) async fn space(&self) -> Result<Space, Error> {
        match self.fresh() {
            Some(space) => Ok(space),
            None => self.look().await,
        }
    }

    /// Refuses a write while fewer than `needed_bytes` are free.
    pub(crate) async fn admit_write(&self, needed_bytes: u64) -> Result<(), Error> {
        let left = |space: Space| space.free_bytes.saturating_sub(self.arrived_bytes.load(Ordering::Relaxed));
        if self.fresh().is_some_and(|space| left(space) >= needed_bytes) {
            return Ok(());
        }
        let free_bytes = self.look().await?.free_bytes;
        if free_bytes < needed_bytes { Err(Error::NoSpace { free_bytes, needed_bytes }) } else { Ok(()) }
    }

    /// Counts bytes that are about to be written, and refuses them as [`Disk::admit_write`] does.
    pub(crate) async fn admit_bytes(&self, arrived_bytes: u64, needed_bytes: u64) -> Result<(), Error> {
        self.arrived_bytes.fetch_add(arrived_bytes, Ordering::Relaxed);
        self.admit_write(needed_bytes).await
    }

    fn fresh(&self) -> Option<Space> {
        let now = self.host.clock.elapsed();
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.filter(|(when, _)| now.saturating_sub(*when) < LOOK_AGAIN_AFTER).map(|(_, space)| space)
    }

    async fn look(&self) -> Result<Space, Error> {
        let now = self.host.clock.elapsed();
        // Forgotten before the look, so that what arrives during it counts twice rather than not at all.
        self.arrived_bytes.store(0, Ordering::Relaxed);
        let space = self.store.space().await.map_err(|error| from_store("measuring the disk", error))?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, space));
        Ok(space)
    }
}
