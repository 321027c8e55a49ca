//! What was received: encrypted records, and the content of the one that was decrypted last.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::cipher::HEADER_BYTES;
use super::records::{self, Content, MAX_BODY_BYTES, Opener};

/// Room at the beginning: for one record. It grows while reads fill it.
const FIRST_BYTES: usize = HEADER_BYTES + MAX_BODY_BYTES;
/// Most bytes that are read here at once: what is left of a large frame, which has no room for a whole record any more, and small frames.
const MOST_BYTES: usize = 64 << 10;

/// One piece of memory: content that waits to be taken, then records that wait to be decrypted, then room.
pub(super) struct Inbox {
    memory: Vec<u8>,
    plain: Range<usize>,
    sealed: Range<usize>,
}

impl Inbox {
    /// Begins with content, and records, that came with the handshake.
    pub(super) fn new(plain: &[u8], sealed: &[u8]) -> Self {
        let mut memory = [plain, sealed].concat();
        let end = memory.len();
        memory.resize(end.max(FIRST_BYTES), 0);
        Self { memory, plain: 0..plain.len(), sealed: plain.len()..end }
    }

    /// Moves content to the buffer.
    pub(super) fn take(&mut self, buffer: &mut ReadBuf<'_>) {
        let length = self.plain.len().min(buffer.remaining());
        let end = self.plain.start + length;
        if let Some(bytes) = self.memory.get(self.plain.start..end) {
            buffer.put_slice(bytes);
        }
        self.plain.start = end;
    }

    /// Whether a record is here as a whole, or something that is none.
    pub(super) fn has_record(&self) -> bool {
        !matches!(records::length_of(self.received()), Ok(None))
    }

    /// Decrypts the next record, if it is here; its content takes the place of content that was taken.
    pub(super) fn open(&mut self, opener: &mut Opener) -> io::Result<Option<Content>> {
        let Some(length) = records::length_of(self.received())? else { return Ok(None) };
        let start = self.sealed.start;
        let record = self.memory.get_mut(start..start + length);
        let Some((header, body)) = record.and_then(|record| record.split_first_chunk_mut()) else {
            return Ok(None);
        };
        let (content, plain) = opener.open(*header, (body, 0))?;
        self.sealed.start += length;
        let start = start + HEADER_BYTES;
        self.plain = start..start;
        if content == Content::Data {
            self.plain.end += plain;
        }
        Ok(Some(content))
    }

    /// Reads what has arrived; all content must be taken. Gives the number of bytes: 0 at the end.
    pub(super) fn poll_receive<S: AsyncRead>(
        &mut self,
        socket: Pin<&mut S>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        // What is left is a part of a record.
        self.memory.copy_within(self.sealed.clone(), 0);
        self.sealed = 0..self.sealed.len();
        self.plain = 0..0;
        let room = self.memory.get_mut(self.sealed.end..).unwrap_or_default();
        let whole = room.len();
        let mut buffer = ReadBuf::new(room);
        ready!(socket.poll_read(context, &mut buffer))?;
        let length = buffer.filled().len();
        self.sealed.end += length;
        if length == whole && self.memory.len() < MOST_BYTES {
            self.memory.resize((self.memory.len() * 2).min(MOST_BYTES), 0);
        }
        Poll::Ready(Ok(length))
    }

    /// Reads what has arrived right into the buffer, behind the part of a record that was received before; all content must be taken. Gives
    /// the number of bytes: 0 at the end.
    pub(super) fn poll_receive_to<S: AsyncRead>(
        &mut self,
        socket: Pin<&mut S>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let start = buffer.filled().len();
        buffer.put_slice(self.received());
        let before = buffer.filled().len();
        let outcome = socket.poll_read(context, buffer);
        let length = buffer.filled().len() - before;
        if length == 0 {
            buffer.set_filled(start);
        } else {
            self.sealed = 0..0;
        }
        outcome.map_ok(|()| length)
    }

    /// Takes back the part of a record with which a reading ended.
    pub(super) fn keep(&mut self, part: &[u8]) {
        self.plain = 0..0;
        self.sealed = 0..part.len();
        if let Some(place) = self.memory.get_mut(..part.len()) {
            place.copy_from_slice(part);
        }
    }

    fn received(&self) -> &[u8] {
        self.memory.get(self.sealed.clone()).unwrap_or_default()
    }
}
