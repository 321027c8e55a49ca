//! Digests inside facts: the algorithm's code and the raw bytes, half as long as the text and much quicker to read.

use std::fmt;

use atoll_oci::{Algorithm, Digest};
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::with_capacity(1 + digest.bytes().len());
    bytes.push(digest.algorithm().code());
    bytes.extend_from_slice(digest.bytes());
    serializer.serialize_bytes(&bytes)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    deserializer.deserialize_bytes(Packed)
}

struct Packed;

impl Visitor<'_> for Packed {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a packed digest")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Digest, E> {
        let digest =
            bytes.split_first().and_then(|(code, raw)| Digest::from_bytes(Algorithm::from_code(*code)?, raw));
        digest.ok_or_else(|| E::custom("not a packed digest"))
    }
}
