//! The one thing that is asked of whoever answers, and what is told about who asks.

use std::net::SocketAddr;

use atoll_host::BoxFuture;

use crate::{Body, Incoming};

/// Answers requests. One handler serves all connections at once.
///
/// The future is dropped when the client goes away while the answer is being sent or, on HTTP/2, cancels the request:
/// what must be finished whatever the client does has to be spawned.
pub trait Handler: Send + Sync {
    /// Answers one request. Every outcome is a response: errors are the handler's to render.
    fn call(&self, request: http::Request<Incoming>, peer: Peer) -> BoxFuture<'static, http::Response<Body>>;
}

/// Who asks, as far as the connection tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The client's end of the connection.
    pub address: SocketAddr,
    /// Our end of the connection.
    pub local: SocketAddr,
    /// Facts about the encryption; `None` on plain connections.
    pub tls: Option<TlsFacts>,
}

/// Facts about a TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsFacts {
    /// Protocol version.
    pub version: TlsVersion,
}

/// TLS protocol versions that are spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}
