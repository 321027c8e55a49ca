//! What is kept of each repository, image and manifest.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use atoll_host::Timestamp;
use atoll_oci::{Digest, Platform, Repository, Tag};
use atoll_placement::Shard;

use super::derived::Derived;
use super::flatten::hash_layers;
use super::totals::Totals;
use crate::facts::kept_wording;
use crate::few::Few;
use crate::ordered::Ordered;
use crate::{Error, Front, LentFront, Told, Tool};

/// A manifest as its row and its facts tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownManifest {
    /// Its digest.
    pub digest: Digest,
    /// When it was first pushed.
    pub pushed_at: Timestamp,
    /// Who pushed it first; empty for nobody in particular.
    pub pushed_by: String,
    /// Pulls counted so far; of a manifest that is here already, those that were told before stay.
    pub pulls: u64,
    /// The latest of them; zero for never.
    pub last_pulled_at: Timestamp,
    /// What its facts tell.
    pub front: Front,
}

/// A [`KnownManifest`] that borrows its texts, of which nobody has counted a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LentManifest<'a> {
    /// Its digest.
    pub digest: Digest,
    /// When it was first pushed.
    pub pushed_at: Timestamp,
    /// Who pushed it first; empty for nobody in particular.
    pub pushed_by: &'a str,
    /// What its facts tell.
    pub front: LentFront<'a>,
    /// Its texts as they lie in its facts; empty if they are to be read there.
    pub(crate) wording: &'a [u8],
}

impl<'a> LentManifest<'a> {
    /// A manifest with these encoded facts, and when it was first pushed by whom.
    pub fn of(digest: Digest, pushed: (Timestamp, &'a str), facts: &'a [u8]) -> Result<Self, Error> {
        let (front, rest) = LentFront::take_from(facts)?;
        let ((pushed_at, pushed_by), wording) = (pushed, kept_wording(rest));
        Ok(Self { digest, pushed_at, pushed_by, front, wording })
    }
}

/// A tag as its row tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTag {
    /// The tag.
    pub tag: Tag,
    /// What it points at.
    pub digest: Digest,
    /// When the name was first set.
    pub tagged_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
}

#[derive(Debug)]
pub(super) struct RepositoryRow {
    pub(super) name: Repository,
    pub(super) shard: Shard,
    pub(super) stars: u64,
    /// Its images, by tag.
    pub(super) images: Ordered,
    /// Those that are shown, the newest first.
    pub(super) by_making: Ordered,
    /// Those that are shown, the one that was tagged last first.
    pub(super) by_tagging: Ordered,
    /// Its images that point at no manifest; most repositories have none.
    pub(super) dangling: Option<Box<Dangling>>,
    pub(super) manifests: Vec<u32>,
    pub(super) signatures: Option<Box<Signatures>>,
    /// Downloads of the manifests that shown images point at, each once.
    pub(super) downloads: u128,
    pub(super) newest: Option<u32>,
    /// Where it stands in the orders; `None` without images.
    pub(super) listed: Option<Keys>,
    /// What is computed when somebody asks.
    pub(super) derived: OnceLock<Arc<Derived>>,
    /// What that is made of, once somebody asked, if it has too many images to look at each of them again.
    pub(super) totals: OnceLock<Box<Totals>>,
}

/// Signatures in a repository, by number of the digest that they sign.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    /// By tag: the digest whose layers are signatures.
    pub(super) by_tag: HashMap<u32, u32>,
    /// By subject: manifests, in no order.
    pub(super) by_subject: HashMap<u32, Vec<u32>>,
}

/// Images, by number of the digest that they point at.
#[derive(Debug, Default)]
pub(super) struct Dangling(pub(super) HashMap<u32, Vec<u32>>);

impl RepositoryRow {
    /// Images that point at a digest, whose manifest is here from now on.
    pub(super) fn take_dangling(&mut self, digest: u32) -> Vec<u32> {
        let images = self.dangling.as_mut().and_then(|dangling| dangling.0.remove(&digest));
        self.dangling.take_if(|dangling| dangling.0.is_empty());
        images.unwrap_or_default()
    }
}

/// Stands for a manifest that is not here.
pub(super) const NO_SLOT: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct ImageRow {
    pub(super) repository: u32,
    pub(super) tag: Tag,
    pub(super) digest: u32,
    /// The manifest that it points at, [`NO_SLOT`] if that is not here.
    pub(super) slot: u32,
    /// When what it shows was made.
    pub(super) made: Made,
    pub(super) tagged_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// Where it stands in the orders; `None` if it is not shown.
    pub(super) listed: Option<Keys>,
}

/// By what rows are ordered. What has no time stands last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) updated: Option<Instant>,
    pub(super) downloads: u64,
    /// Whether it is an image without any manifest that is here: lists of all images leave it out.
    pub(super) is_empty: bool,
}

/// An instant, smaller than the nanoseconds it stands for.
pub(super) type Instant = (i64, u32);

/// When something was made, in the order of instants; what has no time stands before all that have one. In pieces of four bytes, so
/// that it needs no padding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Made([u32; 3]);

impl Made {
    pub(super) fn at(instant: Option<Instant>) -> Self {
        let Some((seconds, nanos)) = instant else { return Self::default() };
        let seconds = seconds.cast_unsigned() ^ (1 << 63);
        let half = |half: u64| u32::try_from(half & u64::from(u32::MAX)).unwrap_or_default();
        Self([half(seconds >> 32), half(seconds), nanos.saturating_add(1)])
    }
}

#[derive(Debug)]
pub(super) struct ManifestRow {
    pub(super) repository: u32,
    /// Where it is among the manifests of the repository.
    pub(super) place: u32,
    pub(super) digest: u32,
    pub(super) traits: Arc<Traits>,
    pub(super) parts: Parts,
    /// Size of the manifest itself in bytes.
    pub(super) size: u64,
    pub(super) created: Option<Told>,
    pub(super) config_created: Option<Told>,
    pub(super) pushed_at: Timestamp,
    pub(super) pulls: u64,
    /// Pulls that were counted and not yet written.
    pub(super) pending: u64,
    pub(super) last_pulled_at: Timestamp,
    /// Images that point at it.
    pub(super) images: Few,
    pub(super) signs: Option<Box<(u32, Tool)>>,
    pub(super) has_excess_history: bool,
}

/// What many manifests have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Traits {
    pub(super) platform: Platform,
    pub(super) vendor: String,
    pub(super) artifact_type: String,
    pub(super) pushed_by: String,
    /// Its texts as they lie in its facts; empty if they are to be read there.
    pub(super) wording: Box<[u8]>,
}

impl Traits {
    pub(super) fn of(known: &LentManifest<'_>) -> Self {
        Self {
            platform: known.front.platform.to_owned(),
            vendor: known.front.vendor.to_owned(),
            artifact_type: known.front.artifact_type.to_owned(),
            pushed_by: known.pushed_by.to_owned(),
            wording: known.wording.into(),
        }
    }

    /// Whether these are those of a manifest.
    pub(super) fn are_of(&self, known: &LentManifest<'_>) -> bool {
        let front = &known.front;
        front.platform.is(&self.platform)
            && (self.vendor.as_str(), self.artifact_type.as_str(), self.pushed_by.as_str())
                == (front.vendor, front.artifact_type, known.pushed_by)
            && &*self.wording == known.wording
    }
}

/// What a manifest consists of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parts {
    Image { config: Option<Part>, layers: Box<[Part]> },
    Index(Box<[(u32, Arc<Platform>)]>),
}

/// A blob by number. Its size is kept in halves, so that it needs no padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) digest: u32,
    size: [u32; 2],
}

impl Part {
    pub(super) fn new(digest: u32, size: u64) -> Self {
        let low = u32::try_from(size & u64::from(u32::MAX)).unwrap_or_default();
        Self { digest, size: [u32::try_from(size >> 32).unwrap_or_default(), low] }
    }

    pub(super) fn size(self) -> u64 {
        let [high, low] = self.size;
        u64::from(high) << 32 | u64::from(low)
    }
}

impl Parts {
    pub(super) fn is_index(&self) -> bool {
        matches!(self, Self::Index(_))
    }

    pub(super) fn config(&self) -> Option<Part> {
        match self {
            Self::Image { config, .. } => *config,
            Self::Index(_) => None,
        }
    }

    pub(super) fn layers(&self) -> &[Part] {
        match self {
            Self::Image { layers, .. } => layers,
            Self::Index(_) => &[],
        }
    }

    pub(super) fn children(&self) -> &[(u32, Arc<Platform>)] {
        match self {
            Self::Image { .. } => &[],
            Self::Index(children) => children,
        }
    }

    /// Digests that it names.
    pub(super) fn named(&self) -> impl Iterator<Item = u32> {
        let blobs = self.config().into_iter().chain(self.layers().iter().copied());
        blobs.map(|part| part.digest).chain(self.children().iter().map(|(child, _)| *child))
    }
}

impl ManifestRow {
    /// Size of config, manifest and layers in bytes.
    pub(super) fn content_size(&self) -> u64 {
        let blobs = self.parts.config().into_iter().chain(self.parts.layers().iter().copied());
        blobs.map(Part::size).fold(self.size, u64::saturating_add)
    }

    /// A hash of its layer list; `None` without layers.
    pub(super) fn layers_hash(&self) -> Option<u64> {
        let layers = self.parts.layers();
        (!layers.is_empty()).then(|| hash_layers(layers.iter().map(|layer| layer.digest)))
    }

    pub(super) fn downloads(&self) -> u64 {
        self.pulls.saturating_add(self.pending)
    }

    /// Whether an image that points at it is shown: what is a signature itself is no image.
    pub(super) fn is_shown(&self) -> bool {
        self.signs.is_none() && !self.images.as_slice().is_empty()
    }

    /// Whether another row tells the same of the same manifest, but for its pulls.
    pub(super) fn tells_as(&self, other: &Self) -> bool {
        (self.repository, self.digest, self.size, self.created, self.config_created, self.pushed_at)
            == (
                other.repository,
                other.digest,
                other.size,
                other.created,
                other.config_created,
                other.pushed_at,
            )
            && (&self.traits, &self.parts, &self.signs, self.has_excess_history)
                == (&other.traits, &other.parts, &other.signs, other.has_excess_history)
    }
}

impl Keys {
    pub(super) fn instant(told: Option<Told>) -> Option<Instant> {
        told.map(|told| (told.seconds, told.nanos))
    }
}
