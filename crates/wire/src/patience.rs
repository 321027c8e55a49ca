//! How long a member waits for another.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use atoll_host::Clock;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

use crate::frames::Outgoing;
use crate::{Error, Method};

/// Time limits of calls. A deadline of the caller counts before them; bodies may take as long as they move.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For an answer to a quick call whose caller set no deadline.
    pub quick: Duration,
    /// For an answer to a call that reads or writes as much as there is, and whose caller set no deadline.
    pub slow: Duration,
    /// For the other side to take the next piece of a request's body.
    pub idle: Duration,
}

impl Default for Patience {
    /// 30 s, 15 min, 60 s.
    fn default() -> Self {
        Self { quick: Duration::from_secs(30), slow: Duration::from_mins(15), idle: Duration::from_mins(1) }
    }
}

impl Patience {
    /// For an answer to this method whose caller set no deadline.
    pub(crate) fn with(&self, method: Method) -> Duration {
        if method.is_slow() { self.slow } else { self.quick }
    }
}

/// How far the request is, as its stream is asked for bytes.
pub(crate) struct Progress {
    clock: Arc<dyn Clock>,
    bytes: AtomicU64,
    /// The last piece was handed over and the next one was not asked for: the other side has to take it first.
    is_with_peer: AtomicBool,
    /// When that began, in nanoseconds of the clock.
    since: AtomicU64,
    sent: Semaphore,
}

/// What is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// The other side takes no bytes.
    Idle,
    /// The time for an answer.
    Answer,
}

impl Progress {
    pub(crate) fn new(clock: &Arc<dyn Clock>) -> Arc<Self> {
        let progress = Self {
            clock: Arc::clone(clock),
            bytes: AtomicU64::new(0),
            is_with_peer: AtomicBool::new(true),
            since: AtomicU64::new(0),
            sent: Semaphore::new(0),
        };
        // Until the first byte is asked for, it is the way there that makes us wait.
        progress.handed_over(0);
        Arc::new(progress)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// Ends when the request was sent whole, and then `answer` has passed; or when the other side has taken nothing for `idle`.
    pub(crate) async fn expired(&self, idle: Duration, answer: Duration) -> Expiry {
        tokio::select! {
            biased;
            _sent = self.sent.acquire() => {}
            () = self.stalled(idle) => return Expiry::Idle,
        }
        self.clock.sleep(answer).await;
        Expiry::Answer
    }

    async fn stalled(&self, idle: Duration) {
        let mut wait = idle;
        loop {
            self.clock.sleep(wait).await;
            let waited = self.clock.elapsed().saturating_sub(Duration::from_nanos(self.since.load(Relaxed)));
            // While it is our own source that is slow, whoever feeds it keeps the time.
            wait = if self.is_with_peer.load(Relaxed) { idle.saturating_sub(waited) } else { idle };
            if wait.is_zero() {
                return;
            }
        }
    }

    fn handed_over(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or_default(), Relaxed);
        let now = u64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.since.store(now, Relaxed);
        self.is_with_peer.store(true, Relaxed);
    }
}

/// A request on its way out, which notes how far it is.
pub(crate) struct Noted {
    pub(crate) frames: Outgoing,
    pub(crate) progress: Arc<Progress>,
}

impl Stream for Noted {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.progress.is_with_peer.store(false, Relaxed);
        let piece = ready!(self.frames.poll_next_unpin(context));
        match &piece {
            Some(Ok(bytes)) => self.progress.handed_over(bytes.len()),
            Some(Err(_)) | None => self.progress.sent.add_permits(1),
        }
        if piece.is_some() && self.frames.is_over() {
            // Whoever knows that nothing follows does not ask for it.
            self.progress.sent.add_permits(1);
        }
        Poll::Ready(piece)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.frames.size_hint()
    }
}
