//! What a store asks of a file system. Everything blocks; callers run it on [`crate::Tasks::blocking`].

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::Timestamp;

/// A file system. Paths are relative to nothing: callers pass whole paths.
pub trait Files: Send + Sync {
    /// Creates a file for reading and writing; fails with `AlreadyExists` if the name is taken.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Opens an existing file for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Opens an existing file for reading only.
    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Opens an existing file for reading only if that needs no disk; `None` if it would, or if that is not known. Does not block.
    fn open_resident(&self, _path: &Path) -> io::Result<Option<Arc<dyn File>>> {
        Ok(None)
    }

    /// Creates a directory and its parents; fine if it exists.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name, replacing what had it. Durable only after [`Files::sync_dir`] of both directories.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// A second name for the same file.
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file's name.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// What a directory holds, in no order.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// One entry; `NotFound` if there is none.
    fn entry(&self, path: &Path) -> io::Result<Entry>;

    /// Makes the names in a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Room on the file system that holds `path`.
    fn space(&self, path: &Path) -> io::Result<Space>;

    /// Takes the exclusive lock of a file, creating it if needed; fails with `WouldBlock` while another process holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;
}

/// An open file. All access is by position, so one file serves many readers.
pub trait File: Send + Sync {
    /// Reads into the buffer from `offset_bytes`; gives the number of bytes read, zero only at the end.
    fn read_at(&self, offset_bytes: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes the whole buffer at `offset_bytes`.
    fn write_at(&self, offset_bytes: u64, buffer: &[u8]) -> io::Result<()>;

    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;

    /// Cuts or extends the file.
    fn set_length(&self, length_bytes: u64) -> io::Result<()>;

    /// Makes content and length durable.
    fn sync(&self) -> io::Result<()>;

    /// Lets the disk begin with what a sync would have to write, without waiting: a hint, after which nothing is more durable than
    /// before.
    fn begin_sync(&self) {}

    /// Up to `most_bytes` from `offset_bytes`, as far as they can be had without waiting for a disk; `None` if that is not
    /// known. The only call here that does not block, and that may give less than there is.
    fn read_resident(&self, _offset_bytes: u64, _most_bytes: usize) -> io::Result<Option<Bytes>> {
        Ok(None)
    }

    /// Reads up to `most_bytes` from `offset_bytes` into memory of its own; shorter only at the end of the file.
    fn read_bytes(&self, offset_bytes: u64, most_bytes: usize) -> io::Result<Bytes> {
        let mut buffer = vec![0; most_bytes];
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let offset = offset_bytes.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.read_at(offset, rest)? {
                0 => break,
                read => filled += read,
            }
        }
        buffer.truncate(filled);
        Ok(buffer.into())
    }
}

/// An exclusive lock, released when dropped.
pub trait Lock: Send + Sync {}

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Anything else: links, sockets, devices.
    Other,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its last path component; names that are not UTF-8 are left out of listings, since no file of ours has one.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Length in bytes.
    pub length_bytes: u64,
    /// When its content last changed.
    pub modified: Timestamp,
}

/// Room on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes an ordinary process may still write.
    pub free_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}
