use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atoll_host::{BoxFuture, Clock as _, Host, ShutdownHandle, SimulatedClock, SystemClock, Timestamp};
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{Request, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};

use crate::{Body, BoxError, Handler, Incoming, Options, Peer, Server};

/// Real time that is never over in a test that works.
pub(super) const LONG: Duration = Duration::from_mins(1);
/// One step of the simulated clock, by which the server measures all its limits.
pub(super) const STEP: Duration = Duration::from_secs(1);
/// Steps after which a limit that did not come never will.
const MAX_STEPS: u32 = 1_000;
/// One chunk of `/stream/N`.
pub(super) const CHUNK_BYTES: usize = 256 << 10;

/// Answers by path; see [`Script::answer`].
#[derive(Default)]
pub(super) struct Script {
    pub(super) calls: AtomicUsize,
    /// `/wait` and `/lazy` announce themselves here, and `/letters` every chunk of its body...
    pub(super) arrived: Notify,
    /// ...and go on after this.
    pub(super) go_on: Notify,
    /// The body of `/stream/N` is over, one way or another.
    pub(super) streamed: Arc<Notify>,
}

struct Announce(Arc<Notify>);

impl Drop for Announce {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Handler for Arc<Script> {
    fn call(&self, request: Request<Incoming>, peer: Peer) -> BoxFuture<'static, Response<Body>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let script = Self::clone(self);
        Box::pin(async move { script.answer(request, peer).await })
    }
}

impl Script {
    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        match path.as_str() {
            "/hello" => Response::new(Body::full("hello")),
            "/peer" => {
                Response::new(Body::full(format!("{:?} {}", peer.tls.map(|tls| tls.version), peer.local)))
            }
            "/echo" => echo(body, |_chunk| {}).await,
            "/letters" => echo(body, |_chunk| self.arrived.notify_one()).await,
            "/refuse" => refuse(),
            "/lazy" => {
                self.arrived.notify_one();
                self.go_on.notified().await;
                echo(body, |_chunk| {}).await
            }
            "/wait" => {
                self.arrived.notify_one();
                self.go_on.notified().await;
                Response::new(Body::full("waited"))
            }
            "/short" => Response::new(Body::stream(self.chunks(1), Some(2 * CHUNK_BYTES as u64))),
            other => match other.strip_prefix("/stream/").and_then(|count| count.parse::<usize>().ok()) {
                Some(count) => {
                    Response::new(Body::stream(self.chunks(count), Some((count * CHUNK_BYTES) as u64)))
                }
                None => status(StatusCode::NOT_FOUND, "no such path"),
            },
        }
    }

    fn chunks(
        &self,
        count: usize,
    ) -> impl futures_core::Stream<Item = Result<Bytes, BoxError>> + Send + use<> {
        let chunk = Bytes::from(vec![b'x'; CHUNK_BYTES]);
        let end = Announce(Arc::clone(&self.streamed));
        futures_util::stream::iter(std::iter::repeat_n(chunk, count)).map(move |chunk| {
            let _lives = &end;
            Ok(chunk)
        })
    }
}

fn refuse() -> Response<Body> {
    status(StatusCode::PAYLOAD_TOO_LARGE, "too large")
}

async fn echo(mut body: Incoming, seen: impl Fn(&Bytes)) -> Response<Body> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => {
                seen(&chunk);
                bytes.extend_from_slice(&chunk);
            }
            Err(error) => return status(StatusCode::BAD_REQUEST, &format!("{:?}: {error}", error.kind())),
        }
    }
    Response::new(Body::full(bytes))
}

fn status(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::full(text.to_owned()));
    *response.status_mut() = status;
    response
}

/// A running server; it ends with the test.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) script: Arc<Script>,
    pub(super) stop: ShutdownHandle,
    pub(super) stopped: oneshot::Receiver<()>,
    pub(super) host: Host,
    clock: Arc<SimulatedClock>,
}

/// Loopback, a port of the system's choice, the usual limits.
pub(super) fn options() -> Options {
    Options { port: 0, ..Options::default() }
}

pub(super) async fn start(options: Options) -> Running {
    let clock = Arc::new(SimulatedClock::new(Timestamp::default()));
    let host = Host { clock: clock.clone(), ..Host::system(4) };
    let script = Arc::new(Script::default());
    let server = Server::bind(options, Arc::new(Arc::clone(&script)), host.clone()).await.expect("a server");
    let addresses = server.addresses().to_vec();
    let (stop, shutdown) = ShutdownHandle::new();
    let (done, stopped) = oneshot::channel();
    host.tasks.spawn(async move {
        server.run(shutdown).await;
        // The test may be over already.
        let _gone = done.send(());
    });
    Running { address: addresses[0], addresses, script, stop, stopped, host, clock }
}

impl Running {
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Moves the server's clock by one step, and lets it do what is due then.
    pub(super) async fn step(&self) {
        self.clock.advance(STEP);
        SystemClock::new().sleep(Duration::from_millis(2)).await;
    }

    pub(super) async fn pass(&self, duration: Duration) {
        let end = self.clock.elapsed() + duration;
        while self.clock.elapsed() < end {
            self.step().await;
        }
    }

    /// Lets time pass until `event`; says how much it was on the server's clock.
    pub(super) async fn until<T>(&self, event: impl Future<Output = T>) -> (T, Duration) {
        let start = self.clock.elapsed();
        let mut event = std::pin::pin!(event);
        for _ in 0..MAX_STEPS {
            if let Some(outcome) = futures_util::future::poll_immediate(event.as_mut()).await {
                return (outcome, self.clock.elapsed().saturating_sub(start));
            }
            self.step().await;
        }
        panic!("it did not happen within {MAX_STEPS} steps");
    }

    pub(super) fn calls(&self) -> usize {
        self.script.calls.load(Ordering::SeqCst)
    }

    /// Sends `text` and reads until the server closes.
    pub(super) async fn talk(&self, text: &str) -> String {
        let mut socket = self.connect().await;
        socket.write_all(text.as_bytes()).await.expect("sent");
        read_to_end(&mut socket).await
    }
}

/// Everything until the server closes; a reset counts as a close.
pub(super) async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(LONG, socket.read_to_end(&mut bytes)).await;
    // What came before a reset is what the caller asserts on.
    let _reset = read.expect("the server closes");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until `end` was seen.
pub(super) async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        let byte = tokio::time::timeout(LONG, socket.read_u8()).await.expect("in time");
        bytes
            .push(byte.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&bytes))));
    }
    String::from_utf8(bytes).expect("text")
}
