//! The catalog: asked of a cover of all shards, merged.

use async_trait::async_trait;
use atoll_placement::{MemberId, Shard};
use atoll_service::{Caller, CatalogPage, Coverage, Error, Gathered, ListCatalog, MAX_PAGE, Queries};
use futures_util::future::join_all;

use crate::{RoutedNode, merge_catalog};

#[async_trait]
impl Queries for RoutedNode {
    async fn catalog(&self, caller: &Caller, request: ListCatalog) -> Result<Gathered<CatalogPage>, Error> {
        let cover = self.layout.cover();
        let answers = join_all(
            cover.iter().map(|(member, shards)| self.ask(caller, (*member, shards), request.clone())),
        )
        .await;
        let mut coverage = Coverage::default();
        let mut pages = Vec::with_capacity(cover.len());
        for ((_, shards), answer) in cover.into_iter().zip(answers) {
            match answer {
                Ok(page) => {
                    coverage.answered.extend(shards);
                    pages.push(page);
                }
                Err(error) => {
                    tracing::warn!(error = %error, shards = shards.len(), "a member did not answer for its shards");
                    coverage.missing.extend(shards);
                }
            }
        }
        Ok(Gathered { answer: merge_catalog(pages, request.limit.min(MAX_PAGE)), coverage })
    }
}

impl RoutedNode {
    async fn ask(
        &self,
        caller: &Caller,
        cover: (MemberId, &[Shard]),
        request: ListCatalog,
    ) -> Result<CatalogPage, Error> {
        let (member, shards) = cover;
        match self.members.get(&member) {
            Some(node) => node.leaf_catalog(caller, shards, request).await,
            None => Err(Error::Unavailable(format!("the member {member} is not known"))),
        }
    }
}
