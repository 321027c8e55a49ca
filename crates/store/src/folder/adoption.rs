//! How the folder of a server that was alone becomes that of a member.
//!
//! What the folder is to become is stamped first, then the index is made anew for the cluster's key, then the stamp says what the
//! folder is. A stop in between leaves a folder that refuses to start until the adoption was run again to its end.

use std::path::{Path, PathBuf};

use atoll_host::{Host, Lock};

use super::{FolderError, Identity, take};
use crate::folder::stamp::{self, Stamp};

/// A folder on its way, locked until this is dropped.
pub struct Adoption {
    root: PathBuf,
    stamp: Stamp,
    to: Identity,
    _lock: Box<dyn Lock>,
}

impl Adoption {
    /// Begins, or goes on with, making the folder `root` that of a member of a cluster with so many shards. `None` if it is already.
    ///
    /// The folder must be that of a server that was alone, with the same number of shards; a member's folder never becomes another
    /// member's.
    pub fn begin(root: &Path, to: Identity, shards: u16, host: &Host) -> Result<Option<Self>, FolderError> {
        let files = &*host.files;
        let exists = stamp::exists(files, root).map_err(|source| FolderError::Io {
            what: "looking into",
            root: root.to_owned(),
            source,
        })?;
        if !exists {
            return Err(FolderError::Nothing { root: root.to_owned() });
        }
        let lock = take(root, host)?;
        let Some(stamp) = stamp::read(files, root)? else {
            return Err(FolderError::Nothing { root: root.to_owned() });
        };
        if stamp.shards != shards {
            return Err(FolderError::Shards {
                root: root.to_owned(),
                found: stamp.shards,
                configured: shards,
            });
        }
        if stamp.adopting.is_none() && stamp.identity == to {
            return Ok(None);
        }
        let stamp = intend(root, stamp, to, host)?;
        Ok(Some(Self { root: root.to_owned(), stamp, to, _lock: lock }))
    }

    /// Whose folder it was.
    pub fn from(&self) -> Identity {
        self.stamp.identity
    }

    /// Whose folder it is to be.
    pub fn to(&self) -> Identity {
        self.to
    }

    /// Number of shards, which stays.
    pub fn shards(&self) -> u16 {
        self.stamp.shards
    }

    /// Stamps the folder as the member's. To be called when everything in it fits the cluster's key, durably.
    pub fn finish(self, host: &Host) -> Result<(), FolderError> {
        let stamp = Stamp { identity: self.to, adopting: None, ..self.stamp };
        stamp::write(host, &self.root, stamp).map(|_stamp| ())
    }
}

/// Stamps what the folder is to become, unless that was done before.
fn intend(root: &Path, stamp: Stamp, to: Identity, host: &Host) -> Result<Stamp, FolderError> {
    match stamp.adopting {
        Some(before) if before == to => Ok(stamp),
        Some(Identity { cluster, member, .. }) => {
            Err(FolderError::Adopting { root: root.to_owned(), cluster, member })
        }
        None if stamp.is_alone() => stamp::write(host, root, Stamp { adopting: Some(to), ..stamp }),
        None if stamp.identity.key != to.key => Err(FolderError::OtherCluster {
            root: root.to_owned(),
            found: stamp.identity.cluster,
            configured: to.cluster,
        }),
        None => Err(FolderError::OtherMember {
            root: root.to_owned(),
            found: stamp.identity.member,
            configured: to.member,
        }),
    }
}

#[cfg(test)]
mod tests;
