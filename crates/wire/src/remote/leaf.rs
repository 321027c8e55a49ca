//! The leaf of another member.

use async_trait::async_trait;
use atoll_oci::{Digest, Repository};
use atoll_placement::Shard;
use atoll_service::{
    Caller, CatalogPage, DescribeImages, DescribeRepositories, Error, ExpandedRepository, Freshness,
    GetImage, GetReferrers, GetRepository, ImageHits, ImageReference, ImageSummary, Layers, Leaf, LeafImages,
    LeafRepositories, ListCatalog, Marks, ReferrerSummary, RepositoryHits, RepositorySummary, Visibility,
};

use super::RemoteNode;
use crate::lists::{AskImages, AskRepositories};
use crate::{Method, Transport};

#[async_trait]
impl<T: Transport> Leaf for RemoteNode<T> {
    async fn leaf_catalog(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: ListCatalog,
    ) -> Result<CatalogPage, Error> {
        self.ask(Method::LeafCatalog, caller, &(shards, request)).await
    }

    async fn leaf_repositories(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafRepositories,
    ) -> Result<RepositoryHits, Error> {
        self.say(Method::LeafRepositories, caller, AskRepositories(shards, request), None).await
    }

    async fn leaf_images(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: LeafImages,
    ) -> Result<ImageHits, Error> {
        self.say(Method::LeafImages, caller, AskImages(shards, request), None).await
    }

    async fn describe_repositories(
        &self,
        caller: &Caller,
        request: DescribeRepositories,
    ) -> Result<Vec<Option<RepositorySummary>>, Error> {
        self.ask(Method::DescribeRepositories, caller, &request).await
    }

    async fn describe_images(
        &self,
        caller: &Caller,
        request: DescribeImages,
    ) -> Result<Vec<Option<ImageSummary>>, Error> {
        self.ask(Method::DescribeImages, caller, &request).await
    }

    async fn leaf_image(
        &self,
        caller: &Caller,
        request: GetImage,
    ) -> Result<(ImageSummary, Vec<String>), Error> {
        self.ask(Method::LeafImage, caller, &request).await
    }

    async fn leaf_expanded(
        &self,
        caller: &Caller,
        request: GetRepository,
        marks: Marks,
    ) -> Result<ExpandedRepository, Error> {
        self.ask(Method::LeafExpanded, caller, &(request, marks)).await
    }

    async fn leaf_referrers(
        &self,
        caller: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        self.ask(Method::LeafReferrers, caller, &request).await
    }

    async fn leaf_layers(&self, caller: &Caller, request: ImageReference) -> Result<Layers, Error> {
        self.ask(Method::LeafLayers, caller, &request).await
    }

    async fn leaf_holder(
        &self,
        caller: &Caller,
        digest: Digest,
        visibility: Visibility,
    ) -> Result<Option<Repository>, Error> {
        self.ask(Method::LeafHolder, caller, &(digest, visibility)).await
    }

    async fn leaf_freshness(&self, caller: &Caller) -> Result<Freshness, Error> {
        self.ask(Method::LeafFreshness, caller, &()).await
    }
}
