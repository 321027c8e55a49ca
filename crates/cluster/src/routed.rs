//! The table of members, and the one look-up everything goes through.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_oci::Repository;
use atoll_placement::{ClusterKey, Layout, MemberId, UploadId};
use atoll_service::{Error, Node, UploadAddress};

/// A node that answers for the whole cluster by asking its members.
pub struct RoutedNode {
    pub(crate) layout: Arc<Layout>,
    pub(crate) members: BTreeMap<MemberId, Arc<dyn Node>>,
    key: ClusterKey,
}

impl RoutedNode {
    /// A routed node over members, of which the local one is one.
    pub fn new(layout: Arc<Layout>, key: ClusterKey, members: BTreeMap<MemberId, Arc<dyn Node>>) -> Self {
        Self { layout, members, key }
    }

    /// The member that owns a repository.
    pub(crate) fn owner(&self, repository: &Repository) -> Result<&Arc<dyn Node>, Error> {
        let owner = self.layout.owner(self.layout.shard_of(repository.as_str()));
        owner.and_then(|member| self.members.get(&member)).ok_or_else(|| self.unreachable())
    }

    /// The member that holds an upload, which the id itself tells. A forged id is an unknown one.
    pub(crate) fn holder(&self, address: &UploadAddress) -> Result<&Arc<dyn Node>, Error> {
        let UploadAddress { repository, id } = address;
        let holder = UploadId::holder(*id, self.key, repository.as_str()).ok_or(Error::UploadUnknown(*id))?;
        self.members.get(&holder).ok_or(Error::UploadUnknown(*id))
    }

    fn unreachable(&self) -> Error {
        Error::Misdirected { layout_version: self.layout.version() }
    }
}
