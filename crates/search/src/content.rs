//! The second half of a description: texts, layers, histories and referrers, of which there may be too many to put them together for
//! a list before somebody counts them.

use atoll_oci::{Descriptor, Digest, Repository};
use atoll_service::{Error, ImageSummary, LayerSummary, ReferrerSummary, RepositorySummary, Texts, Want};
use bytes::Bytes;

use crate::{Rest, Tool, Wording};

/// So many bytes of text count as much as an entry.
const TEXT_BYTES: usize = 256;

/// Where descriptions find what is not in memory: one state of the rows, not older than the corpus was.
pub trait Content {
    /// The texts of a manifest, if they are known without reading its facts.
    fn wording(&self, repository: &Repository, digest: &Digest) -> Option<Wording>;

    /// The facts of a manifest; `None` if it is gone.
    fn facts(&self, repository: &Repository, digest: &Digest) -> Result<Option<Bytes>, Error>;

    /// The manifests that refer to one, in the order of pushing, signatures among them.
    fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<ReferrerSummary>, Error>;
}

/// Completes the description of an image. `false` if something of it is gone meanwhile: then the corpus has to be asked again.
pub fn complete_image(image: &mut ImageSummary, want: Want, content: &impl Content) -> Result<bool, Error> {
    let Some(first) = image.manifests.first().map(|manifest| manifest.digest) else {
        return complete_top(image, (want, None), content);
    };
    for manifest in &mut image.manifests {
        if want.history || want.layers {
            let Some((front, rest)) = known(content, &image.repository, &manifest.digest)? else {
                return Ok(false);
            };
            if want.history {
                manifest.history = rest.shown_history(&front.layers);
            }
            if want.layers {
                let layer = |blob: &crate::Blob| LayerSummary { digest: blob.digest, size: blob.size };
                manifest.layers = front.layers.iter().map(layer).collect();
            }
        }
        if want.referrers {
            manifest.referrers = referrers(content, &image.repository, &manifest.digest)?;
        }
    }
    complete_top(image, (want, Some(first)), content)
}

fn complete_top(
    image: &mut ImageSummary,
    (want, first): (Want, Option<Digest>),
    content: &impl Content,
) -> Result<bool, Error> {
    if want.texts {
        let Some(told) = wording(content, &image.repository, &image.digest)? else { return Ok(false) };
        image.texts = told.texts;
        if let Some(first) = first.filter(|_| told.is_index) {
            let Some(child) = wording(content, &image.repository, &first)? else { return Ok(false) };
            fill(&mut image.texts, child.texts);
        } else if image.texts.authors.is_empty() {
            image.texts.authors = told.config_author;
        }
    }
    if want.referrers {
        image.referrers = referrers(content, &image.repository, &image.digest)?;
    }
    Ok(true)
}

/// Entries of lists within a description: layers, steps of histories, referrers with their annotations, long texts counting more.
pub fn details_of(image: &ImageSummary) -> u64 {
    let referrers = |referrers: &[ReferrerSummary]| referrers.iter().map(weight_of).sum::<usize>();
    let manifests = image.manifests.iter().map(|manifest| {
        let texts: usize =
            manifest.history.iter().filter_map(|step| step.created_by.as_deref()).map(str::len).sum();
        manifest.layers.len() + manifest.history.len() + texts / TEXT_BYTES + referrers(&manifest.referrers)
    });
    u64::try_from(manifests.sum::<usize>() + referrers(&image.referrers)).unwrap_or(u64::MAX)
}

/// What a referrer counts among the details of a description.
pub fn weight_of(referrer: &ReferrerSummary) -> usize {
    let annotations = &referrer.annotations;
    let texts: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    1 + annotations.len() + texts / TEXT_BYTES
}

/// Completes the description of a repository, as [`complete_image`].
pub fn complete_repository(
    repository: &mut RepositorySummary,
    want: Want,
    content: &impl Content,
) -> Result<bool, Error> {
    match &mut repository.newest {
        Some(newest) => complete_image(newest, want, content),
        None => Ok(true),
    }
}

/// What is shown of a referrer whose descriptor is this; `None` if it cannot be read.
pub fn referrer(descriptor: &[u8]) -> Option<ReferrerSummary> {
    let found: Descriptor = serde_json::from_slice(descriptor).ok()?;
    Some(ReferrerSummary {
        media_type: found.media_type,
        artifact_type: found.artifact_type.unwrap_or_default(),
        size: found.size,
        digest: found.digest,
        annotations: found.annotations.into_iter().flatten().collect(),
    })
}

/// The manifests that refer to one and are no signatures, of these types: of all if there are none, or one is empty.
pub fn listed_referrers(found: Vec<ReferrerSummary>, types: &[String]) -> Vec<ReferrerSummary> {
    let admits =
        |found: &str| types.is_empty() || types.iter().any(|wanted| wanted.is_empty() || wanted == found);
    let is_shown = |referrer: &ReferrerSummary| {
        Tool::of_type(&referrer.artifact_type).is_none() && admits(&referrer.artifact_type)
    };
    found.into_iter().filter(is_shown).collect()
}

fn referrers(
    content: &impl Content,
    repository: &Repository,
    subject: &Digest,
) -> Result<Vec<ReferrerSummary>, Error> {
    Ok(listed_referrers(content.referrers(repository, subject)?, &[]))
}

fn known(
    content: &impl Content,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<(crate::Front, Rest)>, Error> {
    let Some(bytes) = content.facts(repository, digest)? else { return Ok(None) };
    Rest::decode(&bytes).map(Some).map_err(|error| unreadable((repository, digest), &error))
}

fn wording(
    content: &impl Content,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<Wording>, Error> {
    if let Some(known) = content.wording(repository, digest) {
        return Ok(Some(known));
    }
    let Some(bytes) = content.facts(repository, digest)? else { return Ok(None) };
    Wording::decode(&bytes).map(Some).map_err(|error| unreadable((repository, digest), &error))
}

fn unreadable((repository, digest): (&Repository, &Digest), error: &crate::Error) -> Error {
    tracing::error!(%repository, %digest, %error, "the facts of a manifest cannot be read");
    Error::Internal(format!("reading the facts of {digest}: {error}"))
}

/// What an index does not tell itself, its first manifest tells; the author of a config is not taken along.
fn fill(texts: &mut Texts, from: Texts) {
    let fill = |text: &mut String, from: String| {
        if text.is_empty() {
            *text = from;
        }
    };
    fill(&mut texts.description, from.description);
    fill(&mut texts.licenses, from.licenses);
    fill(&mut texts.labels, from.labels);
    fill(&mut texts.title, from.title);
    fill(&mut texts.source, from.source);
    fill(&mut texts.documentation, from.documentation);
    fill(&mut texts.vendor, from.vendor);
    fill(&mut texts.authors, from.authors);
}
