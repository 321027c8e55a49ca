//! What a member remembers of its cluster from one start to the next: `cluster.json` in its data folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use atoll_host::{Files, Host};
use atoll_placement::{LayoutTag, MemberId, Shard};
use serde::{Deserialize, Serialize};

use super::Error;

const NAME: &str = "cluster.json";
const NEW_NAME: &str = "cluster.json.new";

/// Longest file that is read: 4096 shards and 1000 members fit many times.
const MAX_BYTES: usize = 8 << 20;

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    /// The layout this member went by last.
    pub(crate) layout: Option<LayoutTag>,
    /// The one before.
    pub(crate) previous: Option<LayoutTag>,
    /// The address of each member that is configured, once was, or was told of: it may still hold something.
    pub(crate) members: BTreeMap<MemberId, String>,
    /// The list.
    #[serde(default)]
    pub(crate) listed: BTreeSet<MemberId>,
    /// Those of whom everybody in it has told to know them.
    #[serde(default)]
    pub(crate) confirmed: BTreeSet<MemberId>,
    /// Who was last known to hold each shard.
    pub(crate) holders: BTreeMap<Shard, MemberId>,
    /// Whether this member gives all its shards away.
    pub(crate) is_draining: bool,
    /// Members that were given up for good.
    #[serde(default)]
    pub(crate) given_up: BTreeSet<MemberId>,
    /// Whether the others have given up this member.
    #[serde(default)]
    pub(crate) is_given_up: bool,
}

impl State {
    /// Those of whom everybody in that list has told to know them: nothing changes for a list that names nobody new.
    pub(super) fn still_confirmed(&self, mut list: impl Iterator<Item = MemberId>) -> BTreeSet<MemberId> {
        if list.all(|member| self.listed.contains(&member)) {
            self.confirmed.clone()
        } else {
            BTreeSet::new()
        }
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Forgets what a member remembers, when its folder becomes that of another one; fine if there is nothing.
pub fn forget(files: &dyn Files, folder: &Path) -> io::Result<()> {
    match files.remove(&path(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => files.sync_dir(folder),
    }
}

/// What was remembered; nothing at the first start.
pub(crate) async fn load(host: &Host, folder: &Path) -> Result<State, Error> {
    let (files, path) = (std::sync::Arc::clone(&host.files), path(folder));
    let failed = |source| Error::File { doing: "read", path: path.clone(), source };
    let read = {
        let path = path.clone();
        host.tasks.blocking(move || read(files.as_ref(), &path)).await?
    };
    match read.map_err(failed)? {
        None => Ok(State::default()),
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|source| Error::Damaged { path, source }),
    }
}

fn read(files: &dyn Files, path: &Path) -> io::Result<Option<bytes::Bytes>> {
    match files.open_read(path) {
        Ok(file) => file.read_bytes(0, MAX_BYTES).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Remembers, durably.
pub(crate) async fn store(host: &Host, folder: &Path, state: &State) -> Result<(), Error> {
    let path = path(folder);
    let bytes =
        serde_json::to_vec_pretty(state).map_err(|source| Error::Damaged { path: path.clone(), source })?;
    let (files, owned) = (std::sync::Arc::clone(&host.files), folder.to_owned());
    let written = host.tasks.blocking(move || write(files.as_ref(), &owned, &bytes)).await?;
    written.map_err(|source| Error::File { doing: "written", path, source })
}

/// A crash leaves the old file or the new one, whole.
fn write(files: &dyn Files, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = folder.join(NEW_NAME);
    match files.remove(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = files.create(&new)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    files.rename(&new, &path(folder))?;
    files.sync_dir(folder)
}

#[cfg(test)]
mod tests;
