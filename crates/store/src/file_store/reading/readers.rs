//! How many streams are being read, and what that leaves each of them: a thousand slow clients must not hold a thousand times
//! what makes one fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Streams up to this number read large chunks ahead; those that come when there are more do with less.
const FAST_STREAMS: usize = 64;

const FAST: Pace = Pace { chunk_bytes: 256 << 10, chunks_in_flight: 1 };
const FRUGAL: Pace = Pace { chunk_bytes: 64 << 10, chunks_in_flight: 1 };

/// The streams that are open.
#[derive(Default)]
pub(in crate::file_store) struct Readers {
    seated: AtomicUsize,
}

/// What a stream keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// Bytes read at a time.
    pub(super) chunk_bytes: u64,
    /// Chunks in memory: those being read and those that wait to be sent.
    pub(super) chunks_in_flight: usize,
}

/// One open stream; its seat is free again when this is dropped.
pub(super) struct Seat {
    readers: Arc<Readers>,
    pace: Pace,
}

impl Readers {
    pub(super) fn take_seat(self: &Arc<Self>) -> Seat {
        let before = self.seated.fetch_add(1, Ordering::Relaxed);
        let pace = if before < FAST_STREAMS { FAST } else { FRUGAL };
        Seat { readers: Arc::clone(self), pace }
    }
}

impl Seat {
    pub(super) fn pace(&self) -> Pace {
        self.pace
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.readers.seated.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
