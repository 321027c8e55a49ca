//! All machines, and what clients and watchers find running.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atoll_cluster::RoutedNode;
use atoll_cluster::membership::Membership;
use atoll_host::{Host, SimulatedFiles, Tasks};
use atoll_placement::MemberId;
use atoll_registry::LocalNode;
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
pub(crate) struct Desk(Arc<Mutex<Vec<Seat>>>);

impl Desk {
    pub(crate) fn seats(&self) -> Vec<Seat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    pub(crate) fn add(&mut self, id: MemberId, list: Vec<MemberId>) {
        let dice = self.dice.split();
        let disk = SimulatedFiles::new(dice.split().random(), Arc::clone(&self.host.clock));
        self.machines.push(Machine {
            id,
            disk,
            running: None,
            list,
            dice,
            is_calm: Arc::clone(&self.is_calm),
        });
    }

    fn seat(&self) {
        let seats = self.machines.iter().filter_map(|machine| {
            let running = machine.running.as_ref()?;
            Some(Seat {
                id: machine.id,
                local: Arc::clone(&running.local),
                routed: Arc::clone(&running.routed),
                membership: Arc::clone(&running.membership),
                alive: running.alive.clone(),
            })
        });
        *self.desk.0.lock().unwrap_or_else(PoisonError::into_inner) = seats.collect();
    }

    /// Starts the member on a machine, if it is not running.
    pub(crate) async fn start(&mut self, place: usize) {
        let machine = &mut self.machines[place];
        if machine.running.is_some() {
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
        if machine.running.is_none() {
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
        self.desk.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|seat| seat.id != id);
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
