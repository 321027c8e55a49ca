//! Which manifests the database has, nearly: a filter that never denies one that is there.
//!
//! A push asks whether its manifest is there already. Mostly it is not, and its digest, a random number, leads to a page of the database
//! that nobody else needs. The filter answers nearly all of these questions from a few bits in memory.
//!
//! It is made as pushes come: what a checkpoint brings into the database is noted, and behind each checkpoint a slice of what was there
//! before is taken in. Once it has all, states of the database that are opened from then on ask it first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::bloom::{self, Bloom};
use super::tables::Base;
use crate::{Error, Span, Table};

/// Manifests of the database that are taken in at a time: some milliseconds. In tests so few that every index has slices.
const SLICE_ROWS: usize = if cfg!(test) { 7 } else { 8_192 };

/// Manifests of the first layer; each further one has room for twice as many as the one before.
const FIRST_KEYS: u64 = if cfg!(test) { 64 } else { 32 * 1024 };

/// Most layers, for four million manifests in 8 MiB. The last one takes all that come later, and says no less often.
const LAYERS: usize = 7;

/// The manifests of one database, as far as they are known.
pub(super) struct Filter {
    layers: [OnceLock<Bloom>; LAYERS],
    noted: AtomicU64,
    progress: Mutex<Progress>,
}

/// How far what the database had before is taken in.
enum Progress {
    /// Up to this key.
    Behind(Vec<u8>),
    All,
    /// The database could not be read there.
    GivenUp,
}

impl Filter {
    pub(super) fn new() -> Self {
        Self {
            layers: [const { OnceLock::new() }; LAYERS],
            noted: AtomicU64::new(0),
            progress: Mutex::new(Progress::Behind(Vec::new())),
        }
    }

    /// An empty one, for the same database with other rows or opened again. It is not made where this one could not be: a page that cannot be
    /// read would fail the database again and again.
    pub(super) fn anew(&self) -> Self {
        let progress = match *self.progress() {
            Progress::GivenUp => Progress::GivenUp,
            Progress::Behind(_) | Progress::All => Progress::Behind(Vec::new()),
        };
        Self { progress: Mutex::new(progress), ..Self::new() }
    }

    /// A manifest comes into the database: to be called before anybody can read it there.
    pub(super) fn note(&self, key: &[u8]) {
        let hash = bloom::hash_of(Table::Manifests, key);
        if self.has(hash) {
            return;
        }
        let number = self.noted.fetch_add(1, Ordering::Relaxed);
        let (at, keys) = layer_of(number);
        if let Some(layer) = self.layers.get(at) {
            layer.get_or_init(|| Bloom::new(keys)).add(hash);
        }
    }

    /// Whether a manifest may have been noted. If not, it was not.
    pub(super) fn may_have(&self, key: &[u8]) -> bool {
        self.has(bloom::hash_of(Table::Manifests, key))
    }

    /// Takes in a slice of what a state of the database has, behind the slice before; what comes into it later has to be noted. Tells whether
    /// everything is noted now.
    pub(super) fn take_in(&self, base: &Base) -> bool {
        let mut progress = self.progress();
        if let Progress::Behind(last) = &*progress {
            *progress = self.take_slice(base, last.clone()).unwrap_or_else(|error| {
                tracing::warn!(%error, "manifests are looked up without a filter: not all could be read");
                Progress::GivenUp
            });
        }
        matches!(*progress, Progress::All)
    }

    fn take_slice(&self, base: &Base, last: Vec<u8>) -> Result<Progress, Error> {
        let Some(mut rows) = base.range(Table::Manifests, &Span::behind(&[], last))? else {
            return Ok(Progress::All);
        };
        let mut left = SLICE_ROWS;
        while rows.advance()? {
            let Some((key, _value)) = rows.row() else { break };
            self.note(key);
            left -= 1;
            if left == 0 {
                return Ok(Progress::Behind(key.to_vec()));
            }
        }
        Ok(Progress::All)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, hash: u64) -> bool {
        self.layers.iter().map_while(OnceLock::get).any(|layer| layer.has(hash))
    }
}

/// The layer of what is noted as the how-manieth, counted from zero, and for how many it has room.
fn layer_of(number: u64) -> (usize, u64) {
    let at = (number / FIRST_KEYS + 1).ilog2();
    let at = usize::try_from(at).unwrap_or(LAYERS).min(LAYERS - 1);
    (at, FIRST_KEYS << at)
}

#[cfg(test)]
mod tests;
