//! Content on its way in and out.

use std::pin::Pin;

use atoll_oci::{Digest, digest_of};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream;

use crate::Error;

/// Pieces of a body that a client sends, in order. Ends after the first error, whose text says why the rest is missing.
pub type Incoming = Pin<Box<dyn Stream<Item = Result<Bytes, String>> + Send>>;

/// Pieces of stored content, in order. Ends after the first error; what ended in an error is not the whole.
pub type Outgoing = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// Stored content that is being read.
pub struct Content {
    /// Size of the whole content in bytes, whatever part was asked for.
    pub size: u64,
    /// The bytes asked for.
    pub stream: Outgoing,
}

/// A body of one piece.
pub fn whole(content: Bytes) -> Incoming {
    Box::pin(stream::iter([Ok(content)]))
}

/// Whether `content` has the digest `expected`.
pub(crate) fn verify(expected: &Digest, content: &[u8]) -> Result<(), Error> {
    let computed = digest_of(expected.algorithm(), content);
    if computed == *expected { Ok(()) } else { Err(Error::DigestMismatch { expected: *expected, computed }) }
}
