//! What a command changed: the answer to whoever sent it, and the feed for search, events, scanning and replication.

use atoll_host::Timestamp;
use atoll_oci::{Digest, MediaType, Repository, Tag};
use atoll_placement::Shard;
use atoll_service::Mark;
use serde::{Deserialize, Serialize};

use crate::About;
use crate::codec::packed;

/// Changes kept for each shard at the least; a follower that is further behind reads the rows themselves.
pub const CHANGES_KEPT: u64 = 1_000;

/// Everything one command changed, written in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The shard.
    pub shard: Shard,
    /// The shard's position after the command; without effects, the position before it.
    pub position: u64,
    /// What it is about.
    pub about: About,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asked; empty for nobody in particular.
    pub by: String,
    /// What changed, in order. Empty when everything was so already.
    pub effects: Vec<Effect>,
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The repository came into being.
    RepositoryCreated,
    /// The repository has nothing left and is gone.
    RepositoryRemoved,
    /// A blob was linked, or more members have it.
    BlobLinked {
        /// The blob.
        #[serde(with = "packed")]
        digest: Digest,
        /// Its size in bytes.
        size: u64,
    },
    /// A blob's link was removed.
    BlobUnlinked {
        /// The blob.
        #[serde(with = "packed")]
        digest: Digest,
    },
    /// A manifest was pushed.
    ManifestPut {
        /// The manifest.
        #[serde(with = "packed")]
        digest: Digest,
        /// Its media type.
        media_type: MediaType,
        /// The manifest it refers to.
        #[serde(with = "packed::optional")]
        subject: Option<Digest>,
        /// Whether it was not there before.
        is_new: bool,
    },
    /// A manifest was removed.
    ManifestRemoved {
        /// The manifest.
        #[serde(with = "packed")]
        digest: Digest,
        /// Its media type.
        media_type: MediaType,
        /// Whether it went only because the index that named it did.
        is_pruned: bool,
    },
    /// A tag was set.
    TagSet {
        /// The tag.
        tag: Tag,
        /// What it points at now.
        #[serde(with = "packed")]
        digest: Digest,
        /// What it pointed at before; `None` for a new tag.
        #[serde(with = "packed::optional")]
        previous: Option<Digest>,
        /// When the name was first set. It was last set when the change was asked for.
        tagged_at: Timestamp,
    },
    /// A tag was removed.
    TagRemoved {
        /// The tag.
        tag: Tag,
        /// What it pointed at.
        #[serde(with = "packed")]
        digest: Digest,
    },
    /// Pulls were counted.
    PullsCounted {
        /// The manifest.
        #[serde(with = "packed")]
        digest: Digest,
        /// How many.
        times: u64,
        /// Pulls of the manifest now.
        pulls: u64,
        /// The manifest's latest pull.
        last_at: Timestamp,
    },
    /// Facts of a manifest were set after its push.
    FactsSet {
        /// The manifest.
        #[serde(with = "packed")]
        digest: Digest,
    },
    /// A user's star was counted, or is known to have been toggled again.
    StarSet {
        /// The user.
        user: String,
        /// Whether the star is there.
        is_on: bool,
        /// Stars of the repository now.
        stars: u64,
    },
    /// A user put a mark on a repository or took it off.
    MarkToggled {
        /// The repository.
        repository: Repository,
        /// Which mark.
        mark: Mark,
        /// Whether it is there now.
        is_on: bool,
        /// Which toggle of this user it was.
        number: u64,
    },
}

impl Change {
    /// The repository it is about; `None` for a user's own record.
    pub fn repository(&self) -> Option<&Repository> {
        match &self.about {
            About::Repository(repository) => Some(repository),
            About::User(_) => None,
        }
    }

    /// Whether the repository came into being.
    pub fn created_repository(&self) -> bool {
        self.effects.contains(&Effect::RepositoryCreated)
    }

    /// Tags that were removed, in order.
    pub fn removed_tags(&self) -> impl Iterator<Item = &Tag> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::TagRemoved { tag, .. } => Some(tag),
            _ => None,
        })
    }

    /// Tags that were set, with what they pointed at before.
    pub fn set_tags(&self) -> impl Iterator<Item = (&Tag, Option<Digest>)> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::TagSet { tag, previous, .. } => Some((tag, *previous)),
            _ => None,
        })
    }
}

/// A stretch of a shard's changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The changes, oldest first.
    pub changes: Vec<Change>,
    /// Whether changes between the asked position and the first of these are no longer kept.
    pub has_gap: bool,
}
