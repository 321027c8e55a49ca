//! The low-water mark: writes stop while there is still room to delete, so that a full disk can be cured from outside.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atoll_host::{Host, Space};
use atoll_service::Error;
use atoll_store::Store;

use crate::failure::from_store;

/// How long one look at the disk counts.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Watches the room on the disk.
pub(crate) struct Disk {
    store: Arc<dyn Store>,
    host: Host,
    last: Mutex<Option<(Duration, Space)>>,
}

impl Disk {
    pub(crate) fn new(store: Arc<dyn Store>, host: Host) -> Self {
        Self { store, host, last: Mutex::new(None) }
    }

    /// Room on the disk, at most a second old.
    pub(crate) async fn space(&self) -> Result<Space, Error> {
        let now = self.host.clock.elapsed();
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, space)) = last
            && now.saturating_sub(when) < LOOK_AGAIN_AFTER
        {
            return Ok(space);
        }
        let space = self.store.space().await.map_err(|error| from_store("measuring the disk", error))?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, space));
        Ok(space)
    }

    /// Refuses a write while fewer than `needed_bytes` are free.
    pub(crate) async fn admit_write(&self, needed_bytes: u64) -> Result<(), Error> {
        let free_bytes = self.space().await?.free_bytes;
        if free_bytes < needed_bytes { Err(Error::NoSpace { free_bytes, needed_bytes }) } else { Ok(()) }
    }
}
