//! Records of TLS 1.3: how they are written, read, and counted (RFC 8446, sections 4.6.3, 5 and 6).

use std::io::{self, IoSlice};

use rustls::ConnectionTrafficSecrets;
use rustls::kernel::KernelConnection;

use super::cipher::{Cipher, HEADER_BYTES, NONCE_BYTES, TAG_BYTES, failed};

/// Most bytes of content in a record.
const MAX_CONTENT_BYTES: usize = 16 << 10;
/// Most bytes of a record behind its header.
pub(super) const MAX_BODY_BYTES: usize = MAX_CONTENT_BYTES + 256;
/// Records that are encrypted with one key: far fewer than 2^24.5, from which on AES-GCM gets weaker (RFC 8446, section 5.5).
const RECORDS_PER_KEY: u64 = 1 << 22;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;
/// Stands on every record, for the sake of equipment in between.
const LEGACY_VERSION: u8 = 3;

/// An alert that is none: nothing follows.
pub(super) const CLOSE_NOTIFY: u8 = 0;
const WARNING: u8 = 1;
const NEW_SESSION_TICKET: u8 = 4;
const KEY_UPDATE: u8 = 24;
/// A key update that wants no answer.
const OWN_KEY_UPDATE: [u8; 5] = [KEY_UPDATE, 0, 0, 1, 0];

/// Makes new keys from the present ones.
pub(super) trait Secrets: Send + Sync {
    /// For what we send.
    fn sending(&mut self) -> Result<(u64, ConnectionTrafficSecrets), rustls::Error>;
    /// For what we receive.
    fn receiving(&mut self) -> Result<(u64, ConnectionTrafficSecrets), rustls::Error>;
}

impl<D: Send + Sync> Secrets for KernelConnection<D> {
    fn sending(&mut self) -> Result<(u64, ConnectionTrafficSecrets), rustls::Error> {
        self.update_tx_secret()
    }

    fn receiving(&mut self) -> Result<(u64, ConnectionTrafficSecrets), rustls::Error> {
        self.update_rx_secret()
    }
}

/// What was in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Bytes.
    Data,
    /// Nothing that matters.
    Nothing,
    /// Nothing follows.
    End,
    /// What follows is encrypted with new keys; if `answer`, the other side wants us to take new ones too.
    NewKeys { answer: bool },
}

/// The keys of one direction.
struct Keys {
    cipher: Cipher,
    start: [u8; NONCE_BYTES],
    /// Number of the next record.
    next: u64,
}

impl Keys {
    fn new((next, secrets): (u64, ConnectionTrafficSecrets)) -> io::Result<Self> {
        let (cipher, start) = Cipher::new(&secrets)?;
        Ok(Self { cipher, start, next })
    }

    /// The nonce of the next record (RFC 8446, section 5.3).
    fn nonce(&mut self) -> io::Result<[u8; NONCE_BYTES]> {
        let mut nonce = self.start;
        for (byte, count) in nonce.iter_mut().rev().zip(self.next.to_le_bytes()) {
            *byte ^= count;
        }
        self.next = self.next.checked_add(1).ok_or_else(|| failed("no further record has a number"))?;
        Ok(nonce)
    }
}

/// Encrypts what is sent.
pub(super) struct Sealer {
    keys: Keys,
    records_per_key: u64,
}

impl Sealer {
    pub(super) fn new(secrets: (u64, ConnectionTrafficSecrets)) -> io::Result<Self> {
        Ok(Self { keys: Keys::new(secrets)?, records_per_key: RECORDS_PER_KEY })
    }

    #[cfg(test)]
    pub(super) fn wear_out_after(&mut self, records: u64) {
        self.records_per_key = records;
    }

    /// Whether it is time for new keys.
    pub(super) fn is_worn(&self) -> bool {
        self.keys.next >= self.records_per_key
    }

    /// Says that new keys follow, and takes them.
    pub(super) fn renew(&mut self, secrets: &mut dyn Secrets, out: &mut Vec<u8>) -> io::Result<()> {
        self.seal(HANDSHAKE, out, |out| out.extend_from_slice(&OWN_KEY_UPDATE))?;
        self.keys = Keys::new(secrets.sending().map_err(io::Error::other)?)?;
        Ok(())
    }

    /// A record of as many bytes as it holds; gives their number.
    pub(super) fn data(&mut self, parts: &mut Parts<'_>, out: &mut Vec<u8>) -> io::Result<usize> {
        let mut taken = 0;
        self.seal(DATA, out, |out| taken = parts.move_to(out, MAX_CONTENT_BYTES))?;
        Ok(taken)
    }

    pub(super) fn alert(&mut self, alert: u8, out: &mut Vec<u8>) -> io::Result<()> {
        self.seal(ALERT, out, |out| out.extend_from_slice(&[WARNING, alert]))
    }

    /// One record, whose content `fill` writes.
    fn seal(&mut self, kind: u8, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let start = out.len();
        out.extend_from_slice(&[0; HEADER_BYTES]);
        fill(out);
        out.push(kind);
        let nonce = self.keys.nonce()?;
        let (_, record) = out.split_at_mut(start);
        let Some((place, body)) = record.split_first_chunk_mut::<HEADER_BYTES>() else { return Ok(()) };
        let length = u16::try_from(body.len() + TAG_BYTES).map_err(|_long| failed("too long a record"))?;
        let [high, low] = length.to_be_bytes();
        *place = [DATA, LEGACY_VERSION, LEGACY_VERSION, high, low];
        let tag = self.keys.cipher.seal(nonce, *place, body)?;
        out.extend_from_slice(&tag);
        Ok(())
    }
}

/// Decrypts what is received.
pub(super) struct Opener(Keys);

impl Opener {
    pub(super) fn new(secrets: (u64, ConnectionTrafficSecrets)) -> io::Result<Self> {
        Ok(Self(Keys::new(secrets)?))
    }

    /// Takes the keys with which the other side encrypts what follows.
    pub(super) fn renew(&mut self, secrets: &mut dyn Secrets) -> io::Result<()> {
        self.0 = Keys::new(secrets.receiving().map_err(io::Error::other)?)?;
        Ok(())
    }

    /// Decrypts the body of a record, which lies in these bytes from `start` on. Gives what was in it, and the length of its content,
    /// which lies at the beginning of the bytes.
    pub(super) fn open(
        &mut self,
        header: [u8; HEADER_BYTES],
        (bytes, start): (&mut [u8], usize),
    ) -> io::Result<(Content, usize)> {
        let nonce = self.0.nonce()?;
        let length = self.0.cipher.open(nonce, header, (&mut *bytes, start))?;
        let plain = bytes.get(..length).unwrap_or_default();
        // Padding is zeros behind the kind.
        let last = plain.iter().rposition(|byte| *byte != 0).ok_or_else(|| failed("a record of no kind"))?;
        let (content, kind) = (plain.get(..last).unwrap_or_default(), plain.get(last));
        if content.len() > MAX_CONTENT_BYTES {
            return Err(failed("too long a record"));
        }
        let meaning = match kind {
            Some(&DATA) if content.is_empty() => Content::Nothing,
            Some(&DATA) => Content::Data,
            Some(&ALERT) => alerted(content)?,
            Some(&HANDSHAKE) => message(content)?,
            _ => return Err(failed("a record of a kind that is not known")),
        };
        Ok((meaning, content.len()))
    }
}

fn alerted(content: &[u8]) -> io::Result<Content> {
    match content {
        [_, CLOSE_NOTIFY] => Ok(Content::End),
        [_, alert] => Err(io::Error::other(rustls::Error::AlertReceived((*alert).into()))),
        _ => Err(failed("an alert of another length")),
    }
}

/// What members send one another after the handshake. No side of ours splits such a message.
fn message(content: &[u8]) -> io::Result<Content> {
    match content {
        [KEY_UPDATE, 0, 0, 1, answer @ (0 | 1)] => Ok(Content::NewKeys { answer: *answer == 1 }),
        // Sessions are never resumed.
        [NEW_SESSION_TICKET, ..] => Ok(Content::Nothing),
        _ => Err(failed("a message that has no place after the handshake")),
    }
}

/// The kind and length of the record that begins with these bytes; `None` if it is not here as a whole.
pub(super) fn length_of(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(&[kind, _, _, high, low]) = bytes.first_chunk::<HEADER_BYTES>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if kind != DATA || length > MAX_BODY_BYTES {
        return Err(failed("no record begins so"));
    }
    Ok(Some(HEADER_BYTES + length).filter(|whole| bytes.len() >= *whole))
}

/// Bytes in several places, taken from the front.
pub(super) struct Parts<'a> {
    rest: std::slice::Iter<'a, IoSlice<'a>>,
    first: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn new(parts: &'a [IoSlice<'a>]) -> Self {
        let mut parts = Self { rest: parts.iter(), first: &[] };
        parts.advance();
        parts
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    fn advance(&mut self) {
        while self.first.is_empty() {
            let Some(next) = self.rest.next() else { return };
            self.first = next;
        }
    }

    /// Appends at most so many bytes; gives their number.
    fn move_to(&mut self, out: &mut Vec<u8>, most: usize) -> usize {
        let mut moved = 0;
        while moved < most && !self.is_empty() {
            let (now, later) = self.first.split_at(self.first.len().min(most - moved));
            out.extend_from_slice(now);
            moved += now.len();
            self.first = later;
            self.advance();
        }
        moved
    }
}
