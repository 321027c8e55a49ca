//! Bodies of requests, as far as they are read.

use atoll_service::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

/// Why there is no whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is longer than the limit.
    TooLarge,
    /// It ended in an error.
    Interrupted,
}

/// Reads a body of at most so many bytes.
pub(crate) async fn read(mut body: Body, limit: usize) -> Result<Bytes, Unread> {
    let mut first = Bytes::new();
    let mut more = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| Unread::Interrupted)?;
        if first.len() + more.len() + piece.len() > limit {
            return Err(Unread::TooLarge);
        }
        // A body mostly comes in one piece, which is not copied.
        if first.is_empty() {
            first = piece;
        } else {
            more.extend_from_slice(&piece);
        }
    }
    if more.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + more.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&more);
    Ok(whole.freeze())
}
