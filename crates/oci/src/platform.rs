//! The platform of an image.

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

/// What an image runs on (image-spec, image-index.md#platform); empty texts where the document says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub struct Platform {
    /// Operating system, `linux` and so on.
    #[serde(default)]
    pub os: String,
    /// Processor architecture in Go's words, `amd64` and so on.
    #[serde(default)]
    pub architecture: String,
    /// Variant of the architecture, such as `v7`.
    #[serde(default)]
    pub variant: String,
}

impl Serialize for Platform {
    /// Documents leave an empty variant out; formats that know fields by their place must have all of them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_shown = !(self.variant.is_empty() && serializer.is_human_readable());
        let mut fields = serializer.serialize_struct("Platform", 2 + usize::from(is_shown))?;
        fields.serialize_field("os", &self.os)?;
        fields.serialize_field("architecture", &self.architecture)?;
        if is_shown {
            fields.serialize_field("variant", &self.variant)?;
        }
        fields.end()
    }
}
