//! Response bodies: nothing, bytes in memory, or a stream of known or unknown length. Knows nothing of requests.

#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};

/// Any error, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A response body. Chunks go to the socket as they are: a handler that streams should give large ones (256 KiB or so).
#[derive(Default)]
pub struct Body(Inner);

#[derive(Default)]
enum Inner {
    #[default]
    Empty,
    Full(Bytes),
    Stream {
        chunks: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
        left_bytes: Option<u64>,
    },
}

impl Body {
    /// Nothing.
    pub fn empty() -> Self {
        Self(Inner::Empty)
    }

    /// Bytes that are in memory.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() { Self::empty() } else { Self(Inner::Full(bytes)) }
    }

    /// Chunks as they come. With a length, the client is told it, and a stream that ends early or fails breaks the
    /// connection, so that the client can never take a part for the whole; bytes beyond it are not sent.
    pub fn stream(
        chunks: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
        length_bytes: Option<u64>,
    ) -> Self {
        Self(Inner::Stream { chunks: Box::pin(chunks), left_bytes: length_bytes })
    }

    /// Bytes still to come, if known.
    pub fn exact_bytes(&self) -> Option<u64> {
        match &self.0 {
            Inner::Empty => Some(0),
            Inner::Full(bytes) => u64::try_from(bytes.len()).ok(),
            Inner::Stream { left_bytes, .. } => *left_bytes,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::full(bytes)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Body").field("exact_bytes", &self.exact_bytes()).finish()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Inner::Stream { chunks, left_bytes } = &mut self.0 {
            let chunk = ready!(chunks.as_mut().poll_next(context)).transpose()?;
            if let (Some(left), Some(chunk)) = (left_bytes, &chunk) {
                *left = left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            }
            return Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))));
        }
        let whole = match std::mem::take(&mut self.0) {
            Inner::Full(bytes) => Some(Ok(Frame::data(bytes))),
            Inner::Empty | Inner::Stream { .. } => None,
        };
        Poll::Ready(whole)
    }

    /// A stream without a length that says itself that nothing follows needs not be asked for its end: it goes out with the last chunk.
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Stream { chunks, left_bytes: None } => chunks.size_hint().1 == Some(0),
            Inner::Stream { .. } | Inner::Empty | Inner::Full(_) => self.exact_bytes() == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.exact_bytes().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
