//! What has become of calls to other members that were not made, or made twice.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use atoll_placement::MemberId;

/// Calls to one other member, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeerEvents {
    /// Not made, because the member did not answer lately.
    pub left_alone: u64,
    /// Reads asked a second time, because the first took long or failed.
    pub asked_twice: u64,
}

/// By member; there are never more than are configured.
#[derive(Default)]
pub(crate) struct Events(Mutex<BTreeMap<MemberId, PeerEvents>>);

impl Events {
    pub(crate) fn left_alone(&self, member: MemberId) {
        self.note(member, |events| events.left_alone = events.left_alone.saturating_add(1));
    }

    pub(crate) fn asked_twice(&self, member: MemberId) {
        self.note(member, |events| events.asked_twice = events.asked_twice.saturating_add(1));
    }

    /// All of them.
    pub(crate) fn all(&self) -> BTreeMap<MemberId, PeerEvents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, member: MemberId, change: impl FnOnce(&mut PeerEvents)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(member).or_default());
    }
}
