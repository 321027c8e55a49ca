//! The feed of committed changes, for whoever follows them inside this process.

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::Change;

/// Changes kept for followers that are slower than the writer; the writer never waits for them.
pub const FEED_CAPACITY: usize = 4_096;

/// The writer's end.
#[derive(Clone)]
pub(crate) struct Feed(broadcast::Sender<Arc<Change>>);

/// Follows the changes of all shards from when it was made.
pub struct Subscription(broadcast::Receiver<Arc<Change>>);

/// What a follower hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A committed change; those of one shard come in the order of their positions.
    Change(Arc<Change>),
    /// The follower was too slow: so many changes passed unheard. It has to read [`crate::View::changes`] or the rows.
    Missed(u64),
    /// The index was closed.
    Closed,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(FEED_CAPACITY).0)
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription(self.0.subscribe())
    }

    pub(crate) fn publish(&self, change: &Arc<Change>) {
        // An error says that nobody follows.
        let _followers = self.0.send(Arc::clone(change));
    }
}

impl Subscription {
    /// The next thing to hear. May be dropped while waiting without losing anything.
    pub async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(change) => Heard::Change(change),
            Err(RecvError::Lagged(missed)) => Heard::Missed(missed),
            Err(RecvError::Closed) => Heard::Closed,
        }
    }
}
