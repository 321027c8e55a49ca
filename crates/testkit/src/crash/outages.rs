//! Members that are killed and started while the load goes on.

use std::time::Duration;

use super::luck::Luck;
use super::members::{MAX_START_MILLIS, Members};
use super::world::World;

/// Most outages between two looks at everything.
const MAX_OUTAGES: usize = 3;

/// The longest time before an outage, of an outage, between two kills of one outage, and after the last start.
const MAX_LIFE_MILLIS: usize = 700;
const MAX_DOWN_MILLIS: usize = 300;
const MAX_GAP_MILLIS: usize = 40;
const MAX_REST_MILLIS: usize = 400;

/// Out of a hundred outages, so many are of one member, and so many more of all; the others are of some.
const ONE_PERCENT: usize = 60;
const ALL_PERCENT: usize = 15;

/// Out of a hundred starts, so many are cut short by another kill.
const KILLED_WHILE_STARTING_PERCENT: usize = 20;

/// Out of a hundred starts, so many follow a sweep of the store.
const SWEPT_PERCENT: usize = 15;

/// Kills members at random moments and starts them again; gives how many of the killed ones were serving. All are started in the
/// end, but not all of them are ready.
pub(super) fn go_through(members: &mut Members, world: &World, luck: &Luck) -> u64 {
    let mut kills = 0;
    for _ in 0..luck.between(1, MAX_OUTAGES) {
        pause(luck, MAX_LIFE_MILLIS);
        let victims = victims(members.count(), luck);
        world.set_outage(true);
        for victim in &victims {
            pause(luck, MAX_GAP_MILLIS);
            kills += u64::from(members.listens(*victim));
            members.kill(*victim);
        }
        pause(luck, MAX_DOWN_MILLIS);
        for victim in victims {
            bring_back(members, victim, (world, luck));
        }
    }
    pause(luck, MAX_REST_MILLIS);
    kills
}

fn bring_back(members: &mut Members, victim: usize, (world, luck): (&World, &Luck)) {
    while luck.chance(KILLED_WHILE_STARTING_PERCENT) {
        members.launch(victim);
        pause(luck, MAX_START_MILLIS);
        members.kill(victim);
    }
    if luck.chance(SWEPT_PERCENT)
        && let Err(why) = members.sweep(victim, luck)
    {
        world.find(why);
    }
    members.launch(victim);
}

/// Who is killed, in what order.
fn victims(count: usize, luck: &Luck) -> Vec<usize> {
    let size = match luck.below(100) {
        0..ONE_PERCENT => 1,
        percent if percent < ONE_PERCENT + ALL_PERCENT => count,
        _ => luck.between(1, count),
    };
    let mut rest: Vec<usize> = (0..count).collect();
    (0..size).map(|_| rest.swap_remove(luck.below(rest.len()))).collect()
}

fn pause(luck: &Luck, most_millis: usize) {
    std::thread::sleep(Duration::from_millis(luck.below(most_millis) as u64));
}
