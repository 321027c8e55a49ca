//! Questions about everything, answered from this member's rows.

use async_trait::async_trait;
use atoll_placement::Shard;
use atoll_service::{Caller, CatalogPage, Error, Leaf, ListCatalog, MAX_PAGE};

use crate::LocalNode;
use crate::failure::from_index;

#[async_trait]
impl Leaf for LocalNode {
    async fn leaf_catalog(
        &self,
        _caller: &Caller,
        shards: &[Shard],
        request: ListCatalog,
    ) -> Result<CatalogPage, Error> {
        let layout = &self.parts.layout;
        if shards.iter().any(|shard| layout.owner(*shard) != Some(self.parts.member)) {
            return Err(Error::Misdirected { layout_version: layout.version() });
        }
        let snapshot = self.parts.index.snapshot();
        let limit = request.limit.min(MAX_PAGE);
        let (repositories, more) = snapshot
            .catalog(shards, request.after.as_deref(), limit, request.visibility)
            .map_err(|error| from_index("reading the catalog", error))?;
        Ok(CatalogPage { repositories, more })
    }
}
