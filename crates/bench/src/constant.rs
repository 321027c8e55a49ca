//! The limit of answers: the product's own HTTP stack, and behind it one constant.

use std::sync::Arc;

use atoll_host::{BoxFuture, Host, ShutdownHandle};
use atoll_net::{Body, Handler, Incoming, Options, Peer, Server};
use atoll_oci::{Algorithm, digest_of};
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, Request, Response};

use crate::error::Error;
use crate::images::MANIFEST;

/// Nothing here blocks.
const BLOCKING_THREADS: usize = 1;

/// Answers every request with the same bytes and the headers that a manifest has, until the process ends.
pub(crate) fn run(port: u16, bytes: usize) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Error::io("starting the runtime"))?.block_on(async {
        let options = Options { port, ..Options::default() };
        let server =
            Server::bind(options, Arc::new(Constant::of(bytes)), Host::system(BLOCKING_THREADS)).await?;
        let (_held, shutdown) = ShutdownHandle::new();
        server.run(shutdown).await;
        Ok(())
    })
}

struct Constant {
    content: Vec<u8>,
    digest: HeaderValue,
    etag: HeaderValue,
}

impl Constant {
    fn of(bytes: usize) -> Self {
        let content = vec![b'x'; bytes];
        let digest = digest_of(Algorithm::Sha256, &content).to_string();
        let value = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"));
        Self { content, digest: value(&digest), etag: value(&format!("\"{digest}\"")) }
    }
}

impl Handler for Constant {
    fn call(&self, _request: Request<Incoming>, _peer: Peer) -> BoxFuture<'static, Response<Body>> {
        // The copy stands for the one that reading a row makes.
        let mut response = Response::new(Body::full(self.content.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MANIFEST));
        headers.insert("docker-content-digest", self.digest.clone());
        headers.insert(ETAG, self.etag.clone());
        Box::pin(async { response })
    }
}
