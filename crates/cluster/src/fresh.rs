//! Whether anything may have changed anywhere, so that answers can be kept although other members are written to as well.
//!
//! Every member that serves a shard is asked for a number of its rows; what they say together is put into one number, which changes
//! when any of them has. What a member promised not to change need not be asked again until that time is over.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atoll_placement::MemberId;
use atoll_service::{Caller, Error, Freshness, Node};
use futures_util::future::try_join_all;

use crate::peer::Lane;
use crate::reach::{Call, Reach};
use crate::table::{Route, Table};

/// Tells cheaply a number that has changed whenever any answer of the local node may have changed.
pub type Changes = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Waiting longer than this for the others' word costs more than it can save.
const PATIENCE: Duration = Duration::from_millis(100);

/// Numbers of several members; those of the local node alone never come so far, so one is never taken for the other.
const OF_SEVERAL: u64 = 1 << 63;

/// What the members said last.
#[derive(Default)]
struct Said {
    local: u64,
    others: Vec<(MemberId, u64, u64)>,
}

impl Said {
    fn is(&self, local: u64, others: &[(MemberId, Freshness)]) -> bool {
        let theirs = others.iter().map(|(member, fresh)| (*member, fresh.run, fresh.number));
        self.local == local && self.others.iter().copied().eq(theirs)
    }
}

#[derive(Default)]
struct Known {
    said: Said,
    /// Goes up when anybody says something new.
    number: u64,
    /// By which table the members were asked, and how long their word holds.
    table: Option<Arc<Table>>,
    until: Duration,
}

/// One round of questions: its number, and what came of it.
type Round = (u64, Option<u64>);

/// The numbers of all members, as far as they are known.
pub(crate) struct Fresh {
    changes: Changes,
    known: Mutex<Known>,
    /// Rounds that were begun.
    begun: AtomicU64,
    /// One round at a time; the last one serves everybody who came before it began.
    turn: tokio::sync::Mutex<Round>,
}

impl Fresh {
    pub(crate) fn new(changes: Changes) -> Self {
        Self {
            changes,
            known: Mutex::default(),
            begun: AtomicU64::new(0),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The number of the local node.
    pub(crate) fn local(&self) -> u64 {
        (self.changes)()
    }

    /// The number of all members, while what they promised holds.
    pub(crate) fn at_hand(&self, reach: &Reach) -> Option<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let table = reach.routes.load();
        let is_same = known.table.as_ref().is_some_and(|of| Arc::ptr_eq(of, &table));
        let holds = is_same && reach.clock().elapsed() < known.until && known.said.local == self.local();
        holds.then_some(known.number | OF_SEVERAL)
    }

    /// The number of all members, asked for if need be; `None` if one of them does not answer.
    pub(crate) async fn ask(&self, reach: &Reach, caller: &Caller) -> Option<u64> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut last = self.turn.lock().await;
        if last.0 > before {
            return last.1;
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let found = self.round(reach, caller).await;
        *last = (number, found);
        found
    }

    async fn round(&self, reach: &Reach, caller: &Caller) -> Option<u64> {
        let began = reach.clock().elapsed();
        let table = Arc::clone(&reach.routes.load());
        let others = others(&table)?;
        let local = self.local();
        let until = began.saturating_add(caller.remaining.map_or(PATIENCE, |left| left.min(PATIENCE)));
        let call = Call { caller, until, is_read: true, lane: Lane::Search };
        let said = try_join_all(others.into_iter().map(|member| async move {
            let target = reach.target(member).ok_or_else(|| Error::Unavailable("not known".to_owned()))?;
            let ask = |node: Arc<dyn Node>, caller: Caller| async move { node.leaf_freshness(&caller).await };
            Ok::<_, Error>((member, reach.call(&target, call, &ask).await?))
        }));
        match said.await {
            Ok(said) => Some(self.heard(table, began, (local, &said))),
            Err(error) => {
                tracing::debug!(%error, "a member does not say whether it has changed; nothing is kept");
                None
            }
        }
    }

    fn heard(
        &self,
        table: Arc<Table>,
        began: Duration,
        (local, said): (u64, &[(MemberId, Freshness)]),
    ) -> u64 {
        let holds_for = said.iter().map(|(_, fresh)| fresh.holds_for).min().unwrap_or_default();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.said.is(local, said) {
            let others = said.iter().map(|(member, fresh)| (*member, fresh.run, fresh.number)).collect();
            known.said = Said { local, others };
            known.number = known.number.wrapping_add(1) & !OF_SEVERAL;
        }
        (known.table, known.until) = (Some(table), began.saturating_add(holds_for));
        known.number | OF_SEVERAL
    }
}

/// The other members that serve shards; `None` if somebody serves some who is not known.
fn others(table: &Table) -> Option<BTreeSet<MemberId>> {
    let mut others = BTreeSet::new();
    for shard in table.shards() {
        match table.route(shard) {
            Route::Local => {}
            Route::Remote(member) => {
                others.insert(member);
            }
            Route::Unknown => return None,
        }
    }
    Some(others)
}
