//! Parts of images.

use async_graphql::{Object, SimpleObject};
use atoll_service::{HistorySummary, LayerSummary, ReferrerSummary, SignatureSummary};

use crate::time::{Time, told};

/// A key and its value.
#[derive(SimpleObject)]
#[graphql(name = "Annotation", rename_fields = "PascalCase")]
pub(crate) struct Annotation<'a> {
    /// The key.
    key: Option<&'a str>,
    /// The value.
    value: Option<&'a str>,
}

/// What a manifest runs on.
#[derive(SimpleObject)]
#[graphql(name = "Platform", rename_fields = "PascalCase")]
pub(crate) struct Platform<'a> {
    /// Operating system.
    os: Option<&'a str>,
    /// Architecture, with its variant behind a slash.
    arch: Option<String>,
}

impl<'a> Platform<'a> {
    pub(crate) fn of(platform: &'a atoll_oci::Platform) -> Self {
        Self { os: Some(&platform.os), arch: Some(architecture(platform)) }
    }
}

/// The architecture as the search shows and compares it.
pub(crate) fn architecture(platform: &atoll_oci::Platform) -> String {
    if platform.variant.is_empty() {
        platform.architecture.clone()
    } else {
        format!("{}/{}", platform.architecture, platform.variant)
    }
}

/// A signature found on an image.
#[derive(SimpleObject)]
#[graphql(name = "SignatureSummary", rename_fields = "PascalCase")]
pub(crate) struct Signature<'a> {
    /// By which program: `cosign` or `notation`.
    tool: Option<&'a str>,
    /// Whether it was verified against a trusted key.
    is_trusted: Option<bool>,
    /// Who signed.
    author: Option<&'a str>,
}

pub(crate) fn signatures(signatures: &[SignatureSummary]) -> Vec<Option<Signature<'_>>> {
    signatures.iter().map(|signature| Some(Signature::of(signature))).collect()
}

impl<'a> Signature<'a> {
    fn of(signature: &'a SignatureSummary) -> Self {
        let SignatureSummary { tool, is_trusted, author } = signature;
        Self { tool: Some(tool), is_trusted: Some(*is_trusted), author: Some(author) }
    }
}

/// A layer.
#[derive(SimpleObject)]
#[graphql(name = "LayerSummary", rename_fields = "PascalCase")]
pub(crate) struct Layer {
    /// Its size in bytes.
    size: Option<String>,
    /// Its digest.
    digest: Option<String>,
}

impl Layer {
    pub(crate) fn of(layer: &LayerSummary) -> Self {
        Self { size: Some(layer.size.to_string()), digest: Some(layer.digest.to_string()) }
    }
}

/// How a layer came to be.
#[derive(SimpleObject)]
#[graphql(name = "HistoryDescription", rename_fields = "PascalCase")]
pub(crate) struct Step<'a> {
    /// When.
    created: Option<Time>,
    /// By which command.
    created_by: Option<&'a str>,
    /// By whom.
    author: Option<&'a str>,
    /// Free text.
    comment: Option<&'a str>,
    /// Whether it made no layer.
    empty_layer: Option<bool>,
}

/// A step of an image's history and the layer it made.
pub(crate) struct LayerHistory<'a>(pub(crate) &'a HistorySummary);

/// A step of an image's history and the layer it made.
#[Object(name = "LayerHistory", rename_fields = "PascalCase")]
impl<'a> LayerHistory<'a> {
    /// The layer; null for a step that made none.
    async fn layer(&self) -> Option<Layer> {
        self.0.layer.as_ref().map(Layer::of)
    }

    /// The step.
    async fn history_description(&self) -> Option<Step<'a>> {
        Some(Step {
            created: told(self.0.created.as_ref()),
            created_by: self.0.created_by.as_deref(),
            author: self.0.author.as_deref(),
            comment: self.0.comment.as_deref(),
            empty_layer: self.0.is_empty_layer,
        })
    }
}

/// A manifest that refers to another.
pub(crate) struct Referrer<'a>(pub(crate) std::borrow::Cow<'a, ReferrerSummary>);

/// A manifest that refers to another.
#[Object(name = "Referrer", rename_fields = "PascalCase")]
impl Referrer<'_> {
    /// Its media type.
    async fn media_type(&self) -> Option<&str> {
        Some(&self.0.media_type)
    }

    /// Its artifact type.
    async fn artifact_type(&self) -> Option<&str> {
        Some(&self.0.artifact_type)
    }

    /// Its size in bytes.
    async fn size(&self) -> Option<u64> {
        Some(self.0.size)
    }

    /// Its digest.
    async fn digest(&self) -> Option<String> {
        Some(self.0.digest.to_string())
    }

    /// Its annotations.
    async fn annotations(&self) -> Vec<Option<Annotation<'_>>> {
        let annotations = self.0.annotations.iter();
        annotations.map(|(key, value)| Some(Annotation { key: Some(key), value: Some(value) })).collect()
    }
}

pub(crate) fn referrers(referrers: &[ReferrerSummary]) -> Vec<Option<Referrer<'_>>> {
    referrers.iter().map(|referrer| Some(Referrer(std::borrow::Cow::Borrowed(referrer)))).collect()
}
