//! Content in files: `blobs/<algorithm>/<first two hex digits>/<hex>` for what is finished, `uploads/<id>` for what is arriving.
//!
//! A file gets its place under `blobs` by one rename, after its bytes were verified and made durable; so whatever lies there is
//! complete, and a start needs no repair. The length of an upload's file is all that a restart needs to know of it.

mod append;
mod batch;
mod blobs;
mod disk;
mod finish;
mod flusher;
mod paths;
mod reading;
mod session;
mod sessions;
mod writer;

use async_trait::async_trait;
use atoll_host::{Host, Space};
use atoll_oci::{Algorithm, ByteRange, Digest};
use atoll_placement::UploadId;
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;

use crate::{Appended, Content, Error, Incoming, OpenUpload, Store, Stored};
use batch::Budget;
use disk::Disk;
use flusher::Flusher;
use reading::Readers;
use sessions::Sessions;

/// How a [`FileStore`] treats its files.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether content is flushed to the disk before it is acknowledged (`storage.commit`). Without, a power failure may lose
    /// or damage what was acknowledged.
    pub durable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { durable: true }
    }
}

/// The store on a file system. One process at a time may hold a folder (see [`crate::Folder`]).
pub struct FileStore {
    disk: Disk,
    host: Host,
    flusher: Flusher,
    sessions: Sessions,
    budget: Arc<Budget>,
    readers: Arc<Readers>,
}

impl FileStore {
    /// Opens the store in the folder `root`, creating what is missing. Blocks for a few milliseconds: for the start of a process.
    pub fn open(root: &Path, options: &Options, host: Host) -> Result<Self, Error> {
        let disk = Disk::new(root, options.durable, &host);
        disk.prepare().map_err(|source| Error::from_io("preparing the storage folder", source))?;
        let flusher = Flusher::new(disk.clone());
        let sessions = Sessions::new(disk.clone());
        Ok(Self { disk, host, flusher, sessions, budget: Arc::default(), readers: Arc::default() })
    }
}

#[async_trait]
impl Store for FileStore {
    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        self.stat_blob(digest).await
    }

    async fn read(&self, digest: &Digest, spans: Vec<ByteRange>) -> Result<Option<Content>, Error> {
        reading::read(&self.disk, &self.readers, *digest, spans).await
    }

    async fn put(&self, digest: &Digest, content: Bytes) -> Result<(), Error> {
        self.put_blob(*digest, content).await
    }

    async fn remove(&self, digest: &Digest) -> Result<bool, Error> {
        self.remove_blob(digest).await
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Stored>, Error> {
        self.list_blobs(after.copied(), limit).await
    }

    async fn begin(&self, upload: UploadId, also: Option<Algorithm>) -> Result<(), Error> {
        self.sessions.begin(upload, also).await
    }

    async fn append(&self, upload: UploadId, at: u64, body: Incoming) -> Result<Appended, Error> {
        self.append_upload(upload, at, body).await
    }

    async fn finish(&self, upload: UploadId, expected: &Digest) -> Result<u64, Error> {
        self.finish_upload(upload, *expected).await
    }

    async fn progress(&self, upload: UploadId) -> Result<Option<u64>, Error> {
        let session = self.sessions.find(upload).await?;
        Ok(session.map(|session| session.received()))
    }

    async fn cancel(&self, upload: UploadId) -> Result<bool, Error> {
        self.sessions.cancel(upload).await
    }

    async fn uploads(&self) -> Result<Vec<OpenUpload>, Error> {
        self.sessions.list().await
    }

    async fn space(&self) -> Result<Space, Error> {
        let root = self.disk.paths.root();
        self.disk.run("asking for free space", move |files| files.space(&root)).await
    }
}

#[cfg(test)]
mod tests;
