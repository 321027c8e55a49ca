//! Opening a connection: the name is resolved anew each time, since addresses change.

use std::io;
use std::sync::Arc;

use atoll_host::Host;
use rustls_pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};

use super::http2::{self, Sender};
use super::{Destination, Error, PoolOptions};
use crate::mutual::{Mutual, session};

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// A connection ready for requests; it is driven by a task of its own, and closed when the last sender is gone.
pub(super) async fn open(
    destination: &Destination,
    mutual: &Mutual,
    options: &PoolOptions,
    host: &Host,
) -> Result<Sender, Error> {
    let limit = options.connect;
    let opened = tokio::select! {
        opened = handshake(destination, mutual, host) => opened?,
        () = host.clock.sleep(limit) => {
            return Err(Error::ConnectTimeout { destination: destination.to_string(), limit });
        }
    };
    Ok(opened)
}

async fn handshake(destination: &Destination, mutual: &Mutual, host: &Host) -> Result<Sender, Error> {
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
    http2::handshake(stream, host).await.map_err(|error| Error::unsent(&error))
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
