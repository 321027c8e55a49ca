//! The clients over real sockets.

mod http2;
mod plain;
mod pool;
mod support;
mod trust;
