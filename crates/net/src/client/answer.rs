//! An answer, and its body as it comes.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use atoll_host::Clock;
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Response, StatusCode};
use http_body::Body as _;

use super::Error;
use super::http2::Received;
use super::lane::Load;
use crate::idle::Idle;

/// An answer, whose body is a stream. Dropping it before its end cancels the request at the other side.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Source,
    idle: Option<Idle>,
    /// Counted until the answer is over.
    _loads: Vec<Load>,
}

/// Where the body comes from.
pub(super) enum Source {
    Plain(hyper::body::Incoming),
    Http2(Received),
}

impl Answer {
    pub(super) fn new(
        response: Response<impl Into<Source>>,
        (clock, limit): (&Arc<dyn Clock>, Option<Duration>),
        loads: Vec<Load>,
    ) -> Self {
        let (parts, body) = response.into_parts();
        let idle = limit.map(|limit| Idle::new(clock, limit));
        Self { status: parts.status, headers: parts.headers, body: body.into(), idle, _loads: loads }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Source {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        match self {
            Self::Http2(body) => {
                body.poll_data(context).map(|piece| Some(piece?.map_err(|error| Error::broken(&error))))
            }
            Self::Plain(body) => loop {
                match ready!(Pin::new(&mut *body).poll_frame(context)) {
                    // Trailers say nothing that anybody here asks for.
                    Some(Ok(frame)) if frame.is_data() => {
                        return Poll::Ready(frame.into_data().ok().map(Ok));
                    }
                    Some(Ok(_trailers)) => {}
                    Some(Err(error)) => return Poll::Ready(Some(Err(Error::broken(&error)))),
                    None => return Poll::Ready(None),
                }
            },
        }
    }
}

impl From<hyper::body::Incoming> for Source {
    fn from(body: hyper::body::Incoming) -> Self {
        Self::Plain(body)
    }
}

impl From<Received> for Source {
    fn from(body: Received) -> Self {
        Self::Http2(body)
    }
}

impl Stream for Answer {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = self.body.poll(context);
        let Some(idle) = &mut self.idle else { return piece };
        if piece.is_ready() {
            idle.moved();
            return piece;
        }
        idle.poll(context).map(|limit| Some(Err(Error::Stalled { limit })))
    }
}
