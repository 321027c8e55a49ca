//! Manifests and indexes, leniently read: what the registry acts on is typed, everything else stays in the exact bytes.

use serde::Deserialize;

use crate::object::Object;
use crate::{Annotations, Descriptor, Error, MediaType};

/// Most parts (config, layers, children) one manifest may name. A document of 4 MiB holds fewer descriptors than this.
const MAX_PARTS: usize = 65_536;

/// Deepest nesting of objects and arrays, members that mean nothing here included: other JSON readers stop at about this depth, and
/// what they cannot read must not be stored. A manifest with a descriptor's platform has 5.
const MAX_DEPTH: usize = 128;

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
    config: Option<Object<Descriptor>>,
    layers: Option<Vec<Object<Descriptor>>>,
    manifests: Option<Vec<Object<Descriptor>>>,
    subject: Option<Object<Descriptor>>,
    artifact_type: Option<String>,
    annotations: Option<Annotations>,
}

impl Manifest {
    /// Reads a document that was declared to be of `media_type`. Members it does not know are ignored; members it knows must be
    /// there once, of the right type, and fit the declared kind, so that no two readers can take the same bytes for different things.
    pub fn parse(bytes: &[u8], media_type: &MediaType) -> Result<Self, Error> {
        if is_too_deep(bytes) {
            return Err(Error::Manifest(format!("it nests deeper than {MAX_DEPTH} levels")));
        }
        let Object(document): Object<Document> = serde_json::from_slice(bytes)
            .map_err(|error| Error::Manifest(format!("not the expected JSON: {error}")))?;
        document.check(media_type)?;
        Ok(Self {
            media_type: media_type.clone(),
            config: document.config.map(|Object(config)| config),
            layers: descriptors(document.layers),
            manifests: descriptors(document.manifests),
            subject: document.subject.map(|Object(subject)| subject),
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

    /// The blobs that this manifest names: config and layers, foreign ones too.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        self.config.iter().chain(&self.layers)
    }

    /// The blobs that must be in the repository before this manifest: config and layers, but no foreign layers.
    pub fn required_blobs(&self) -> impl Iterator<Item = &Descriptor> {
        self.config.iter().chain(self.layers.iter().filter(|layer| !layer.is_foreign()))
    }
}

/// Counts brackets outside of texts; whether they match is the parser's to say.
fn is_too_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut is_in_text, mut is_escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_text => is_escaped = true,
            b'"' => is_in_text = !is_in_text,
            b'{' | b'[' if !is_in_text => depth += 1,
            b'}' | b']' if !is_in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

fn descriptors(written: Option<Vec<Object<Descriptor>>>) -> Vec<Descriptor> {
    written.into_iter().flatten().map(|Object(descriptor)| descriptor).collect()
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
