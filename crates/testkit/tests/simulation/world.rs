//! All machines, and what clients and watchers find running.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atoll_cluster::RoutedNode;
use atoll_cluster::membership::Membership;
use atoll_host::{Host, SimulatedFiles, Tasks};
use atoll_placement::{Member, MemberId, Shard};
use atoll_registry::LocalNode;
use atoll_service::{Custody as _, Tenure};
use atoll_testkit::link::{Network, Weather};
use tokio::sync::watch;

use crate::clock::RuntimeClock;
use crate::dice::Dice;
use crate::machine::Machine;

/// What runs on a machine, as clients find it.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) id: MemberId,
    pub(crate) local: Arc<LocalNode>,
    pub(crate) routed: Arc<RoutedNode>,
    pub(crate) membership: Arc<Membership>,
    pub(crate) alive: watch::Receiver<()>,
}

/// Every member that runs now.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Mutex<Seats>>);

#[derive(Default)]
struct Seats {
    taken: Vec<Seat>,
    /// Members that were given up and came back.
    ghosts: BTreeMap<MemberId, Arc<LocalNode>>,
    /// Shards that were lost with a member, and are not yet begun anew as far as can be told.
    in_doubt: BTreeSet<Shard>,
}

impl Desk {
    pub(crate) fn seats(&self) -> Vec<Seat> {
        self.locked(|seats| seats.taken.clone())
    }

    /// Whatever members that came back have to do with is in doubt, too.
    pub(crate) fn look_at_ghosts(&self) {
        self.locked(|seats| {
            let tenures: Vec<_> = seats.ghosts.values().flat_map(|ghost| ghost.tenures()).collect();
            let touched = tenures.into_iter().filter(|(_, tenure)| *tenure != Tenure::Absent);
            seats.in_doubt.extend(touched.map(|(shard, _)| shard));
        });
    }

    pub(crate) fn doubt(&self, shards: Vec<Shard>) {
        self.locked(|seats| seats.in_doubt.extend(shards));
    }

    pub(crate) fn is_in_doubt(&self, shard: Shard) -> bool {
        self.locked(|seats| seats.in_doubt.contains(&shard))
    }

    /// All is well: what was in doubt is no longer.
    pub(crate) fn end_doubts(&self) -> BTreeSet<Shard> {
        self.locked(|seats| std::mem::take(&mut seats.in_doubt))
    }

    fn locked<T>(&self, look: impl FnOnce(&mut Seats) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) network: Arc<Network>,
    pub(crate) machines: Vec<Machine>,
    pub(crate) desk: Desk,
    pub(crate) dice: Dice,
    /// Requests are no longer late.
    pub(crate) is_calm: Arc<AtomicBool>,
}

impl World {
    /// A world without machines.
    pub(crate) fn new(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let random = dice.split().random();
        let host = Host {
            clock: Arc::new(RuntimeClock::new()),
            random: random.clone(),
            tasks: Tasks::inline(),
            files: Arc::new(SimulatedFiles::new(random, Arc::new(RuntimeClock::new()))),
        };
        let network = Network::new(host.clone(), dice.split().random());
        Self { host, network, machines: Vec::new(), desk: Desk::default(), dice, is_calm: Arc::default() }
    }

    /// Adds a machine with an empty disk that is not running yet.
    pub(crate) fn add(&mut self, id: MemberId, list: Vec<Member>) {
        let dice = self.dice.split();
        let disk = SimulatedFiles::new(dice.split().random(), Arc::clone(&self.host.clock));
        self.machines.push(Machine {
            id,
            disk,
            running: None,
            list,
            is_lost: false,
            dice,
            is_calm: Arc::clone(&self.is_calm),
        });
    }

    fn seat(&self) {
        let seated = self.machines.iter().filter(|machine| !machine.is_lost);
        let seats = seated.filter_map(|machine| {
            let running = machine.running.as_ref()?;
            Some(Seat {
                id: machine.id,
                local: Arc::clone(&running.local),
                routed: Arc::clone(&running.routed),
                membership: Arc::clone(&running.membership),
                alive: running.alive.clone(),
            })
        });
        let seated = seats.collect();
        self.desk.locked(|desk| desk.taken = seated);
    }

    /// What a running member has to do with shards.
    pub(crate) fn shards_of(&self, place: usize) -> Vec<Shard> {
        let running = self.machines[place].running.as_ref();
        let tenures = running.map(|running| running.local.tenures()).unwrap_or_default();
        tenures.into_iter().filter(|(_, tenure)| *tenure != Tenure::Absent).map(|(shard, _)| shard).collect()
    }

    /// The disk of a machine is thought to be lost. Gives the shards that it had anything to do with.
    pub(crate) fn lose(&mut self, place: usize) -> Vec<Shard> {
        let mut shards = self.shards_of(place);
        self.empty_seat(place);
        self.machines[place].is_lost = true;
        shards.extend(self.shards_of(place));
        self.machines[place].crash(&self.network);
        self.seat();
        shards
    }

    /// A member whose disk was found again comes back, unless it knows already that it was given up. No client asks it.
    pub(crate) async fn haunt(&mut self, place: usize) {
        if self.machines[place].running.is_some() {
            return;
        }
        if let Err(failure) = self.machines[place].start(&self.network, &self.host).await {
            let text = failure.to_string();
            assert!(text.contains("given up"), "a lost member does not start: {text}");
        }
        let machine = &self.machines[place];
        let ghost = machine.running.as_ref().map(|running| (machine.id, Arc::clone(&running.local)));
        self.desk.locked(|desk| desk.ghosts.extend(ghost));
    }

    /// Whether a member that came back has learnt that it was given up; it is ended then.
    pub(crate) async fn is_laid_to_rest(&mut self, place: usize) -> bool {
        let Some(running) = &self.machines[place].running else { return true };
        let is_over = running.membership.is_given_up();
        if is_over {
            self.desk.look_at_ghosts();
            let id = self.machines[place].id;
            self.desk.locked(|desk| desk.ghosts.remove(&id));
            self.machines[place].stop(&self.network, &self.host).await;
        }
        is_over
    }

    /// Starts the member on a machine, if it is not running.
    pub(crate) async fn start(&mut self, place: usize) {
        let machine = &mut self.machines[place];
        if machine.running.is_some() || machine.is_lost {
            return;
        }
        if let Err(failure) = machine.start(&self.network, &self.host).await {
            panic!("member {} does not start on a disk that works: {failure}", machine.id);
        }
        self.seat();
    }

    /// Takes the power from a machine; if it has a choice, in the middle of writing.
    pub(crate) async fn crash(&mut self, place: usize) {
        let machine = &mut self.machines[place];
        if machine.running.is_none() || machine.is_lost {
            return;
        }
        if self.dice.one_in(2) {
            machine.disk.faults().fail_from(self.dice.below(200), std::io::ErrorKind::Other);
            self.host.clock.sleep(self.dice.millis(1, 1500)).await;
        }
        self.empty_seat(place);
        self.machines[place].crash(&self.network);
        self.seat();
    }

    /// Ends the member on a machine in its own time.
    pub(crate) async fn stop(&mut self, place: usize) {
        self.empty_seat(place);
        self.machines[place].stop(&self.network, &self.host).await;
        self.seat();
    }

    fn empty_seat(&self, place: usize) {
        let id = self.machines[place].id;
        self.desk.locked(|desk| desk.taken.retain(|seat| seat.id != id));
    }

    /// Good or bad weather, as the dice say.
    pub(crate) fn change_weather(&self) {
        let weather = match self.dice.below(3) {
            0 => Weather::default(),
            1 => Weather { delay: Duration::from_millis(20), breaks: 5, swallows: 2 },
            _ => Weather { delay: Duration::from_millis(300), breaks: 30, swallows: 20 },
        };
        self.network.set_weather(weather);
    }
}
