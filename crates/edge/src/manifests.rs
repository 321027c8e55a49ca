//! Manifests: read, stored and removed, their bytes exactly as they were pushed.

use atoll_oci::{Digest, Family, MediaType, Reference, Repository, Tag};
use atoll_service::{
    self as service, Body, DeleteManifest, GetManifest, ManifestAccepted, ManifestStat, PutManifest,
};
use http::{HeaderValue, StatusCode, header};

use crate::answer::{Answer, Content, etag};
use crate::body::collect;
use crate::conditions::client_has;
use crate::edge::Ask;
use crate::error::Error;
use crate::header as names;

impl Ask<'_> {
    pub(crate) async fn get_manifest(&self, request: GetManifest) -> Result<Answer, Error> {
        // Asked for its facts first, a manifest that the client has already does not count as pulled.
        if self.headers.contains_key(header::IF_NONE_MATCH) {
            let stat = self.shared.services.manifests.head(self.caller, request.clone()).await?;
            if let Some(answer) = self.unchanged(&stat.digest) {
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
        if let Some(answer) = self.unchanged(&stat.digest) {
            return Ok(answer);
        }
        let mut answer = described(&stat);
        answer.set(header::CONTENT_LENGTH, stat.size.into());
        Ok(answer)
    }

    /// `304` if the client's `If-None-Match` names the content.
    pub(crate) fn unchanged(&self, digest: &Digest) -> Option<Answer> {
        let has = self.headers.contains_key(header::IF_NONE_MATCH) && client_has(self.headers, &etag(digest));
        has.then(|| {
            let mut answer = Answer::new(StatusCode::NOT_MODIFIED);
            answer.put_digest(digest);
            answer
        })
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
        let (digest, tags) = match reference {
            Reference::Tag(tag) => (None, vec![tag]),
            Reference::Digest(digest) => (Some(digest), further),
        };
        let policy = &self.shared.policy;
        let granted = |tag: Tag| {
            let grant = policy.grant(self.caller, &repository, Some(&tag));
            (tag, grant)
        };
        let tags = tags.into_iter().map(granted).collect();
        let grant = policy.grant(self.caller, &repository, None);
        let request =
            PutManifest { repository: repository.clone(), digest, tags, media_type, content, grant };
        let accepted = self.shared.services.manifests.put(self.caller, request).await.map_err(refused)?;
        self.shared.records.recorder.image_uploaded(repository.as_str());
        Ok(stored(&repository, &accepted, digest.is_some()))
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
        let request = DeleteManifest { repository, reference, grant };
        self.shared.services.manifests.remove(self.caller, request).await?;
        Ok(Answer::new(StatusCode::ACCEPTED))
    }
}

/// A wrong digest of a manifest is told as zot tells it: the manifest is invalid.
fn refused(error: service::Error) -> Error {
    match error {
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
