//! Manifests, tags and referrers: all of it to the owner of the repository.

use async_trait::async_trait;
use atoll_service::{
    Caller, DeleteManifest, Error, GetManifest, ListReferrers, ListTags, Manifest, ManifestAccepted,
    ManifestDeleted, ManifestStat, Manifests, PutManifest, ReferrerPage, TagPage,
};

use crate::RoutedNode;
use crate::forward::forwarded;

#[async_trait]
impl Manifests for RoutedNode {
    async fn get(&self, caller: &Caller, request: GetManifest) -> Result<Manifest, Error> {
        forwarded!(self, read, caller, request.repository, get(request))
    }

    async fn head(&self, caller: &Caller, request: GetManifest) -> Result<ManifestStat, Error> {
        forwarded!(self, read, caller, request.repository, head(request))
    }

    async fn put(&self, caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error> {
        forwarded!(self, write, caller, request.repository, put(request))
    }

    async fn remove(&self, caller: &Caller, request: DeleteManifest) -> Result<ManifestDeleted, Error> {
        forwarded!(self, write, caller, request.repository, remove(request))
    }

    async fn tags(&self, caller: &Caller, request: ListTags) -> Result<TagPage, Error> {
        forwarded!(self, read, caller, request.repository, tags(request))
    }

    async fn referrers(&self, caller: &Caller, request: ListReferrers) -> Result<ReferrerPage, Error> {
        forwarded!(self, read, caller, request.repository, referrers(request))
    }
}
