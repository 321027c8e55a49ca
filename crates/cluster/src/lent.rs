//! A body that can be offered again as long as nobody has taken anything from it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use atoll_service::{Body, Error};
use bytes::Bytes;
use futures_util::Stream;

/// Keeps a body and lends it.
pub(crate) struct Lender(Arc<Mutex<Kept>>);

struct Kept {
    body: Body,
    is_begun: bool,
}

struct Loan(Arc<Mutex<Kept>>);

impl Lender {
    pub(crate) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Kept { body, is_begun: false })))
    }

    /// The body. Only one borrower at a time may read.
    pub(crate) fn lend(&self) -> Body {
        Box::pin(Loan(Arc::clone(&self.0)))
    }

    /// Whether somebody has taken something, so that nobody else can have the whole.
    pub(crate) fn is_begun(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_begun
    }
}

impl Stream for Loan {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let piece = ready!(kept.body.as_mut().poll_next(context));
        kept.is_begun = true;
        Poll::Ready(piece)
    }
}

#[cfg(test)]
mod tests;
