//! The simulated disk as a [`Files`].

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::{Disk, Inode, key};
use super::faults::{Faults, Operation};
use super::torn::below;
use crate::{Clock, Entry, File, Files, Lock, Random, Space, Timestamp};

/// Room of a simulated disk without a quota, in bytes.
const DEFAULT_TOTAL_BYTES: u64 = 1 << 40;

/// A file system in memory that knows what is durable: content up to the last [`File::sync`], names up to the last
/// [`Files::sync_dir`] of their directory. Clones are the same disk.
#[derive(Clone)]
pub struct SimulatedFiles(Arc<Machine>);

/// One disk in one machine; a power failure makes another machine of it.
struct Machine {
    disk: Mutex<Disk>,
    faults: Faults,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    is_dead: AtomicBool,
}

struct SimulatedFile {
    machine: Arc<Machine>,
    inode: Arc<Inode>,
    is_writable: bool,
}

struct SimulatedLock {
    machine: Arc<Machine>,
    path: String,
}

impl SimulatedFiles {
    /// An empty disk.
    pub fn new(random: Arc<dyn Random>, clock: Arc<dyn Clock>) -> Self {
        Self::of(Disk::default(), random, clock)
    }

    /// What may go wrong with this disk.
    pub fn faults(&self) -> Faults {
        self.0.faults.clone()
    }

    /// Cuts the power: gives the disk as the next start finds it, without faults and without a quota. Content that was not
    /// synced is lost, kept or torn; names that were not synced are each lost or kept. Every call to this disk and its open files fails from now on.
    #[must_use]
    pub fn crash(&self) -> Self {
        self.0.is_dead.store(true, Ordering::SeqCst);
        let found = self.0.disk().after_power_failure(&*self.0.random);
        Self::of(found, Arc::clone(&self.0.random), Arc::clone(&self.0.clock))
    }

    fn of(disk: Disk, random: Arc<dyn Random>, clock: Arc<dyn Clock>) -> Self {
        let (disk, is_dead) = (Mutex::new(disk), AtomicBool::new(false));
        Self(Arc::new(Machine { disk, faults: Faults::default(), random, clock, is_dead }))
    }

    fn handle(&self, inode: Arc<Inode>, is_writable: bool) -> Arc<dyn File> {
        Arc::new(SimulatedFile { machine: Arc::clone(&self.0), inode, is_writable })
    }
}

impl Machine {
    fn enter(&self, operation: Operation) -> io::Result<()> {
        let entered = self.faults.enter(operation);
        if self.is_dead.load(Ordering::SeqCst) {
            return Err(io::Error::other("this simulated machine has lost its power"));
        }
        entered
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Bytes that may still be written.
    fn room_bytes(&self) -> Option<u64> {
        self.faults.quota_bytes().map(|quota| quota.saturating_sub(self.disk().used_bytes()))
    }
}

impl Files for SimulatedFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        self.0.enter(Operation::Create)?;
        let inode = self.0.disk().create(key(path)?, self.0.now())?;
        Ok(self.handle(inode, true))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        self.0.enter(Operation::Open)?;
        let inode = self.0.disk().file(key(path)?)?;
        Ok(self.handle(inode, true))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        self.0.enter(Operation::Open)?;
        let inode = self.0.disk().file(key(path)?)?;
        Ok(self.handle(inode, false))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.0.enter(Operation::CreateDirAll)?;
        self.0.disk().create_dir_all(key(path)?, self.0.now())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.enter(Operation::Rename)?;
        let mut disk = self.0.disk();
        let (from, to) = (key(from)?, key(to)?);
        disk.link(from, to, true)?;
        if from == to { Ok(()) } else { disk.remove(from) }
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.enter(Operation::HardLink)?;
        self.0.disk().link(key(from)?, key(to)?, false)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.enter(Operation::Remove)?;
        self.0.disk().remove(key(path)?)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.0.enter(Operation::List)?;
        self.0.disk().list(key(path)?)
    }

    fn entry(&self, path: &Path) -> io::Result<Entry> {
        self.0.enter(Operation::Entry)?;
        self.0.disk().entry(key(path)?)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.0.enter(Operation::SyncDir)?;
        self.0.disk().sync_dir(key(path)?)
    }

    fn space(&self, _path: &Path) -> io::Result<Space> {
        self.0.enter(Operation::Space)?;
        let total_bytes = self.0.faults.quota_bytes().unwrap_or(DEFAULT_TOTAL_BYTES);
        Ok(Space { free_bytes: total_bytes.saturating_sub(self.0.disk().used_bytes()), total_bytes })
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        self.0.enter(Operation::Lock)?;
        let path = key(path)?.to_owned();
        let mut disk = self.0.disk();
        match disk.create(&path, self.0.now()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if !disk.locked.insert(path.clone()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimulatedLock { machine: Arc::clone(&self.0), path }))
    }
}

impl Lock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.machine.disk().locked.remove(&self.path);
    }
}

impl SimulatedFile {
    fn enter_writing(&self, operation: Operation) -> io::Result<()> {
        let entered = self.machine.enter(operation);
        if self.is_writable { entered } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }

    /// Lays `bytes` at `offset`, filling a gap before them with zeros.
    fn lay(&self, offset_bytes: u64, bytes: &[u8]) -> io::Result<()> {
        let start = usize::try_from(offset_bytes).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let end = start.checked_add(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        let mut content = self.inode.content();
        if content.written.len() < end {
            content.written.resize(end, 0);
        }
        if let Some(place) = content.written.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
        content.modified = self.machine.now();
        Ok(())
    }

    /// How many of `length` bytes at `offset` fit under the quota.
    fn fitting(&self, offset_bytes: u64, length: usize) -> usize {
        let Some(room) = self.machine.room_bytes() else { return length };
        let held = u64::try_from(self.inode.content().written.len()).unwrap_or(u64::MAX);
        let limit = held.saturating_add(room).saturating_sub(offset_bytes);
        usize::try_from(limit).unwrap_or(usize::MAX).min(length)
    }
}

impl File for SimulatedFile {
    fn read_at(&self, offset_bytes: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.machine.enter(Operation::Read)?;
        let content = self.inode.content();
        let offset = usize::try_from(offset_bytes).unwrap_or(usize::MAX);
        let rest = content.written.get(offset..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        // Byte by byte would be most of what a simulation does.
        if let (Some(slot), Some(bytes)) = (buffer.get_mut(..read), rest.get(..read)) {
            slot.copy_from_slice(bytes);
        }
        Ok(read)
    }

    /// A write that fails has written a part, as on a real disk.
    fn write_at(&self, offset_bytes: u64, buffer: &[u8]) -> io::Result<()> {
        let entered = self.enter_writing(Operation::Write);
        if self.machine.is_dead.load(Ordering::SeqCst) || !self.is_writable {
            return entered;
        }
        let fitting = self.fitting(offset_bytes, buffer.len());
        let written = if entered.is_err() { below(&*self.machine.random, fitting) } else { fitting };
        self.lay(offset_bytes, buffer.get(..written).unwrap_or_default())?;
        entered?;
        if fitting < buffer.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn length(&self) -> io::Result<u64> {
        self.machine.enter(Operation::Length)?;
        Ok(u64::try_from(self.inode.content().written.len()).unwrap_or(u64::MAX))
    }

    fn set_length(&self, length_bytes: u64) -> io::Result<()> {
        self.enter_writing(Operation::SetLength)?;
        let length = usize::try_from(length_bytes).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut content = self.inode.content();
        content.written.resize(length, 0);
        content.modified = self.machine.now();
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.machine.enter(Operation::Sync)?;
        self.inode.content().sync();
        Ok(())
    }
}
