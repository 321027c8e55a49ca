//! Telling a folder that holds OCI layouts of another registry from one that is free.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use atoll_host::{Entry, EntryKind, Files};

/// How deep below the root a repository is looked for.
const MAX_DEPTH: usize = 3;

/// How many entries are looked at before the folder counts as free.
const MAX_ENTRIES: usize = 10_000;

/// Databases that such a registry keeps in its root.
const DATABASES: [&str; 2] = ["cache.db", "meta.db"];

/// The first sign of another registry's data, relative to `root`; `None` if there is none, or no such folder.
pub(super) fn find(files: &dyn Files, root: &Path) -> io::Result<Option<PathBuf>> {
    let mut waiting = VecDeque::from([(PathBuf::new(), 0)]);
    let mut looked_at = 0;
    while let Some((folder, depth)) = waiting.pop_front() {
        let entries = match files.list(&root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if is_out_of_sight(&error) => continue,
            Err(error) => return Err(error),
        };
        if let Some(database) = database(&entries).filter(|_| depth == 0) {
            return Ok(Some(database));
        }
        if is_layout(&entries) {
            return Ok(Some(folder.join("oci-layout")));
        }
        looked_at += entries.len();
        if depth >= MAX_DEPTH || looked_at >= MAX_ENTRIES {
            continue;
        }
        let below = entries.into_iter().filter(may_hold_repositories);
        waiting.extend(below.map(|entry| (folder.join(entry.name), depth + 1)));
    }
    Ok(None)
}

/// A folder such as `lost+found` may be closed to us, and holds no repository then.
fn is_out_of_sight(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
}

fn database(entries: &[Entry]) -> Option<PathBuf> {
    let found = entries.iter().find(|entry| DATABASES.contains(&entry.name.as_str()));
    found.filter(|entry| entry.kind == EntryKind::File).map(|entry| PathBuf::from(&entry.name))
}

fn is_layout(entries: &[Entry]) -> bool {
    let has =
        |name: &str, kind: EntryKind| entries.iter().any(|entry| entry.name == name && entry.kind == kind);
    has("oci-layout", EntryKind::File)
        && has("index.json", EntryKind::File)
        && has("blobs", EntryKind::Directory)
}

fn may_hold_repositories(entry: &Entry) -> bool {
    let is_reserved = entry.name.starts_with(['.', '_']) || entry.name == "blobs";
    entry.kind == EntryKind::Directory && !is_reserved
}
