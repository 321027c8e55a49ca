//! How many connections fit into the files that the system lets this process open.

/// Of the files that may be open, connections leave one in so many to blobs, uploads and the index.
const SHARE_LEFT: u64 = 4;

/// They leave at least so many: one for each thread of the usual number that works on the disk, and what is always open.
const LEAST_LEFT: u64 = 100;

/// The connections to serve at a time, which are those wanted if they fit; else the operator is told. Idle ones cost a client nothing, so that
/// without this anybody could use up all files.
pub(crate) fn connections(wanted: usize, open_files: u64) -> usize {
    let served = wanted.min(fitting(open_files));
    if served < wanted {
        tracing::warn!(
            "this process may open {open_files} files, so that {served} connections are served at a time and not {wanted} \
             (`atoll.limits.connections`): raise the limit (`ulimit -n`, `LimitNOFILE`), or lower the setting"
        );
    }
    served
}

fn fitting(open_files: u64) -> usize {
    let left = (open_files / SHARE_LEFT).max(LEAST_LEFT);
    usize::try_from(open_files.saturating_sub(left)).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests;
