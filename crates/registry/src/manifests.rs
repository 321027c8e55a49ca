//! Manifests, tags and referrers.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use atoll_index::{About, Body, Change, Command, Effect, Found, INLINE_MAX_BYTES, Mutation, Parts, Snapshot};
use atoll_oci::{Algorithm, Digest, Reference, Repository, digest_of};
use atoll_service::{
    Caller, DeleteManifest, Error, GetManifest, Grant, ListReferrers, ListTags, MAX_PAGE, Manifest,
    ManifestAccepted, ManifestDeleted, ManifestStat, Manifests, PutManifest, ReferrerPage, TagPage,
};
use bytes::Bytes;

use crate::LocalNode;
use crate::failure::{from_index, from_store};

#[async_trait]
impl Manifests for LocalNode {
    async fn get(&self, caller: &Caller, request: GetManifest) -> Result<Manifest, Error> {
        let found = self.own(&request.repository)?.manifest(&request.repository, &request.reference);
        let found = found.map_err(|error| from_index("looking up a manifest", error))?;
        let Some((found, body)) = found else {
            return match self.parts.origin.manifest(caller, &request).await? {
                Some(manifest) => Ok(manifest),
                None => Err(self.missing(&request)?),
            };
        };
        let content = match body {
            Some(content) => content,
            None => self.stored_manifest(&found.digest).await?,
        };
        if counts_as_pull(&request.reference, &found) {
            let _changing = self.changing().await;
            self.pulls.count(&request.repository, found.digest, self.parts.host.clock.now());
        }
        Ok(Manifest { stat: stat_of(found), content })
    }

    async fn head(&self, caller: &Caller, request: GetManifest) -> Result<ManifestStat, Error> {
        let found = look_up(&self.own(&request.repository)?, &request)?;
        match found {
            Some(found) => Ok(stat_of(found)),
            None => match self.parts.origin.manifest(caller, &request).await? {
                Some(manifest) => Ok(manifest.stat),
                None => Err(self.missing(&request)?),
            },
        }
    }

    async fn put(&self, caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error> {
        self.own(&request.repository)?;
        self.admit_write().await?;
        let manifest = atoll_oci::Manifest::parse(&request.content, &request.media_type)
            .map_err(|error| Error::ManifestInvalid(error.to_string()))?;
        let digest = verified_digest(&request)?;
        self.admit_repository(&request.repository)?;
        let tags = request.tags.iter().map(|(tag, _)| tag.clone()).collect();
        let subject = manifest.subject.as_ref().map(|subject| subject.digest);
        let _pin = self.pins.hold(&digest).await;
        if request.content.len() > INLINE_MAX_BYTES {
            let stored = self.parts.store.put(&digest, request.content.clone()).await;
            stored.map_err(|error| from_store("storing a manifest", error))?;
        }
        let repository = request.repository.clone();
        let facts = self.facts_for(&repository, (&manifest, request.content.len())).await?;
        let (known, size) = (facts.clone(), request.content.len());
        let command = self.put_command(caller, (request, facts), (digest, &manifest));
        let _changing = self.changing().await;
        match self.parts.index.submit(command).await.map_err(|error| from_index("writing a manifest", error))
        {
            Ok(_) => {
                self.catch_up_with_config(&repository, (digest, &manifest), (&known, size)).await;
                Ok(ManifestAccepted { digest, subject, tags })
            }
            Err(error) => Err(self.refusal(&repository, error)?),
        }
    }

    async fn remove(&self, caller: &Caller, request: DeleteManifest) -> Result<ManifestDeleted, Error> {
        self.own(&request.repository)?;
        let DeleteManifest { repository, reference, grant } = request;
        let mutation = match &reference {
            Reference::Tag(tag) => Mutation::DeleteTag { tag: tag.clone() },
            Reference::Digest(digest) => Mutation::DeleteManifest { digest: *digest },
        };
        let command = self.command(caller, (repository, grant), mutation);
        let _changing = self.changing().await;
        let change = self
            .parts
            .index
            .submit(command)
            .await
            .map_err(|error| from_index("deleting a manifest", error))?;
        deleted(&reference, &change).ok_or_else(|| Error::Internal("a deletion without an effect".to_owned()))
    }

    async fn tags(&self, _caller: &Caller, request: ListTags) -> Result<TagPage, Error> {
        let failed = |error| from_index("listing tags", error);
        let snapshot = self.own(&request.repository)?;
        if snapshot.repository(&request.repository).map_err(failed)?.is_none() {
            return Err(Error::RepositoryUnknown(request.repository));
        }
        let limit = request.limit.min(MAX_PAGE);
        let (tags, more) =
            snapshot.tags(&request.repository, request.after.as_deref(), limit).map_err(failed)?;
        Ok(TagPage { tags, more })
    }

    async fn referrers(&self, _caller: &Caller, request: ListReferrers) -> Result<ReferrerPage, Error> {
        let subject = (&request.repository, &request.subject);
        let page = self.own(&request.repository)?.referrers(
            subject,
            &request.artifact_types,
            request.after,
            request.limit.min(MAX_PAGE),
        );
        let (referrers, next) = page.map_err(|error| from_index("listing referrers", error))?;
        Ok(ReferrerPage { referrers, next })
    }
}

impl LocalNode {
    /// In a repository that does not exist it is not single parts that are missing: zot's clients know that as an invalid manifest.
    fn refusal(&self, repository: &Repository, error: Error) -> Result<Error, Error> {
        let known = self.parts.index.snapshot().repository(repository);
        let is_known = known.map_err(|error| from_index("looking up a repository", error))?.is_some();
        Ok(match error {
            Error::PartsUnknown(_) if !is_known => Error::ManifestInvalid(format!(
                "the repository `{repository}` does not exist: push the manifest's blobs to it first"
            )),
            error => error,
        })
    }

    /// Tells an unknown manifest from an unknown repository.
    fn missing(&self, request: &GetManifest) -> Result<Error, Error> {
        let known = self.own(&request.repository)?.repository(&request.repository);
        Ok(match known.map_err(|error| from_index("looking up a repository", error))? {
            None => Error::RepositoryUnknown(request.repository.clone()),
            Some(_) => Error::ManifestUnknown {
                repository: request.repository.clone(),
                reference: request.reference.to_string(),
            },
        })
    }

    pub(crate) async fn stored_manifest(&self, digest: &Digest) -> Result<Bytes, Error> {
        use futures_util::TryStreamExt as _;
        let failed = |error| from_store("reading a manifest", error);
        let Some(content) = self.parts.store.read(digest, Vec::new()).await.map_err(failed)? else {
            return Err(Error::Internal(format!(
                "the bytes of the manifest {digest} are gone from the store"
            )));
        };
        let mut whole = Vec::with_capacity(usize::try_from(content.size).unwrap_or_default());
        let mut stream = content.stream;
        while let Some(piece) = stream.try_next().await.map_err(failed)? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }

    /// Holds the number of repositories to its limit. Two pushes that create repositories at the same moment may pass together:
    /// the limit guards against running away, and both would have passed one after the other but for one. What other members hold is
    /// known with the delay of their last exchange.
    pub(crate) fn admit_repository(&self, repository: &Repository) -> Result<(), Error> {
        let Some(limit) = self.options().max_repositories else { return Ok(()) };
        let failed = |error| from_index("counting repositories", error);
        let snapshot = self.parts.index.snapshot();
        let is_new = snapshot.repository(repository).map_err(failed)?.is_none();
        let elsewhere = self.elsewhere.load(Ordering::Relaxed);
        if is_new && snapshot.held_repositories().map_err(failed)?.saturating_add(elsewhere) >= limit {
            return Err(Error::RepositoriesExhausted { limit });
        }
        Ok(())
    }

    fn put_command(
        &self,
        caller: &Caller,
        (request, facts): (PutManifest, Bytes),
        parsed: (Digest, &atoll_oci::Manifest),
    ) -> Command {
        let (digest, manifest) = parsed;
        let size = u64::try_from(request.content.len()).unwrap_or(u64::MAX);
        let is_large = request.content.len() > INLINE_MAX_BYTES;
        let put = atoll_index::PutManifest {
            digest,
            media_type: request.media_type,
            size,
            body: if is_large { Body::Stored } else { Body::Inline(request.content) },
            tags: request.tags,
            parts: Parts::of(manifest, digest, size),
            is_sparse: self.options().sparse,
            facts,
        };
        self.command(caller, (request.repository, request.grant), Mutation::PutManifest(Box::new(put)))
    }

    /// A command with the time and the name that the rows keep.
    pub(crate) fn command(
        &self,
        caller: &Caller,
        about: (impl Into<About>, Grant),
        mutation: Mutation,
    ) -> Command {
        let (about, grant) = (about.0.into(), about.1);
        Command { about, at: self.parts.host.clock.now(), by: caller.name().to_owned(), grant, mutation }
    }
}

fn look_up(snapshot: &Snapshot, request: &GetManifest) -> Result<Option<Found>, Error> {
    let found = snapshot.resolve(&request.repository, &request.reference);
    found.map_err(|error| from_index("looking up a manifest", error))
}

fn verified_digest(request: &PutManifest) -> Result<Digest, Error> {
    let algorithm = request.digest.map_or(Algorithm::Sha256, |digest| digest.algorithm());
    let computed = digest_of(algorithm, &request.content);
    match request.digest {
        Some(expected) if expected != computed => {
            Err(Error::ManifestInvalid(format!("the manifest has the digest {computed}, not {expected}")))
        }
        _ => Ok(computed),
    }
}

fn stat_of(found: Found) -> ManifestStat {
    ManifestStat { digest: found.digest, media_type: found.row.media_type, size: found.row.size }
}

/// What a deletion took along.
fn deleted(reference: &Reference, change: &Change) -> Option<ManifestDeleted> {
    let removed = change.effects.iter().filter_map(|effect| match effect {
        Effect::TagRemoved { tag, digest } => Some((tag.clone(), *digest)),
        _ => None,
    });
    let (tags, named): (Vec<_>, Vec<_>) = removed.unzip();
    let digest = match reference {
        Reference::Digest(digest) => Some(*digest),
        Reference::Tag(_) => named.first().copied(),
    };
    digest.map(|digest| ManifestDeleted { digest, tags })
}

/// Signatures and the referrer tags of old clients are looked up by tools at every pull: counting them would count the tools.
fn counts_as_pull(reference: &Reference, found: &Found) -> bool {
    const SIGNATURES: [&str; 3] = [
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        "application/vnd.cncf.notary.signature",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    ];
    let is_signature = found.row.artifact_type.as_deref().is_some_and(|kind| SIGNATURES.contains(&kind));
    let is_referrer_tag = matches!(reference, Reference::Tag(tag) if is_referrer_tag(tag.as_str()));
    !is_signature && !is_referrer_tag
}

/// `sha256-<64 hex>`, with or without a suffix such as `.sig` (distribution-spec, "Referrers Tag Schema").
fn is_referrer_tag(tag: &str) -> bool {
    let hex = tag.strip_prefix("sha256-").and_then(|rest| rest.split('.').next());
    hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
