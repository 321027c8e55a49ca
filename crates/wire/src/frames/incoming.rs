//! A message and its content as they come in.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use atoll_service::Error as NodeError;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt as _;

use super::{Frames, MARK_BYTES, Mark};
use crate::Error;
use crate::envelope::LENGTH_BYTES;

/// Why content ended before its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The other side says so.
    Theirs(NodeError),
    /// It did not arrive.
    Link(Error),
}

/// Reads the message first ([`Reader::message`]), then is the stream of its content.
pub(crate) struct Reader {
    frames: Frames,
    /// Bytes that came and were not used yet.
    rest: Bytes,
    /// Beginning of a mark or an error that came in parts.
    part: BytesMut,
    next: Next,
    taken_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Mark,
    Piece(usize),
    Error(usize),
    /// The end mark was read: nothing may follow.
    Nothing,
    Over,
}

impl Reader {
    pub(crate) fn new(frames: Frames) -> Self {
        Self { frames, rest: Bytes::new(), part: BytesMut::new(), next: Next::Mark, taken_bytes: 0 }
    }

    /// Bytes that have come so far.
    pub(crate) fn taken_bytes(&self) -> u64 {
        self.taken_bytes
    }

    /// The message. Memory grows with what has come, not with what was announced.
    pub(crate) async fn message(&mut self, limit: usize) -> Result<Bytes, Error> {
        let length = self.exactly(LENGTH_BYTES).await?;
        let length = <[u8; LENGTH_BYTES]>::try_from(&length[..]).map_or(u32::MAX, u32::from_be_bytes);
        match usize::try_from(length) {
            Ok(length) if length <= limit => self.exactly(length).await,
            _ => Err(Error::TooLong { bytes: u64::from(length), limit }),
        }
    }

    async fn exactly(&mut self, wanted: usize) -> Result<Bytes, Error> {
        std::future::poll_fn(|context| self.poll_exactly(context, wanted)).await
    }

    /// As many bytes, in one piece of memory: as they lie if they came together.
    fn poll_exactly(&mut self, context: &mut Context<'_>, wanted: usize) -> Poll<Result<Bytes, Error>> {
        loop {
            if self.part.is_empty() && self.rest.len() >= wanted {
                return Poll::Ready(Ok(self.rest.split_to(wanted)));
            }
            let missing = wanted.saturating_sub(self.part.len()).min(self.rest.len());
            self.part.extend_from_slice(&self.rest.split_to(missing));
            if self.part.len() >= wanted {
                return Poll::Ready(Ok(self.part.split().freeze()));
            }
            ready!(self.poll_more(context))?;
        }
    }

    /// Waits for bytes; what came before must be used up.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let bytes = ready!(self.frames.poll_next_unpin(context)).ok_or(Error::CutOff)??;
        self.taken_bytes += u64::try_from(bytes.len()).unwrap_or_default();
        self.rest = bytes;
        Poll::Ready(Ok(()))
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        loop {
            match self.next {
                Next::Mark => {
                    let mark = ready!(self.poll_exactly(context, MARK_BYTES)).map_err(Fault::Link)?;
                    let mark = <[u8; MARK_BYTES]>::try_from(&mark[..]).unwrap_or_default();
                    self.next = match Mark::decode(mark).map_err(Fault::Link)? {
                        Mark::Piece(length) => Next::Piece(length),
                        Mark::Error(length) => Next::Error(length),
                        Mark::End => Next::Nothing,
                    };
                }
                Next::Piece(left) if self.rest.is_empty() => {
                    ready!(self.poll_more(context)).map_err(Fault::Link)?;
                    self.next = Next::Piece(left);
                }
                Next::Piece(left) => {
                    let piece = self.rest.split_to(left.min(self.rest.len()));
                    let left = left - piece.len();
                    self.next = if left == 0 { Next::Mark } else { Next::Piece(left) };
                    return Poll::Ready(Some(Ok(piece)));
                }
                Next::Error(length) => {
                    let encoded = ready!(self.poll_exactly(context, length)).map_err(Fault::Link)?;
                    let error = postcard::from_bytes(&encoded);
                    let error = error
                        .map_err(|_unknown| Fault::Link(Error::Malformed("an error cannot be decoded")))?;
                    return Poll::Ready(Some(Err(Fault::Theirs(error))));
                }
                Next::Nothing => {
                    if !self.rest.is_empty() {
                        return Poll::Ready(Some(Err(Fault::Link(Error::Malformed(
                            "something follows the end",
                        )))));
                    }
                    // The other side closes at once; whatever else the connection says cannot change what came whole.
                    let ended = ready!(self.poll_more(context)).is_err();
                    if ended {
                        self.next = Next::Over;
                    }
                }
                Next::Over => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for Reader {
    type Item = Result<Bytes, Fault>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.poll_piece(context));
        if matches!(piece, Some(Err(_))) {
            self.next = Next::Over;
        }
        Poll::Ready(piece)
    }
}
