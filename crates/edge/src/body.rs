//! Request bodies: from the connection to the node, and what is left of them when nobody wants them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use atoll_fault::Kind;
use atoll_host::Clock;
use atoll_net::Incoming;
use atoll_service::{self as service, Body, empty_body};
use atoll_telemetry::metrics::Recorder;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::future::select;

use crate::answer::length_of;
use crate::error::Error;
use crate::limits::Held;

/// Most bytes of an unwanted body that are read and thrown away, so that a client which sends before it listens gets to see why it
/// was refused.
const MAX_DRAINED_BYTES: u64 = 8 << 20;
/// Longest time spent on that.
const MAX_DRAIN: Duration = Duration::from_secs(5);

/// What is known of a body after the node has dropped it.
pub(crate) struct Loan(Option<Arc<Mutex<Rest>>>);

#[derive(Default)]
struct Rest {
    unread: Option<Incoming>,
    stalled: bool,
}

struct Lent {
    incoming: Option<Incoming>,
    rest: Arc<Mutex<Rest>>,
    recorder: Recorder,
}

/// The body as the node takes it, and a hand on what it leaves.
pub(crate) fn lend(incoming: Incoming, recorder: &Recorder) -> (Body, Loan) {
    if incoming.is_finished() {
        return (empty_body(), Loan(None));
    }
    let rest = Arc::<Mutex<Rest>>::default();
    let lent = Lent { incoming: Some(incoming), rest: Arc::clone(&rest), recorder: recorder.clone() };
    (Box::pin(lent), Loan(Some(rest)))
}

impl Loan {
    /// Whether the body ended because no byte came for too long.
    pub(crate) fn has_stalled(&self) -> bool {
        self.0.as_ref().is_some_and(|rest| lock(rest).stalled)
    }

    /// Reads what nobody wanted and throws it away, within limits.
    pub(crate) async fn drain(&self, clock: &Arc<dyn Clock>) {
        let unread = self.0.as_ref().and_then(|rest| lock(rest).unread.take());
        if let Some(unread) = unread {
            select(Box::pin(discard(unread)), clock.sleep(MAX_DRAIN)).await;
        }
    }
}

async fn discard(mut incoming: Incoming) {
    let mut read = 0;
    while let Some(Ok(chunk)) = incoming.next().await {
        read += length_of(&chunk);
        if read > MAX_DRAINED_BYTES {
            return;
        }
    }
}

fn lock(rest: &Mutex<Rest>) -> std::sync::MutexGuard<'_, Rest> {
    rest.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stream for Lent {
    type Item = Result<Bytes, service::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(incoming) = self.incoming.as_mut() else { return Poll::Ready(None) };
        let next = ready!(Pin::new(incoming).poll_next(context));
        match next {
            Some(Ok(chunk)) => {
                self.recorder.bytes_received(length_of(&chunk));
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => {
                self.incoming = None;
                lock(&self.rest).stalled = error.kind() == Kind::TimedOut;
                Poll::Ready(Some(Err(service::Error::BodyInterrupted(error.to_string()))))
            }
            None => {
                self.incoming = None;
                Poll::Ready(None)
            }
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        lock(&self.rest).unread = self.incoming.take();
    }
}

/// Reads a manifest into memory. `announced` is the length the client told, if it did: too long a body is refused before it is read.
/// One that comes in pieces takes from `held`, so that many slow clients cannot fill the memory.
pub(crate) async fn collect(
    mut body: Body,
    (announced, limit_bytes): (Option<u64>, usize),
    held: &mut Held,
) -> Result<Bytes, Error> {
    let too_large = || Error::ManifestTooLarge { limit_bytes };
    let announced = announced.map_or(Ok(0), usize::try_from).map_err(|_too_long| too_large())?;
    if announced > limit_bytes {
        return Err(too_large());
    }
    let first = body.next().await.transpose()?.unwrap_or_default();
    let second = body.next().await.transpose()?;
    let Some(mut chunk) = second else {
        return if first.len() > limit_bytes { Err(too_large()) } else { Ok(first) };
    };
    held.grow(first.len())?;
    let mut content = BytesMut::with_capacity(announced.max(first.len()));
    content.extend_from_slice(&first);
    loop {
        if content.len() + chunk.len() > limit_bytes {
            return Err(too_large());
        }
        held.grow(chunk.len())?;
        content.extend_from_slice(&chunk);
        match body.next().await {
            Some(next) => chunk = next?,
            None => return Ok(content.freeze()),
        }
    }
}

#[cfg(test)]
mod tests;
