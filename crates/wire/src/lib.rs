//! The member link: versioned messages, the remote node that sends them, and the server that answers them over a local node.
//!
//! Only this crate knows what members say to one another. It must not know routing, placement of shards, or what a message does.
//!
//! [`RemoteNode`] is a node at the other end of a [`Transport`]; [`Serve`] answers over a local node whoever passes its [`Gate`].
//! [`HttpTransport`] and [`LinkHandler`] join the two over HTTP/2 and mutual TLS. A simulation joins them with a transport of its own.

mod dispatch;
mod envelope;
mod error;
mod form;
mod frames;
mod gate;
mod hello;
mod http;
mod identity;
mod lists;
mod meter;
mod method;
mod observer;
mod patience;
mod remote;
mod serve;
#[cfg(test)]
mod tests;
mod transport;

pub use envelope::{MAX_ANSWER_BYTES, MAX_REQUEST_BYTES};
pub use error::Error;
pub use frames::{Frames, MAX_CHUNK_BYTES};
pub use gate::{Certificate, Gate, Naming};
pub use hello::{NEWEST_PROTOCOL, OLDEST_PROTOCOL};
pub use http::{HttpTransport, LinkHandler, link_limits};
pub use identity::{CurrentLayout, Identity, member_name};
pub use method::Method;
pub use observer::{Called, NoObserver, Observer, Outcome};
pub use patience::Patience;
pub use remote::{RemoteNode, RemoteParts};
pub use serve::{Serve, ServeOptions, ServeParts};
pub use transport::Transport;
