//! Digests: the identity of content.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, written};

/// The digest algorithms this registry computes and verifies (image-spec: registered algorithms, and sha384 as Go clients have it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// SHA-256, the canonical one.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// BLAKE3 with 256 bits of output.
    Blake3,
}

impl Algorithm {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Sha256, Self::Sha384, Self::Sha512, Self::Blake3];

    /// The name as it stands before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Blake3 => "blake3",
        }
    }

    /// Length of the digest in bytes.
    pub fn length_bytes(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The byte that stands for the algorithm in stored keys; never reused.
    pub fn code(self) -> u8 {
        match self {
            Self::Sha256 => 1,
            Self::Sha384 => 2,
            Self::Sha512 => 3,
            Self::Blake3 => 4,
        }
    }

    /// The algorithm of a stored code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.code() == code)
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == text)
            .ok_or_else(|| Error::Algorithm(text.to_owned()))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const LONGEST_BYTES: usize = 64;

/// The longest name of an algorithm, a colon, and two digits for each byte.
const LONGEST_WRITTEN_BYTES: usize = "sha256:".len() + LONGEST_BYTES * 2;

/// A digest of supported algorithm: `sha256:` and 64 lower-case hex digits, and so on. Ordered by algorithm, then by bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    algorithm: Algorithm,
    bytes: [u8; LONGEST_BYTES],
}

impl Digest {
    /// A digest from its raw bytes; `None` when the length is not the algorithm's.
    pub fn from_bytes(algorithm: Algorithm, raw: &[u8]) -> Option<Self> {
        if raw.len() != algorithm.length_bytes() {
            return None;
        }
        let mut bytes = [0; LONGEST_BYTES];
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { algorithm, bytes })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The raw bytes, as many as the algorithm has.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.length_bytes()).unwrap_or_default()
    }

    /// The hex digits behind the colon.
    pub fn encoded(&self) -> String {
        let mut text = [0; LONGEST_WRITTEN_BYTES];
        let digits = self.written(&mut text).get(self.algorithm.name().len() + 1..);
        digits.unwrap_or_default().to_owned()
    }

    /// Appends the digest as it is written: where many are rendered, a text of their own for each would cost more than the digits.
    pub fn push_to(&self, text: &mut String) {
        text.push_str(self.written(&mut [0; LONGEST_WRITTEN_BYTES]));
    }

    /// Length of the digest as it is written, in bytes.
    pub fn written_bytes(&self) -> usize {
        self.algorithm.name().len() + 1 + self.algorithm.length_bytes() * 2
    }

    /// The digest as it is written. Every answer about content names one, so the digits are looked up rather than computed one by one.
    fn written<'a>(&self, text: &'a mut [u8; LONGEST_WRITTEN_BYTES]) -> &'a str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        let name = self.algorithm.name().bytes().chain([b':']);
        for (place, byte) in text.iter_mut().zip(name) {
            *place = byte;
        }
        let digits = text.get_mut(self.algorithm.name().len() + 1..).unwrap_or_default();
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.bytes()) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        std::str::from_utf8(text.get(..self.written_bytes()).unwrap_or_default()).unwrap_or_default()
    }
}

/// Over the bytes that count: the rest are zeros in every digest of the same algorithm.
impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.algorithm.hash(state);
        self.bytes().hash(state);
    }
}

impl FromStr for Digest {
    type Err = Error;

    /// Parses by the grammar of the image specification: an unknown algorithm is told apart from a malformed text.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::Digest(text.to_owned());
        let (name, encoded) = text.split_once(':').ok_or_else(refused)?;
        if !is_algorithm_text(name) || encoded.is_empty() || !encoded.bytes().all(is_encoded_byte) {
            return Err(refused());
        }
        let algorithm: Algorithm = name.parse()?;
        if encoded.len() != algorithm.length_bytes() * 2 {
            return Err(refused());
        }
        let mut bytes = [0; LONGEST_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(encoded.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return Err(refused()) };
            *byte = lower_hex(*high).zip(lower_hex(*low)).map(|(h, l)| h << 4 | l).ok_or_else(refused)?;
        }
        Ok(Self { algorithm, bytes })
    }
}

fn is_algorithm_text(name: &str) -> bool {
    name.split(['+', '.', '_', '-'])
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

fn is_encoded_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'_' | b'-')
}

fn lower_hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written(&mut [0; LONGEST_WRITTEN_BYTES]))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.written(&mut [0; LONGEST_WRITTEN_BYTES]))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        written::parsed(deserializer)
    }
}

#[cfg(test)]
mod tests;
