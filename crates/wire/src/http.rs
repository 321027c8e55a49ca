//! The link over HTTP/2: each call is one `POST` of `/atoll/VERSION/METHOD`, its body the bytes of the request, the body of its answer
//! the bytes of the answer. Nothing else of HTTP is used: no header, no status.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atoll_host::BoxFuture;
use atoll_net::client::{self, Lane, Pool};
use atoll_net::{Body, BoxError, Handler, Incoming, IncomingError, Limits, Peer, Proven};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{Method as Verb, Request, Response};

use crate::{Error, Frames, Method, Serve, Transport};

/// Before the version.
const PREFIX: &str = "/atoll/";

/// A way to a member over its own listener.
pub struct HttpTransport(Pool);

impl HttpTransport {
    /// A way over these connections.
    pub fn new(pool: Pool) -> Self {
        Self(pool)
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn call(&self, protocol: u16, method: Method, request: Frames) -> Result<Frames, Error> {
        let path = format!("{PREFIX}{protocol}/{}", method.name());
        let lane = if method.is_bulk() { Lane::Bulk } else { Lane::Quick };
        let body = Body::stream(request.map_err(BoxError::from), None);
        let answer = self.0.post(lane, &path, body).await.map_err(from_client)?;
        if !answer.is_success() {
            return Err(Error::Malformed("the other side does not speak the member link"));
        }
        Ok(Box::pin(answer.map_err(from_client)))
    }
}

fn from_client(error: client::Error) -> Error {
    match error {
        client::Error::Stalled { limit } => Error::Stalled(limit),
        client::Error::Busy { limit } => Error::Busy { limit },
        client::Error::Untrusted { reason } => Error::Untrusted(reason),
        error if error.was_sent() => Error::Broken(error.to_string()),
        error => Error::Unreachable(error.to_string()),
    }
}

/// Answers the requests of a mutual listener.
pub struct LinkHandler(Arc<Serve>);

impl LinkHandler {
    /// Answers with this server.
    pub fn new(serve: Arc<Serve>) -> Self {
        Self(serve)
    }
}

impl Handler for LinkHandler {
    fn call(&self, request: Request<Incoming>, _peer: Peer) -> BoxFuture<'static, Response<Body>> {
        let serve = Arc::clone(&self.0);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let called = parts.uri.path().strip_prefix(PREFIX).and_then(|rest| rest.split_once('/'));
            let called = called.and_then(|(version, method)| Some((version.parse().ok()?, method)));
            let (Some((protocol, method)), Some(proven), &Verb::POST) =
                (called, parts.extensions.get::<Proven>(), &parts.method)
            else {
                return refused();
            };
            let request = body.map_err(from_incoming).boxed();
            let answer = serve.answer(protocol, method, proven, request).await;
            Response::new(Body::stream(answer.map_err(BoxError::from), None))
        })
    }
}

/// Whatever this is, it is no call of a member: the answer says nothing and breaks off.
fn refused() -> Response<Body> {
    let nothing: Result<Bytes, BoxError> = Err(BoxError::from(Error::Malformed("no call of a member")));
    Response::new(Body::stream(futures_util::stream::iter([nothing]), None))
}

fn from_incoming(error: IncomingError) -> Error {
    match error {
        IncomingError::Stalled { limit } => Error::Stalled(limit),
        error => Error::Broken(error.to_string()),
    }
}

/// What members may hold on to on the link's listener. Members keep the time of their own clients, so the limits here are wider; a
/// connection whose other end is gone is found out by asking it.
pub fn link_limits(grace: Duration) -> Limits {
    Limits {
        header_read: Duration::from_secs(10),
        keep_alive_idle: Duration::from_mins(5),
        read_idle: Some(Duration::from_mins(5)),
        write_idle: None,
        grace,
        max_connections: 4096,
        max_head_bytes: 8 << 10,
    }
}
