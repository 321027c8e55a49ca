//! Who asks, and the name of the request. Until credentials are understood, everybody is nobody in particular.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use atoll_host::Random;
use atoll_net::{Peer, TlsVersion};
use atoll_service::{Caller, RequestId};
use http::{HeaderMap, header};

use crate::header as names;

/// Longest request id accepted from a client, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 128;
/// Most of a `User-Agent` that is kept, in bytes.
const MAX_USER_AGENT_BYTES: usize = 512;

/// Makes callers.
pub(crate) struct Identifier {
    base: u64,
    next: AtomicU64,
    tls12: Arc<str>,
    tls13: Arc<str>,
}

impl Identifier {
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut base = [0; 8];
        random.fill(&mut base);
        Self {
            base: u64::from_le_bytes(base),
            next: AtomicU64::new(0),
            tls12: "1.2".into(),
            tls13: "1.3".into(),
        }
    }

    pub(crate) fn caller(&self, headers: &HeaderMap, peer: &Peer) -> Caller {
        let tls = peer.tls.map(|facts| match facts.version {
            TlsVersion::Tls12 => Arc::clone(&self.tls12),
            TlsVersion::Tls13 => Arc::clone(&self.tls13),
        });
        Caller {
            address: Some(peer.address),
            tls,
            user_agent: headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(shortened),
            request_id: RequestId(self.request_id(headers)),
            ..Caller::default()
        }
    }

    /// Sixteen hex digits that this process has not given before. Unguessable they need not be: they name, they do not prove.
    pub(crate) fn fresh(&self) -> Arc<str> {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        // An odd factor maps different counts to different ids and keeps neighbours from looking alike.
        let mixed = self.base.wrapping_add(count).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // Every request has one, and the formatter of the library takes longer for it than all the rest of naming a request.
        let digits: [u8; 16] = std::array::from_fn(|place| hex_digit(mixed >> (60 - 4 * place)));
        std::str::from_utf8(&digits).unwrap_or_default().into()
    }

    fn request_id(&self, headers: &HeaderMap) -> Arc<str> {
        let told = headers.get(names::REQUEST_ID).and_then(|value| value.to_str().ok());
        told.filter(|text| is_request_id(text)).map_or_else(|| self.fresh(), Arc::from)
    }
}

/// The digit of the lowest four bits.
fn hex_digit(bits: u64) -> u8 {
    let nibble = u32::try_from(bits & 0xf).unwrap_or_default();
    char::from_digit(nibble, 16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(b'0')
}

/// What may be echoed and logged as it is.
fn is_request_id(text: &str) -> bool {
    (1..=MAX_REQUEST_ID_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Header text is ASCII, so every place is a border of characters.
fn shortened(text: &str) -> Arc<str> {
    text.get(..MAX_USER_AGENT_BYTES).unwrap_or(text).into()
}

#[cfg(test)]
mod tests;
