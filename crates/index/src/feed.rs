//! The feed of committed changes, for whoever follows them inside this process.
//!
//! Everything published has a number. Of the three steps that make a change known, its rows come first, then the number, then the
//! message: whoever subscribes, then reads [`crate::Index::sequence`], then takes a snapshot, finds in the snapshot everything up
//! to that number, and hears everything above it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use atoll_placement::Shard;
use bytes::Bytes;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::Change;

/// Changes kept for followers that are slower than the writer; the writer never waits for them.
pub const FEED_CAPACITY: usize = 4_096;

/// The writer's end.
#[derive(Clone)]
pub(crate) struct Feed {
    sender: broadcast::Sender<Heard>,
    sequence: Arc<AtomicU64>,
}

/// Follows the changes of all shards from when it was made.
pub struct Subscription(broadcast::Receiver<Heard>);

/// What a follower hears. The numbers of one process rise by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A committed change; those of one shard come in the order of their positions.
    Change {
        /// Its number.
        sequence: u64,
        /// The change.
        change: Arc<Change>,
        /// The facts of the manifest that it puts, if its command carried any.
        facts: Bytes,
    },
    /// The shard is served here from now on, with whatever rows it has: they have to be read.
    Held {
        /// Its number.
        sequence: u64,
        /// The shard.
        shard: Shard,
    },
    /// The shard is no longer served here: what is known of it has to be forgotten.
    Left {
        /// Its number.
        sequence: u64,
        /// The shard.
        shard: Shard,
    },
    /// The follower was too slow: so many messages passed unheard. It has to read the rows, as a new follower does.
    Missed(u64),
    /// The index was closed.
    Closed,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::channel(FEED_CAPACITY).0, sequence: Arc::new(AtomicU64::new(0)) }
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription(self.sender.subscribe())
    }

    /// Number of what was published last; zero before the first.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }

    /// Publishes what `message` makes of its number. There is one writer, so numbers and messages come in the same order.
    pub(crate) fn publish(&self, message: impl FnOnce(u64) -> Heard) {
        let sequence = self.sequence.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        // An error says that nobody follows.
        let _followers = self.sender.send(message(sequence));
    }
}

impl Subscription {
    /// The next thing to hear. May be dropped while waiting without losing anything.
    pub async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(heard) => heard,
            Err(RecvError::Lagged(missed)) => Heard::Missed(missed),
            Err(RecvError::Closed) => Heard::Closed,
        }
    }
}
