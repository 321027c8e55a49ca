//! The tables. Their names and codes are part of the disk format and never reused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One table of the index. `docs/reference/index-format.md` describes the keys and rows of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Table {
    /// Repositories that exist.
    Repositories,
    /// What each tag points at.
    Tags,
    /// Facts of each manifest, what it names, and its bytes if it is small.
    Manifests,
    /// How often each manifest was pulled; apart from its facts, so that counting rewrites little.
    Statistics,
    /// Links from repositories to blobs.
    Blobs,
    /// Derived: which tags point at a manifest.
    TagsByDigest,
    /// Derived: which manifests name a blob or a child.
    Uses,
    /// Derived: the manifests that have a subject, in the order of pushing.
    Referrers,
    /// Derived: which repositories of the shard need a digest kept in the store.
    Holdings,
    /// The latest changes of each shard.
    Changes,
    /// How far each shard is.
    Shards,
    /// What whoever searches keeps of each manifest; the index does not know what it says.
    Facts,
    /// What each user has marked.
    Users,
    /// Who has starred each repository, and how many have.
    Stars,
    /// What this member has to do with each shard.
    Tenures,
}

impl Table {
    /// All of them, in the order in which a shard is hashed and exported.
    pub const ALL: [Self; 15] = [
        Self::Repositories,
        Self::Tags,
        Self::Manifests,
        Self::Statistics,
        Self::Blobs,
        Self::TagsByDigest,
        Self::Uses,
        Self::Referrers,
        Self::Holdings,
        Self::Changes,
        Self::Shards,
        Self::Facts,
        Self::Users,
        Self::Stars,
        Self::Tenures,
    ];

    /// Its name: of the table in the database, unless its rows lie in that of another.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repositories => "repositories",
            Self::Tags => "tags",
            Self::Manifests => "manifests",
            Self::Statistics => "statistics",
            Self::Blobs => "blobs",
            Self::TagsByDigest => "tags_by_digest",
            Self::Uses => "uses",
            Self::Referrers => "referrers",
            Self::Holdings => "holdings",
            Self::Changes => "changes",
            Self::Shards => "shards",
            Self::Facts => "facts",
            Self::Users => "users",
            Self::Stars => "stars",
            Self::Tenures => "tenures",
        }
    }

    /// Whether the rows follow from those of other tables and can be made anew.
    pub fn is_derived(self) -> bool {
        matches!(self, Self::TagsByDigest | Self::Uses | Self::Referrers | Self::Holdings)
    }

    /// Whether the rows are about this member, not about its repositories: they are neither exported nor hashed, and stay when a
    /// shard is dropped.
    pub fn is_local(self) -> bool {
        self == Self::Tenures
    }

    /// The number under which rows of the table travel.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The table of a number; `None` for one that only a newer version of this program knows.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Place in [`Table::ALL`].
    pub(crate) fn ordinal(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
