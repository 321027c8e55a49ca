//! Content in transit.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::Error;

/// Pieces of content in order. Ends after the first error; a reader must not take a stream that ended in an error for the whole.
pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

struct Once(Option<Bytes>);

impl Stream for Once {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

/// A body without content.
pub fn empty_body() -> Body {
    Box::pin(Once(None))
}

/// A body of one piece.
pub fn full_body(content: Bytes) -> Body {
    Box::pin(Once(Some(content)))
}
