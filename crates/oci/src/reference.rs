//! What stands behind `/manifests/`: a tag or a digest.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Digest, Error, Tag};

/// A manifest's address inside a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reference {
    /// By name; what it points at may change.
    Tag(Tag),
    /// By content.
    Digest(Digest),
}

impl FromStr for Reference {
    type Err = Error;

    /// A text with a colon can only be a digest, since no tag holds one.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains(':') { text.parse().map(Self::Digest) } else { text.parse().map(Self::Tag) }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}
