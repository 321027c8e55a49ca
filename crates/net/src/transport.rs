//! The socket as the HTTP library sees it: it notes what moves for the time limits, follows the framing, and closes in a way
//! that lets the last answer arrive.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::activity::Activity;
use crate::framing::Framing;

/// What a refused client still sends is read in pieces of this size.
const DISCARD_BYTES: usize = 16 << 10;

pub(crate) struct Transport<T> {
    socket: T,
    activity: Arc<Activity>,
    framing: Framing,
    /// The activity knows that a head is under way.
    head_noted: bool,
    /// The activity knows that the socket takes no bytes.
    block_noted: bool,
    our_side_closed: bool,
}

impl<T> Transport<T> {
    pub(crate) fn new(socket: T, activity: Arc<Activity>, framing: Framing) -> Self {
        Self { socket, activity, framing, head_noted: true, block_noted: false, our_side_closed: false }
    }

    fn note_read(&mut self, bytes: &[u8]) {
        self.framing.observe(bytes);
        if let Some(ordinal) = self.framing.ambiguous() {
            self.activity.set_ambiguous(ordinal);
        }
        match (self.head_noted, self.framing.is_in_head()) {
            (false, true) => self.activity.head_began(),
            (true, false) => self.activity.head_ended(),
            _ => {}
        }
        self.head_noted = self.framing.is_in_head();
    }

    /// Notes whether the socket took bytes, and hands the outcome on.
    fn note_write(&mut self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if outcome.is_ready() {
            self.block_noted = false;
            self.activity.set_blocked(false);
        } else if !self.block_noted {
            self.block_noted = true;
            self.activity.set_blocked(true);
        }
        outcome
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Transport<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(context, buffer))?;
        if let Some(bytes) = buffer.filled().get(before..).filter(|bytes| !bytes.is_empty()) {
            self.note_read(bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Transport<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.note_write(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write_vectored(context, parts);
        self.note_write(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.socket).poll_flush(context);
        if outcome.is_pending() || self.block_noted {
            return self.note_write(outcome.map_ok(|()| 0)).map_ok(|_none| ());
        }
        outcome
    }

    /// Closes our side, then reads on while the client still sends a body that nobody wanted: closing with unread bytes
    /// makes the system reset the connection, and the client would lose the answer that tells it why. The watch bounds
    /// how long.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.our_side_closed {
            ready!(Pin::new(&mut self.socket).poll_shutdown(context))?;
            self.our_side_closed = true;
        }
        if self.framing.is_http2() || self.framing.is_between_requests() {
            return Poll::Ready(Ok(()));
        }
        self.activity.closing();
        let mut storage = [0; DISCARD_BYTES];
        loop {
            let mut buffer = ReadBuf::new(&mut storage);
            // A client that is gone has nothing more to read, and nobody is left to tell.
            let gone = ready!(Pin::new(&mut self.socket).poll_read(context, &mut buffer)).is_err();
            if gone || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
