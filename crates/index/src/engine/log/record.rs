//! One record of the log: its head, and the check that ties it to its round and place.

use std::io;

use atoll_oci::{Algorithm, Hasher};
use atoll_placement::ClusterKey;

/// The mark, by which a record is found again behind a damaged one.
pub(super) const MARK_BYTES: usize = 8;
const LENGTH_BYTES: usize = 4;
const NUMBER_BYTES: usize = 8;
const CHECK_BYTES: usize = 32;

/// The mark, the length of the content, the number of the record, how many were durable before, the check.
pub(super) const HEAD_BYTES: usize = MARK_BYTES + LENGTH_BYTES + 2 * NUMBER_BYTES + CHECK_BYTES;

type Hash = [u8; CHECK_BYTES];

/// What all records of a round have in common and no other record has.
pub(super) struct Seal {
    hash: Hash,
}

/// A head as it was read.
pub(super) struct Head {
    /// Of the content, in bytes.
    pub(super) length: u32,
    number: u64,
    durable: u64,
    check: Hash,
}

/// A whole record.
pub(super) struct Found {
    /// Its place in the round.
    pub(super) number: u64,
    /// How many records of the round were durable before it was written.
    pub(super) durable: u64,
    pub(super) content: Vec<u8>,
}

impl Seal {
    pub(super) fn of(key: ClusterKey, round: u64) -> Self {
        Self { hash: hash(&[b"index log", &key.0, &round.to_be_bytes()]) }
    }

    fn mark(&self) -> &[u8] {
        self.hash.get(..MARK_BYTES).unwrap_or_default()
    }

    /// Adds a record of this number, with how many are durable before it.
    pub(super) fn push(
        &self,
        bytes: &mut Vec<u8>,
        (number, durable): (u64, u64),
        content: &[u8],
    ) -> io::Result<()> {
        let length = u32::try_from(content.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        bytes.extend_from_slice(self.mark());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(&durable.to_be_bytes());
        bytes.extend_from_slice(&self.check((number, durable), content));
        bytes.extend_from_slice(content);
        Ok(())
    }

    fn check(&self, (number, durable): (u64, u64), content: &[u8]) -> Hash {
        hash(&[&self.hash, &number.to_be_bytes(), &durable.to_be_bytes(), content])
    }

    /// The head at the beginning of these bytes, if there is one of this round.
    pub(super) fn head(&self, bytes: &[u8]) -> Option<Head> {
        let rest = bytes.strip_prefix(self.mark())?;
        let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
        let (number, rest) = rest.split_first_chunk::<NUMBER_BYTES>()?;
        let (durable, rest) = rest.split_first_chunk::<NUMBER_BYTES>()?;
        let (check, _) = rest.split_first_chunk::<CHECK_BYTES>()?;
        Some(Head {
            length: u32::from_be_bytes(*length),
            number: u64::from_be_bytes(*number),
            durable: u64::from_be_bytes(*durable),
            check: *check,
        })
    }

    /// The record, if this content is that of the head.
    pub(super) fn whole(&self, head: &Head, content: &[u8]) -> Option<Found> {
        let &Head { number, durable, .. } = head;
        let is_whole = self.check((number, durable), content) == head.check;
        is_whole.then(|| Found { number, durable, content: content.to_vec() })
    }

    /// Where records of this round may begin.
    pub(super) fn places_in<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        memchr::memmem::find_iter(bytes, self.mark())
    }
}

pub(super) fn hash(pieces: &[&[u8]]) -> Hash {
    let mut hasher = Hasher::new(Algorithm::Blake3);
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finish().bytes().try_into().unwrap_or_default()
}
