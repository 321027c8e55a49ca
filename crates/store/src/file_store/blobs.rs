//! Finished content: look, put, remove, list.

use std::io;
use std::path::{Path, PathBuf};

use atoll_host::{Entry, EntryKind, Files};
use atoll_oci::{Algorithm, Digest};
use bytes::Bytes;

use super::FileStore;
use super::disk::Disk;
use super::paths::Rack;
use crate::store::MAX_PAGE_ENTRIES;
use crate::{Error, Stored, contents};

impl FileStore {
    pub(super) async fn stat_blob(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        let path = self.disk.paths.blob(digest);
        self.disk
            .run("looking for content", move |files| found(files.entry(&path)))
            .await
            .map(|entry| entry.filter(|entry| entry.kind == EntryKind::File).map(|entry| entry.length_bytes))
    }

    pub(super) async fn put_blob(&self, digest: Digest, content: Bytes) -> Result<(), Error> {
        let mut nonce = [0; 16];
        self.host.random.fill(&mut nonce);
        let staged = self.disk.paths.staged(format_args!("{:032x}", u128::from_le_bytes(nonce)));
        let disk = self.disk.clone();
        let put = move |files: &dyn Files| {
            contents::verify(&digest, &content)?;
            let placed =
                stage(&disk, files, &staged, &content).and_then(|()| place(&disk, files, &staged, &digest));
            placed.map_err(|source| {
                // What cannot be cleared away now is cleared away at the next start.
                let _ = files.remove(&staged);
                Error::from_io("storing content", source)
            })
        };
        self.disk.perform(put).await?;
        self.flusher.flush(Rack::of(&digest)).await
    }

    pub(super) async fn remove_blob(&self, digest: &Digest) -> Result<bool, Error> {
        let path = self.disk.paths.blob(digest);
        let removed = self.disk.run("removing content", move |files| found(files.remove(&path))).await?;
        Ok(removed.is_some())
    }

    pub(super) async fn list_blobs(&self, after: Option<Digest>, limit: usize) -> Result<Vec<Stored>, Error> {
        let limit = limit.min(MAX_PAGE_ENTRIES);
        let mut page = Vec::new();
        for algorithm in Algorithm::ALL {
            if after.is_some_and(|after| algorithm < after.algorithm()) || !self.has_folder(algorithm).await?
            {
                continue;
            }
            let begin = after.map(|after| Rack::of(&after)).filter(|rack| rack.algorithm == algorithm);
            for first_byte in begin.map_or(0, |rack| rack.first_byte)..=u8::MAX {
                if page.len() >= limit {
                    return Ok(page);
                }
                let mut rack = self.list_rack(Rack { algorithm, first_byte }).await?;
                rack.retain(|stored| after.is_none_or(|after| stored.digest > after));
                rack.sort_unstable_by_key(|stored| stored.digest);
                rack.truncate(limit - page.len());
                page.extend(rack);
            }
        }
        Ok(page)
    }

    async fn has_folder(&self, algorithm: Algorithm) -> Result<bool, Error> {
        let path = self.disk.paths.algorithm(algorithm);
        let entry = self.disk.run(LISTING, move |files| found(files.entry(&path))).await?;
        Ok(entry.is_some())
    }

    async fn list_rack(&self, rack: Rack) -> Result<Vec<Stored>, Error> {
        let path = self.disk.paths.rack(rack);
        let entries =
            self.disk.run(LISTING, move |files| found(files.list(&path))).await?.unwrap_or_default();
        Ok(entries.into_iter().filter_map(|entry| stored(rack.algorithm, &entry)).collect())
    }
}

const LISTING: &str = "listing content";

/// Puts verified and durable content from `path` in its place, and makes it young: its age protects it from a sweep that looked
/// for it a moment ago.
pub(super) fn place(disk: &Disk, files: &dyn Files, path: &Path, digest: &Digest) -> io::Result<()> {
    disk.prepare_racks(files, digest.algorithm())?;
    let to: PathBuf = disk.paths.blob(digest);
    files.rename(path, &to)
}

/// `NotFound` as `None`.
pub(super) fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn stage(disk: &Disk, files: &dyn Files, path: &Path, content: &[u8]) -> io::Result<()> {
    let file = files.create(path)?;
    file.write_at(0, content)?;
    if disk.durable { file.sync() } else { Ok(()) }
}

/// Files with other names are none of ours and stay out of sight.
fn stored(algorithm: Algorithm, entry: &Entry) -> Option<Stored> {
    let digest = format!("{algorithm}:{}", entry.name).parse().ok()?;
    let is_file = entry.kind == EntryKind::File;
    is_file.then_some(Stored { digest, size: entry.length_bytes, modified: entry.modified })
}
