//! Finding the repositories below a folder.

use std::path::{Path, PathBuf};

use atoll_host::{EntryKind, Files};
use atoll_oci::Repository;

use crate::Error;

/// Deepest nesting of folders that is followed: more components than a name of 255 bytes can have.
const MAX_DEPTH: usize = 128;

/// Folders inside a repository that hold no further repositories.
const NOT_REPOSITORIES: [&str; 3] = ["blobs", ".uploads", ".sync"];

/// One repository found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name: the path below the root.
    pub repository: Repository,
    /// Its folder.
    pub folder: PathBuf,
}

/// The repositories below `root`, in byte order of their names: every folder that holds `oci-layout`, `index.json` and `blobs`, and
/// whose path is a repository name. Repositories may lie inside one another.
pub fn find_layouts(files: &dyn Files, root: &Path) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    let mut waiting: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, name, depth)) = waiting.pop() {
        let entries = files.list(&folder).map_err(|source| Error::Read { path: folder.clone(), source })?;
        let has = |wanted: &str| entries.iter().any(|entry| entry.name == wanted);
        if has("oci-layout") && has("index.json") && has("blobs") {
            found.extend(name.parse().ok().map(|repository| Found { repository, folder: folder.clone() }));
        }
        let below = entries.into_iter().filter(|entry| {
            entry.kind == EntryKind::Directory
                && !NOT_REPOSITORIES.contains(&entry.name.as_str())
                && depth < MAX_DEPTH
        });
        waiting.extend(below.map(|entry| {
            let name = if name.is_empty() { entry.name.clone() } else { format!("{name}/{}", entry.name) };
            (folder.join(&entry.name), name, depth + 1)
        }));
    }
    if found.is_empty() {
        return Err(Error::NothingFound(root.to_owned()));
    }
    found.sort_by(|one, other| one.repository.cmp(&other.repository));
    Ok(found)
}
