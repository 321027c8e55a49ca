//! Digests of content that arrives in pieces.

use sha2::Digest as _;

use crate::{Algorithm, Digest};

/// A running digest of one algorithm.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    /// Begins with nothing hashed.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
            Algorithm::Blake3 => State::Blake3(Box::new(blake3::Hasher::new())),
        })
    }

    /// The algorithm this hasher runs.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            State::Sha256(_) => Algorithm::Sha256,
            State::Sha384(_) => Algorithm::Sha384,
            State::Sha512(_) => Algorithm::Sha512,
            State::Blake3(_) => Algorithm::Blake3,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(hasher) => hasher.update(bytes),
            State::Sha384(hasher) => hasher.update(bytes),
            State::Sha512(hasher) => hasher.update(bytes),
            State::Blake3(hasher) => {
                hasher.update(bytes);
            }
        }
    }

    /// The digest of everything taken so far.
    pub fn finish(self) -> Digest {
        let algorithm = self.algorithm();
        let digest = match self.0 {
            State::Sha256(hasher) => Digest::from_bytes(algorithm, &hasher.finalize()),
            State::Sha384(hasher) => Digest::from_bytes(algorithm, &hasher.finalize()),
            State::Sha512(hasher) => Digest::from_bytes(algorithm, &hasher.finalize()),
            State::Blake3(hasher) => Digest::from_bytes(algorithm, hasher.finalize().as_bytes()),
        };
        digest.unwrap_or_else(|| unreachable!("each hash function yields its algorithm's length"))
    }
}

/// The digest of one piece of content.
pub fn digest_of(algorithm: Algorithm, content: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(content);
    hasher.finish()
}

#[cfg(test)]
mod tests;
