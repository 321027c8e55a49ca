//! The platform of an image.

use serde::{Deserialize, Serialize};

/// What an image runs on (image-spec, image-index.md#platform); empty texts where the document says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// Operating system, `linux` and so on.
    #[serde(default)]
    pub os: String,
    /// Processor architecture in Go's words, `amd64` and so on.
    #[serde(default)]
    pub architecture: String,
    /// Variant of the architecture, such as `v7`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
}
