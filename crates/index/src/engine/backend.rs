//! The database's file, by way of the host's files, so that simulated disks and their failures reach it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use atoll_host::File;

/// The database's page.
const PAGE_BYTES: u64 = 4096;

/// After so much the disk is asked to begin, so that the sync at the end of a checkpoint, behind which those of the log wait, finds little
/// left. With 512 KiB those waits were longer, and with less there are more calls.
const BEGIN_SYNC_BYTES: u64 = 128 * 1024;

/// A file of the host as the database wants it. The lock is the data folder's business.
pub(super) struct FileBackend {
    file: Arc<dyn File>,
    latch: Latch,
    written_bytes: AtomicU64,
}

/// Keeps a database that is given up from writing its file, which another one has opened by then: when a database is closed it makes
/// durable whatever it was told, or waits with that for its last reader.
#[derive(Clone, Default)]
pub(super) struct Latch(Arc<AtomicBool>);

impl Latch {
    /// From now on nothing is written.
    pub(super) fn shut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Acquire) {
            Err(io::Error::other("the database was given up"))
        } else {
            Ok(())
        }
    }
}

impl FileBackend {
    pub(super) fn new(file: Arc<dyn File>, latch: Latch) -> Self {
        Self { file, latch, written_bytes: AtomicU64::new(0) }
    }
}

impl fmt::Debug for FileBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileBackend")
    }
}

impl redb::StorageBackend for FileBackend {
    /// Whole pages only: a power failure while the file grows can leave any length between the old and the new one.
    fn len(&self) -> io::Result<u64> {
        let length = self.file.length()?;
        Ok(if length < PAGE_BYTES { length } else { length - length % PAGE_BYTES })
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.file.read_at(at, rest)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => filled += read,
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.latch.check()?;
        self.file.set_length(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.latch.check()?;
        self.file.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.latch.check()?;
        self.file.write_at(offset, data)?;
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        let before = self.written_bytes.fetch_add(length, Ordering::Relaxed);
        if before / BEGIN_SYNC_BYTES != before.saturating_add(length) / BEGIN_SYNC_BYTES {
            self.file.begin_sync();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
