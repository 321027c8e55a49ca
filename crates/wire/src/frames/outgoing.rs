//! A message and its content on the way out.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use atoll_service::{Body, Error as NodeError};
use bytes::Bytes;
use futures_core::Stream;

use super::{Frames, MAX_CHUNK_BYTES, MAX_ERROR_BYTES, Mark};
use crate::Error;

/// A message without content.
pub(crate) fn message(bytes: Bytes) -> Frames {
    Box::pin(Outgoing::new(bytes, None))
}

/// A message, then its content in pieces.
pub(crate) struct Outgoing {
    head: Option<Bytes>,
    body: Option<Body>,
    /// What is left of a piece whose mark was sent, or that is too long for one mark.
    piece: Bytes,
    /// Bytes of `piece` that the last mark announced.
    announced: usize,
}

impl Outgoing {
    pub(crate) fn new(head: Bytes, body: Option<Body>) -> Self {
        Self { head: Some(head), body, piece: Bytes::new(), announced: 0 }
    }

    /// Nothing follows, which is known without asking.
    pub(crate) fn is_over(&self) -> bool {
        self.head.is_none() && self.body.is_none() && self.announced == 0 && self.piece.is_empty()
    }

    fn mark(&mut self, mark: Mark) -> Bytes {
        self.announced = match mark {
            Mark::Piece(length) | Mark::Error(length) => length,
            Mark::End => 0,
        };
        Bytes::copy_from_slice(&mark.encode())
    }

    /// The next mark, or the piece that the last one announced; `None` if the content has to be asked.
    fn waiting(&mut self) -> Option<Bytes> {
        if let Some(head) = self.head.take() {
            return Some(head);
        }
        if self.announced > 0 {
            let piece = self.piece.split_to(self.announced.min(self.piece.len()));
            self.announced = 0;
            return Some(piece);
        }
        (!self.piece.is_empty()).then(|| self.mark(Mark::Piece(self.piece.len().min(MAX_CHUNK_BYTES))))
    }

    /// The mark that ends the content, which is not asked again.
    fn last(&mut self, error: Option<&NodeError>) -> Bytes {
        self.body = None;
        let Some(error) = error else { return self.mark(Mark::End) };
        let encoded = postcard::to_stdvec(error).ok().filter(|bytes| bytes.len() <= MAX_ERROR_BYTES);
        self.piece = encoded.unwrap_or_else(|| brief(error)).into();
        self.mark(Mark::Error(self.piece.len()))
    }
}

/// An error whose own text is too long to travel.
fn brief(error: &NodeError) -> Vec<u8> {
    let kind = format!("the content ended with an error of the kind {:?}", error.kind());
    postcard::to_stdvec(&NodeError::Internal(kind)).unwrap_or_default()
}

impl Stream for Outgoing {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(bytes) = self.waiting() {
                return Poll::Ready(Some(Ok(bytes)));
            }
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            match ready!(body.as_mut().poll_next(context)) {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Poll::Ready(Some(Ok(self.last(Some(&error))))),
                None => return Poll::Ready(Some(Ok(self.last(None)))),
            }
        }
    }

    /// Tells the end before it is asked for, so that it can travel with the last bytes.
    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.is_over() { (0, Some(0)) } else { (1, None) }
    }
}
