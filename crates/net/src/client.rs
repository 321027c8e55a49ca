//! Asking other servers: over pooled HTTP/2 connections with mutual TLS ([`Pool`]), or once over HTTP/1.1 ([`plain`]).
//!
//! Destinations are given by whoever makes the client. Nothing here follows a redirect, reads a proxy from the environment, or keeps a
//! cookie.

mod answer;
mod dial;
mod error;
mod http2;
mod lane;
pub mod plain;
mod pool;
mod proof;
#[cfg(test)]
mod tests;
pub(crate) mod window;

use std::time::Duration;

pub use answer::Answer;
pub use error::Error;
pub use pool::{Destination, Lane, Pool, PoolOptions};

/// How often the other side of a connection with open requests is asked whether it is there.
pub(crate) const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// How long it may take to say so; then the connection is closed, and its requests fail.
pub(crate) const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
