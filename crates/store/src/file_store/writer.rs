//! The file of an upload in the hands of whoever has the turn. All of it blocks.

use std::io;
use std::sync::Arc;

use atoll_host::{File, Files};
use atoll_oci::{Digest, Hasher};

use super::batch::Batch;
use super::disk::Disk;
use super::session::Turn;
use crate::Error;

/// Bytes written between early flushes: the last flush then has little left to do.
const EARLY_SYNC_BYTES: u64 = 16 << 20;

/// Bytes read at a time when an upload's digest was not computed on the way.
const REREAD_BYTES: usize = 1 << 20;

/// An upload's open file and the right to write to it.
pub(super) struct Writer {
    pub(super) turn: Turn,
    file: Arc<dyn File>,
}

impl Writer {
    /// Opens the file and brings it to the length that counts: what a failed write left behind it is cut off.
    pub(super) fn open(mut turn: Turn, disk: &Disk, files: &dyn Files) -> Result<Self, Error> {
        let file = files.open(&disk.paths.upload(turn.id())).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::UnknownUpload(turn.id()),
            _ => Error::from_io("opening an upload", error),
        })?;
        let length = file.length().map_err(|error| Error::from_io("opening an upload", error))?;
        if length < turn.received() {
            turn.shrink(length);
        } else if length > turn.received() {
            file.set_length(turn.received()).map_err(|error| Error::from_io("cutting an upload", error))?;
        }
        Ok(Self { turn, file })
    }

    /// Writes a batch. What is counted and hashed is in the file, also when this fails in the middle.
    pub(super) fn write(&mut self, batch: &Batch) -> io::Result<()> {
        for piece in batch.pieces() {
            let kept = self.turn.received();
            if let Err(error) = self.file.write_at(kept, piece) {
                // If cutting fails as well, whoever opens the file next does it.
                let _ = self.file.set_length(kept);
                return Err(error);
            }
            self.turn.take(piece);
        }
        Ok(())
    }

    /// Starts an early flush when enough was written.
    pub(super) fn sync_early(&mut self, disk: &Disk) {
        if !disk.durable {
            return;
        }
        if let Some(outcome) = self.turn.due_early_sync(EARLY_SYNC_BYTES) {
            disk.sync_early(Arc::clone(&self.file), outcome);
        }
    }

    /// Makes the content durable. Setting the length that it has already makes the file young, however long it lay idle.
    pub(super) fn sync(&self, disk: &Disk) -> io::Result<()> {
        self.file.set_length(self.turn.received())?;
        if disk.durable { self.file.sync() } else { Ok(()) }
    }

    /// The digest of the file's content, by reading it from the beginning, one piece of work after another.
    pub(super) async fn reread(&self, disk: &Disk, mut hasher: Hasher) -> Result<Digest, Error> {
        let (mut offset, size) = (0, self.turn.received());
        while offset < size {
            let file = Arc::clone(&self.file);
            let read = move |_: &dyn Files| {
                let chunk = file.read_bytes(offset, REREAD_BYTES)?;
                hasher.update(&chunk);
                Ok((hasher, u64::try_from(chunk.len()).unwrap_or(u64::MAX)))
            };
            let (running, length) = disk.run(REREADING, read).await?;
            if length == 0 {
                return Err(Error::from_io(REREADING, io::ErrorKind::UnexpectedEof.into()));
            }
            hasher = running;
            offset = offset.saturating_add(length);
        }
        Ok(hasher.finish())
    }
}

const REREADING: &str = "reading an upload again";
