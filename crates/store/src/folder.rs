//! The data folder: whose it is, and that nobody else uses it.
//!
//! It is locked by one process at a time, and stamped at its first start with the identity of its cluster and its member and
//! with the version of its format. A folder that another program filled is refused before anything in it is touched.

mod error;
mod foreign;
mod stamp;

use std::io;
use std::path::{Path, PathBuf};

use atoll_host::{Host, Lock};
use atoll_placement::{ClusterId, ClusterKey, DEFAULT_SHARDS, MAX_SHARDS, MemberId};

pub use error::FolderError;
use stamp::Stamp;

const LOCK_NAME: &str = "atoll.lock";

/// What a folder is stamped with at its first start. Later starts follow the stamp.
#[derive(Debug, Clone)]
pub struct FolderOptions {
    /// Shards of the new cluster, from 1 to [`MAX_SHARDS`].
    pub shards: u16,
}

impl Default for FolderOptions {
    fn default() -> Self {
        Self { shards: DEFAULT_SHARDS }
    }
}

/// A data folder that this process holds until this is dropped.
pub struct Folder {
    root: PathBuf,
    stamp: Stamp,
    _lock: Box<dyn Lock>,
}

impl Folder {
    /// Takes the folder `root`, which is created (for its owner only) and stamped if it is new. Blocks for a few milliseconds: for
    /// the start of a process.
    pub fn open(root: &Path, options: &FolderOptions, host: &Host) -> Result<Self, FolderError> {
        let files = &*host.files;
        let failed = |what| move |source| FolderError::Io { what, root: root.to_owned(), source };
        if !stamp::exists(files, root).map_err(failed("looking into"))?
            && let Some(found) = foreign::find(files, root).map_err(failed("looking into"))?
        {
            return Err(FolderError::Foreign { root: root.to_owned(), found });
        }
        files.create_dir_all(root).map_err(failed("creating"))?;
        sync_parent(host, root).map_err(failed("making durable"))?;
        let lock = files.lock(&root.join(LOCK_NAME)).map_err(|source| match source.kind() {
            io::ErrorKind::WouldBlock => FolderError::Locked { root: root.to_owned() },
            _ => failed("locking")(source),
        })?;
        // Only under the lock is it certain that nobody else is stamping the folder.
        let stamp = match stamp::read(files, root)? {
            Some(stamp) => stamp,
            None => {
                stamp::write(host, root, Stamp::random(&*host.random, options.shards.clamp(1, MAX_SHARDS)))?
            }
        };
        Ok(Self { root: root.to_owned(), stamp, _lock: lock })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Identity of the cluster that this folder belongs to.
    pub fn cluster_id(&self) -> ClusterId {
        self.stamp.cluster_id
    }

    /// The cluster's key.
    pub fn cluster_key(&self) -> ClusterKey {
        self.stamp.cluster_key
    }

    /// The member whose folder this is.
    pub fn member(&self) -> MemberId {
        self.stamp.member
    }

    /// Number of shards of the cluster.
    pub fn shards(&self) -> u16 {
        self.stamp.shards
    }

    /// How often this member's folder was made anew; the first is 1.
    pub fn incarnation(&self) -> u64 {
        self.stamp.incarnation
    }
}

/// A new folder must not vanish in a power failure. Its parent may well be closed to us; then nothing more can be done.
fn sync_parent(host: &Host, root: &Path) -> io::Result<()> {
    let parent = root.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match host.files.sync_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests;
