//! The form of a request and of its answer.

use atoll_service::Error as NodeError;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::envelope::{self, Envelope, MAX_REQUEST_BYTES};

/// A request whose answer is `A`, and the forms that both have in a version of the protocol.
pub(crate) trait Form<A>: Send + Sync {
    /// Makes a message of the request.
    fn encode(&self, protocol: u16, envelope: Envelope) -> Result<Bytes, Error>;

    /// Reads what stands behind the head of the answer.
    fn decode(&self, protocol: u16, bytes: &[u8]) -> Result<Result<A, NodeError>, Error>;
}

/// A request that has the same form in all versions, as has its answer.
pub(crate) struct Always<'a, Q>(pub(crate) &'a Q);

impl<Q: Serialize + Sync, A: DeserializeOwned> Form<A> for Always<'_, Q> {
    fn encode(&self, _protocol: u16, envelope: Envelope) -> Result<Bytes, Error> {
        message(envelope, self.0)
    }

    fn decode(&self, _protocol: u16, bytes: &[u8]) -> Result<Result<A, NodeError>, Error> {
        result(bytes)
    }
}

/// A message of a request in its present form.
pub(crate) fn message(envelope: Envelope, request: impl Serialize) -> Result<Bytes, Error> {
    envelope::encode(&(envelope, request), MAX_REQUEST_BYTES)
}

/// A result in its present form.
pub(crate) fn result<A: DeserializeOwned>(bytes: &[u8]) -> Result<Result<A, NodeError>, Error> {
    Ok(envelope::decode(bytes)?.0)
}
