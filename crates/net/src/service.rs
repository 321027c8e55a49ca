//! Between the HTTP library and the handler: refuses what is malformed, and keeps the account of requests under way.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use atoll_host::BoxFuture;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body::{Frame, SizeHint};

use crate::activity::{Activity, Busy};
use crate::mutual::Proven;
use crate::{Body, BoxError, Handler, Incoming, Peer};

/// Serves the requests of one connection.
pub(crate) struct Service {
    handler: Arc<dyn Handler>,
    peer: Peer,
    /// On a mutual listener: who the client has proved to be.
    proven: Option<Proven>,
    activity: Arc<Activity>,
    calls: AtomicU64,
}

/// The answer to come.
pub(crate) struct Answer {
    state: State,
    busy: Option<Busy>,
}

enum State {
    Refused(Refusal),
    Running(BoxFuture<'static, Response<Body>>),
}

/// A response body on its way out.
pub(crate) struct Sending {
    body: Body,
    _busy: Option<Busy>,
}

#[derive(Debug, Clone, Copy)]
struct Refusal {
    status: StatusCode,
    sentence: &'static str,
}

impl Service {
    pub(crate) fn new(
        handler: Arc<dyn Handler>,
        (peer, proven): (Peer, Option<Proven>),
        activity: Arc<Activity>,
    ) -> Self {
        Self { handler, peer, proven, activity, calls: AtomicU64::new(0) }
    }
}

impl hyper::service::Service<Request<hyper::body::Incoming>> for Service {
    type Response = Response<Sending>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<hyper::body::Incoming>) -> Answer {
        let ordinal = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let busy = Some(self.activity.request_begun());
        let ambiguous = self.activity.is_ambiguous(ordinal);
        if let Some(refusal) = refusal(&request, ambiguous, self.activity.limits.max_head_bytes) {
            return Answer { state: State::Refused(refusal), busy };
        }
        let limit = self.activity.limits.read_idle;
        let mut request = request.map(|body| Incoming::from_wire(body, &self.activity.clock, limit));
        if let Some(proven) = &self.proven {
            request.extensions_mut().insert(proven.clone());
        }
        Answer { state: State::Running(self.handler.call(request, self.peer)), busy }
    }
}

/// What RFC 9112 wants refused and the library lets pass: a length told in two ways (section 6.3), a transfer encoding
/// other than `chunked` (section 6.1), and a missing or repeated `Host` (section 3.2).
///
/// The library bounds the head by its buffer, which is larger than the limit where the limit is small.
fn refusal<B>(request: &Request<B>, ambiguous: bool, max_head_bytes: usize) -> Option<Refusal> {
    if head_bytes(request) > max_head_bytes {
        let sentence = "the request head is larger than this server accepts";
        return Some(Refusal { status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, sentence });
    }
    if request.version() >= Version::HTTP_2 {
        return None;
    }
    let bad = |sentence| Some(Refusal { status: StatusCode::BAD_REQUEST, sentence });
    if ambiguous {
        return bad("the length of the request body is told more than once");
    }
    let mut encodings = request.headers().get_all(TRANSFER_ENCODING).iter();
    if let Some(first) = encodings.next()
        && (encodings.next().is_some() || !first.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        let sentence = "the only transfer encoding served here is chunked, once";
        return Some(Refusal { status: StatusCode::NOT_IMPLEMENTED, sentence });
    }
    let hosts = request.headers().get_all(HOST).iter().count();
    match (request.version() == Version::HTTP_11, hosts) {
        (true, 0) => bad("an HTTP/1.1 request needs a Host header"),
        (_, 2..) => bad("a request has one Host header"),
        _ => None,
    }
}

fn head_bytes<B>(request: &Request<B>) -> usize {
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    fields.fold(target, usize::saturating_add)
}

impl Refusal {
    /// Closes the connection: after such a request nobody knows where the next one begins.
    fn response(self) -> Response<Body> {
        let mut response = Response::new(Body::full(format!("{}\n", self.sentence)));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }
}

impl Future for Answer {
    type Output = Result<Response<Sending>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match &mut self.state {
            State::Refused(refusal) => refusal.response(),
            State::Running(future) => ready!(future.as_mut().poll(context)),
        };
        let mut busy = self.busy.take();
        if let Some(busy) = &mut busy {
            busy.answered();
        }
        Poll::Ready(Ok(response.map(|body| Sending { body, _busy: busy })))
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
