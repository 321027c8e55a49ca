//! Why a folder cannot be used.

use std::io;
use std::path::PathBuf;

use atoll_fault::Kind;
use atoll_placement::{ClusterId, MemberId};

/// Why a process cannot start on a data folder. The reader is whoever starts it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The lock is taken.
    #[error(
        "another process uses the folder {root}: stop it, or choose another folder for `storage.rootDirectory`"
    )]
    Locked {
        /// The folder.
        root: PathBuf,
    },
    /// The stamp is of a format that is yet to come.
    #[error(
        "the folder {root} has format {found}, and this version reads format {known}: use the newer version that wrote it"
    )]
    Newer {
        /// The folder.
        root: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format known here.
        known: u64,
    },
    /// The stamp is no stamp.
    #[error(
        "the stamp `atoll.json` in {root} is damaged ({why}): restore that file from a backup; it must not be made anew"
    )]
    Damaged {
        /// The folder.
        root: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The folder was used and has lost its stamp.
    #[error(
        "the folder {root} holds content, and its stamp `atoll.json` is lost: restore that file from a backup; it must not be made anew"
    )]
    Unstamped {
        /// The folder.
        root: PathBuf,
    },
    /// Another program keeps its data here.
    #[error(
        "the folder {root} holds data of another registry ({found}): choose an empty folder for `storage.rootDirectory` and take the data over with `atoll import zot {root}`"
    )]
    Foreign {
        /// The folder.
        root: PathBuf,
        /// What was found, relative to the folder.
        found: PathBuf,
    },
    /// The folder of a server that is alone, and a configuration that makes it a member.
    #[error(
        "the folder {root} is that of a server that was alone, and the configuration makes it a member of a cluster: stop the server and run `atoll cluster adopt` with this configuration once"
    )]
    Alone {
        /// The folder.
        root: PathBuf,
    },
    /// The folder of a member, and a configuration without a cluster.
    #[error(
        "the folder {root} belongs to the member {member} of a cluster and holds a part of its repositories, and the configuration has no `cluster`: write the stanza again, with this member alone in its list if no other is left"
    )]
    Member {
        /// The folder.
        root: PathBuf,
        /// Whose it is.
        member: MemberId,
    },
    /// The folder of another cluster.
    #[error(
        "the folder {root} belongs to the cluster {found}, and `cluster.hashKey` makes this the cluster {configured}: the key never changes in a cluster's life, so write the former one, or choose another folder for `storage.rootDirectory`"
    )]
    OtherCluster {
        /// The folder.
        root: PathBuf,
        /// The cluster it belongs to.
        found: ClusterId,
        /// The cluster of the configuration.
        configured: ClusterId,
    },
    /// The folder of another member.
    #[error(
        "the folder {root} belongs to the member {found}, and this server is the member {configured}: choose this member's own folder for `storage.rootDirectory`, or, if only its address changed, give its entry in `atoll.cluster.members` the `id` {found}"
    )]
    OtherMember {
        /// The folder.
        root: PathBuf,
        /// Whose it is.
        found: MemberId,
        /// Who the configuration says this is.
        configured: MemberId,
    },
    /// The folder of a member with another number of shards.
    #[error(
        "the folder {root} has {found} shards, and `atoll.shards` says {configured}: all members of a cluster have the same number, and it is fixed from the first start on"
    )]
    Shards {
        /// The folder.
        root: PathBuf,
        /// Its number of shards.
        found: u16,
        /// The number of the configuration.
        configured: u16,
    },
    /// Becoming a member was interrupted.
    #[error(
        "the folder {root} is on its way to become that of the member {member} of the cluster {cluster}, and that was interrupted: run `atoll cluster adopt` again"
    )]
    Adopting {
        /// The folder.
        root: PathBuf,
        /// The cluster it is to belong to.
        cluster: ClusterId,
        /// The member it is to belong to.
        member: MemberId,
    },
    /// There is no folder that could become a member's.
    #[error(
        "there is nothing to adopt in {root}: a folder that is new becomes a member's by itself at the first start"
    )]
    Nothing {
        /// The folder.
        root: PathBuf,
    },
    /// There is no folder, where one with data is needed.
    #[error(
        "the folder {root} does not exist: name the folder that holds the data by `storage.rootDirectory`"
    )]
    Absent {
        /// The folder.
        root: PathBuf,
    },
    /// The folder was never used, where one with data is needed.
    #[error(
        "the folder {root} holds no data of this registry: name the folder that does by `storage.rootDirectory`"
    )]
    Unused {
        /// The folder.
        root: PathBuf,
    },
    /// The file system refused.
    #[error("{what} the folder {root} failed")]
    Io {
        /// What was being done to it.
        what: &'static str,
        /// The folder.
        root: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl FolderError {
    /// What kind of fault this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Locked { .. }
            | Self::Alone { .. }
            | Self::Member { .. }
            | Self::OtherCluster { .. }
            | Self::OtherMember { .. }
            | Self::Shards { .. }
            | Self::Adopting { .. } => Kind::Conflict,
            Self::Nothing { .. } | Self::Absent { .. } | Self::Unused { .. } => Kind::NotFound,
            Self::Newer { .. } | Self::Foreign { .. } => Kind::Unsupported,
            Self::Damaged { .. } | Self::Unstamped { .. } | Self::Io { .. } => Kind::Internal,
        }
    }
}
