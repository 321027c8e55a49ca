//! The content that comes with a request, as the node reads it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use atoll_service::{Body, Error as NodeError};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

use crate::frames::{Fault, Reader};

/// The content that follows a request; `received` gets a permit at its end.
pub(super) fn body(reader: Reader, received: Arc<Semaphore>) -> Body {
    Box::pin(Upload { reader, received })
}

struct Upload {
    reader: Reader,
    received: Arc<Semaphore>,
}

impl Stream for Upload {
    type Item = Result<Bytes, NodeError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.reader.poll_next_unpin(context));
        if !matches!(piece, Some(Ok(_))) {
            self.received.add_permits(1);
        }
        Poll::Ready(piece.map(|piece| {
            piece.map_err(|fault| match fault {
                Fault::Theirs(error) => error,
                Fault::Link(error) => {
                    tracing::debug!(%error, "content from a member broke off");
                    NodeError::BodyInterrupted("the member that sent it broke off".to_owned())
                }
            })
        }))
    }
}
