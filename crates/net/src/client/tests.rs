//! The clients over real sockets.

mod plain;
mod pool;
mod support;
mod trust;
