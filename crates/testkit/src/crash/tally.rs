//! What a run did: a run that never deleted anything proves nothing about deletes.

use std::collections::BTreeMap;

use super::history::Write;
use super::world::Place;

/// How often each kind of write was acknowledged.
pub type Tally = BTreeMap<Kind, u64>;

/// A kind of write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A blob was pushed or mounted.
    Blob,
    /// A manifest was pushed without a tag.
    Manifest,
    /// A manifest was pushed under tags.
    Tag,
    /// A blob was deleted.
    BlobDeletion,
    /// A manifest was deleted.
    ManifestDeletion,
    /// A tag was deleted.
    TagDeletion,
    /// An upload that was under way at a kill was continued to its end.
    UploadAcrossKill,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Blob,
        Self::Manifest,
        Self::Tag,
        Self::BlobDeletion,
        Self::ManifestDeletion,
        Self::TagDeletion,
        Self::UploadAcrossKill,
    ];

    /// The kind of writes that are sent as one.
    pub(super) fn of(writes: &[(Place, Write)]) -> Self {
        match writes {
            [(Place::Manifest(..), Write::Set(_))] => Self::Manifest,
            [(Place::Manifest(..), Write::Set(_)), ..] => Self::Tag,
            [(Place::Manifest(..), _), ..] => Self::ManifestDeletion,
            [(Place::Blob(..), Write::Set(_)), ..] => Self::Blob,
            [(Place::Blob(..), _), ..] => Self::BlobDeletion,
            [(Place::Tag(..), _), ..] | [] => Self::TagDeletion,
        }
    }
}
