//! The HTTP stack alone, as the yardstick of the benchmarks: `GET /small/BYTES` answers a constant of that size,
//! `GET /stream/BYTES` streams that many bytes out of memory, `PUT` reads and forgets. The listening address is printed.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use std::task::Poll;

use atoll_host::{BoxFuture, Host, ShutdownHandle};
use atoll_net::{Body, BoxError, Handler, Incoming, Options, Peer, Server};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Request, Response};

/// Size of the chunks that the store reads from disk.
const CHUNK_BYTES: u64 = 256 << 10;

struct Constant {
    chunk: Bytes,
}

impl Handler for Constant {
    fn call(&self, request: Request<Incoming>, _peer: Peer) -> BoxFuture<'static, Response<Body>> {
        let chunk = self.chunk.clone();
        Box::pin(async move {
            let (parts, mut body) = request.into_parts();
            while let Some(Ok(_forgotten)) = body.next().await {}
            let path = parts.uri.path();
            let size = path.rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or(0);
            if path.starts_with("/stream/") {
                return Response::new(Body::stream(chunks(chunk, size), Some(size)));
            }
            Response::new(Body::full(
                chunk.slice(..usize::try_from(size.min(CHUNK_BYTES)).unwrap_or_default()),
            ))
        })
    }
}

fn chunks(chunk: Bytes, size: u64) -> impl stream::Stream<Item = Result<Bytes, BoxError>> + Send {
    let mut left = size;
    stream::poll_fn(move |_context| {
        let length = left.min(CHUNK_BYTES);
        left -= length;
        let piece = chunk.slice(..usize::try_from(length).unwrap_or_default());
        Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let chunk = vec![b'x'; usize::try_from(CHUNK_BYTES)?];
    let handler = Arc::new(Constant { chunk: chunk.into() });
    let options = Options { port, ..Options::default() };
    let server = Server::bind(options, handler, Host::system(1)).await?;
    for address in server.addresses() {
        writeln!(std::io::stdout(), "http://{address}")?;
    }
    let (_never, shutdown) = ShutdownHandle::new();
    server.run(shutdown).await;
    Ok(())
}
