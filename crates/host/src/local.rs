//! The machine's own file system.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::{Entry, EntryKind, File, Files, Lock, Space, Timestamp, resident, uncovered};

const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// Files of the operating system.
pub struct LocalFiles;

struct LocalFile(fs::File);

struct LocalLock(#[expect(dead_code, reason = "the lock lives as long as the open file")] fs::File);

impl Files for LocalFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let mut options = fs::OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(FILE_MODE).open(path)?;
        Ok(Arc::new(LocalFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let file = fs::OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Arc::new(LocalFile(file)))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(LocalFile(fs::File::open(path)?)))
    }

    fn open_resident(&self, path: &Path) -> io::Result<Option<Arc<dyn File>>> {
        Ok(resident::open(path).map(|file| Arc::new(LocalFile(file)) as Arc<dyn File>))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for found in fs::read_dir(path)? {
            let found = found?;
            let Ok(name) = found.file_name().into_string() else { continue };
            match found.metadata() {
                Ok(metadata) => entries.push(describe(name, &metadata)),
                // Removed between the listing and the look: as good as never listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(entries)
    }

    fn entry(&self, path: &Path) -> io::Result<Entry> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        Ok(describe(name, &fs::symlink_metadata(path)?))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let found = rustix::fs::statvfs(path)?;
        Ok(Space {
            free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
            total_bytes: found.f_blocks.saturating_mul(found.f_frsize),
        })
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let mut options = fs::OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(LocalLock(file))),
            Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Lock for LocalLock {}

impl File for LocalFile {
    fn read_at(&self, offset_bytes: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(buffer, offset_bytes)
    }

    fn write_at(&self, offset_bytes: u64, buffer: &[u8]) -> io::Result<()> {
        self.0.write_all_at(buffer, offset_bytes)
    }

    fn length(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }

    fn set_length(&self, length_bytes: u64) -> io::Result<()> {
        self.0.set_len(length_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn begin_sync(&self) {
        uncovered::begin_writing(&self.0);
    }

    fn read_resident(&self, offset_bytes: u64, most_bytes: usize) -> io::Result<Option<Bytes>> {
        resident::read(&self.0, offset_bytes, most_bytes)
    }

    /// Reads into uninitialised memory: clearing a buffer first would cost as much as the copy out of the page cache.
    fn read_bytes(&self, offset_bytes: u64, most_bytes: usize) -> io::Result<Bytes> {
        let mut buffer: Vec<u8> = Vec::with_capacity(most_bytes);
        while buffer.len() < most_bytes {
            let offset = offset_bytes.saturating_add(u64::try_from(buffer.len()).unwrap_or(u64::MAX));
            match rustix::io::pread(&self.0, rustix::buffer::spare_capacity(&mut buffer), offset) {
                Ok(0) => break,
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        buffer.truncate(most_bytes);
        Ok(buffer.into())
    }
}

fn describe(name: String, metadata: &fs::Metadata) -> Entry {
    let kind = match metadata.file_type() {
        kind if kind.is_file() => EntryKind::File,
        kind if kind.is_dir() => EntryKind::Directory,
        _ => EntryKind::Other,
    };
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
    Entry { name, kind, length_bytes: metadata.len(), modified: Timestamp(modified) }
}
