//! Agreeing on a version of the protocol. These two messages stay as they are in all versions.
//!
//! A release speaks its own version and those before it down to [`OLDEST_PROTOCOL`], so that members of neighbouring releases work
//! together while one after another is replaced. A version fixes the bytes of every message: a message that gets a further field gets
//! it in the next version, and keeps its old form for the old one.

use atoll_placement::{ClusterId, MemberId};
use serde::{Deserialize, Serialize};

/// The oldest version spoken.
pub const OLDEST_PROTOCOL: u16 = 1;
/// The newest version spoken.
pub const NEWEST_PROTOCOL: u16 = 3;
/// The version under which the two messages of this module travel.
pub(crate) const HELLO_PROTOCOL: u16 = 0;

/// What a member asks before its first call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) from: MemberId,
    pub(crate) oldest: u16,
    pub(crate) newest: u16,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) cluster: ClusterId,
    pub(crate) member: MemberId,
    pub(crate) oldest: u16,
    pub(crate) newest: u16,
}

impl Hello {
    pub(crate) fn from(member: MemberId) -> Self {
        Self { from: member, oldest: OLDEST_PROTOCOL, newest: NEWEST_PROTOCOL }
    }

    /// The newest version that both sides speak.
    pub(crate) fn agree(self, oldest: u16, newest: u16) -> Option<u16> {
        let version = self.newest.min(newest);
        (version >= self.oldest.max(oldest)).then_some(version)
    }
}
