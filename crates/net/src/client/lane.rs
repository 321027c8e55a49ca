//! Connections of one sort to one destination.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as Turn;

use super::Error;
use super::http2::Sender;

/// The connections of a lane, and whose turn it is to open one.
pub(super) struct Connections {
    most: usize,
    /// Requests on the least busy connection from which on another one is opened.
    busy: usize,
    open: Mutex<Vec<Sender>>,
    /// Held while a connection is opened; tells when opening last failed, and why.
    pub(super) turn: Turn<Option<(Duration, Error)>>,
}

/// A request on a connection, counted until it is dropped.
pub(super) struct Load(Arc<AtomicUsize>);

/// A connection to use, and whether it is time to open another one.
pub(super) struct Choice {
    pub(super) sender: Sender,
    pub(super) load: Load,
    pub(super) wants_another: bool,
}

impl Connections {
    pub(super) fn new(most: usize, busy: usize) -> Self {
        Self { most, busy, open: Mutex::new(Vec::new()), turn: Turn::new(None) }
    }

    /// The least busy connection, if any is open.
    pub(super) fn choose(&self) -> Option<Choice> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|sender| !sender.is_closed());
        let count = open.len();
        let chosen = open.iter().min_by_key(|sender| sender.load().load(Relaxed))?;
        let wants_another = count < self.most && chosen.load().load(Relaxed) >= self.busy;
        let load = Load::on(chosen.load());
        Some(Choice { sender: chosen.clone(), load, wants_another })
    }

    pub(super) fn add(&self, sender: Sender) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Load {
    pub(super) fn on(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(Arc::clone(count))
    }

    /// How many there are, this one included.
    pub(super) fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
