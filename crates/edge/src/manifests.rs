//! Manifests: read, stored and removed, their bytes exactly as they were pushed.

use atoll_fault::Kind;
use atoll_oci::{Digest, Family, MediaType, Reference, Repository, Tag};
use atoll_service::{
    self as service, Body, DeleteManifest, GetManifest, Grant, ManifestAccepted, ManifestStat, PutManifest,
};
use http::{HeaderValue, StatusCode, header};

use crate::answer::{Answer, Content, etag};
use crate::body::collect;
use crate::conditions::{Intent, Verdict, is_conditional, verdict, wants_known, wants_new};
use crate::edge::Ask;
use crate::error::Error;
use crate::header as names;

impl Ask<'_> {
    pub(crate) async fn get_manifest(&self, request: GetManifest) -> Result<Answer, Error> {
        // Asked for its facts first, a manifest that the client has already does not count as pulled.
        if is_conditional(self.headers) {
            let stat = self.shared.services.manifests.head(self.caller, request.clone()).await?;
            if let Some(answer) = self.unchanged(&stat.digest)? {
                return Ok(answer);
            }
        }
        let repository = request.repository.clone();
        let manifest = self.shared.services.manifests.get(self.caller, request).await?;
        self.shared.records.recorder.image_downloaded(repository.as_str());
        let mut answer = described(&manifest.stat);
        answer.content = Content::Full(manifest.content);
        Ok(answer)
    }

    pub(crate) async fn head_manifest(&self, request: GetManifest) -> Result<Answer, Error> {
        let stat = self.shared.services.manifests.head(self.caller, request).await?;
        if let Some(answer) = self.unchanged(&stat.digest)? {
            return Ok(answer);
        }
        let mut answer = described(&stat);
        answer.set(header::CONTENT_LENGTH, stat.size.into());
        Ok(answer)
    }

    /// `304` if the client's `If-None-Match` names the content, and an error if its `If-Match` does not.
    pub(crate) fn unchanged(&self, digest: &Digest) -> Result<Option<Answer>, Error> {
        if !is_conditional(self.headers) {
            return Ok(None);
        }
        match verdict(self.headers, Some(&etag(digest)), Intent::Read) {
            Verdict::Go => Ok(None),
            Verdict::Failed => Err(Error::PreconditionFailed),
            Verdict::Unchanged => {
                let mut answer = Answer::new(StatusCode::NOT_MODIFIED);
                answer.put_digest(digest);
                Ok(Some(answer))
            }
        }
    }

    /// Refuses a change whose preconditions what is here does not meet.
    pub(crate) fn admit_change(&self, here: Option<&Digest>) -> Result<(), Error> {
        match verdict(self.headers, here.map(etag).as_deref(), Intent::Change) {
            Verdict::Go => Ok(()),
            Verdict::Unchanged | Verdict::Failed => Err(Error::PreconditionFailed),
        }
    }

    /// The digest of the manifest that is at a reference, if one is.
    async fn manifest_here(
        &self,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<Digest>, Error> {
        let (repository, reference) = (repository.clone(), reference.clone());
        let request = GetManifest { repository, reference, upstream: None };
        match self.shared.services.manifests.head(self.caller, request).await {
            Ok(stat) => Ok(Some(stat.digest)),
            Err(error) if error.kind() == Kind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn put_manifest(
        &self,
        (repository, reference): (Repository, Reference),
        further: Vec<Tag>,
        body: Body,
    ) -> Result<Answer, Error> {
        let media_type = self.manifest_type()?;
        let mut held = self.shared.manifests_on_their_way.hold();
        let limits = (self.announced_bytes(), self.shared.options.manifest_bytes);
        let content = collect(body, limits, &mut held).await?;
        if is_conditional(self.headers) {
            self.admit_change(self.manifest_here(&repository, &reference).await?.as_ref())?;
        }
        let wished = self.wished(&reference);
        let (digest, tags) = match reference {
            Reference::Tag(tag) => (None, vec![tag]),
            Reference::Digest(digest) => (Some(digest), further),
        };
        let policy = &self.shared.policy;
        let granted = |tag: Tag| {
            let grant = policy.grant(self.caller, &repository, Some(&tag));
            (tag, narrowed(grant, wished))
        };
        let tags = tags.into_iter().map(granted).collect();
        let grant = policy.grant(self.caller, &repository, None);
        let request =
            PutManifest { repository: repository.clone(), digest, tags, media_type, content, grant };
        let accepted = self.shared.services.manifests.put(self.caller, request).await;
        let accepted = accepted.map_err(|error| refused(error, wished))?;
        self.shared.records.recorder.image_uploaded(repository.as_str());
        Ok(stored(&repository, &accepted, digest.is_some()))
    }

    /// Only the tag in the path is what the preconditions are about.
    fn wished(&self, reference: &Reference) -> Wished {
        match reference {
            Reference::Tag(_) if wants_new(self.headers) => Wished::New,
            Reference::Tag(_) if wants_known(self.headers) => Wished::Known,
            _ => Wished::Either,
        }
    }

    /// The declared media type, which must be exactly one that is accepted: a parameter would be lost, and readers are given the type
    /// back as it was stored.
    fn manifest_type(&self) -> Result<MediaType, Error> {
        let text =
            self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_accepted = |media_type: &MediaType| match media_type.manifest_family() {
            Some(Family::Oci) => true,
            Some(Family::Docker) => self.shared.options.docker_schema2,
            None => false,
        };
        let parsed = text.parse::<MediaType>().ok().filter(|media_type| media_type.as_str() == text);
        parsed.filter(is_accepted).ok_or_else(|| Error::MediaTypeUnsupported { media_type: text.to_owned() })
    }

    pub(crate) async fn delete_manifest(
        &self,
        repository: Repository,
        reference: Reference,
    ) -> Result<Answer, Error> {
        let tag = match &reference {
            Reference::Tag(tag) => Some(tag),
            Reference::Digest(_) => None,
        };
        let grant = self.shared.policy.grant(self.caller, &repository, tag);
        if is_conditional(self.headers)
            && let Some(here) = self.manifest_here(&repository, &reference).await?
        {
            self.admit_change(Some(&here))?;
        }
        let request = DeleteManifest { repository, reference, grant };
        self.shared.services.manifests.remove(self.caller, request).await?;
        Ok(Answer::new(StatusCode::ACCEPTED))
    }
}

/// What the preconditions of a push ask of the tag that it sets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wished {
    Either,
    New,
    Known,
}

/// The rights of a push as far as its preconditions let it use them: where the tag is set, it is still as it was looked at, or the
/// push is refused, whoever came between.
fn narrowed(grant: Grant, wished: Wished) -> Grant {
    match wished {
        Wished::Either => grant,
        Wished::New => Grant { update: false, ..grant },
        Wished::Known => Grant { create: false, ..grant },
    }
}

/// A wrong digest of a manifest is told as zot tells it: the manifest is invalid. Whoever may push at all lacks a right only because
/// of the preconditions.
fn refused(error: service::Error, wished: Wished) -> Error {
    match error {
        service::Error::Denied(_) if wished != Wished::Either => Error::PreconditionFailed,
        service::Error::DigestMismatch { expected, computed } => {
            Error::ManifestDigest { expected: Box::new(expected), computed: Box::new(computed) }
        }
        service::Error::MediaTypeUnsupported(media_type) => Error::MediaTypeUnsupported { media_type },
        error => error.into(),
    }
}

fn stored(repository: &Repository, accepted: &ManifestAccepted, by_digest: bool) -> Answer {
    let mut answer = Answer::new(StatusCode::CREATED);
    answer.put_digest(&accepted.digest);
    answer.headers.remove(header::ETAG);
    answer.put(header::LOCATION, format!("/v2/{repository}/manifests/{}", accepted.digest));
    if let Some(subject) = &accepted.subject {
        answer.put(names::OCI_SUBJECT, subject.to_string());
    }
    if by_digest && !accepted.tags.is_empty() {
        let tags: Vec<&str> = accepted.tags.iter().map(Tag::as_str).collect();
        answer.put(names::OCI_TAG, tags.join(", "));
    }
    answer
}

fn described(stat: &ManifestStat) -> Answer {
    let mut answer = Answer::new(StatusCode::OK);
    answer.put_digest(&stat.digest);
    match known_type(&stat.media_type) {
        Some(known) => answer.set(header::CONTENT_TYPE, HeaderValue::from_static(known)),
        None => answer.put(header::CONTENT_TYPE, stat.media_type.as_str().to_owned()),
    }
    answer
}

/// The same text where it lives as long as the program, so that the header need not copy it.
fn known_type(media_type: &MediaType) -> Option<&'static str> {
    const KNOWN: [&str; 4] =
        [MediaType::OCI_MANIFEST, MediaType::OCI_INDEX, MediaType::DOCKER_MANIFEST, MediaType::DOCKER_LIST];
    KNOWN.into_iter().find(|known| *known == media_type.as_str())
}
