//! Who this server is, in the words of the rooms that have to know.

use atoll_config::{Cluster, Settings};
use atoll_placement::{Member, Members};
use atoll_store::{FolderOptions, Identity};

use crate::failure::Failure;

/// Whose data folder it must be.
pub(crate) fn folder_options(settings: &Settings) -> FolderOptions {
    FolderOptions { shards: settings.shards, identity: settings.cluster.as_ref().map(identity) }
}

/// The member that the configuration says this is.
pub(super) fn identity(cluster: &Cluster) -> Identity {
    Identity { cluster: cluster.id, key: cluster.key, member: cluster.own }
}

/// The members with their shares, as a layout takes them.
pub(super) fn layout_members(cluster: &Cluster) -> Result<Members, Failure> {
    let members = cluster.members.iter().map(|member| Member { id: member.id, weight: member.weight });
    Members::new(members).map_err(|error| Failure::Usage(error.to_string()))
}
