//! The bytes of a call: a message with its length, then, where content travels, its pieces.
//!
//! A piece is a mark (0), its length in four bytes, and the piece. The content ends with a mark alone (1, length 0) or with an error
//! (2, length, the error): content without such an end was cut off. Pieces are handed on as they lie in memory.

mod incoming;
mod outgoing;
#[cfg(test)]
mod tests;

use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;

use crate::Error;

pub(crate) use incoming::{Fault, Reader};
pub(crate) use outgoing::{Outgoing, message};

/// Bytes on their way, as they come. Ends after the first error.
pub type Frames = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// Longest piece of content.
pub const MAX_CHUNK_BYTES: usize = 256 << 10;
/// Longest error that ends content.
const MAX_ERROR_BYTES: usize = 64 << 10;
/// A mark and a length.
const MARK_BYTES: usize = 5;

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Piece(usize),
    End,
    Error(usize),
}

impl Mark {
    fn encode(self) -> [u8; MARK_BYTES] {
        let (kind, length) = match self {
            Self::Piece(length) => (0, length),
            Self::End => (1, 0),
            Self::Error(length) => (2, length),
        };
        let [a, b, c, d] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        [kind, a, b, c, d]
    }

    fn decode([kind, a, b, c, d]: [u8; MARK_BYTES]) -> Result<Self, Error> {
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        match (kind, length) {
            (0, 1..=MAX_CHUNK_BYTES) => Ok(Self::Piece(length)),
            (1, 0) => Ok(Self::End),
            (2, 1..=MAX_ERROR_BYTES) => Ok(Self::Error(length)),
            _ => Err(Error::Malformed("no piece of content begins so")),
        }
    }
}
