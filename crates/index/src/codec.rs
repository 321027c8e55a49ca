//! How values are written: one version byte, then postcard. An unknown newer version is refused, never guessed at.

use serde::{Deserialize, Serialize};

use crate::Error;

/// Version of all rows that this program writes, unless their record says otherwise.
pub(crate) const VERSION: u8 = 1;

/// Memory that is taken for a value to begin with: most need no more.
const USUAL_BYTES: usize = 512;

/// Encodes a value of [`VERSION`]. `of` names its table, for errors.
pub(crate) fn encode<T: Serialize>(of: &'static str, value: &T) -> Result<Vec<u8>, Error> {
    encode_as(of, VERSION, value)
}

/// Encodes a value of another version.
pub(crate) fn encode_as<T: Serialize>(of: &'static str, version: u8, value: &T) -> Result<Vec<u8>, Error> {
    let mut start = Vec::with_capacity(USUAL_BYTES);
    start.push(version);
    append(of, value, start)
}

/// Appends a further part to an encoded value.
pub(crate) fn append<T: Serialize>(of: &'static str, value: &T, to: Vec<u8>) -> Result<Vec<u8>, Error> {
    postcard::to_extend(value, to).map_err(|source| Error::Damaged { of, source })
}

/// Decodes a value of [`VERSION`] and gives what follows it.
pub(crate) fn decode_front<'a, T: Deserialize<'a>>(
    of: &'static str,
    bytes: &'a [u8],
) -> Result<(T, &'a [u8]), Error> {
    let (_, rest) = versioned(of, VERSION, bytes)?;
    take(of, rest)
}

/// The version of a value and what follows it. `Newer` for a version above `known`.
pub(crate) fn versioned<'a>(of: &'static str, known: u8, bytes: &'a [u8]) -> Result<(u8, &'a [u8]), Error> {
    match bytes.split_first() {
        Some((&found, rest)) if (1..=known).contains(&found) => Ok((found, rest)),
        Some((&found, _)) if found > known => Err(Error::Newer { of, found, known }),
        _ => Err(Error::Damaged { of, source: postcard::Error::DeserializeUnexpectedEnd }),
    }
}

/// Decodes a further part of a value and gives what follows it.
pub(crate) fn take<'a, T: Deserialize<'a>>(
    of: &'static str,
    bytes: &'a [u8],
) -> Result<(T, &'a [u8]), Error> {
    postcard::take_from_bytes(bytes).map_err(|source| Error::Damaged { of, source })
}

/// Digests inside values: the algorithm's code and the raw bytes, less than half of the text and quicker to read.
pub(crate) mod packed {
    use std::fmt;

    use atoll_oci::{Algorithm, Digest};
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&pack(digest))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        deserializer.deserialize_bytes(Packed)
    }

    /// Bytes of the longest packed digest.
    const LONGEST_BYTES: usize = 65;

    /// A packed digest: every key has one, so it has no memory of its own.
    pub(crate) struct Pack {
        bytes: [u8; LONGEST_BYTES],
        length: usize,
    }

    impl std::ops::Deref for Pack {
        type Target = [u8];

        fn deref(&self) -> &[u8] {
            self.bytes.get(..self.length).unwrap_or_default()
        }
    }

    /// The code of the algorithm and the raw bytes.
    pub(crate) fn pack(digest: &Digest) -> Pack {
        let mut bytes = [0; LONGEST_BYTES];
        let [code, raw @ ..] = &mut bytes;
        *code = digest.algorithm().code();
        if let Some(place) = raw.get_mut(..digest.bytes().len()) {
            place.copy_from_slice(digest.bytes());
        }
        Pack { bytes, length: 1 + digest.bytes().len() }
    }

    /// The inverse of [`pack`].
    pub(crate) fn unpack(bytes: &[u8]) -> Option<Digest> {
        let (code, raw) = bytes.split_first()?;
        Digest::from_bytes(Algorithm::from_code(*code)?, raw)
    }

    struct Packed;

    impl Visitor<'_> for Packed {
        type Value = Digest;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a packed digest")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Digest, E> {
            unpack(bytes).ok_or_else(|| E::custom("not a packed digest"))
        }
    }

    /// The same for a digest that may be missing.
    pub(crate) mod optional {
        use atoll_oci::Digest;
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        #[derive(Serialize, Deserialize)]
        struct One(#[serde(with = "super")] Digest);

        #[expect(clippy::ref_option, reason = "the signature serde asks for")]
        pub(crate) fn serialize<S: Serializer>(
            digest: &Option<Digest>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            digest.map(One).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Digest>, D::Error> {
            Ok(Option::<One>::deserialize(deserializer)?.map(|one| one.0))
        }
    }
}
