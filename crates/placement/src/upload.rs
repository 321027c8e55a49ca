//! Upload ids: any member can tell from the id alone which member holds the upload, and that the cluster issued it for that repository.

use std::fmt;
use std::hash::Hasher as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

use crate::{ClusterKey, MemberId};

const NONCE_BITS: u32 = 58;
const MAC_BITS: u32 = 48;
const VERSION_SHIFT: u32 = 76;
const VARIANT_SHIFT: u32 = 62;

/// A UUID of version 8 (RFC 9562) that carries 16 bits of holder, 58 bits of nonce and 48 bits of a keyed hash over
/// repository, holder and nonce.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UploadId(u128);

/// Why a text is not an upload id. It says no more, since an id that was not issued is as good as unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an upload id")]
pub struct NotAnUploadId;

impl UploadId {
    /// Issues the id of an upload into `repository` that `holder` keeps. Of `nonce` the low 58 bits count; they must be random.
    pub fn issue(key: ClusterKey, repository: &str, holder: MemberId, nonce: u64) -> Self {
        let nonce = u128::from(nonce) & ((1 << NONCE_BITS) - 1);
        let mac = u128::from(mac(key, repository, holder, nonce));
        Self(spread(u128::from(holder.0) << (NONCE_BITS + MAC_BITS) | nonce << MAC_BITS | mac))
    }

    /// The member that holds the upload, if this id was issued under `key` for `repository`; else `None`.
    pub fn holder(self, key: ClusterKey, repository: &str) -> Option<MemberId> {
        let payload = gather(self.0)?;
        let holder = MemberId(u16::try_from(payload >> (NONCE_BITS + MAC_BITS)).ok()?);
        let nonce = (payload >> MAC_BITS) & ((1 << NONCE_BITS) - 1);
        let claimed = payload & ((1 << MAC_BITS) - 1);
        (u128::from(mac(key, repository, holder, nonce)) == claimed).then_some(holder)
    }
}

fn mac(key: ClusterKey, repository: &str, holder: MemberId, nonce: u128) -> u64 {
    let mut hasher = SipHasher24::new_with_key(&key.0);
    // A prefix of its own keeps these hashes apart from those that place names on shards.
    hasher.write(b"upload\0");
    hasher.write(&holder.0.to_be_bytes());
    hasher.write(&nonce.to_be_bytes());
    hasher.write(repository.as_bytes());
    hasher.finish() >> (u64::BITS - MAC_BITS)
}

/// Puts 122 bits of payload around the version and variant bits of a UUID.
fn spread(payload: u128) -> u128 {
    let low = payload & ((1 << VARIANT_SHIFT) - 1);
    let middle = (payload >> VARIANT_SHIFT) & ((1 << 12) - 1);
    let high = payload >> (VARIANT_SHIFT + 12);
    high << (VERSION_SHIFT + 4) | 8 << VERSION_SHIFT | middle << 64 | 2 << VARIANT_SHIFT | low
}

fn gather(uuid: u128) -> Option<u128> {
    let is_ours = (uuid >> VERSION_SHIFT) & 15 == 8 && (uuid >> VARIANT_SHIFT) & 3 == 2;
    let (high, middle) = (uuid >> (VERSION_SHIFT + 4), (uuid >> 64) & ((1 << 12) - 1));
    is_ours
        .then_some(high << (VARIANT_SHIFT + 12) | middle << VARIANT_SHIFT | uuid & ((1 << VARIANT_SHIFT) - 1))
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        write!(f, "{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for UploadId {
    type Err = NotAnUploadId;

    fn from_str(text: &str) -> Result<Self, NotAnUploadId> {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let digits: String = text.split('-').collect();
        let fits = lengths == [8, 4, 4, 4, 12]
            && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(Self).ok_or(NotAnUploadId)
    }
}

#[cfg(test)]
mod tests;
