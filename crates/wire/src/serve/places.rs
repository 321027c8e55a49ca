//! How many calls of each member are under way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_placement::MemberId;

/// Counts calls; an entry lives as long as its member has calls under way.
pub(super) struct Places {
    limit: usize,
    taken: Mutex<BTreeMap<MemberId, usize>>,
}

/// A call under way; dropping it frees the place.
pub(super) struct Place {
    places: Arc<Places>,
    member: MemberId,
}

impl Places {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, taken: Mutex::new(BTreeMap::new()) })
    }

    /// A place for a call of this member; `None` if it has as many as it may.
    pub(super) fn take(self: &Arc<Self>, member: MemberId) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(member).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(Place { places: Arc::clone(self), member })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.member) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.member)),
        }
    }
}
