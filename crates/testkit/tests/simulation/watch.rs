//! Looks at all members all the time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use atoll_host::Clock;
use atoll_placement::{MemberId, Shard};
use atoll_service::{Custody as _, Tenure};

use crate::world::Desk;

/// How often; between two looks, members run undisturbed.
const INTERVAL: Duration = Duration::from_millis(25);

/// Who holds each shard, of the members that run.
pub(crate) fn holders(desk: &Desk) -> BTreeMap<Shard, Vec<MemberId>> {
    let mut holders: BTreeMap<Shard, Vec<MemberId>> = BTreeMap::new();
    for seat in desk.seats() {
        for (shard, tenure) in seat.local.tenures() {
            if tenure == Tenure::Held {
                holders.entry(shard).or_default().push(seat.id);
            }
        }
    }
    holders
}

/// Never ends; panics when two members hold a shard. Counts the shards that another member holds than before.
pub(crate) async fn watch(desk: &Desk, clock: Arc<dyn Clock>, moves: &AtomicU64) {
    let mut last = BTreeMap::new();
    loop {
        desk.look_at_ghosts();
        for (shard, holders) in holders(desk) {
            assert!(holders.len() < 2, "shard {} is held by {holders:?} at {:?}", shard.0, clock.elapsed());
            let Some(holder) = holders.first() else { continue };
            if last.insert(shard, *holder).is_some_and(|before| before != *holder) {
                moves.fetch_add(1, Ordering::SeqCst);
            }
        }
        clock.sleep(INTERVAL).await;
    }
}
