use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atoll_host::{BoxFuture, Host, ShutdownHandle, SimulatedClock, Timestamp};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{Request, Response};
use tokio::sync::Notify;

use crate::client::{Answer, Destination, Error, Lane, Pool, PoolOptions};
use crate::{
    Body, BoxError, Handler, Incoming, Limits, Mutual, MutualOptions, Options, Peer, Proven, Secret, Server,
};

pub(super) const NAME: &str = "member-1.test.internal";
pub(super) const OTHER: &str = "member-2.test.internal";
/// Some day in the year 2026, far from the ends of all certificates.
pub(super) const TODAY: Timestamp = Timestamp(1_790_000_000_000_000_000);
pub(super) const LONG: Duration = Duration::from_mins(1);
pub(super) const CHUNK_BYTES: usize = 256 << 10;

/// Answers by path: `/echo`, `/who/NAME`, `/stream/CHUNKS`, `/wait`, `/ignore`.
#[derive(Default)]
pub(super) struct Script {
    pub(super) calls: AtomicUsize,
    /// Chunks of `/stream` that were asked for.
    pub(super) produced: Arc<AtomicUsize>,
    /// `/wait` begins.
    pub(super) arrived: Notify,
    /// `/wait`, or the body of `/stream`, is over, one way or another.
    pub(super) over: Arc<Notify>,
}

struct Announce(Arc<Notify>);

impl Drop for Announce {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Handler for Arc<Script> {
    fn call(&self, request: Request<Incoming>, _peer: Peer) -> BoxFuture<'static, Response<Body>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let script = Self::clone(self);
        Box::pin(async move { Response::new(script.answer(request).await) })
    }
}

impl Script {
    async fn answer(&self, request: Request<Incoming>) -> Body {
        let (parts, body) = request.into_parts();
        let (first, rest) = parts.uri.path().trim_start_matches('/').split_once('/').unwrap_or(("", ""));
        match (parts.uri.path(), first) {
            ("/echo", _) => Body::stream(body.map_err(BoxError::from), None),
            ("/ignore", _) => Body::full("not interested"),
            ("/wait", _) => {
                let _over = Announce(Arc::clone(&self.over));
                self.arrived.notify_one();
                std::future::pending().await
            }
            (_, "who") => {
                let proven = parts.extensions.get::<Proven>().map(|proven| proven.names(rest));
                Body::full(format!("{proven:?}"))
            }
            (_, "stream") => self.chunks(rest.parse().expect("a number")),
            _ => Body::full("hello"),
        }
    }

    fn chunks(&self, count: usize) -> Body {
        let (produced, over) = (Arc::clone(&self.produced), Announce(Arc::clone(&self.over)));
        let chunk = Bytes::from(vec![b'x'; CHUNK_BYTES]);
        let chunks = futures_util::stream::iter(0..count).map(move |_| {
            let _lives = &over;
            produced.fetch_add(1, Ordering::SeqCst);
            Ok(chunk.clone())
        });
        Body::stream(chunks, None)
    }
}

/// A server of other servers; it ends with the test.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    pub(super) script: Arc<Script>,
    _stop: ShutdownHandle,
}

/// The real world, but for a clock that shows some day.
pub(super) fn host_at(now: Timestamp) -> (Host, Arc<SimulatedClock>) {
    let clock = Arc::new(SimulatedClock::new(now));
    (Host { clock: clock.clone(), ..Host::system(4) }, clock)
}

pub(super) async fn start(mutual: Arc<Mutual>, host: &Host) -> Running {
    let script = Arc::new(Script::default());
    let options =
        Options { port: 0, limits: Limits { write_idle: None, ..Limits::default() }, ..Options::default() };
    let handler = Arc::new(Arc::clone(&script));
    let server = Server::bind_mutual(options, mutual, handler, host.clone()).await.expect("a server");
    let address = server.addresses()[0];
    let (stop, shutdown) = ShutdownHandle::new();
    host.tasks.spawn(server.run(shutdown));
    Running { address, script, _stop: stop }
}

/// Certificates for `name`, signed with the first of the secrets.
pub(super) fn derived(secrets: &[u8], name: &str) -> MutualOptions {
    let secret = |byte: &u8| Secret::new(&[*byte; 32]).expect("long enough");
    MutualOptions::Derived {
        secrets: secrets.iter().map(secret).collect(),
        group: b"group".to_vec(),
        name: name.to_owned(),
    }
}

pub(super) async fn load(options: MutualOptions, host: &Host) -> Arc<Mutual> {
    Arc::new(Mutual::load(options, host).await.expect("certificates"))
}

/// A pool to a server whose certificate must name `certificate`.
pub(super) fn pool(address: SocketAddr, certificate: &str, mutual: Arc<Mutual>, host: &Host) -> Pool {
    let (host_name, port) = (address.ip().to_string(), address.port());
    let destination = Destination { host: host_name, port, certificate: certificate.to_owned() };
    Pool::new(destination, mutual, PoolOptions::default(), host.clone()).expect("a pool")
}

/// A server and a pool that trust each other.
pub(super) async fn pair() -> (Running, Pool, Host) {
    let host = host_at(TODAY).0;
    let server = start(load(derived(&[1], NAME), &host).await, &host).await;
    let pool = pool(server.address, NAME, load(derived(&[1], OTHER), &host).await, &host);
    (server, pool, host)
}

/// Asks within the time of a test that works.
pub(super) async fn post(pool: &Pool, lane: Lane, path: &str, body: Body) -> Result<Answer, Error> {
    tokio::time::timeout(LONG, pool.post(lane, path, body)).await.expect("in time")
}

/// Asks, and gathers the answer as text.
pub(super) async fn ask(pool: &Pool, path: &str) -> Result<String, Error> {
    let answer = post(pool, Lane::Quick, path, Body::empty()).await?;
    Ok(String::from_utf8(gather(answer).await?).expect("text"))
}

pub(super) async fn gather(answer: Answer) -> Result<Vec<u8>, Error> {
    answer
        .try_fold(Vec::new(), async |mut whole, piece| {
            whole.extend_from_slice(&piece);
            Ok(whole)
        })
        .await
}

/// Waits for something that a test has brought about.
pub(super) async fn within<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, event).await.expect("in time")
}
