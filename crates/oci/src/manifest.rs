//! Manifests and indexes, leniently read: what the registry acts on is typed, everything else stays in the exact bytes.

use serde::Deserialize;

use crate::{Annotations, Descriptor, Error, MediaType};

/// Most parts (config, layers, children) one manifest may name. A document of 4 MiB holds fewer descriptors than this.
const MAX_PARTS: usize = 65_536;

/// What a registry must know of a manifest or index (image-spec, manifest.md and image-index.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The media type under which it was pushed.
    pub media_type: MediaType,
    /// The config of an image manifest.
    pub config: Option<Descriptor>,
    /// Layers of an image manifest, in order.
    pub layers: Vec<Descriptor>,
    /// Children of an index, in order.
    pub manifests: Vec<Descriptor>,
    /// The manifest this one refers to.
    pub subject: Option<Descriptor>,
    /// Type of the artifact, as the document itself states it.
    pub artifact_type: Option<String>,
    /// Annotations of the document.
    pub annotations: Option<Annotations>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: Option<u64>,
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    artifact_type: Option<String>,
    annotations: Option<Annotations>,
}

impl Manifest {
    /// Reads a document that was declared to be of `media_type`. Members it does not know are ignored; members it knows must be
    /// there once, of the right type, and fit the declared kind, so that no two readers can take the same bytes for different things.
    pub fn parse(bytes: &[u8], media_type: &MediaType) -> Result<Self, Error> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| Error::Manifest(format!("not the expected JSON: {error}")))?;
        document.check(media_type)?;
        Ok(Self {
            media_type: media_type.clone(),
            config: document.config,
            layers: document.layers.unwrap_or_default(),
            manifests: document.manifests.unwrap_or_default(),
            subject: document.subject,
            artifact_type: document.artifact_type.filter(|text| !text.is_empty()),
            annotations: document.annotations.filter(|map| !map.is_empty()),
        })
    }

    /// The type shown for this manifest among the referrers of its subject: its own, else the media type of its config
    /// (distribution-spec, "Listing Referrers").
    pub fn effective_artifact_type(&self) -> Option<&str> {
        let config_type = self.config.as_ref().map(|config| config.media_type.as_str());
        self.artifact_type.as_deref().or(config_type).filter(|text| !text.is_empty())
    }

    /// The blobs that must be in the repository before this manifest: config and layers, but no foreign layers.
    pub fn required_blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let is_foreign = |layer: &&Descriptor| {
            layer.media_type.parse::<MediaType>().is_ok_and(|media_type| media_type.is_non_distributable())
        };
        self.config.iter().chain(self.layers.iter().filter(move |layer| !is_foreign(layer)))
    }
}

impl Document {
    fn check(&self, declared: &MediaType) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::Manifest(why));
        if self.schema_version != Some(2) {
            return refuse("`schemaVersion` must be 2".to_owned());
        }
        if let Some(own) =
            self.media_type.as_deref().filter(|own| !own.is_empty() && *own != declared.as_str())
        {
            return refuse(format!("its `mediaType` is `{own}`, but it was pushed as `{declared}`"));
        }
        let parts = [&self.layers, &self.manifests].into_iter().flatten().map(Vec::len).sum::<usize>();
        if parts > MAX_PARTS {
            return refuse(format!("it names {parts} parts; at most {MAX_PARTS} are accepted"));
        }
        let (is_image, is_index) = (self.config.is_some() || self.layers.is_some(), self.manifests.is_some());
        match (declared.is_index(), is_image, is_index) {
            (_, true, true) => refuse("it is an image manifest and an index at once".to_owned()),
            (true, _, false) => refuse("an index needs the member `manifests`".to_owned()),
            (false, _, _) if self.config.is_none() => {
                refuse("an image manifest needs the member `config`".to_owned())
            }
            (false, _, _) if self.layers.is_none() => {
                refuse("an image manifest needs the member `layers`".to_owned())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
