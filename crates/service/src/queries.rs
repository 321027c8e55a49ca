//! Questions about everything: a root asks leaves, a leaf answers from its own rows. A leaf cannot ask a root, by type.

use async_trait::async_trait;
use atoll_oci::Repository;
use atoll_placement::Shard;
use serde::{Deserialize, Serialize};

use crate::{Caller, Error, Gathered, Visibility};

/// Most entries one page of a list may have; a larger wish is answered with this many.
pub const MAX_PAGE: usize = 10_000;

/// Asks for a page of repository names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCatalog {
    /// Only names that sort behind this text by path component; it need not be a name that exists.
    pub after: Option<String>,
    /// At most so many; more than [`crate::MAX_PAGE`] counts as that.
    pub limit: usize,
    /// What the caller may see.
    pub visibility: Visibility,
}

/// Repository names, compared component by component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogPage {
    /// The names.
    pub repositories: Vec<Repository>,
    /// Whether further visible ones follow.
    pub more: bool,
}

/// The root's side: answers for the whole cluster.
#[async_trait]
pub trait Queries: Send + Sync {
    /// A page of the catalog, and what it covers.
    async fn catalog(&self, caller: &Caller, request: ListCatalog) -> Result<Gathered<CatalogPage>, Error>;
}

/// The leaf's side: answers for the named shards from local rows only.
#[async_trait]
pub trait Leaf: Send + Sync {
    /// A page of the catalog of these shards. `Misdirected` if one of them is not held here.
    async fn leaf_catalog(
        &self,
        caller: &Caller,
        shards: &[Shard],
        request: ListCatalog,
    ) -> Result<CatalogPage, Error>;
}
