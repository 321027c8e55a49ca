//! Where a read looks when something is not here: the place of a pull-through cache.

use async_trait::async_trait;

use crate::{BlobAddress, BlobRead, Caller, Error, GetManifest, Manifest};

/// Answers reads of what this node does not have.
#[async_trait]
pub trait Origin: Send + Sync {
    /// A manifest from elsewhere; `None` if it is nowhere.
    async fn manifest(&self, caller: &Caller, request: &GetManifest) -> Result<Option<Manifest>, Error>;

    /// A blob from elsewhere; `None` if it is nowhere.
    async fn blob(&self, caller: &Caller, request: &BlobAddress) -> Result<Option<BlobRead>, Error>;
}

/// There is no elsewhere.
pub struct NoOrigin;

#[async_trait]
impl Origin for NoOrigin {
    async fn manifest(&self, _caller: &Caller, _request: &GetManifest) -> Result<Option<Manifest>, Error> {
        Ok(None)
    }

    async fn blob(&self, _caller: &Caller, _request: &BlobAddress) -> Result<Option<BlobRead>, Error> {
        Ok(None)
    }
}
