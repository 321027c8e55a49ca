//! Several ranges of a blob in one answer (RFC 9110, section 14.6: multipart/byteranges).

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use atoll_oci::ByteRange;
use atoll_service::{Body, Error};
use bytes::Bytes;
use futures_core::Stream;

use crate::answer::length_of;

/// What stands around every part.
pub(crate) struct Frame<'a> {
    /// Separates the parts; must not occur in them, so it is random.
    pub(crate) boundary: &'a str,
    /// Media type of the blob.
    pub(crate) media_type: &'a str,
    /// Size of the whole blob in bytes.
    pub(crate) size: u64,
}

/// Cuts `body`, which holds the bytes of the ranges one after another, into parts. Gives the new body and its exact length.
pub(crate) fn multipart(frame: &Frame<'_>, ranges: &[ByteRange], body: Body) -> (Body, u64) {
    let sections: VecDeque<Section> = ranges
        .iter()
        .enumerate()
        .map(|(index, range)| Section { head: frame.head(index == 0, *range), length: range.length_bytes() })
        .collect();
    let closing = Bytes::from(format!("\r\n--{}--\r\n", frame.boundary));
    let length = sections.iter().map(|section| length_of(&section.head) + section.length).sum::<u64>()
        + length_of(&closing);
    let cutter = Cutter { body, sections, left: 0, chunk: Bytes::new(), closing: Some(closing) };
    (Box::pin(cutter), length)
}

impl Frame<'_> {
    fn head(&self, is_first: bool, range: ByteRange) -> Bytes {
        let line_break = if is_first { "" } else { "\r\n" };
        let Self { boundary, media_type, size } = self;
        let ByteRange { first, last } = range;
        format!(
            "{line_break}--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
        )
        .into()
    }
}

struct Section {
    head: Bytes,
    length: u64,
}

struct Cutter {
    body: Body,
    sections: VecDeque<Section>,
    /// Bytes of the section under way that are still to come.
    left: u64,
    /// What was read and belongs to this or later sections.
    chunk: Bytes,
    closing: Option<Bytes>,
}

impl Cutter {
    fn fail(&mut self, error: Error) -> Poll<Option<Result<Bytes, Error>>> {
        (self.left, self.closing) = (0, None);
        self.sections.clear();
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for Cutter {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.left == 0 {
                let Some(section) = self.sections.pop_front() else {
                    return Poll::Ready(self.closing.take().map(Ok));
                };
                self.left = section.length;
                return Poll::Ready(Some(Ok(section.head)));
            }
            if self.chunk.is_empty() {
                match ready!(self.body.as_mut().poll_next(context)) {
                    Some(Ok(chunk)) => self.chunk = chunk,
                    Some(Err(error)) => return self.fail(error),
                    None => {
                        return self.fail(Error::Internal("the blob ended before its last range".to_owned()));
                    }
                }
                continue;
            }
            let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.chunk.len());
            let piece = self.chunk.split_to(taken);
            self.left -= length_of(&piece);
            return Poll::Ready(Some(Ok(piece)));
        }
    }
}

#[cfg(test)]
mod tests;
