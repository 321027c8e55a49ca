//! One connection from accept to close.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use atoll_host as host;
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::activity::Activity;
use crate::client::{KEEP_ALIVE_INTERVAL, KEEP_ALIVE_TIMEOUT, window};
use crate::framing::Framing;
use crate::mutual::{Mutual, Proven, session};
use crate::service::Service;
use crate::timer::HostTimer;
use crate::tls::Identity;
use crate::transport::Transport;
use crate::watch::{Ending, Watch};
use crate::{Handler, Limits, Peer, TlsFacts, TlsVersion};

/// Read and write buffers of an HTTP/1 connection. Large enough for one system call to move a good piece, small enough
/// that a thousand slow uploads stay small; large response chunks are not copied into it.
const HTTP1_BUFFER_BYTES: usize = 64 << 10;
/// Streams that a client may have open on one HTTP/2 connection.
const HTTP2_MAX_STREAMS: u32 = 250;
/// Bytes that a client may send ahead of the handler, on one stream and on one connection.
const HTTP2_STREAM_WINDOW_BYTES: u32 = 1 << 20;
const HTTP2_CONNECTION_WINDOW_BYTES: u32 = 4 << 20;
/// Bytes of response bodies that wait in the library for the client, on one stream.
const HTTP2_SEND_BUFFER_BYTES: usize = 256 << 10;
/// Largest frame that a client may send: fewer and larger frames cost less in big uploads.
const HTTP2_FRAME_BYTES: u32 = 64 << 10;

/// How far the server is on its way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Serving.
    Open,
    /// What is under way may end, nothing new begins.
    Finishing,
    /// Time is over.
    Closed,
}

/// What all connections share.
pub(crate) struct Shared {
    handler: Arc<dyn Handler>,
    either: auto::Builder<Spawner>,
    http2: auto::Builder<Spawner>,
    pub(crate) host: host::Host,
    pub(crate) limits: Arc<Limits>,
    pub(crate) encryption: Encryption,
}

/// How connections are encrypted.
pub(crate) enum Encryption {
    /// Not at all.
    None,
    /// With our certificate; clients need none.
    Server(Arc<Identity>),
    /// With certificates on both sides.
    Mutual(Arc<Mutual>),
}

impl Encryption {
    /// Follows what certificates are made from, for ever.
    pub(crate) async fn keep_fresh(&self, host: &host::Host) {
        match self {
            Self::None => std::future::pending().await,
            Self::Server(identity) => identity.keep_fresh(host).await,
            Self::Mutual(mutual) => mutual.keep_fresh(host).await,
        }
    }
}

/// Lets the HTTP library run the requests of an HTTP/2 connection side by side.
#[derive(Clone)]
struct Spawner(host::Tasks);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Spawner {
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}

impl Shared {
    pub(crate) fn new(
        handler: Arc<dyn Handler>,
        host: host::Host,
        limits: Limits,
        encryption: Encryption,
    ) -> Self {
        let mut either = builder(&host, &limits);
        if let Encryption::Mutual(_) = encryption {
            tune_for_servers(&mut either, &host.clock);
        }
        let http2 = either.clone().http2_only();
        Self { handler, http2, either, host, limits: Arc::new(limits), encryption }
    }
}

/// Where the other side is a server too: wider windows, and a question now and then whether it is still there, since such connections
/// carry the requests of many.
fn tune_for_servers(builder: &mut auto::Builder<Spawner>, clock: &Arc<dyn host::Clock>) {
    let mut http2 = builder.http2();
    http2.max_concurrent_streams(window::MAX_STREAMS).max_frame_size(window::FRAME_BYTES);
    http2.initial_stream_window_size(window::STREAM_BYTES);
    http2.initial_connection_window_size(window::CONNECTION_BYTES);
    http2.max_send_buf_size(window::SEND_BUFFER_BYTES);
    http2.timer(HostTimer::new(clock)).keep_alive_interval(KEEP_ALIVE_INTERVAL);
    http2.keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
}

fn builder(host: &host::Host, limits: &Limits) -> auto::Builder<Spawner> {
    let mut builder = auto::Builder::new(Spawner(host.tasks.clone()));
    // The library's own time limits need its own clock; the watch keeps ours. A client may close its sending side and
    // still read: many small tools do.
    let mut http1 = builder.http1();
    http1
        .header_read_timeout(None)
        .half_close(true)
        .max_buf_size(HTTP1_BUFFER_BYTES.max(limits.max_head_bytes));
    let mut http2 = builder.http2();
    http2.max_concurrent_streams(HTTP2_MAX_STREAMS);
    http2.initial_stream_window_size(HTTP2_STREAM_WINDOW_BYTES);
    http2.initial_connection_window_size(HTTP2_CONNECTION_WINDOW_BYTES);
    http2.max_send_buf_size(HTTP2_SEND_BUFFER_BYTES).max_frame_size(HTTP2_FRAME_BYTES);
    http2.max_header_list_size(u32::try_from(limits.max_head_bytes).unwrap_or(u32::MAX));
    builder
}

/// Serves one accepted socket until it closes. Its troubles are its own: they are logged for developers only, since
/// clients go away all the time.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    socket: TcpStream,
    address: SocketAddr,
    phases: watch::Receiver<Phase>,
) {
    let local = match socket.set_nodelay(true).and_then(|()| socket.local_addr()) {
        Ok(local) => local,
        Err(error) => return tracing::debug!(%address, %error, "the client went away at once"),
    };
    let peer = Peer { address, local, tls: None };
    match &shared.encryption {
        Encryption::None => drive(&shared, socket, (peer, None), phases, Framing::new()).await,
        Encryption::Server(identity) => {
            let accepting = TlsAcceptor::from(identity.config()).accept(socket);
            let Some(stream) = prove(&shared, address, accepting).await else { return };
            let (_, session) = stream.get_ref();
            let version = match session.protocol_version() {
                Some(rustls::ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
                _ => TlsVersion::Tls13,
            };
            let http2 = session.alpn_protocol() == Some(b"h2");
            let peer = Peer { tls: Some(TlsFacts { version }), ..peer };
            let framing = if http2 { Framing::http2() } else { Framing::new() };
            drive(&shared, stream, (peer, None), phases, framing).await;
        }
        Encryption::Mutual(mutual) => {
            let accepting = session::accept(Arc::clone(&mutual.current().server), socket);
            let Some((stream, facts)) = prove(&shared, address, accepting).await else { return };
            let peer = Peer { tls: Some(TlsFacts { version: TlsVersion::Tls13 }), ..peer };
            // Other servers speak nothing else than HTTP/2.
            drive(&shared, stream, (peer, facts.certificate), phases, Framing::http2()).await;
        }
    }
}

/// The outcome of a handshake; `None` if it failed or took too long.
async fn prove<T>(
    shared: &Shared,
    address: SocketAddr,
    handshake: impl Future<Output = io::Result<T>>,
) -> Option<T> {
    tokio::select! {
        outcome = handshake => match outcome {
            Ok(stream) => return Some(stream),
            Err(error) => tracing::debug!(%address, %error, "the TLS handshake failed"),
        },
        () = shared.host.clock.sleep(shared.limits.header_read) => {
            tracing::debug!(%address, "the TLS handshake took too long");
        }
    }
    None
}

async fn drive<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    shared: &Shared,
    socket: T,
    (peer, proven): (Peer, Option<Proven>),
    mut phases: watch::Receiver<Phase>,
    framing: Framing,
) {
    let builder = if framing.is_http2() { &shared.http2 } else { &shared.either };
    let activity = Activity::new(Arc::clone(&shared.host.clock), Arc::clone(&shared.limits));
    let service = Service::new(Arc::clone(&shared.handler), (peer, proven), Arc::clone(&activity));
    let transport = TokioIo::new(Transport::new(socket, Arc::clone(&activity), framing));
    let mut connection = pin!(builder.serve_connection(transport, service));
    let mut watch = Watch::new(activity);
    let mut next = Phase::Finishing;
    let address = peer.address;
    loop {
        let wanted = next;
        let step = {
            let mut phase = pin!(phases.wait_for(|phase| *phase >= wanted));
            poll_fn(|context| {
                if let Poll::Ready(outcome) = connection.as_mut().poll(context) {
                    return Poll::Ready(Step::Done(outcome));
                }
                if let Poll::Ready(phase) = phase.as_mut().poll(context) {
                    // Without a server nobody is left to wait for.
                    return Poll::Ready(Step::Phase(phase.map_or(Phase::Closed, |phase| *phase)));
                }
                watch.poll(context).map(Step::Limit)
            })
            .await
        };
        match step {
            Step::Done(Ok(())) => return,
            Step::Done(Err(error)) => return tracing::debug!(%address, %error, "the connection broke"),
            Step::Phase(Phase::Closed) => {
                return tracing::debug!(%address, "closed: the time to finish is over");
            }
            Step::Phase(_) => {
                next = Phase::Closed;
                connection.as_mut().graceful_shutdown();
            }
            Step::Limit(Ending::Finish) => connection.as_mut().graceful_shutdown(),
            Step::Limit(Ending::Drop(reason)) => return tracing::debug!(%address, reason, "closed"),
        }
    }
}

enum Step {
    Done(Result<(), crate::BoxError>),
    Phase(Phase),
    Limit(Ending),
}
