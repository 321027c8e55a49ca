//! Media types, and which of them are manifests.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Error, written};

const MAX_LENGTH_BYTES: usize = 255;

/// A media type without parameters, as it was written.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct MediaType(Arc<str>);

/// The media types of manifests.
static KNOWN: LazyLock<[MediaType; 4]> = LazyLock::new(|| {
    [MediaType::OCI_MANIFEST, MediaType::OCI_INDEX, MediaType::DOCKER_MANIFEST, MediaType::DOCKER_LIST]
        .map(|text| MediaType(text.into()))
});

/// Which specification a manifest's media type belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The OCI image specification.
    Oci,
    /// Docker's schema 2, accepted where the configuration asks for it.
    Docker,
}

impl MediaType {
    /// An image manifest or artifact of the OCI specification.
    pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An image index of the OCI specification.
    pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// An image manifest of Docker's schema 2.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// A manifest list of Docker's schema 2.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// Bytes of which nothing is known.
    pub const OCTET_STREAM: &str = "application/octet-stream";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a manifest or index, and of which family.
    pub fn manifest_family(&self) -> Option<Family> {
        match self.as_str() {
            Self::OCI_MANIFEST | Self::OCI_INDEX => Some(Family::Oci),
            Self::DOCKER_MANIFEST | Self::DOCKER_LIST => Some(Family::Docker),
            _ => None,
        }
    }

    /// Whether this is an index or a manifest list.
    pub fn is_index(&self) -> bool {
        matches!(self.as_str(), Self::OCI_INDEX | Self::DOCKER_LIST)
    }

    /// Whether a descriptor of this type, which may be any text, names a layer that need not be in the registry.
    pub fn is_of_foreign_layer(text: &str) -> bool {
        text.parse::<Self>().is_ok_and(|media_type| media_type.is_non_distributable())
    }

    /// Layers that need not be in the registry (image-spec, layer.md, non-distributable layers; Docker's foreign layer).
    pub fn is_non_distributable(&self) -> bool {
        self.as_str().starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar")
            || self.as_str().starts_with("application/vnd.docker.image.rootfs.foreign.diff.tar")
    }
}

impl FromStr for MediaType {
    type Err = Error;

    /// Takes `type/subtype`, dropping parameters such as `; charset=utf-8`.
    fn from_str(text: &str) -> Result<Self, Error> {
        // Nearly all manifests have one of these: they are shared instead of checked and copied for every row that is read.
        if let Some(known) = KNOWN.iter().find(|known| known.as_str() == text) {
            return Ok(known.clone());
        }
        let bare = text.split(';').next().unwrap_or_default().trim();
        let is_token = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+*'`|~%".contains(&b))
        };
        match bare.split_once('/') {
            Some((kind, subtype))
                if bare.len() <= MAX_LENGTH_BYTES && is_token(kind) && is_token(subtype) =>
            {
                Ok(Self(bare.into()))
            }
            _ => Err(Error::MediaType(text.chars().take(MAX_LENGTH_BYTES).collect())),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        written::parsed(deserializer)
    }
}
