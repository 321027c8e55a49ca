//! An encrypted connection after its handshake: the records of TLS 1.3 (RFC 8446, section 5) over a socket.
//!
//! The TLS library proves both sides and agrees on keys; here bytes are encrypted and decrypted with them. The library's own way reads a
//! record at a time, writes a few, and copies what it reads once more. Here many records are read at once and decrypted where they lie, in the
//! reader's own memory if that has room, and many are encrypted behind one another and written at once. Certificates, names and the key
//! schedule are the library's work alone.

mod cipher;
mod handshake;
mod inbox;
mod outbox;
mod records;
mod stretch;
#[cfg(test)]
mod tests;

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) use self::handshake::{accept, connect};

use self::inbox::Inbox;
use self::outbox::Outbox;
use self::records::{CLOSE_NOTIFY, Content, Opener, Sealer, Secrets};
use self::stretch::Stretch;

/// Room in a reader's memory from which on it is worth reading right into it.
const ROOMY_BYTES: usize = 64 << 10;

/// What the handshake found out.
pub(crate) struct Facts {
    /// The protocol that both sides want to speak (RFC 7301).
    pub(crate) protocol: Option<Vec<u8>>,
    /// The certificate with which the other side has proved itself.
    pub(crate) certificate: Option<super::Proven>,
}

/// An encrypted connection.
pub(crate) struct Session<S> {
    socket: S,
    secrets: Box<dyn Secrets>,
    opener: Opener,
    sealer: Sealer,
    inbox: Inbox,
    outbox: Outbox,
    state: State,
}

/// Which directions are closed.
#[derive(Default)]
struct State {
    /// The other side has said that nothing follows.
    theirs: bool,
    /// We have said so.
    ours: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Makes plain bytes available; `false` at the end of the connection.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            if self.state.theirs {
                return Poll::Ready(Ok(false));
            }
            match self.inbox.open(&mut self.opener)? {
                Some(Content::Data) => return Poll::Ready(Ok(true)),
                Some(Content::Nothing) => {}
                Some(Content::End) => self.state.theirs = true,
                Some(Content::NewKeys { answer }) => self.new_keys(answer, context)?,
                None => {
                    if ready!(self.inbox.poll_receive(Pin::new(&mut self.socket), context))? == 0 {
                        // Without a goodbye nobody knows whether that was all (RFC 8446, section 6.1).
                        return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                    }
                }
            }
        }
    }

    /// Reads into a reader's own memory and decrypts there; all content must be taken, and no whole record be here. `false` at the end of
    /// the connection. An error takes what came before it along: the connection is of no use any more.
    fn poll_fill_there(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<bool>> {
        if self.state.theirs {
            return Poll::Ready(Ok(false));
        }
        let start = buffer.filled().len();
        if ready!(self.inbox.poll_receive_to(Pin::new(&mut self.socket), context, buffer))? == 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        let mut stretch = Stretch { plain: start, sealed: start };
        let opened = self.open_there(context, &mut stretch, buffer.filled_mut());
        buffer.set_filled(stretch.plain);
        Poll::Ready(opened.map(|()| true))
    }

    /// Decrypts what was read into a reader's memory, and takes the part of a record at its end back.
    fn open_there(
        &mut self,
        context: &mut Context<'_>,
        stretch: &mut Stretch,
        memory: &mut [u8],
    ) -> io::Result<()> {
        while let Some(content) = stretch.open(memory, &mut self.opener)? {
            match content {
                Content::Data | Content::Nothing => {}
                Content::NewKeys { answer } => self.new_keys(answer, context)?,
                Content::End => {
                    self.state.theirs = true;
                    return Ok(());
                }
            }
        }
        self.inbox.keep(memory.get(stretch.sealed..).unwrap_or_default());
        Ok(())
    }

    /// The other side uses new keys from here on, and may want us to do the same.
    fn new_keys(&mut self, answer: bool, context: &mut Context<'_>) -> io::Result<()> {
        self.opener.renew(&mut *self.secrets)?;
        // Whoever asks again and again without reading is answered once.
        if answer && !self.state.ours && !self.outbox.is_full() {
            self.sealer.renew(&mut *self.secrets, self.outbox.bytes())?;
            if let Poll::Ready(sent) = self.outbox.poll_send(Pin::new(&mut self.socket), context) {
                sent?;
            }
        }
        Ok(())
    }

    fn seal(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut taken = 0;
        let mut parts = records::Parts::new(parts);
        while !self.outbox.is_full() && !parts.is_empty() {
            if self.sealer.is_worn() {
                self.sealer.renew(&mut *self.secrets, self.outbox.bytes())?;
            }
            taken += self.sealer.data(&mut parts, self.outbox.bytes())?;
        }
        Ok(taken)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Session<S> {
    /// Gives as much as there is without waiting.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let session = &mut *self;
        let before = buffer.filled().len();
        loop {
            session.inbox.take(buffer);
            if buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            let has_some = buffer.filled().len() > before;
            if has_some && !session.inbox.has_record() {
                return Poll::Ready(Ok(()));
            }
            let filled = if buffer.remaining() < ROOMY_BYTES || session.inbox.has_record() {
                session.poll_fill(context)
            } else {
                session.poll_fill_there(context, buffer)
            };
            match filled {
                Poll::Ready(Ok(true)) => {}
                // What came before is given first; the end, or the error, comes again.
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if has_some => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Session<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    /// Takes bytes until as many wait as are sent at once.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let session = &mut *self;
        if session.state.ours {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if session.outbox.is_full() {
            ready!(session.outbox.poll_send(Pin::new(&mut session.socket), context))?;
        }
        let taken = session.seal(parts)?;
        if session.outbox.is_full()
            && let Poll::Ready(sent) = session.outbox.poll_send(Pin::new(&mut session.socket), context)
        {
            sent?;
        }
        Poll::Ready(Ok(taken))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let session = &mut *self;
        ready!(session.outbox.poll_send(Pin::new(&mut session.socket), context))?;
        Pin::new(&mut session.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let session = &mut *self;
        if !session.state.ours {
            session.state.ours = true;
            session.sealer.alert(CLOSE_NOTIFY, session.outbox.bytes())?;
        }
        ready!(session.outbox.poll_send(Pin::new(&mut session.socket), context))?;
        Pin::new(&mut session.socket).poll_shutdown(context)
    }
}
