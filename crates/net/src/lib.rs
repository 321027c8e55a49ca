//! Listeners: HTTP/1.1, HTTP/2 and TLS, with a limit on everything a client could hold on to; and connections to other servers.
//!
//! [`Server`] turns sockets into calls of one [`Handler`]; [`client`] asks other servers. This crate must not know what the
//! requests mean: no path, no status beyond the refusal of malformed requests, no registry word. It is the only user of the
//! HTTP and TLS libraries, so that exchanging one of them stays here.

mod activity;
mod body;
pub mod client;
mod connection;
mod error;
mod framing;
mod handler;
mod idle;
mod incoming;
mod listen;
mod mutual;
mod options;
mod server;
mod service;
#[cfg(test)]
mod tests;
mod timer;
mod tls;
mod transport;
mod watch;

pub use body::{Body, BoxError};
pub use error::Error;
pub use handler::{Handler, Peer, TlsFacts, TlsVersion};
pub use incoming::{Incoming, IncomingError};
pub use mutual::{Mutual, MutualOptions, Proven, Secret};
pub use options::{Limits, Options, TlsOptions};
pub use server::Server;
