//! Pieces of a body gathered into batches, so that writing and hashing them is worth a trip to another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atoll_host::{BoxFuture, Clock};
use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::Incoming;

/// A batch of this size is written.
const BATCH_BYTES: usize = 512 << 10;

/// A batch of this many pieces is written, however small they are.
const MAX_PIECES: usize = 1_024;

/// A batch of this age is written, so that a slow upload holds what arrived in a moment and nothing more.
const MAX_AGE: Duration = Duration::from_millis(20);

/// When the batches of all uploads hold more than this, each piece is a batch of its own: the disk is the bottleneck, and more
/// memory would not make it faster.
const BUDGET_BYTES: usize = 64 << 20;

/// Bytes that the batches of all uploads hold.
#[derive(Default)]
pub(super) struct Budget {
    held_bytes: AtomicUsize,
}

/// Pieces that follow one another.
pub(super) struct Batch {
    pieces: Vec<Bytes>,
    bytes: usize,
    budget: Arc<Budget>,
}

/// What comes after a batch.
pub(super) enum After {
    More,
    End,
    Interrupted(String),
}

/// Waits for the next pieces, until they make a batch or the body ends. The batch may be empty only at the end.
pub(super) async fn gather(body: &mut Incoming, budget: &Arc<Budget>, clock: &dyn Clock) -> (Batch, After) {
    let mut batch = Batch { pieces: Vec::new(), bytes: 0, budget: Arc::clone(budget) };
    let mut age: Option<BoxFuture<'static, ()>> = None;
    while !batch.is_full() {
        let piece = match age.as_mut() {
            None => body.next().await,
            Some(old) => tokio::select! {
                biased;
                piece = body.next() => piece,
                () = old => return (batch, After::More),
            },
        };
        match piece {
            Some(Ok(piece)) => batch.push(piece),
            Some(Err(why)) => return (batch, After::Interrupted(why)),
            None => return (batch, After::End),
        }
        if !batch.is_empty() {
            age.get_or_insert_with(|| clock.sleep(MAX_AGE));
        }
    }
    (batch, After::More)
}

impl Batch {
    pub(super) fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        self.budget.held_bytes.fetch_add(piece.len(), Ordering::Relaxed);
        self.bytes += piece.len();
        self.pieces.push(piece);
    }

    fn is_full(&self) -> bool {
        let is_crowded = || self.budget.held_bytes.load(Ordering::Relaxed) > BUDGET_BYTES;
        self.bytes >= BATCH_BYTES || self.pieces.len() >= MAX_PIECES || (!self.is_empty() && is_crowded())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.budget.held_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
