//! Opening and reading what the system has in memory, without waiting for the disk.
//!
//! Handing such a read to another thread costs more than the read. The buffers come back here when the last reader lets go
//! of them, so that the same memory, warm in the processor's caches, serves the next read.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

/// Length of a pooled buffer; a longer read is cut to it.
pub(crate) const BUFFER_BYTES: usize = 256 << 10;

/// Most buffers that wait for their next use: 8 MiB.
const MAX_IDLE_BUFFERS: usize = 32;

/// Buffers that nobody uses at the moment. Shared by the whole process, as the page cache is by the machine.
static IDLE: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// A buffer on loan.
struct Loan {
    buffer: Box<[u8]>,
    filled: usize,
}

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE_BUFFERS {
            idle.push(std::mem::take(&mut self.buffer));
        }
    }
}

/// Opens a file whose name the system has in memory. `None` for every other: the call that may wait tells what is wrong with it.
pub(crate) fn open(path: &Path) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok().map(File::from)
}

/// Up to `most_bytes` from `offset_bytes`, as far as they are in the page cache; `None` when the first of them is not, when
/// the file ends there, or when the file system cannot tell.
pub(crate) fn read(file: &File, offset_bytes: u64, most_bytes: usize) -> io::Result<Option<Bytes>> {
    let pooled = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut buffer = pooled.unwrap_or_else(|| vec![0; BUFFER_BYTES].into_boxed_slice());
    let wanted = buffer.get_mut(..most_bytes.min(BUFFER_BYTES)).unwrap_or_default();
    let read = preadv2(file, &mut [IoSliceMut::new(wanted)], offset_bytes, ReadWriteFlags::NOWAIT);
    let loan = |filled| Loan { buffer, filled };
    match read {
        Ok(0) | Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => {
            drop(loan(0));
            Ok(None)
        }
        Ok(filled) => Ok(Some(Bytes::from_owner(loan(filled)))),
        Err(error) => {
            drop(loan(0));
            Err(error.into())
        }
    }
}

#[cfg(test)]
mod tests;
