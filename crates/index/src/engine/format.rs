//! What the database says about itself.

use atoll_oci::{Algorithm, Hasher};
use atoll_placement::ClusterKey;
use serde::{Deserialize, Serialize};

use crate::{Error, codec};

pub(super) const NAME: &str = "format";

/// Version of the whole that this program writes. Version 1 had fewer tables, changes of another shape, and no check of the key; in
/// version 2 each round of the log began at the beginning of its file; in version 3 what says which tags point at a manifest was a table
/// of its own in the database, and in version 4 there were no runs. An older program must not open what has more, since it would leave rows or commands behind that it does
/// not know.
pub(super) const VERSION: u8 = 5;

/// The first version whose changes have the present shape, and which tells the key.
pub(super) const WITH_KEY: u8 = 2;

/// The first version whose log has two halves.
pub(super) const WITH_HALVES: u8 = 3;

/// The first version in which the tags of a manifest lie behind it.
pub(super) const WITH_TAGS_BEHIND: u8 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Format {
    pub(super) shards: u16,
    /// The round of the log whose commands are not in the database yet.
    pub(super) round: u64,
    /// Tells the cluster's key from others without giving it away; zero in version 1, which does not say.
    pub(super) key_check: u64,
}

#[derive(Deserialize)]
struct FormatOfVersion1 {
    shards: u16,
    round: u64,
}

pub(super) fn encode(format: &Format) -> Result<Vec<u8>, Error> {
    codec::encode_as(NAME, VERSION, format)
}

/// The version found, and the format.
pub(super) fn decode(bytes: &[u8]) -> Result<(u8, Format), Error> {
    let (version, rest) = codec::versioned(NAME, VERSION, bytes)?;
    let format = if version == 1 {
        let FormatOfVersion1 { shards, round } = codec::take(NAME, rest)?.0;
        Format { shards, round, key_check: 0 }
    } else {
        codec::take(NAME, rest)?.0
    };
    Ok((version, format))
}

/// The check of a key.
pub(super) fn key_check(key: ClusterKey) -> u64 {
    let mut hasher = Hasher::new(Algorithm::Blake3);
    hasher.update(b"index key");
    hasher.update(&key.0);
    let digest = hasher.finish();
    digest.bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
