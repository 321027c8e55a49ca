//! Questions, as a root is asked and as it asks leaves.

use std::collections::BTreeSet;

use atoll_oci::{Digest, Repository, Tag};
use serde::{Deserialize, Serialize};

use super::{Filter, Page, Sort, Stretch, Want};
use crate::{Marks, Visibility};

/// Which repositories.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Find {
    /// Those with a tag whose name matches these words, which are trimmed and lower-cased; all when empty.
    Words(String),
    /// Those that the caller has starred, with or without tags.
    Starred,
    /// Those that the caller has bookmarked, with or without tags.
    Bookmarked,
}

/// Asks a root for repositories.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListRepositories {
    /// Which.
    pub find: Find,
    /// Of these, which are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Which part.
    pub page: Page,
    /// What of each row.
    pub want: Want,
    /// What the caller may see.
    pub visibility: Visibility,
}

/// An image by tag; with `manifest`, one manifest of it stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageReference {
    /// The repository.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
    /// As the client wrote it: the digest of a manifest whose layers are meant. It counts only if it belongs to the image.
    pub manifest: Option<String>,
}

/// Which images.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FindImages {
    /// All tags of all repositories.
    All,
    /// All tags of one repository; none if it is not here.
    InRepository(Repository),
    /// Tags of one repository that begin so; if there are none, those that do without regard to case.
    TagBeginsWith {
        /// The repository, which need not be here.
        repository: Repository,
        /// The beginning, lower-cased.
        prefix: String,
    },
    /// Tags of all repositories that contain this, compared without regard to case.
    TagContains(String),
    /// Images whose index has this digest, or of whose manifest, config or layer digests (in text) one contains it.
    DigestContains(String),
    /// Images built upon this one: one of their manifests begins with all layers of one of its manifests.
    DerivedFrom(ImageReference),
    /// Images this one is built upon: one of its manifests begins with all their layers, of which there is at least one.
    BaseOf(ImageReference),
    /// Images that have one of these manifests; of an index only these are listed.
    Manifests(BTreeSet<Digest>),
}

/// Asks a root for images.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListImages {
    /// Which.
    pub find: FindImages,
    /// Of these, which are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Which part.
    pub page: Page,
    /// What of each row.
    pub want: Want,
    /// What the caller may see.
    pub visibility: Visibility,
}

/// The layers of an image, manifest by manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Layers {
    /// What the tag points at.
    pub digest: Option<Digest>,
    /// Each manifest with its layers in order.
    pub manifests: Vec<(Digest, Vec<Digest>)>,
}

/// Which repositories, as a leaf is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Match {
    /// As [`Find::Words`].
    Words(String),
    /// These, with or without tags.
    Names(BTreeSet<Repository>),
}

/// Asks a leaf for repositories.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeafRepositories {
    /// Which.
    pub find: Match,
    /// Of these, which are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Which part.
    pub stretch: Stretch,
    /// What of each row, where rows are described at once.
    pub want: Want,
    /// What the caller may see.
    pub visibility: Visibility,
    /// The caller's stars and bookmarks.
    pub marks: Marks,
}

/// Which images, as a leaf is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MatchImages {
    /// As [`FindImages::All`].
    All,
    /// As [`FindImages::InRepository`].
    InRepository(Repository),
    /// As [`FindImages::TagBeginsWith`].
    TagBeginsWith {
        /// The repository.
        repository: Repository,
        /// The beginning, lower-cased.
        prefix: String,
    },
    /// As [`FindImages::TagContains`].
    TagContains(String),
    /// As [`FindImages::DigestContains`].
    DigestContains(String),
    /// Images of another digest of which a manifest begins with all layers of one of these.
    DerivedFrom(Layers),
    /// Images of another digest of which a manifest has layers, and all of them begin one of these.
    BaseOf(Layers),
    /// As [`FindImages::Manifests`].
    Manifests(BTreeSet<Digest>),
}

/// Asks a leaf for images.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeafImages {
    /// Which.
    pub find: MatchImages,
    /// Of these, which are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Which part.
    pub stretch: Stretch,
    /// What of each row, where rows are described at once.
    pub want: Want,
    /// What the caller may see.
    pub visibility: Visibility,
}
