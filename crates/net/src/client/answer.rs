//! An answer, and its body as it comes.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use atoll_host::Clock;
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Response, StatusCode};
use http_body::Body as _;

use super::Error;
use super::lane::Load;
use crate::idle::Idle;

/// An answer, whose body is a stream. Dropping it before its end cancels the request at the other side.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: hyper::body::Incoming,
    idle: Option<Idle>,
    /// Counted until the answer is over.
    _loads: Vec<Load>,
}

impl Answer {
    pub(super) fn new(
        response: Response<hyper::body::Incoming>,
        (clock, limit): (&Arc<dyn Clock>, Option<Duration>),
        loads: Vec<Load>,
    ) -> Self {
        let (parts, body) = response.into_parts();
        let idle = limit.map(|limit| Idle::new(clock, limit));
        Self { status: parts.status, headers: parts.headers, body, idle, _loads: loads }
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

impl Stream for Answer {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
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
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(Error::broken(&error)))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    let Some(idle) = &mut self.idle else { return Poll::Pending };
                    return idle.poll(context).map(|limit| Some(Err(Error::Stalled { limit })));
                }
            }
        }
    }
}
