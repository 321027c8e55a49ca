//! What is a signature, and which tags are no images.

use atoll_oci::{Digest, Manifest};
use serde::{Deserialize, Serialize};

/// The tools whose signatures are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tool {
    /// Sigstore's cosign.
    Cosign,
    /// The Notary Project's notation.
    Notation,
}

impl Tool {
    /// As clients know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosign => "cosign",
            Self::Notation => "notation",
        }
    }

    /// The tool that made a manifest with a subject; `None` if that is no signature.
    pub fn of(manifest: &Manifest) -> Option<Self> {
        manifest.subject.as_ref()?;
        let config = manifest.config.as_ref().map(|config| config.media_type.as_str());
        let types = [manifest.artifact_type.as_deref(), config];
        types.into_iter().flatten().find_map(Self::of_type)
    }

    /// The tool whose signatures are artifacts of this type.
    pub fn of_type(artifact_type: &str) -> Option<Self> {
        match artifact_type {
            "application/vnd.dev.cosign.artifact.sig.v1+json" => Some(Self::Cosign),
            "application/vnd.cncf.notary.signature" => Some(Self::Notation),
            _ => None,
        }
    }
}

/// What a tag is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagKind {
    /// It names an image.
    Image,
    /// It names cosign's signatures of this manifest (`sha256-HEX.sig`).
    Signatures(Digest),
    /// It stands in for the referrers of a manifest, for clients of old registries (distribution-spec, "Referrers Tag Schema").
    Referrers,
}

impl TagKind {
    /// What a tag of this name is for.
    pub fn of(tag: &str) -> Self {
        let Some(rest) = tag.strip_prefix("sha256-") else { return Self::Image };
        if rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Self::Referrers;
        }
        let signed = rest.strip_suffix(".sig").and_then(|hex| format!("sha256:{hex}").parse().ok());
        signed.map_or(Self::Image, Self::Signatures)
    }
}

#[cfg(test)]
mod tests;
