//! A raw HTTP/1.1 client for tests: it sends exactly the bytes it is told, well-formed or not, and reads answers byte for byte.
//!
//! Blocking, over one connection at a time. Must not know the registry: it is a wire, and nothing on it surprises it.

mod connection;
mod request;
mod response;

#[cfg(test)]
mod tests;

pub use connection::{Connection, PATIENCE, Transport};
pub use request::Request;
pub use response::Response;
