//! Descriptors: how one piece of content names another (image-spec, descriptor.md).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::object::optional;
use crate::{Digest, MediaType, Platform};

/// Annotations, in the order of their keys.
pub type Annotations = BTreeMap<String, String>;

/// A descriptor, leniently read: unknown members are ignored, the bytes that held them stay with the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the content. A text, since any is allowed here.
    #[serde(default)]
    pub media_type: String,
    /// Digest of the content.
    pub digest: Digest,
    /// Size of the content in bytes.
    pub size: u64,
    /// Free annotations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// The platform, in indexes.
    #[serde(default, deserialize_with = "optional", skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Type of an artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// The descriptor as JSON, absent members left out.
    pub fn to_json(&self) -> Vec<u8> {
        // Texts, numbers and maps of texts: nothing here can fail to become JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether it names a layer that need not be in the registry.
    pub fn is_foreign(&self) -> bool {
        MediaType::is_of_foreign_layer(&self.media_type)
    }
}
