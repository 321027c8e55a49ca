//! What is known about one other member from the calls to it: whether to ask it at all, and when a read is asked a second time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atoll_placement::MemberId;

use crate::Options;

/// Each read earns so many parts of a second attempt, which costs [`HEDGE_COST`]: at most one read in ten is asked twice.
const HEDGE_EARNED: u32 = 1;
const HEDGE_COST: u32 = 10;

/// Most that can be saved up: so many second attempts in a row.
const MAX_HEDGES_SAVED: u32 = 10;

/// Each trial in vain doubles how long a member is left alone, so often at most, unless the rounds of the members hear it: a trial may
/// take as long as its caller waits, so a member that stays away must cost few of them.
const MAX_DOUBLINGS: u32 = 4;

/// What a member is asked for. A member that is still reading its rows for searching serves everything else, so silence about the
/// one says nothing about the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// Lists and searches.
    Search,
    /// Everything else.
    Requests,
}

/// All other members that were ever asked.
#[derive(Default)]
pub(crate) struct Peers(Mutex<BTreeMap<(MemberId, Lane), Arc<Peer>>>);

impl Peers {
    /// What is known about a member.
    pub(crate) fn of(&self, member: MemberId, lane: Lane) -> Arc<Peer> {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(peers.entry((member, lane)).or_default())
    }
}

/// One member, in one respect.
#[derive(Default)]
pub(crate) struct Peer(Mutex<State>);

#[derive(Default)]
struct State {
    /// Failures since the last success.
    failures: u32,
    /// Trials that failed since it was heard by any way.
    vain: u32,
    /// When the member may be tried again, by the monotonic clock.
    paused_until: Duration,
    /// The one call that tries again is under way.
    is_tried: bool,
    /// How long reads took lately, and how far they were off that.
    usual: Option<(Duration, Duration)>,
    savings: u32,
}

/// The right to make one call. Whoever gives it back without a result has learnt nothing about the member.
pub(crate) struct Attempt<'a> {
    peer: &'a Peer,
    is_concluded: bool,
}

impl Peer {
    /// Lets a call through, or refuses it because the member did not answer lately.
    pub(crate) fn admit(&self, options: &Options, now: Duration) -> Option<Attempt<'_>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failures >= options.failures_before_pause {
            if state.is_tried || now < state.paused_until {
                return None;
            }
            state.is_tried = true;
        }
        Some(Attempt { peer: self, is_concluded: false })
    }

    /// After how long a read that was not answered is asked a second time.
    pub(crate) fn patience(&self, options: &Options) -> Duration {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let usual =
            state.usual.map_or(Duration::ZERO, |(mean, off)| mean.saturating_add(off.saturating_mul(4)));
        usual.max(options.hedge_after)
    }

    /// Notes a read, which earns a part of a second attempt.
    pub(crate) fn earn(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.savings = state.savings.saturating_add(HEDGE_EARNED).min(HEDGE_COST * MAX_HEDGES_SAVED);
    }

    /// The member is heard by another way again: there is no reason any more to leave it alone.
    pub(crate) fn is_back(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.failures, state.vain, state.paused_until) = (0, 0, Duration::ZERO);
    }

    /// The member is heard by another way, whatever becomes of these calls: they are worth trying.
    pub(crate) fn is_heard(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).vain = 0;
    }

    /// Pays for a second attempt, if enough was earned.
    pub(crate) fn spend(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = state.savings.checked_sub(HEDGE_COST);
        state.savings = rest.unwrap_or(state.savings);
        rest.is_some()
    }
}

impl Attempt<'_> {
    /// The member answered; a refusal is an answer too. `read` is how long a read took.
    pub(crate) fn answered(mut self, read: Option<Duration>) {
        self.is_concluded = true;
        let mut state = self.peer.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.failures, state.vain, state.is_tried) = (0, 0, false);
        let Some(took) = read else { return };
        // The smoothing of RFC 6298: an eighth of the news counts for the mean, a quarter for the deviation.
        state.usual = Some(match state.usual {
            None => (took, took / 2),
            Some((mean, off)) => (mean * 7 / 8 + took / 8, off * 3 / 4 + mean.abs_diff(took) / 4),
        });
    }

    /// The member did not answer.
    pub(crate) fn failed(mut self, options: &Options, now: Duration) {
        self.is_concluded = true;
        let mut state = self.peer.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_tried = false;
        state.failures = state.failures.saturating_add(1);
        if state.failures > options.failures_before_pause {
            state.vain = state.vain.saturating_add(1).min(MAX_DOUBLINGS);
        }
        state.paused_until = now.saturating_add(options.pause.saturating_mul(1 << state.vain));
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_concluded {
            self.peer.0.lock().unwrap_or_else(PoisonError::into_inner).is_tried = false;
        }
    }
}

#[cfg(test)]
mod tests;
