//! What the policy allows for one request, decided before the owner's rows are known.

use serde::{Deserialize, Serialize};

/// The rights over one tag or repository that a command carries; where it is applied, the rows decide which of them is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "these are the independent rights of the policy language")]
pub struct Grant {
    /// May bring forth what is not there.
    pub create: bool,
    /// May change what is there.
    pub update: bool,
    /// May remove.
    pub delete: bool,
    /// Must not remove a manifest that several tags name (the action `detectManifestCollision`).
    pub detect_collision: bool,
}

impl Grant {
    /// Every right, and no restriction: what an open server gives to everybody.
    pub const ALL: Self = Self { create: true, update: true, delete: true, detect_collision: false };
}
