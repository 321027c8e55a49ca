//! The front of facts as it lies in their bytes: a start reads one for each manifest, and would spend as much time on copies of the texts
//! as on everything else.

use std::borrow::Cow;

use atoll_oci::Platform;
use serde::Deserialize;

use super::{Blob, Child, Front, Signs, decode_front};
use crate::{Error, Told};

/// A [`Front`] that borrows its texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LentFront<'a> {
    pub(crate) size: u64,
    pub(crate) is_index: bool,
    pub(crate) config: Option<Blob>,
    pub(crate) layers: Cow<'a, [Blob]>,
    pub(crate) children: Cow<'a, [Child]>,
    pub(crate) signs: Option<Signs>,
    pub(crate) artifact_type: &'a str,
    #[serde(borrow)]
    pub(crate) platform: LentPlatform<'a>,
    pub(crate) created: Option<Told>,
    pub(crate) config_created: Option<Told>,
    pub(crate) vendor: &'a str,
    pub(crate) has_excess_history: bool,
}

/// A [`Platform`] that borrows its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct LentPlatform<'a> {
    os: &'a str,
    architecture: &'a str,
    variant: &'a str,
}

impl<'a> LentFront<'a> {
    /// Reads the front of encoded facts, and gives the bytes behind it.
    pub(crate) fn take_from(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Error> {
        decode_front(bytes)
    }
}

impl Front {
    /// The same, lent.
    pub fn lend(&self) -> LentFront<'_> {
        LentFront {
            size: self.size,
            is_index: self.is_index,
            config: self.config,
            layers: Cow::Borrowed(&self.layers),
            children: Cow::Borrowed(&self.children),
            signs: self.signs,
            artifact_type: &self.artifact_type,
            platform: LentPlatform {
                os: &self.platform.os,
                architecture: &self.platform.architecture,
                variant: &self.platform.variant,
            },
            created: self.created,
            config_created: self.config_created,
            vendor: &self.vendor,
            has_excess_history: self.has_excess_history,
        }
    }
}

impl LentPlatform<'_> {
    pub(crate) fn is(self, platform: &Platform) -> bool {
        (self.os, self.architecture, self.variant)
            == (platform.os.as_str(), platform.architecture.as_str(), platform.variant.as_str())
    }

    pub(crate) fn to_owned(self) -> Platform {
        Platform {
            os: self.os.to_owned(),
            architecture: self.architecture.to_owned(),
            variant: self.variant.to_owned(),
        }
    }
}
