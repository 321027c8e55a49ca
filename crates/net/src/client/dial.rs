//! Opening a connection: the name is resolved anew each time, since addresses change.

use std::io;
use std::sync::Arc;

use atoll_host::Host;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};

use super::{Destination, Error, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_TIMEOUT, PoolOptions, window};
use crate::Body;
use crate::mutual::{Mutual, session};
use crate::timer::HostTimer;

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Lets the HTTP library run the parts of a connection.
#[derive(Clone)]
pub(super) struct Spawner(pub(super) atoll_host::Tasks);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Spawner {
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}

/// A connection ready for requests; it is driven by a task of its own, and closed when the last sender is gone.
pub(super) async fn open(
    destination: &Destination,
    mutual: &Mutual,
    options: &PoolOptions,
    host: &Host,
) -> Result<SendRequest<Body>, Error> {
    let limit = options.connect;
    let opened = tokio::select! {
        opened = handshake(destination, mutual, host) => opened?,
        () = host.clock.sleep(limit) => {
            return Err(Error::ConnectTimeout { destination: destination.to_string(), limit });
        }
    };
    Ok(opened)
}

async fn handshake(
    destination: &Destination,
    mutual: &Mutual,
    host: &Host,
) -> Result<SendRequest<Body>, Error> {
    let socket = connect(&destination.host, destination.port).await?;
    let encrypt = |reason: String| Error::Encrypt { destination: destination.to_string(), reason };
    let name =
        ServerName::try_from(destination.certificate.clone()).map_err(|error| encrypt(error.to_string()))?;
    let config = Arc::clone(&mutual.current().client);
    let (stream, facts) = session::connect(config, name, socket)
        .await
        .map_err(|error| Error::untrusted(&error).unwrap_or_else(|| encrypt(error.to_string())))?;
    if facts.protocol.as_deref() != Some(b"h2") {
        return Err(encrypt("the other side does not speak HTTP/2".to_owned()));
    }
    speak(stream, host).await
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: &Host,
) -> Result<SendRequest<Body>, Error> {
    let mut builder = http2::Builder::new(Spawner(host.tasks.clone()));
    builder
        .timer(HostTimer::new(&host.clock))
        .initial_stream_window_size(window::STREAM_BYTES)
        .initial_connection_window_size(window::CONNECTION_BYTES)
        .initial_max_send_streams(usize::try_from(window::MAX_STREAMS).unwrap_or(1))
        .max_frame_size(window::FRAME_BYTES)
        .max_send_buf_size(window::SEND_BUFFER_BYTES)
        .keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
    let (sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|error| Error::unsent(&error))?;
    host.tasks.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to another server broke");
        }
    });
    Ok(sender)
}

/// A socket to one of the addresses of a name.
pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, Error> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let resolve = |reason: String| Error::Resolve { host: host.to_owned(), reason };
    let found = lookup_host((bare, port)).await.map_err(|error| resolve(error.to_string()))?;
    let mut last = resolve("it has no address".to_owned());
    for address in found.take(MAX_ADDRESSES) {
        match socket(TcpStream::connect(address).await) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = Error::connect(&address.to_string(), &error),
        }
    }
    Err(last)
}

fn socket(connected: io::Result<TcpStream>) -> io::Result<TcpStream> {
    let socket = connected?;
    socket.set_nodelay(true)?;
    Ok(socket)
}
