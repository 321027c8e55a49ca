//! The data folder: whose it is, and that nobody else uses it.
//!
//! It is locked by one process at a time, and stamped at its first start with the identity of its cluster and its member and
//! with the version of its format. A folder that another program filled is refused before anything in it is touched.

mod adoption;
mod error;
mod foreign;
mod stamp;

use std::io;
use std::path::{Path, PathBuf};

use atoll_host::{EntryKind, Host, Lock};
use atoll_placement::{ClusterId, ClusterKey, DEFAULT_SHARDS, MAX_SHARDS, MemberId};

pub use adoption::Adoption;
pub use error::FolderError;
use stamp::Stamp;

const LOCK_NAME: &str = "atoll.lock";

/// Folders that are made after the stamp: where both are, there was one.
const MADE_LATER: [&str; 2] = ["blobs", "uploads"];

/// Whose folder it is: a member of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The cluster, which follows from its key ([`ClusterId::of_key`]).
    pub cluster: ClusterId,
    /// The cluster's key.
    pub key: ClusterKey,
    /// The member.
    pub member: MemberId,
}

/// What a folder is stamped with at its first start. Later starts must agree with the stamp.
#[derive(Debug, Clone)]
pub struct FolderOptions {
    /// Shards of the cluster, from 1 to [`MAX_SHARDS`]. A lone server follows its stamp instead.
    pub shards: u16,
    /// Whose folder it must be; `None` for a server that is alone, whose identity is random.
    pub identity: Option<Identity>,
}

impl Default for FolderOptions {
    fn default() -> Self {
        Self { shards: DEFAULT_SHARDS, identity: None }
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
        let lock = take(root, host)?;
        // Only under the lock is it certain that nobody else is stamping the folder.
        let stamp = match stamp::read(&*host.files, root)? {
            Some(stamp) => stamp,
            None => stamp::write(host, root, fresh(options, host))?,
        };
        stamp.admit(root, options)?;
        Ok(Self { root: root.to_owned(), stamp, _lock: lock })
    }

    /// Makes sure that the folder was stamped, for commands that must not begin a new one. Nothing is created, locked or written.
    pub fn require(root: &Path, host: &Host) -> Result<(), FolderError> {
        if is_stamped(root, host)? {
            return Ok(());
        }
        let root = root.to_owned();
        Err(match host.files.entry(&root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => FolderError::Absent { root },
            _ => FolderError::Unused { root },
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Identity of the cluster that this folder belongs to.
    pub fn cluster_id(&self) -> ClusterId {
        self.stamp.identity.cluster
    }

    /// The cluster's key.
    pub fn cluster_key(&self) -> ClusterKey {
        self.stamp.identity.key
    }

    /// The member whose folder this is.
    pub fn member(&self) -> MemberId {
        self.stamp.identity.member
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

/// Makes sure that the folder is there and ours to use, and locks it.
fn take(root: &Path, host: &Host) -> Result<Box<dyn Lock>, FolderError> {
    let files = &*host.files;
    let failed = |what| move |source| FolderError::Io { what, root: root.to_owned(), source };
    is_stamped(root, host)?;
    files.create_dir_all(root).map_err(failed("creating"))?;
    sync_parent(host, root).map_err(failed("making durable"))?;
    files.lock(&root.join(LOCK_NAME)).map_err(|source| match source.kind() {
        io::ErrorKind::WouldBlock => FolderError::Locked { root: root.to_owned() },
        _ => failed("locking")(source),
    })
}

/// Whether the folder was stamped; one that was not is free, or refused because another registry filled it, or because it was used
/// here and the stamp is lost, in which case a new one would fit nothing else in it.
fn is_stamped(root: &Path, host: &Host) -> Result<bool, FolderError> {
    let files = &*host.files;
    let failed = |source| FolderError::Io { what: "looking into", root: root.to_owned(), source };
    if stamp::exists(files, root).map_err(failed)? {
        return Ok(true);
    }
    if let Some(found) = foreign::find(files, root).map_err(failed)? {
        return Err(FolderError::Foreign { root: root.to_owned(), found });
    }
    let is_folder =
        |name: &&str| files.entry(&root.join(name)).is_ok_and(|it| it.kind == EntryKind::Directory);
    if MADE_LATER.iter().all(is_folder) {
        return Err(FolderError::Unstamped { root: root.to_owned() });
    }
    Ok(false)
}

/// The stamp of a new folder.
fn fresh(options: &FolderOptions, host: &Host) -> Stamp {
    let shards = options.shards.clamp(1, MAX_SHARDS);
    match options.identity {
        Some(identity) => Stamp::of(identity, shards),
        None => Stamp::random(&*host.random, shards),
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
