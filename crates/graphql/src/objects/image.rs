//! An image: a tag and what it points at.

use std::borrow::Cow;

use async_graphql::{Context, Object, Result};
use atoll_service::{ImageSummary, Texts};

use super::Summary;
use super::manifest::Manifest;
use super::small::{self, Referrer, Signature};
use crate::time::{Time, recorded, told};
use crate::vulnerabilities;

/// What is shown of an image beside its description.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown {
    /// Whether the caller may delete it, where that is told.
    pub(crate) deletable: Option<bool>,
    /// Whether the query asks for the image's vulnerabilities.
    pub(crate) rates: bool,
}

/// An image; without a description every field is null, which gives nothing away about what the caller may not see.
pub(crate) struct Image<'a> {
    of: Option<Cow<'a, ImageSummary>>,
    shown: Shown,
}

impl<'a> Image<'a> {
    pub(crate) fn nothing() -> Self {
        Self { of: None, shown: Shown::default() }
    }

    pub(crate) fn owned(of: ImageSummary, shown: Shown) -> Self {
        Self { of: Some(Cow::Owned(of)), shown }
    }

    pub(crate) fn of(of: &'a ImageSummary, shown: Shown) -> Self {
        Self { of: Some(Cow::Borrowed(of)), shown }
    }

    fn text<'s>(&'s self, of: impl FnOnce(&'s Texts) -> &'s String) -> Option<&'s str> {
        self.of.as_ref().map(|image| of(&image.texts).as_str())
    }
}

/// A tag and what it points at.
#[expect(clippy::unused_async, reason = "the macro takes asynchronous functions alone")]
#[Object(name = "ImageSummary", rename_fields = "PascalCase")]
impl Image<'_> {
    /// The repository.
    async fn repo_name(&self) -> Option<&str> {
        self.of.as_ref().map(|image| image.repository.as_str())
    }

    /// The tag.
    async fn tag(&self) -> Option<&str> {
        self.of.as_ref().map(|image| image.tag.as_str())
    }

    /// What the tag points at.
    async fn digest(&self) -> Option<String> {
        self.of.as_ref().map(|image| image.digest.to_string())
    }

    /// Its media type, Docker's shown as OCI's.
    async fn media_type(&self) -> Option<&str> {
        self.of.as_ref().map(|image| image.media_type.as_str())
    }

    /// Its manifests: of an index those that are known, else itself.
    async fn manifests(&self) -> Option<Vec<Option<Manifest<'_>>>> {
        let image = self.of.as_deref()?;
        let one = |of| Some(Manifest { of, image, shown: self.shown });
        Some(image.manifests.iter().map(one).collect())
    }

    /// Size of all its content in bytes.
    async fn size(&self) -> Option<String> {
        self.of.as_ref().map(|image| image.size.to_string())
    }

    /// Pulls.
    async fn download_count(&self) -> Option<u64> {
        self.of.as_ref().map(|image| image.downloads)
    }

    /// The latest pull.
    async fn last_pull_timestamp(&self) -> Option<Time> {
        self.of.as_ref().and_then(|image| recorded(image.last_pulled_at))
    }

    /// When it was pushed.
    async fn push_timestamp(&self) -> Option<Time> {
        self.of.as_ref().and_then(|image| recorded(image.pushed_at))
    }

    /// Who pushed it.
    async fn pushed_by(&self) -> Option<&str> {
        self.of.as_ref().map(|image| image.pushed_by.as_str())
    }

    /// When the tag was first set.
    async fn tagged_timestamp(&self) -> Option<Time> {
        self.of.as_ref().and_then(|image| recorded(image.tagged_at))
    }

    /// When the image says it was made.
    async fn last_updated(&self) -> Option<Time> {
        self.of.as_ref().and_then(|image| told(image.last_updated.as_ref()))
    }

    /// What it says about itself.
    async fn description(&self) -> Option<&str> {
        self.text(|texts| &texts.description)
    }

    /// Whether it is signed.
    async fn is_signed(&self) -> Option<bool> {
        self.of.as_ref().map(|image| image.is_signed)
    }

    /// Signatures on it.
    async fn signature_info(&self) -> Option<Vec<Option<Signature<'_>>>> {
        self.of.as_ref().map(|image| small::signatures(&image.signatures))
    }

    /// Under which licences it is.
    async fn licenses(&self) -> Option<&str> {
        self.text(|texts| &texts.licenses)
    }

    /// Its labels.
    async fn labels(&self) -> Option<&str> {
        self.text(|texts| &texts.labels)
    }

    /// Its title.
    async fn title(&self) -> Option<&str> {
        self.text(|texts| &texts.title)
    }

    /// Where its source is.
    async fn source(&self) -> Option<&str> {
        self.text(|texts| &texts.source)
    }

    /// Where its documentation is.
    async fn documentation(&self) -> Option<&str> {
        self.text(|texts| &texts.documentation)
    }

    /// Who publishes it.
    async fn vendor(&self) -> Option<&str> {
        self.text(|texts| &texts.vendor)
    }

    /// Who made it.
    async fn authors(&self) -> Option<&str> {
        self.text(|texts| &texts.authors)
    }

    /// What is known of its vulnerabilities; all zero where nothing is.
    async fn vulnerabilities(&self, context: &Context<'_>) -> Result<Option<Summary>> {
        let Some(image) = self.of.as_deref() else { return Ok(None) };
        let known = vulnerabilities::known(context, image, &image.manifests).await?;
        Ok(Some(known.unwrap_or_default()))
    }

    /// Manifests that refer to it.
    async fn referrers(&self, context: &Context<'_>) -> Result<Option<Vec<Option<Referrer<'_>>>>> {
        let Some(image) = &self.of else { return Ok(None) };
        super::manifest::counted(context, image.referrers.len())?;
        Ok(Some(small::referrers(&image.referrers)))
    }

    /// Whether the caller may delete it; null where that is not told.
    async fn is_deletable(&self) -> Option<bool> {
        self.shown.deletable
    }

    /// Type of the artifact.
    async fn artifact_type(&self) -> Option<&str> {
        self.of.as_ref().map(|image| image.artifact_type.as_str())
    }
}
