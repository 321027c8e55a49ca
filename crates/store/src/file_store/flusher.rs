//! Group flush: callers that want the same folder durable share one call to the disk.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::disk::Disk;
use super::paths::Rack;
use crate::Error;

/// Makes the names in racks durable.
pub(super) struct Flusher {
    disk: Disk,
    /// At most one queue for each of the 256 racks of each algorithm.
    queues: Mutex<HashMap<Rack, Arc<Queue>>>,
}

/// The callers of one rack. Whoever holds the lock flushes for all who drew a ticket before the flush began.
#[derive(Default)]
struct Queue {
    drawn: AtomicU64,
    served: tokio::sync::Mutex<Served>,
}

#[derive(Default)]
struct Served {
    /// Tickets up to this one are served.
    upto: u64,
    /// Tickets up to this one were served by a flush that failed: it is not known what of theirs is durable.
    failed: Option<(u64, io::ErrorKind)>,
}

impl Flusher {
    pub(super) fn new(disk: Disk) -> Self {
        Self { disk, queues: Mutex::default() }
    }

    /// Returns when every name that was in the rack at the time of the call is durable.
    pub(super) async fn flush(&self, rack: Rack) -> Result<(), Error> {
        if !self.disk.durable {
            return Ok(());
        }
        let queue = self.queue(rack);
        let ticket = queue.drawn.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let mut served = queue.served.lock().await;
        if served.upto < ticket {
            let upto = queue.drawn.load(Ordering::SeqCst);
            let path = self.disk.paths.rack(rack);
            let flushed = self.disk.run(WHAT, move |files| Ok(files.sync_dir(&path).err())).await?;
            served.upto = upto;
            if let Some(error) = flushed {
                served.failed = Some((upto, error.kind()));
                return Err(Error::from_io(WHAT, error));
            }
        }
        match served.failed {
            // A failed flush may have dropped the very changes that the next one then reports as durable.
            Some((upto, kind)) if ticket <= upto => Err(Error::from_io(WHAT, kind.into())),
            _ => Ok(()),
        }
    }

    fn queue(&self, rack: Rack) -> Arc<Queue> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(rack).or_default())
    }
}

const WHAT: &str = "making a folder durable";

#[cfg(test)]
mod tests;
