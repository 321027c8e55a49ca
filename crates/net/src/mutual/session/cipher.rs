//! The one operation that costs: authenticated encryption, by whichever library is faster on this processor.

#[cfg(test)]
mod tests;

use std::io;

use aws_lc_rs::aead as aws;
use ring::aead as ring;
use rustls::ConnectionTrafficSecrets;

/// Bytes of what proves that a record was not changed.
pub(super) const TAG_BYTES: usize = 16;
/// Bytes of a number that no two records of a key share.
pub(super) const NONCE_BYTES: usize = 12;
/// Bytes before a record, which are proved too.
pub(super) const HEADER_BYTES: usize = 5;

/// A key at work.
pub(super) enum Cipher {
    General(aws::LessSafeKey),
    Wide(Box<ring::LessSafeKey>),
}

impl Cipher {
    /// The cipher that these secrets are for, and the number from which its nonces are counted.
    pub(super) fn new(secrets: &ConnectionTrafficSecrets) -> io::Result<(Self, [u8; NONCE_BYTES])> {
        use ConnectionTrafficSecrets as Agreed;
        let (general, wide, key, start) = match secrets {
            Agreed::Aes128Gcm { key, iv } => (&aws::AES_128_GCM, &ring::AES_128_GCM, key, iv),
            Agreed::Aes256Gcm { key, iv } => (&aws::AES_256_GCM, &ring::AES_256_GCM, key, iv),
            Agreed::Chacha20Poly1305 { key, iv } => {
                (&aws::CHACHA20_POLY1305, &ring::CHACHA20_POLY1305, key, iv)
            }
            _ => return Err(failed("a cipher that is not known here")),
        };
        let cipher = if prefers_wide() {
            let key = ring::UnboundKey::new(wide, key.as_ref());
            let key = key.map_err(|_unusable| failed("a key of another length"))?;
            Self::Wide(Box::new(ring::LessSafeKey::new(key)))
        } else {
            let key = aws::UnboundKey::new(general, key.as_ref());
            Self::General(aws::LessSafeKey::new(key.map_err(|_unusable| failed("a key of another length"))?))
        };
        let start = start.as_ref().try_into().map_err(|_other| failed("a nonce of another length"))?;
        Ok((cipher, start))
    }

    /// Encrypts in place.
    pub(super) fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        header: [u8; HEADER_BYTES],
        bytes: &mut [u8],
    ) -> io::Result<[u8; TAG_BYTES]> {
        let mut tag = [0; TAG_BYTES];
        let is_sealed = match self {
            Self::General(key) => {
                let nonce = aws::Nonce::assume_unique_for_key(nonce);
                let sealed = key.seal_in_place_separate_tag(nonce, aws::Aad::from(header), bytes);
                sealed.map(|made| tag.copy_from_slice(made.as_ref())).is_ok()
            }
            Self::Wide(key) => {
                let nonce = ring::Nonce::assume_unique_for_key(nonce);
                let sealed = key.seal_in_place_separate_tag(nonce, ring::Aad::from(header), bytes);
                sealed.map(|made| tag.copy_from_slice(made.as_ref())).is_ok()
            }
        };
        if is_sealed { Ok(tag) } else { Err(failed("a record cannot be encrypted")) }
    }

    /// Checks and decrypts what lies from `start` on, to the beginning of the bytes; gives the length of what was encrypted.
    pub(super) fn open(
        &self,
        nonce: [u8; NONCE_BYTES],
        header: [u8; HEADER_BYTES],
        (bytes, start): (&mut [u8], usize),
    ) -> io::Result<usize> {
        let opened = match self {
            Self::General(key) => {
                let nonce = aws::Nonce::assume_unique_for_key(nonce);
                key.open_within(nonce, aws::Aad::from(header), bytes, start..).ok().map(|plain| plain.len())
            }
            Self::Wide(key) => {
                let nonce = ring::Nonce::assume_unique_for_key(nonce);
                key.open_within(nonce, ring::Aad::from(header), bytes, start..).ok().map(|plain| plain.len())
            }
        };
        opened.ok_or_else(|| failed("a record was changed on its way"))
    }
}

/// Whether the processor encrypts two blocks at a time, which only one of the libraries makes use of. With four at a time both do.
#[cfg(target_arch = "x86_64")]
fn prefers_wide() -> bool {
    is_x86_feature_detected!("vaes")
        && is_x86_feature_detected!("vpclmulqdq")
        && is_x86_feature_detected!("avx2")
        && !is_x86_feature_detected!("avx512f")
}

#[cfg(not(target_arch = "x86_64"))]
fn prefers_wide() -> bool {
    false
}

pub(super) fn failed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
