//! One manifest of an image.

use async_graphql::{Context, Object, Result};
use atoll_service::{ImageSummary, ManifestSummary};

use super::small::{self, Layer, LayerHistory, Platform, Referrer, Signature};
use super::{Shown, Summary};
use crate::asking::Asking;
use crate::time::{Time, told};
use crate::{selection, vulnerabilities};

/// One manifest of an image.
pub(crate) struct Manifest<'a> {
    pub(crate) of: &'a ManifestSummary,
    pub(crate) image: &'a ImageSummary,
    pub(crate) shown: Shown,
}

/// One manifest of an image.
#[expect(clippy::unused_async, reason = "the macro takes asynchronous functions alone")]
#[Object(name = "ManifestSummary", rename_fields = "PascalCase")]
impl<'a> Manifest<'a> {
    /// Its digest.
    async fn digest(&self) -> Option<String> {
        Some(self.of.digest.to_string())
    }

    /// The digest of its config.
    async fn config_digest(&self) -> Option<String> {
        Some(self.of.config_digest.as_ref().map(ToString::to_string).unwrap_or_default())
    }

    /// When the image says it was made.
    async fn last_updated(&self) -> Option<Time> {
        told(self.of.last_updated.as_ref())
    }

    /// Size of config, manifest and layers in bytes.
    async fn size(&self) -> Option<String> {
        Some(self.of.size.to_string())
    }

    /// Whether it is signed.
    async fn is_signed(&self) -> Option<bool> {
        Some(!self.of.signatures.is_empty())
    }

    /// Signatures on it.
    async fn signature_info(&self) -> Option<Vec<Option<Signature<'a>>>> {
        Some(small::signatures(&self.of.signatures))
    }

    /// What it runs on.
    async fn platform(&self) -> Option<Platform<'a>> {
        Some(Platform::of(&self.of.platform))
    }

    /// Pulls of it.
    async fn download_count(&self) -> Option<u64> {
        Some(self.of.downloads)
    }

    /// Its layers in order.
    async fn layers(&self, context: &Context<'_>) -> Result<Option<Vec<Option<Layer>>>> {
        counted(context, self.of.layers.len())?;
        Ok(Some(self.of.layers.iter().map(|layer| Some(Layer::of(layer))).collect()))
    }

    /// Its history.
    async fn history(&self, context: &Context<'_>) -> Result<Option<Vec<Option<LayerHistory<'a>>>>> {
        counted(context, self.of.history.len())?;
        Ok(Some(self.of.history.iter().map(|step| Some(LayerHistory(step))).collect()))
    }

    /// What is known of its vulnerabilities; null unless it is asked for the image too.
    async fn vulnerabilities(&self, context: &Context<'_>) -> Result<Option<Summary>> {
        if !self.shown.rates {
            return Ok(None);
        }
        vulnerabilities::known(context, self.image, std::slice::from_ref(self.of)).await
    }

    /// Manifests that refer to it.
    async fn referrers(&self, context: &Context<'_>) -> Result<Option<Vec<Option<Referrer<'a>>>>> {
        counted(context, self.of.referrers.len())?;
        Ok(Some(small::referrers(&self.of.referrers)))
    }

    /// Type of the artifact.
    async fn artifact_type(&self) -> Option<&'a str> {
        Some(&self.of.artifact_type)
    }
}

/// Counts the entries of a list within a row that is about to be shown.
pub(super) fn counted(context: &Context<'_>, entries: usize) -> Result<()> {
    Ok(Asking::of(context)?.count_within(entries, selection::fields(context))?)
}
