//! The rows.

use std::collections::BTreeMap;

use atoll_oci::{Algorithm, Digest, Platform, Repository, Tag, digest_of};
use atoll_placement::Shard;
use atoll_search::{Corpus, Front, KnownManifest, KnownTag, TagKind, Tool};

/// Shards of a model.
pub const SHARDS: u16 = 4;

/// All repositories.
#[derive(Debug, Clone, Default)]
pub struct World(pub BTreeMap<Repository, Place>);

/// One repository.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its shard.
    pub shard: Shard,
    /// How often it is starred.
    pub stars: u64,
    /// Its manifests.
    pub manifests: BTreeMap<Digest, KnownManifest>,
    /// Its tags.
    pub tags: BTreeMap<Tag, KnownTag>,
}

/// A manifest as an image shows it.
#[derive(Clone)]
pub(crate) struct Shown<'a> {
    pub(crate) known: &'a KnownManifest,
    pub(crate) platform: Platform,
}

/// A digest that stands for a small number.
pub(crate) fn digest(kind: &str, number: u64) -> Digest {
    digest_of(Algorithm::Sha256, format!("{kind} {number}").as_bytes())
}

impl World {
    /// A corpus that was loaded with these rows.
    pub fn load(&self, shards: &[Shard]) -> Corpus {
        let mut corpus = Corpus::new();
        corpus.begin_loading();
        for (name, place) in self.0.iter().filter(|(_, place)| shards.contains(&place.shard)) {
            corpus.add_repository(name, place.shard);
            for known in place.manifests.values() {
                corpus.put_manifest(name, known);
            }
            for tag in place.tags.values() {
                corpus.set_tag(name, tag);
            }
            corpus.set_stars(name, place.stars);
        }
        corpus.finish_loading();
        corpus
    }
}

impl Place {
    pub(crate) fn new(shard: Shard) -> Self {
        Self { shard, stars: 0, manifests: BTreeMap::new(), tags: BTreeMap::new() }
    }

    /// Tags that name an image.
    pub(crate) fn images(&self) -> impl Iterator<Item = (&KnownTag, &KnownManifest)> {
        self.tags.values().filter_map(|tag| {
            let known = self.manifests.get(&tag.digest)?;
            let is_image = TagKind::of(tag.tag.as_str()) == TagKind::Image && known.front.signs.is_none();
            is_image.then_some((tag, known))
        })
    }

    /// The manifests that an image shows.
    pub(crate) fn shown<'a>(&'a self, top: &'a KnownManifest) -> Vec<Shown<'a>> {
        if !top.front.is_index {
            return vec![Shown { known: top, platform: top.front.platform.clone() }];
        }
        let (mut found, mut seen) = (Vec::new(), vec![top.digest]);
        self.walk(&top.front, &mut found, &mut seen);
        found
    }

    fn walk<'a>(&'a self, index: &'a Front, found: &mut Vec<Shown<'a>>, seen: &mut Vec<Digest>) {
        for child in &index.children {
            let Some(known) = self.manifests.get(&child.digest).filter(|_| !seen.contains(&child.digest))
            else {
                continue;
            };
            seen.push(child.digest);
            if known.front.is_index {
                self.walk(&known.front, found, seen);
            } else {
                let own = &known.front.platform;
                let is_told = !own.os.is_empty() || !own.architecture.is_empty();
                let platform = if is_told { own.clone() } else { child.platform.clone() };
                found.push(Shown { known, platform });
            }
        }
    }

    /// Tools of the signatures of a manifest, in order.
    pub(crate) fn signatures(&self, digest: &Digest) -> Vec<Tool> {
        let mut tools = Vec::new();
        for tag in self.tags.values() {
            if TagKind::of(tag.tag.as_str()) == TagKind::Signatures(*digest)
                && let Some(signing) = self.manifests.get(&tag.digest)
            {
                tools.extend(signing.front.layers.iter().map(|_| Tool::Cosign));
            }
        }
        for signing in self.manifests.values() {
            if let Some(signs) = signing.front.signs.filter(|signs| signs.subject == *digest) {
                tools.extend(signing.front.layers.iter().map(|_| signs.tool));
            }
        }
        tools.sort_unstable();
        tools
    }
}
