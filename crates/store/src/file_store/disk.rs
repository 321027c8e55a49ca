//! The file system as this store uses it: blocking calls on the pool, errors with what was being done, folders made once.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use atoll_host::{File, Files, Host, Tasks};
use atoll_oci::Algorithm;

use super::paths::{Paths, Rack, STAGED_PREFIX};
use crate::Error;

/// Files, the pool they block on, and the folders. Cheap to clone.
#[derive(Clone)]
pub(super) struct Disk {
    pub(super) paths: Paths,
    pub(super) durable: bool,
    files: Arc<dyn Files>,
    tasks: Tasks,
    racked: Arc<[OnceLock<()>; Algorithm::ALL.len()]>,
}

impl Disk {
    pub(super) fn new(root: &Path, durable: bool, host: &Host) -> Self {
        let (files, tasks) = (Arc::clone(&host.files), host.tasks.clone());
        Self { paths: Paths::new(root), durable, files, tasks, racked: Arc::default() }
    }

    /// Runs `work` where it may block. `what` completes the sentence "... failed".
    pub(super) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&dyn Files) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let files = Arc::clone(&self.files);
        self.tasks.blocking(move || work(&*files)).await?.map_err(|source| Error::from_io(what, source))
    }

    /// Runs `work`, whose errors are sorted already, where it may block.
    pub(super) async fn perform<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Files) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let files = Arc::clone(&self.files);
        self.tasks.blocking(move || work(&*files)).await?
    }

    /// Opens a file that the system has in memory; `None` if it may have to wait for the disk.
    pub(super) fn open_resident(&self, path: &Path) -> Result<Option<Arc<dyn File>>, Error> {
        self.files.open_resident(path).map_err(|source| Error::from_io("opening content", source))
    }

    /// Makes the folders that nearly every store needs, and clears away what an unfinished `put` left. Blocks.
    pub(super) fn prepare(&self) -> io::Result<()> {
        let (files, paths) = (&*self.files, &self.paths);
        files.create_dir_all(&paths.uploads())?;
        files.create_dir_all(&paths.blobs())?;
        for left in files.list(&paths.uploads())? {
            if left.name.starts_with(STAGED_PREFIX) {
                files.remove(&paths.uploads().join(left.name))?;
            }
        }
        if self.durable {
            files.sync_dir(&paths.root())?;
        }
        self.prepare_racks(files, Algorithm::Sha256)
    }

    /// Makes the folders of an algorithm, durably, the first time somebody stores with it. Blocks.
    pub(super) fn prepare_racks(&self, files: &dyn Files, algorithm: Algorithm) -> io::Result<()> {
        let Some(made) = self.racked.get(usize::from(algorithm.code()).saturating_sub(1)) else {
            return Ok(());
        };
        if made.get().is_some() {
            return Ok(());
        }
        let folder = self.paths.algorithm(algorithm);
        files.create_dir_all(&folder)?;
        let present: BTreeSet<String> = files.list(&folder)?.into_iter().map(|entry| entry.name).collect();
        for first_byte in (0..=u8::MAX).filter(|byte| !present.contains(&format!("{byte:02x}"))) {
            files.create_dir_all(&self.paths.rack(Rack { algorithm, first_byte }))?;
        }
        if self.durable {
            files.sync_dir(&folder)?;
            files.sync_dir(&self.paths.blobs())?;
        }
        // Somebody else may have made them in the meantime, which is as good.
        let _ = made.set(());
        Ok(())
    }

    /// Starts making `file` durable without anybody waiting; the outcome lies in `outcome` when its lock is free again.
    pub(super) fn sync_early(
        &self,
        file: Arc<dyn atoll_host::File>,
        mut outcome: tokio::sync::OwnedMutexGuard<Option<io::ErrorKind>>,
    ) {
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            let synced = tasks.blocking(move || {
                if let Err(error) = file.sync() {
                    *outcome = Some(error.kind());
                }
            });
            // An abandoned flush is no loss: finishing the upload flushes again.
            let _lost = synced.await;
        });
    }
}
