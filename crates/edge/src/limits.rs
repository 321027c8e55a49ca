//! How many requests are taken: at a time, and in a second.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;

use crate::error::Error;
use crate::options::RateLimit;

/// The window of the rate: bursts of one window's requests are taken at once.
const WINDOW: Duration = Duration::from_secs(1);

/// Counts requests under way.
#[derive(Clone)]
pub(crate) struct InFlight {
    limit: usize,
    taken: Arc<AtomicUsize>,
}

/// A place among the requests under way; dropping it frees it.
pub(crate) struct Slot(Arc<AtomicUsize>);

impl InFlight {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, taken: Arc::default() }
    }

    pub(crate) fn take(&self) -> Result<Slot, Error> {
        // The slot exists before the check, so that giving up frees it again.
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        let slot = Slot(Arc::clone(&self.taken));
        if before < self.limit { Ok(slot) } else { Err(Error::Busy { limit: self.limit }) }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Memory for what clients have sent in part, of all requests together.
#[derive(Clone)]
pub(crate) struct Room {
    limit_bytes: usize,
    taken_bytes: Arc<AtomicUsize>,
}

/// A part of that memory; dropping it frees it.
pub(crate) struct Held {
    room: Room,
    bytes: usize,
}

impl Room {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, taken_bytes: Arc::default() }
    }

    /// Nothing yet.
    pub(crate) fn hold(&self) -> Held {
        Held { room: self.clone(), bytes: 0 }
    }
}

impl Held {
    /// Takes more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        let before = self.room.taken_bytes.fetch_add(bytes, Ordering::Relaxed);
        let limit_bytes = self.room.limit_bytes;
        if before.saturating_add(bytes) <= limit_bytes { Ok(()) } else { Err(Error::Crowded { limit_bytes }) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.taken_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The configured rates.
pub(crate) struct Rates {
    all: Option<Bucket>,
    methods: Vec<(Method, Bucket)>,
}

impl Rates {
    pub(crate) fn new(limit: &RateLimit) -> Self {
        let methods =
            limit.methods.iter().map(|(method, rate)| (method.clone(), Bucket::new(*rate))).collect();
        Self { all: limit.all.map(Bucket::new), methods }
    }

    /// Whether no rate is configured: then nobody needs to look at the clock.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.all.is_none() && self.methods.is_empty()
    }

    /// Takes a request that comes at `now`.
    pub(crate) fn take(&self, method: &Method, now: Duration) -> Result<(), Error> {
        let own = self.methods.iter().filter(|(limited, _)| limited == method).map(|(_, bucket)| bucket);
        own.chain(&self.all).try_for_each(|bucket| bucket.take(now))
    }
}

/// A token bucket, kept as the time at which it will be full again (the generic cell rate algorithm).
struct Bucket {
    interval: Duration,
    full_at: Mutex<Duration>,
}

impl Bucket {
    fn new(rate: NonZeroU32) -> Self {
        Self { interval: WINDOW / rate.get(), full_at: Mutex::default() }
    }

    fn take(&self, now: Duration) -> Result<(), Error> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = full_at.saturating_sub(now) + self.interval;
        if ahead > WINDOW {
            return Err(Error::RateExceeded { retry_after: ahead.saturating_sub(WINDOW) });
        }
        *full_at = now + ahead;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
