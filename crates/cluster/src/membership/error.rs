//! Why a membership cannot begin.

use std::io;
use std::path::PathBuf;

use atoll_placement::{MemberId, MembersError};

/// What to do with a member that was given up.
pub(super) const RETURN: &str = "Move its data folder away; a member that takes its place begins with an empty folder and another id (`atoll.cluster.members[].id`)";

/// Why a member does not know its place in the cluster.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The list of members is none.
    #[error("the list of members is not valid: {0}")]
    Members(#[from] MembersError),
    /// The local member is not in its own list.
    #[error(
        "this member ({0}) is not in its own list of members: give it a place there, with weight 0 if it is to leave"
    )]
    NotListed(MemberId),
    /// The file cannot be read or written.
    #[error("the state of the cluster in {} cannot be {doing}", .path.display())]
    File {
        /// Read or written.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is damaged. Guessing would risk that two members serve a shard.
    #[error("the state of the cluster in {} cannot be understood; restore the file from a copy", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and how.
        source: serde_json::Error,
    },
    /// The others have given this member up: its shards are served elsewhere, begun anew.
    #[error(
        "this member was given up by the others (`atoll cluster give-up`), so its data is no longer part of the cluster. {RETURN}"
    )]
    GivenUp,
    /// The work was abandoned while the process ends.
    #[error("the process ends")]
    Lost(#[from] atoll_host::Lost),
}
