//! What happens to the cluster of one seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use atoll_placement::{Layout, Member, MemberId};
use atoll_service::{Custody as _, Tenure};
use atoll_testkit::link::{Cut, Weather};
use futures_util::future::join_all;

use crate::clients::Clients;
use crate::dice::Dice;
use crate::machine::{Machine, SHARDS, weight};
use crate::watch::{holders, watch};
use crate::world::World;

const CLIENTS: usize = 4;
/// Things that happen.
const EVENTS: u64 = 20;
/// Longest wait for a cluster that is well to come to rest.
const SETTLING: Duration = Duration::from_mins(4);
/// Members that are there from the beginning.
const FIRST: usize = 3;

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    acknowledged: u64,
    unanswered: u64,
    crashes: u64,
    splits: u64,
    layouts: u64,
    drains: u64,
    /// Members whose disk was lost, and those of them that came back.
    losses: u64,
    ghosts: u64,
    /// Shards that had another holder than a moment before.
    moves: u64,
    millis: u64,
    /// A digest over all that clients did and saw: equal histories have equal ones.
    fingerprint: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.unanswered += other.unanswered;
        self.crashes += other.crashes;
        self.splits += other.splits;
        self.layouts += other.layouts;
        self.drains += other.drains;
        self.losses += other.losses;
        self.ghosts += other.ghosts;
        self.moves += other.moves;
        self.millis += other.millis;
        self.fingerprint ^= other.fingerprint;
    }

    /// Whether enough has happened for the silence of the checks to mean something.
    pub(crate) fn is_lively(&self) -> bool {
        self.acknowledged > 2 * self.unanswered
            && [self.unanswered, self.crashes, self.splits, self.layouts, self.drains, self.moves]
                .iter()
                .chain([&self.losses, &self.ghosts])
                .all(|count| *count > 0)
    }
}

struct Script {
    world: World,
    dice: Dice,
    tally: Tally,
    /// The list that members are started with from now on.
    list: Vec<Member>,
    losses: Vec<Loss>,
    /// The member that gives its shards away to the end.
    draining: Option<MemberId>,
}

/// A machine whose disk is lost.
#[derive(Clone, Copy)]
struct Loss {
    place: usize,
    /// A member has been told, and has agreed.
    is_ordered: bool,
}

/// Runs one seed from an empty cluster to one that is well again.
pub(crate) async fn run(seed: u64) -> Tally {
    let world = World::new(seed);
    let (desk, host, dice) = (world.desk.clone(), world.host.clone(), world.dice.split());
    let clients = Clients::new(desk.clone(), host.clone());
    let work = join_all((0..CLIENTS).map(|_| {
        let (clients, dice) = (clients.clone(), dice.split());
        async move { clients.work(dice).await }
    }));
    let mut script = Script {
        world,
        dice: dice.split(),
        tally: Tally::default(),
        list: of_ids(FIRST),
        losses: Vec::new(),
        draining: None,
    };
    let happen = async {
        script.play().await;
        script.heal().await;
        script.settle().await;
        let lost = desk.end_doubts();
        if !lost.is_empty() {
            clients.begin_anew(&lost);
            script.sleep(5_000, 15_000).await;
        }
        clients.is_over.store(true, Ordering::SeqCst);
        script.retire().await;
    };
    let moves = AtomicU64::new(0);
    let all = futures_util::future::join(happen, work);
    tokio::select! {
        biased;
        () = watch(&desk, Arc::clone(&host.clock), &moves) => {}
        _done = all => {}
    }
    clients.conclude().await;
    let history = clients.history.lock().unwrap();
    Tally {
        acknowledged: history.acknowledged,
        unanswered: history.unanswered,
        moves: moves.into_inner(),
        millis: u64::try_from(host.clock.elapsed().as_millis()).unwrap(),
        fingerprint: history.fingerprint(),
        ..script.tally
    }
}

pub(crate) fn of_ids(count: usize) -> Vec<Member> {
    let ids = (1..=u16::try_from(count).unwrap()).map(MemberId);
    ids.map(|id| Member { id, weight: weight(id) }).collect()
}

impl Script {
    async fn sleep(&self, least: u64, most: u64) {
        self.world.host.clock.sleep(self.dice.millis(least, most)).await;
    }

    /// The first members start in any order; then things happen, among them a longer list and a shorter one.
    async fn play(&mut self) {
        let mut order: Vec<usize> = (0..FIRST).collect();
        for member in self.list.clone() {
            self.world.add(member.id, self.list.clone());
        }
        while !order.is_empty() {
            let place = usize::try_from(self.dice.below(u64::try_from(order.len()).unwrap())).unwrap();
            self.world.start(order.remove(place)).await;
            self.sleep(0, 1500).await;
        }
        let (grows, shrinks) = (2 + self.dice.below(3), 8 + self.dice.below(4));
        let is_shrinking = self.dice.one_in(2);
        let loses = 5 + self.dice.below(8);
        let (is_losing, reweighs) = (self.dice.one_in(2), 12 + self.dice.below(8));
        let loses_again = if self.dice.one_in(2) { loses + 1 + self.dice.below(6) } else { EVENTS };
        for event in 0..EVENTS {
            self.sleep(200, 5000).await;
            self.operate().await;
            if event == grows {
                self.grow().await;
            } else if event == shrinks && is_shrinking {
                self.relist(of_ids(FIRST));
            } else if [loses, loses_again].contains(&event) && is_losing && self.list.len() > 2 {
                self.lose();
            } else if event == reweighs && self.list.len() > 1 {
                self.reweigh();
            } else if self.dice.one_in(2) && self.old_list().is_some() {
                self.restart_one_with_an_old_list().await;
            } else {
                self.event().await;
            }
        }
    }

    async fn event(&mut self) {
        let place =
            usize::try_from(self.dice.below(u64::try_from(self.world.machines.len()).unwrap())).unwrap();
        match self.dice.below(11) {
            10 => self.drain(place).await,
            0..=2 => {
                self.tally.crashes += 1;
                self.world.crash(place).await;
                self.sleep(0, 4000).await;
                self.start(place).await;
            }
            3..=5 => self.split(place),
            6..=7 => self.world.network.heal(),
            _ => self.world.change_weather(),
        }
    }

    async fn start(&mut self, place: usize) {
        self.world.start(place).await;
    }

    fn split(&mut self, place: usize) {
        self.tally.splits += 1;
        let one = self.world.machines[place].id;
        let others: Vec<MemberId> =
            self.world.machines.iter().map(|machine| machine.id).filter(|id| *id != one).collect();
        let cut = if self.dice.one_in(2) { Cut::Silent } else { Cut::Refused };
        for other in others {
            match self.dice.below(3) {
                0 => self.world.network.part(one, other, cut),
                1 => self.world.network.cut(one, other, cut),
                _ => {}
            }
        }
    }

    /// A fourth machine; the list that names it reaches the others one after another.
    async fn grow(&mut self) {
        self.relist(of_ids(FIRST + 1));
        self.world.add(self.list[FIRST].id, self.list.clone());
        self.world.start(FIRST).await;
    }

    fn relist(&mut self, mut list: Vec<Member>) {
        self.tally.layouts += 1;
        let gone: Vec<_> = self.losses.iter().map(|loss| self.world.machines[loss.place].id).collect();
        list.retain(|member| !gone.contains(&member.id));
        self.list = list;
    }

    fn is_listed(&self, id: MemberId) -> bool {
        self.list.iter().any(|member| member.id == id)
    }

    /// One member gets no share any more.
    fn reweigh(&mut self) {
        let mut list = self.list.clone();
        let place = usize::try_from(self.dice.below(u64::try_from(list.len()).unwrap())).unwrap();
        list[place].weight = 0;
        self.relist(list);
    }

    /// A member gives its shards away, or takes its share again.
    async fn drain(&mut self, place: usize) {
        let id = self.world.machines[place].id;
        let seats = self.world.desk.seats();
        let Some(seat) = seats.iter().find(|seat| seat.id == id) else { return };
        self.tally.drains += 1;
        // A disk that fails just now makes an error of it.
        let _remembered = seat.membership.drain(!self.dice.one_in(3)).await;
    }

    /// A disk is lost, and its member is taken off the list.
    fn lose(&mut self) {
        let listed = |machine: &&Machine| self.is_listed(machine.id);
        let ids: Vec<MemberId> =
            self.world.machines.iter().filter(listed).map(|machine| machine.id).collect();
        let id = *self.dice.choose(&ids).unwrap();
        let place = self.world.machines.iter().position(|machine| machine.id == id).unwrap();
        self.tally.losses += 1;
        let shards = self.world.lose(place);
        self.world.desk.doubt(shards);
        self.losses.push(Loss { place, is_ordered: false });
        self.relist(self.list.clone());
    }

    /// What an operator does about a lost disk: has its member given up, and, now and then, finds the disk again.
    async fn operate(&mut self) {
        for Loss { place, is_ordered } in self.losses.clone() {
            if !is_ordered {
                self.order(place).await;
                continue;
            }
            if self.dice.one_in(4) && !self.world.machines[place].is_running() {
                self.tally.ghosts += 1;
                self.world.haunt(place).await;
            }
            self.world.is_laid_to_rest(place).await;
        }
    }

    async fn order(&mut self, place: usize) {
        let lost = self.world.machines[place].id;
        let seats: Vec<_> =
            self.world.desk.seats().into_iter().filter(|seat| self.is_listed(seat.id)).collect();
        let Some(seat) = self.dice.choose(&seats) else { return };
        let told = seat.membership.give_up(lost, self.dice.one_in(2)).await;
        for loss in self.losses.iter_mut().filter(|loss| loss.place == place) {
            loss.is_ordered |= told.is_ok();
        }
    }

    /// A machine of the present list whose member goes by another one.
    fn old_list(&self) -> Option<usize> {
        let is_old = |machine: &Machine| machine.list != self.list && self.is_listed(machine.id);
        self.world.machines.iter().position(is_old)
    }

    /// One of the members in the present list that goes by another one is restarted with it.
    async fn restart_one_with_an_old_list(&mut self) {
        let Some(place) = self.old_list() else { return };
        if self.dice.one_in(2) {
            self.tally.crashes += 1;
            self.world.crash(place).await;
        } else {
            self.world.stop(place).await;
        }
        self.world.machines[place].list.clone_from(&self.list);
        self.sleep(0, 2000).await;
        self.world.start(place).await;
    }

    /// All is well: the network carries, disks work, every member of the list goes by it, and one that was taken off it still runs.
    async fn heal(&mut self) {
        self.world.network.heal();
        self.world.is_calm.store(true, Ordering::SeqCst);
        self.world.network.set_weather(Weather { delay: Duration::from_millis(5), ..Weather::default() });
        let until = self.world.host.clock.elapsed() + SETTLING;
        while self.old_list().is_some() {
            let is_early = self.world.host.clock.elapsed() < until;
            assert!(is_early, "members keep an old list: {}", self.describe());
            self.restart_one_with_an_old_list().await;
        }
        for place in 0..self.world.machines.len() {
            self.world.start(place).await;
        }
        for seat in self.world.desk.seats() {
            seat.membership.drain(false).await.unwrap();
        }
        if self.dice.one_in(4) && self.list.len() > 2 {
            self.draining = self.dice.choose(&self.list).map(|member| member.id);
        }
        for seat in self.world.desk.seats().iter().filter(|seat| Some(seat.id) == self.draining) {
            self.tally.drains += 1;
            seat.membership.drain(true).await.unwrap();
        }
        self.give_up_the_lost().await;
    }

    /// Has all members given up whose disk is lost, and finds a disk again now and then.
    async fn give_up_the_lost(&mut self) {
        let until = self.world.host.clock.elapsed() + SETTLING;
        while self.losses.iter().any(|loss| !loss.is_ordered) {
            let is_early = self.world.host.clock.elapsed() < until;
            assert!(is_early, "the order is not accepted: {}", self.describe());
            self.sleep(500, 1000).await;
            for loss in self.losses.clone().iter().filter(|loss| !loss.is_ordered) {
                self.order(loss.place).await;
            }
            if holders(&self.world.desk).len() == usize::from(SHARDS) {
                // It was lost before it had anything, and nobody who runs has heard of it: there is nothing to give up.
                self.losses.retain(|loss| loss.is_ordered);
            }
        }
        for Loss { place, .. } in self.losses.clone() {
            if self.dice.one_in(2) {
                self.tally.ghosts += 1;
                self.world.haunt(place).await;
            }
        }
    }

    /// Waits until every shard is where the list wants it and nobody has anything left to do.
    async fn settle(&mut self) {
        let clock = Arc::clone(&self.world.host.clock);
        let until = clock.elapsed() + SETTLING;
        while !self.is_settled().await {
            assert!(clock.elapsed() < until, "the cluster does not come to rest: {}", self.describe());
            clock.sleep(Duration::from_millis(500)).await;
        }
    }

    /// A member that was taken off the list and has nothing left goes for good.
    async fn retire(&mut self) {
        for place in 0..self.world.machines.len() {
            if !self.is_listed(self.world.machines[place].id) {
                self.world.stop(place).await;
            }
        }
    }

    fn layout(&self) -> Option<Arc<Layout>> {
        let seats = self.world.desk.seats();
        seats.iter().find(|seat| self.is_listed(seat.id)).map(|seat| seat.membership.layout())
    }

    async fn is_settled(&mut self) -> bool {
        let Some(layout) = self.layout() else { return false };
        let layout = layout.without_shares(|id| Some(id) == self.draining);
        for loss in self.losses.clone() {
            if !self.world.is_laid_to_rest(loss.place).await {
                return false;
            }
        }
        let holders = holders(&self.world.desk);
        let in_place = holders.len() == usize::from(SHARDS)
            && holders.iter().all(|(shard, holders)| layout.owner(*shard) == holders.first().copied());
        let seats = self.world.desk.seats();
        let at_rest =
            seats.iter().all(|seat| seat.local.tenures().iter().all(|(_, tenure)| *tenure == Tenure::Held));
        in_place && at_rest
    }

    fn describe(&self) -> String {
        let seats = self.world.desk.seats();
        let lines = seats.iter().map(|seat| {
            let tag = seat.membership.layout().tag();
            format!("member {} (layout {}): {:?}", seat.id, tag.version, seat.local.tenures())
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
