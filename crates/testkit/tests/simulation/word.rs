//! What a member says of itself may be under way for long: it must not undo what was learnt since.

use std::time::Duration;

use atoll_cluster::Route;
use atoll_service::{Caller, Handover as _};

use crate::script::of_ids;
use crate::world::World;

/// Enough for every member to begin its shards, and for all others to hear of it.
const SETTLING: Duration = Duration::from_mins(1);
const MEMBERS: usize = 3;

/// A member of three says, late, how it was before it began its first shard.
pub(crate) async fn comes_late() {
    let mut world = World::new(1);
    for member in of_ids(MEMBERS) {
        world.add(member.id, of_ids(MEMBERS));
    }
    for place in 0..MEMBERS {
        world.start(place).await;
    }
    world.host.clock.sleep(SETTLING).await;
    let caller = Caller::internal("test");
    let (hearer, speaker) = (&world.machines[0], &world.machines[1]);
    let (hearer, speaker) = (hearer.running.as_ref().unwrap(), speaker.running.as_ref().unwrap());
    let served_by_speaker = || {
        let table = hearer.membership.routes().load();
        let by = |route| route == Route::Remote(world.machines[1].id);
        table.shards().filter(|shard| by(table.route(*shard))).count()
    };
    let before = served_by_speaker();
    assert!(before > 0, "the member serves nothing");
    let mut late = speaker.local.standing(&caller, None).await.unwrap();
    late.shards.clear();
    hearer.local.standing(&caller, Some(late)).await.unwrap();
    assert_eq!(served_by_speaker(), before);
}
