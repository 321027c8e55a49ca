//! From upload to content: verified, durable, in its place, and the place durable.

use std::io;

use atoll_host::Files;
use atoll_oci::{Digest, Hasher};
use atoll_placement::UploadId;

use super::FileStore;
use super::blobs::place;
use super::disk::Disk;
use super::paths::Rack;
use super::session::Turn;
use super::writer::Writer;
use crate::Error;

/// How far a writer's file came.
enum Placed {
    InPlace,
    /// Not in its place, but intact: finishing may be tried again.
    Kept(io::Error),
    /// After a failed flush nobody can tell what is on the disk, and a second flush would not say.
    Spoilt(Turn, io::Error),
}

impl FileStore {
    pub(super) async fn finish_upload(&self, upload: UploadId, expected: Digest) -> Result<u64, Error> {
        let writer = self.open_upload(upload).await?;
        let computed = match writer.turn.digest(expected.algorithm()) {
            Some(digest) => digest,
            None => writer.reread(&self.disk, Hasher::new(expected.algorithm())).await?,
        };
        if computed != expected {
            self.discard_spoilt(writer.turn).await;
            return Err(Error::DigestMismatch { expected, computed });
        }
        if let Some(kind) = writer.turn.early_sync_failure().await {
            self.discard_spoilt(writer.turn).await;
            return Err(Error::from_io(MAKING_DURABLE, kind.into()));
        }
        let size = writer.turn.received();
        self.settle(writer, expected).await?;
        self.flusher.flush(Rack::of(&expected)).await?;
        Ok(size)
    }

    async fn settle(&self, writer: Writer, digest: Digest) -> Result<(), Error> {
        let upload = writer.turn.id();
        let disk = self.disk.clone();
        match self.disk.run(PLACING, move |files| Ok(settle(writer, &disk, files, &digest))).await? {
            Placed::InPlace => {
                self.sessions.forget(upload);
                Ok(())
            }
            Placed::Kept(error) => Err(Error::from_io(PLACING, error)),
            Placed::Spoilt(turn, error) => {
                self.discard_spoilt(turn).await;
                Err(Error::from_io(MAKING_DURABLE, error))
            }
        }
    }

    /// Removes an upload that cannot become content. The caller has a more important error to report than a failure of this;
    /// what stays expires like any idle upload.
    async fn discard_spoilt(&self, turn: Turn) {
        let upload = turn.id();
        if let Err(error) = self.sessions.discard(turn).await {
            tracing::warn!(%upload, %error, "an upload that cannot be finished was not removed");
        }
    }
}

const PLACING: &str = "putting content in its place";
const MAKING_DURABLE: &str = "making content durable";

fn settle(writer: Writer, disk: &Disk, files: &dyn Files, digest: &Digest) -> Placed {
    if let Err(error) = writer.sync(disk) {
        return Placed::Spoilt(writer.turn, error);
    }
    match place(disk, files, &disk.paths.upload(writer.turn.id()), digest) {
        Ok(()) => Placed::InPlace,
        Err(error) => Placed::Kept(error),
    }
}
