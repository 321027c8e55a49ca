//! Manifests of another member.

use async_trait::async_trait;
use atoll_service::{
    Caller, DeleteManifest, Error, GetManifest, ListReferrers, ListTags, Manifest, ManifestAccepted,
    ManifestDeleted, ManifestStat, Manifests, PutManifest, ReferrerPage, TagPage,
};

use super::RemoteNode;
use crate::{Method, Transport};

#[async_trait]
impl<T: Transport> Manifests for RemoteNode<T> {
    async fn get(&self, caller: &Caller, request: GetManifest) -> Result<Manifest, Error> {
        self.ask(Method::GetManifest, caller, &request).await
    }

    async fn head(&self, caller: &Caller, request: GetManifest) -> Result<ManifestStat, Error> {
        self.ask(Method::HeadManifest, caller, &request).await
    }

    async fn put(&self, caller: &Caller, request: PutManifest) -> Result<ManifestAccepted, Error> {
        self.ask(Method::PutManifest, caller, &request).await
    }

    async fn remove(&self, caller: &Caller, request: DeleteManifest) -> Result<ManifestDeleted, Error> {
        self.ask(Method::RemoveManifest, caller, &request).await
    }

    async fn tags(&self, caller: &Caller, request: ListTags) -> Result<TagPage, Error> {
        self.ask(Method::ListTags, caller, &request).await
    }

    async fn referrers(&self, caller: &Caller, request: ListReferrers) -> Result<ReferrerPage, Error> {
        self.ask(Method::ListReferrers, caller, &request).await
    }
}
