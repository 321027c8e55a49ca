//! Manifests, tags and referrers: all of it to the owner of the repository.

use async_trait::async_trait;
use atoll_service::{
    Caller, DeleteManifest, Error, GetManifest, ListReferrers, ListTags, Manifest, ManifestAccepted,
    ManifestDeleted, ManifestStat, Manifests, PutManifest, ReferrerPage, TagPage,
};

use crate::RoutedNode;

#[async_trait]
impl Manifests for RoutedNode {
    async fn get(&self, caller: &Caller, request: GetManifest) -> Result<Manifest, Error> {
        self.owner(&request.repository)?.get(caller, request).await
    }

    async fn head(&self, caller: &Caller, request: GetManifest) -> Result<ManifestStat, Error> {
        self.owner(&request.repository)?.head(caller, request).await
    }

    async fn put(&self, caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error> {
        self.owner(&request.repository)?.put(caller, request).await
    }

    async fn remove(&self, caller: &Caller, request: DeleteManifest) -> Result<ManifestDeleted, Error> {
        self.owner(&request.repository)?.remove(caller, request).await
    }

    async fn tags(&self, caller: &Caller, request: ListTags) -> Result<TagPage, Error> {
        self.owner(&request.repository)?.tags(caller, request).await
    }

    async fn referrers(&self, caller: &Caller, request: ListReferrers) -> Result<ReferrerPage, Error> {
        self.owner(&request.repository)?.referrers(caller, request).await
    }
}
