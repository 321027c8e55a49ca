//! Servers from the beginning of their folders on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Options;
use super::client::Client;
use super::load;
use super::luck::Luck;
use super::members::{MAX_START_MILLIS, Members};
use super::outages;
use super::verify::verify;
use super::world::World;

/// The longest time between two kills of a server that runs alone.
const MAX_LIFE_MILLIS: usize = 1500;

/// Out of a hundred lives, so many are very short.
const SHORT_LIFE_PERCENT: usize = 15;

/// Out of a hundred kills, so many are followed by one during the next start.
const KILLED_WHILE_STARTING_PERCENT: usize = 20;

/// Out of a hundred kills, so many are followed by a sweep of the store before the next start.
const SWEPT_PERCENT: usize = 25;

/// The server that runs alone.
const ALONE: usize = 0;

/// The servers with what they must hold.
pub(super) struct Life {
    members: Members,
    pub(super) world: World,
    place: u64,
    pub(super) kills: u64,
}

impl Life {
    /// Begins with empty folders.
    pub(super) fn begin(options: &Options, place: u64) -> Result<Self, String> {
        let members = Members::start(options)?;
        Ok(Self { members, world: World::new(options.seed), place, kills: 0 })
    }

    /// Load, kills, starts, and a look at everything; gives the number of kills. What is wrong is noted in the world.
    pub(super) fn kill_and_check(&mut self, options: &Options) -> u64 {
        let luck = Luck::new(options.seed, &[4, self.place, self.kills]);
        let kills = self.kill_and_start(options, &luck).unwrap_or_else(|why| {
            self.world.find(why);
            0
        });
        self.world.set_outage(false);
        if self.world.findings().is_empty() {
            verify(&self.world, &self.members.addresses(), &luck);
        }
        self.kills += kills;
        kills
    }

    fn kill_and_start(&mut self, options: &Options, luck: &Luck) -> Result<u64, String> {
        if options.forget {
            self.members.keep_copies()?;
        }
        let kills = self.load(options, luck);
        if options.forget {
            self.members.kill_all();
            self.members.put_back();
        }
        if self.members.count() == 1 {
            self.trouble_start(luck)?;
        }
        self.members.start_again()?;
        Ok(kills)
    }

    /// Lets clients work: until the server is killed, or while members are killed and started.
    fn load(&mut self, options: &Options, luck: &Luck) -> u64 {
        let is_over = AtomicBool::new(false);
        let addresses = self.members.addresses();
        let (world, members) = (&self.world, &mut self.members);
        std::thread::scope(|scope| {
            for worker in 0..options.workers {
                let luck = Luck::new(options.seed, &[5, self.place, self.kills, worker as u64]);
                let mut client = Client::new(world, &addresses, &is_over, luck.branch());
                scope.spawn(move || load::work(&mut client, &luck));
            }
            if members.count() > 1 {
                let kills = outages::go_through(members, world, luck);
                is_over.store(true, Ordering::SeqCst);
                return kills;
            }
            std::thread::sleep(life_of_one(luck));
            is_over.store(true, Ordering::SeqCst);
            members.kill(ALONE);
            1
        })
    }

    /// Now and then, the start is killed too, or a sweep comes before it.
    fn trouble_start(&mut self, luck: &Luck) -> Result<(), String> {
        while luck.chance(KILLED_WHILE_STARTING_PERCENT) {
            self.members.launch(ALONE);
            std::thread::sleep(Duration::from_millis(luck.below(MAX_START_MILLIS) as u64));
            self.members.kill(ALONE);
        }
        if luck.chance(SWEPT_PERCENT) { self.members.sweep(ALONE, luck) } else { Ok(()) }
    }

    pub(super) fn findings(&self) -> Vec<String> {
        self.world.findings().into_iter().chain(self.members.panics()).collect()
    }

    pub(super) fn keep_folders(&mut self) -> Vec<PathBuf> {
        self.members.keep_folders()
    }
}

fn life_of_one(luck: &Luck) -> Duration {
    let millis =
        if luck.chance(SHORT_LIFE_PERCENT) { luck.below(60) } else { luck.between(60, MAX_LIFE_MILLIS) };
    Duration::from_millis(millis as u64)
}
