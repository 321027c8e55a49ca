//! Request bodies as streams that tell a stalled, a cut-off and a malformed body apart.

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use atoll_fault as fault;
use atoll_host::Clock;
use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;

use crate::idle::Idle;

/// A request body, as a stream of chunks as they arrived. Dropping it before its end closes an HTTP/1 connection once the
/// answer is sent; a client that asked with `Expect: 100-continue` is told to go on when the body is first polled.
pub struct Incoming(Inner);

enum Inner {
    Wire(Wire),
    Memory(Option<Bytes>),
}

struct Wire {
    body: hyper::body::Incoming,
    idle: Option<Idle>,
}

/// Why a request body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// No byte came for so long.
    #[error("the request body stalled: no byte arrived for {} seconds", limit.as_secs_f64())]
    Stalled {
        /// The idle time-out.
        limit: Duration,
    },
    /// The client went away, or cancelled the request, before the announced end.
    #[error("the request body was cut off before its end")]
    CutOff {
        /// What the connection said.
        source: hyper::Error,
    },
    /// The chunked transfer encoding is broken.
    #[error("the request body is not valid in its transfer encoding")]
    Malformed {
        /// What the parser said.
        source: hyper::Error,
    },
}

impl Incoming {
    /// A body that is in memory: for callers that answer requests without a socket.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Inner::Memory(Some(bytes.into()).filter(|bytes| !bytes.is_empty())))
    }

    /// Bytes still to come, if the client told.
    pub fn exact_bytes(&self) -> Option<u64> {
        match &self.0 {
            Inner::Wire(wire) => wire.body.size_hint().exact(),
            Inner::Memory(bytes) => u64::try_from(bytes.as_ref().map_or(0, Bytes::len)).ok(),
        }
    }

    /// Whether nothing is to come, known without waiting.
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Inner::Wire(wire) => wire.body.is_end_stream(),
            Inner::Memory(bytes) => bytes.is_none(),
        }
    }

    pub(crate) fn from_wire(
        body: hyper::body::Incoming,
        clock: &Arc<dyn Clock>,
        limit: Option<Duration>,
    ) -> Self {
        if body.is_end_stream() {
            return Self(Inner::Memory(None));
        }
        let idle = limit.map(|limit| Idle::new(clock, limit));
        Self(Inner::Wire(Wire { body, idle }))
    }
}

impl IncomingError {
    /// The kind, for the caller that decides what to do.
    pub fn kind(&self) -> fault::Kind {
        match self {
            Self::Stalled { .. } => fault::Kind::TimedOut,
            Self::CutOff { .. } => fault::Kind::Interrupted,
            Self::Malformed { .. } => fault::Kind::Invalid,
        }
    }

    fn from_wire(source: hyper::Error) -> Self {
        let mut cause = std::error::Error::source(&source);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>()
                && matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
            {
                return Self::Malformed { source };
            }
            cause = error.source();
        }
        Self::CutOff { source }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Incoming").field("exact_bytes", &self.exact_bytes()).finish()
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, IncomingError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Inner::Memory(bytes) => Poll::Ready(bytes.take().map(Ok)),
            Inner::Wire(wire) => wire.poll(context),
        }
    }
}

impl Wire {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, IncomingError>>> {
        loop {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Some(idle) = &mut self.idle {
                        idle.moved();
                    }
                    // Trailers say nothing that anybody here asks for.
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(IncomingError::from_wire(error))));
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    let Some(idle) = &mut self.idle else { return Poll::Pending };
                    return idle.poll(context).map(|limit| Some(Err(IncomingError::Stalled { limit })));
                }
            }
        }
    }
}
