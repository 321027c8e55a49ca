//! The keys of all tables: the one place that knows their shape (`docs/reference/index-format.md`).
//!
//! Every key begins with its shard in two bytes. A repository name ends with a zero byte and has byte one for `/`, both below every
//! byte a name may hold: no name is the beginning of another's keys, and keys sort as [`Repository::compare_components`] does.

use atoll_host::Timestamp;
use atoll_oci::{Algorithm, Digest, Repository, Tag};
use atoll_placement::Shard;

use crate::codec::packed;
use crate::{Error, Table};

const NAME_END: u8 = 0;
const SLASH: u8 = 1;
const SHARD_BYTES: usize = 2;

/// The keys of one repository.
#[derive(Debug, Clone)]
pub(crate) struct RepositoryKeys {
    shard: Shard,
    prefix: Vec<u8>,
}

impl RepositoryKeys {
    pub(crate) fn new(shard: Shard, repository: &Repository) -> Self {
        let mut prefix = name_start(shard, repository.as_str());
        prefix.push(NAME_END);
        Self { shard, prefix }
    }

    /// Key of the repository itself, and the beginning of the keys of everything in it.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Key of a tag. The text need not be a tag, so that lists can begin behind any text.
    pub(crate) fn tag(&self, tag: &str) -> Vec<u8> {
        self.with(&[tag.as_bytes()])
    }

    /// Key of whatever has a digest: a manifest, its body, parts and statistics, or a blob. Also the beginning of the keys
    /// of its tags, uses and referrers.
    pub(crate) fn digest(&self, digest: &Digest) -> Vec<u8> {
        self.with(&[&packed::pack(digest)])
    }

    /// Key that says that a tag points at a manifest.
    pub(crate) fn tag_of(&self, digest: &Digest, tag: &Tag) -> Vec<u8> {
        self.with(&[&packed::pack(digest), tag.as_str().as_bytes()])
    }

    /// Key that says that a manifest, first pushed at that time, names a part. The time lets those that were pushed one after another
    /// lie together, though their digests lie anywhere.
    pub(crate) fn part_use(&self, part: &Digest, (pushed_at, manifest): (Timestamp, &Digest)) -> Vec<u8> {
        self.with(&[&packed::pack(part), &pushed_at.0.to_be_bytes(), &packed::pack(manifest)])
    }

    /// The same in indexes of earlier versions.
    pub(crate) fn former_part_use(&self, part: &Digest, manifest: &Digest) -> Vec<u8> {
        self.with(&[&packed::pack(part), &packed::pack(manifest)])
    }

    /// Key of a referrer: places sort in the order of pushing.
    pub(crate) fn referrer(&self, subject: &Digest, place: u64) -> Vec<u8> {
        self.with(&[&packed::pack(subject), &place.to_be_bytes()])
    }

    /// Key of a user's star; the empty name's is that of the count.
    pub(crate) fn star(&self, user: &str) -> Vec<u8> {
        self.with(&[user.as_bytes()])
    }

    /// Key that says that the repository needs a digest kept.
    pub(crate) fn holding(&self, digest: &Digest) -> Vec<u8> {
        let mut key = holders(self.shard, digest);
        key.extend_from_slice(self.prefix.get(SHARD_BYTES..).unwrap_or_default());
        key
    }

    fn with(&self, pieces: &[&[u8]]) -> Vec<u8> {
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        let mut key = Vec::with_capacity(self.prefix.len() + length);
        key.extend_from_slice(&self.prefix);
        for piece in pieces {
            key.extend_from_slice(piece);
        }
        key
    }
}

/// Key of a shard's own row, and the beginning of all keys of the shard.
pub(crate) fn shard(shard: Shard) -> [u8; SHARD_BYTES] {
    shard.0.to_be_bytes()
}

/// The shard of a key that holds nothing else.
pub(crate) fn number_of_shard(table: Table, key: &[u8]) -> Result<Shard, Error> {
    let bytes = key.try_into().map_err(|_wrong_length| damaged(table, key))?;
    Ok(Shard(u16::from_be_bytes(bytes)))
}

/// Key of a user's record.
pub(crate) fn user(shard: Shard, name: &str) -> Vec<u8> {
    [shard.0.to_be_bytes().as_slice(), name.as_bytes()].concat()
}

/// Key of a change.
pub(crate) fn change(shard: Shard, position: u64) -> Vec<u8> {
    [shard.0.to_be_bytes().as_slice(), &position.to_be_bytes()].concat()
}

/// Beginning of the keys of all repositories of a shard that need a digest kept.
pub(crate) fn holders(shard: Shard, digest: &Digest) -> Vec<u8> {
    [shard.0.to_be_bytes().as_slice(), &packed::pack(digest)].concat()
}

/// Where a catalog continues behind a text, which need not be a name.
pub(crate) fn catalog(shard: Shard, after: &str) -> Vec<u8> {
    let mut key = name_start(shard, after);
    key.push(NAME_END);
    key
}

/// What lies behind the beginning `prefix` of a key that has it.
pub(crate) fn behind<'a>(table: Table, prefix: &[u8], key: &'a [u8]) -> Result<&'a [u8], Error> {
    key.strip_prefix(prefix).ok_or_else(|| damaged(table, key))
}

/// The encoded name of a key that begins with shard and name, and what lies behind the name's end.
pub(crate) fn split_name(table: Table, key: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let rest = key.get(SHARD_BYTES..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == NAME_END).ok_or_else(|| damaged(table, key))?;
    rest.split_at_checked(end.saturating_add(1)).ok_or_else(|| damaged(table, key))
}

/// The repository of a key that holds a whole name and nothing else behind `prefix`.
pub(crate) fn repository(table: Table, prefix: &[u8], key: &[u8]) -> Result<Repository, Error> {
    let name = behind(table, prefix, key)?.strip_suffix(&[NAME_END]);
    let name: Option<Vec<u8>> =
        name.map(|name| name.iter().map(|byte| if *byte == SLASH { b'/' } else { *byte }).collect());
    let name = name.as_deref().and_then(|name| std::str::from_utf8(name).ok());
    name.and_then(|name| name.parse().ok()).ok_or_else(|| damaged(table, key))
}

/// The user of the key of a record.
pub(crate) fn user_name(key: &[u8]) -> Result<&str, Error> {
    let name = key.get(SHARD_BYTES..).and_then(|name| std::str::from_utf8(name).ok());
    name.ok_or_else(|| damaged(Table::Users, key))
}

/// Puts another shard at the beginning of a key.
pub(crate) fn put_shard(table: Table, key: &mut [u8], shard: Shard) -> Result<(), Error> {
    match key.first_chunk_mut::<SHARD_BYTES>() {
        Some(place) => {
            *place = shard.0.to_be_bytes();
            Ok(())
        }
        None => Err(damaged(table, key)),
    }
}

/// The digest and the repository of a key that says that a repository needs a digest.
pub(crate) fn split_holding(key: &[u8]) -> Result<(Digest, Repository), Error> {
    let table = Table::Holdings;
    let rest = key.get(SHARD_BYTES..).unwrap_or_default();
    let algorithm =
        rest.first().copied().and_then(Algorithm::from_code).ok_or_else(|| damaged(table, key))?;
    let (digest, name) =
        rest.split_at_checked(1 + algorithm.length_bytes()).ok_or_else(|| damaged(table, key))?;
    let digest = packed::unpack(digest).ok_or_else(|| damaged(table, key))?;
    Ok((digest, repository(table, &[], name)?))
}

/// The tag at the end of a key.
pub(crate) fn tag(table: Table, prefix: &[u8], key: &[u8]) -> Result<Tag, Error> {
    let text = std::str::from_utf8(behind(table, prefix, key)?).ok();
    text.and_then(|text| text.parse().ok()).ok_or_else(|| damaged(table, key))
}

/// The digest at the end of a key.
pub(crate) fn digest(table: Table, prefix: &[u8], key: &[u8]) -> Result<Digest, Error> {
    packed::unpack(behind(table, prefix, key)?).ok_or_else(|| damaged(table, key))
}

/// The manifest at the end of a key that says that it names a part, now or in an earlier version. No digest is as long as another and
/// a time.
pub(crate) fn naming_manifest(prefix: &[u8], key: &[u8]) -> Result<Digest, Error> {
    let rest = behind(Table::Uses, prefix, key)?;
    let behind_time = || packed::unpack(rest.get(size_of::<Timestamp>()..)?);
    packed::unpack(rest).or_else(behind_time).ok_or_else(|| damaged(Table::Uses, key))
}

/// Whether anything follows the digest in a key of shard, name and digest.
pub(crate) fn has_more_than_digest(table: Table, key: &[u8]) -> Result<bool, Error> {
    let (_name, rest) = split_name(table, key)?;
    let algorithm = rest.first().copied().and_then(Algorithm::from_code);
    let length = 1 + algorithm.ok_or_else(|| damaged(table, key))?.length_bytes();
    Ok(rest.len() > length)
}

/// The number at the end of a key.
pub(crate) fn number(table: Table, prefix: &[u8], key: &[u8]) -> Result<u64, Error> {
    let bytes = behind(table, prefix, key)?.try_into().map_err(|_wrong_length| damaged(table, key))?;
    Ok(u64::from_be_bytes(bytes))
}

/// Whether a key belongs to a shard.
pub(crate) fn is_of_shard(shard: Shard, key: &[u8]) -> bool {
    key.starts_with(&shard.0.to_be_bytes())
}

fn name_start(shard: Shard, name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(SHARD_BYTES + name.len() + 1);
    key.extend_from_slice(&shard.0.to_be_bytes());
    key.extend(name.bytes().map(|byte| if byte == b'/' { SLASH } else { byte }));
    key
}

pub(crate) fn damaged(table: Table, key: &[u8]) -> Error {
    Error::DamagedKey { of: table.name(), key: key.to_vec() }
}

#[cfg(test)]
mod tests;
