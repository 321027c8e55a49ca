//! The server over real sockets. What is sent and read here is bytes, so that no client library can hide a flaw.

mod http1;
mod http2;
mod limits;
mod listening;
mod shutdown;
mod smuggling;
mod support;
mod tls;
