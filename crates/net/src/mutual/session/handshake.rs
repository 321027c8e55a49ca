//! The handshake: the TLS library says what to send and reads what comes; here it is carried to the socket and back.

use std::future::poll_fn;
use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::kernel::KernelConnection;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus};
use rustls::{ClientConfig, CommonState, ExtractedSecrets, ServerConfig, SideData};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};

use super::cipher::failed;
use super::inbox::Inbox;
use super::records::{Opener, Sealer, Secrets};
use super::{Facts, Outbox, Session, State};
use crate::mutual::Proven;

/// Most bytes of the handshake that are kept: far more than a chain of certificates needs.
const MAX_RECEIVED_BYTES: usize = 256 << 10;
/// Bytes that are read at once.
const READ_BYTES: usize = 16 << 10;

/// Proves us to the other side of a socket that we opened, and has it prove that it is `name`.
pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    socket: S,
) -> io::Result<(Session<S>, Facts)> {
    shake(UnbufferedClientConnection::new(config, name).map_err(refused)?, socket).await
}

/// Proves us to the other side of a socket that we accepted, and has it prove itself.
pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
    config: Arc<ServerConfig>,
    socket: S,
) -> io::Result<(Session<S>, Facts)> {
    shake(UnbufferedServerConnection::new(config).map_err(refused)?, socket).await
}

/// One side of a handshake, as the library has it.
trait Side: Deref<Target: Deref<Target = CommonState>> {
    type Data: SideData + Send + Sync + 'static;

    fn process<'c, 'i>(&'c mut self, received: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
    fn finish(self) -> Result<(ExtractedSecrets, KernelConnection<Self::Data>), rustls::Error>;
}

impl Side for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(&'c mut self, received: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(received)
    }

    fn finish(self) -> Result<(ExtractedSecrets, KernelConnection<Self::Data>), rustls::Error> {
        self.dangerous_into_kernel_connection()
    }
}

impl Side for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(&'c mut self, received: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(received)
    }

    fn finish(self) -> Result<(ExtractedSecrets, KernelConnection<Self::Data>), rustls::Error> {
        self.dangerous_into_kernel_connection()
    }
}

/// What was received and not used, what waits to be sent, and content that came right behind the handshake.
#[derive(Default)]
struct Carried {
    received: Vec<u8>,
    outgoing: Vec<u8>,
    content: Vec<u8>,
}

/// What is to be done next.
enum Step {
    /// Ask the library again.
    Again,
    /// Send what waits.
    Send,
    /// Wait for more, unless both sides have proved themselves.
    Receive,
}

async fn shake<C: Side, S: AsyncRead + AsyncWrite + Unpin>(
    mut side: C,
    mut socket: S,
) -> io::Result<(Session<S>, Facts)> {
    let mut carried = Carried::default();
    loop {
        match step(&mut side, &mut carried) {
            Ok(Step::Again) => {}
            Ok(Step::Send) => send(&mut socket, &mut carried.outgoing).await?,
            Ok(Step::Receive) if !side.is_handshaking() => break,
            Ok(Step::Receive) => receive(&mut socket, &mut carried.received).await?,
            Err(error) => {
                // The other side is told why, if it still listens. One step only: a second one would read on.
                if let Ok(Step::Again) = step(&mut side, &mut carried) {
                    let _told = send(&mut socket, &mut carried.outgoing).await;
                }
                return Err(error);
            }
        }
    }
    let shown: &CommonState = &side;
    let facts = Facts {
        protocol: shown.alpn_protocol().map(<[u8]>::to_vec),
        certificate: shown.peer_certificates().and_then(<[_]>::first).map(Proven::new),
    };
    let (agreed, secrets) = side.finish().map_err(refused)?;
    let session = Session {
        socket,
        secrets: Box::new(secrets) as Box<dyn Secrets>,
        opener: Opener::new(agreed.rx)?,
        sealer: Sealer::new(agreed.tx)?,
        inbox: Inbox::new(&carried.content, &carried.received),
        outbox: Outbox::default(),
        state: State::default(),
    };
    Ok((session, facts))
}

/// Has the library read what was received.
fn step<C: Side>(side: &mut C, carried: &mut Carried) -> io::Result<Step> {
    let UnbufferedStatus { mut discard, state } = side.process(&mut carried.received);
    let step = match state {
        Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut carried.outgoing).map(|()| Step::Again),
        Ok(ConnectionState::TransmitTlsData(data)) => {
            data.done();
            Ok(Step::Send)
        }
        Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
            match traffic.next_record() {
                Some(Ok(record)) => {
                    discard += record.discard;
                    carried.content.extend_from_slice(record.payload);
                }
                Some(Err(error)) => break Err(refused(error)),
                None => break Ok(Step::Again),
            }
        },
        Ok(ConnectionState::WriteTraffic(_) | ConnectionState::BlockedHandshake) => Ok(Step::Receive),
        Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(error) => Err(refused(error)),
    };
    carried.received.drain(..discard.min(carried.received.len()));
    step
}

fn encode<D>(mut data: EncodeTlsData<'_, D>, outgoing: &mut Vec<u8>) -> io::Result<()> {
    let start = outgoing.len();
    let mut room = 0;
    loop {
        outgoing.resize(start + room, 0);
        match data.encode(outgoing.get_mut(start..).unwrap_or_default()) {
            Ok(length) => {
                outgoing.truncate(start + length);
                return Ok(());
            }
            Err(EncodeError::InsufficientSize(needed)) if needed.required_size > room => {
                room = needed.required_size;
            }
            Err(error) => return Err(io::Error::other(error)),
        }
    }
}

async fn send<S: AsyncWrite + Unpin>(socket: &mut S, outgoing: &mut Vec<u8>) -> io::Result<()> {
    socket.write_all(outgoing).await?;
    outgoing.clear();
    socket.flush().await
}

async fn receive<S: AsyncRead + Unpin>(socket: &mut S, received: &mut Vec<u8>) -> io::Result<()> {
    if received.len() >= MAX_RECEIVED_BYTES {
        return Err(failed("too long a handshake"));
    }
    let start = received.len();
    received.resize(start + READ_BYTES, 0);
    let mut buffer = ReadBuf::new(received.get_mut(start..).unwrap_or_default());
    let read = poll_fn(|context| Pin::new(&mut *socket).poll_read(context, &mut buffer)).await;
    let length = buffer.filled().len();
    received.truncate(start + length);
    read?;
    if length == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

fn refused(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
