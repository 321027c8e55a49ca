//! All open uploads: those this process remembers, and those whose files it finds.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_host::{Entry, EntryKind};
use atoll_oci::Algorithm;
use atoll_placement::UploadId;

use super::blobs::found;
use super::disk::Disk;
use super::session::{Session, Turn};
use crate::store::MAX_UPLOADS_LISTED;
use crate::{Error, OpenUpload};

/// Most uploads whose running digests are remembered; when there are more, idle ones are forgotten and read again when they are finished.
const MAX_REMEMBERED: usize = 65_536;

/// The uploads folder.
pub(super) struct Sessions {
    disk: Disk,
    remembered: Mutex<HashMap<UploadId, Arc<Session>>>,
}

impl Sessions {
    pub(super) fn new(disk: Disk) -> Self {
        Self { disk, remembered: Mutex::default() }
    }

    pub(super) async fn begin(&self, upload: UploadId, also: Option<Algorithm>) -> Result<(), Error> {
        let path = self.disk.paths.upload(upload);
        let create = move |files: &dyn atoll_host::Files| match files.create(&path) {
            Ok(_file) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Error::AlreadyBegun(upload)),
            Err(error) => Err(Error::from_io("beginning an upload", error)),
        };
        self.disk.perform(create).await?;
        self.remember(Session::begun(upload, also), upload);
        Ok(())
    }

    /// The upload, if there is one.
    pub(super) async fn find(&self, upload: UploadId) -> Result<Option<Arc<Session>>, Error> {
        if let Some(session) = self.table().get(&upload) {
            return Ok(Some(Arc::clone(session)));
        }
        let path = self.disk.paths.upload(upload);
        let entry = self.disk.run("looking for an upload", move |files| found(files.entry(&path))).await?;
        Ok(entry.map(|entry| self.remember(Session::found(upload, entry.length_bytes), upload)))
    }

    /// The right to write to an upload.
    pub(super) async fn turn(&self, upload: UploadId) -> Result<Turn, Error> {
        self.find(upload).await?.ok_or(Error::UnknownUpload(upload))?.turn()
    }

    pub(super) async fn cancel(&self, upload: UploadId) -> Result<bool, Error> {
        match self.find(upload).await? {
            Some(session) => self.discard(session.turn()?).await,
            None => Ok(false),
        }
    }

    /// Removes the upload whose turn this is; gives whether its file was there.
    pub(super) async fn discard(&self, turn: Turn) -> Result<bool, Error> {
        let upload = turn.id();
        let path = self.disk.paths.upload(upload);
        let remove = move |files: &dyn atoll_host::Files| {
            let removed = found(files.remove(&path));
            drop(turn);
            removed
        };
        let removed = self.disk.run("removing an upload", remove).await?;
        self.forget(upload);
        Ok(removed.is_some())
    }

    /// The upload's file is no longer there.
    pub(super) fn forget(&self, upload: UploadId) {
        self.table().remove(&upload);
    }

    pub(super) async fn list(&self) -> Result<Vec<OpenUpload>, Error> {
        let path = self.disk.paths.uploads();
        let entries = self.disk.run("listing uploads", move |files| files.list(&path)).await?;
        let table = self.table();
        let mut uploads: Vec<OpenUpload> =
            entries.iter().filter_map(|entry| open_upload(entry, &table)).collect();
        drop(table);
        uploads.sort_unstable_by_key(|upload| (upload.touched, upload.id));
        uploads.truncate(MAX_UPLOADS_LISTED);
        Ok(uploads)
    }

    /// Adds a session unless somebody else just did: two sessions of one upload would be two writers.
    fn remember(&self, session: Session, upload: UploadId) -> Arc<Session> {
        let mut table = self.table();
        if table.len() >= MAX_REMEMBERED {
            table.retain(|_, session| Arc::strong_count(session) > 1);
        }
        Arc::clone(table.entry(upload).or_insert_with(|| Arc::new(session)))
    }

    fn table(&self) -> MutexGuard<'_, HashMap<UploadId, Arc<Session>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_upload(entry: &Entry, table: &HashMap<UploadId, Arc<Session>>) -> Option<OpenUpload> {
    let id = entry.name.parse().ok().filter(|_| entry.kind == EntryKind::File)?;
    let received = table.get(&id).map_or(entry.length_bytes, |session| session.received());
    Some(OpenUpload { id, received, touched: entry.modified })
}
