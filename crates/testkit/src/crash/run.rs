//! Load, kill, start, check: again and again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};
use serde_json::json;

use super::Options;
use super::client::Client;
use super::load;
use super::luck::Luck;
use super::tally::{Kind, Tally};
use super::verify::verify;
use super::world::World;
use crate::server::Server;

/// After so many kills a new data folder begins: uploads that nobody knows of would fill the disk in the end.
const KILLS_PER_FOLDER: u64 = 100;

/// The longest time between two kills.
const MAX_LIFE_MILLIS: usize = 1500;

/// The longest time after which a starting server is killed.
const MAX_START_MILLIS: usize = 40;

/// Out of a hundred kills, so many are followed by one during the next start.
const KILLED_WHILE_STARTING_PERCENT: usize = 20;

/// Out of a hundred kills, so many are followed by a sweep of the store before the next start.
const SWEPT_PERCENT: usize = 25;

/// Out of a hundred sweeps, so many are killed once and begun again.
const SWEEP_KILLED_PERCENT: usize = 50;

/// Out of a hundred lives, so many are very short.
const SHORT_LIFE_PERCENT: usize = 15;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// Kills after which everything was as it must be.
    pub passed: u64,
    /// Kills after which something was lost or torn: at most one, since the run ends there.
    pub failed: u64,
    /// Writes that were acknowledged, by kind.
    pub tally: Tally,
    /// What was lost or torn.
    pub findings: Vec<String>,
    /// The folder of the server, kept if something was wrong with it.
    pub folder: Option<PathBuf>,
}

impl Summary {
    /// Writes that were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.tally.values().sum()
    }

    /// Kinds of writes that never happened: about those the run says nothing.
    pub fn unproven(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| !self.tally.contains_key(kind)).collect()
    }
}

/// Runs until both the floor of kills and the time are reached, or something is wrong. Tells `progress` how far it is.
pub fn run(options: &Options, progress: &mut dyn io::Write) -> Summary {
    let clock = SystemClock::new();
    let mut summary = Summary::default();
    let is_done =
        |passed: u64| passed >= options.kills && clock.elapsed() >= Duration::from_secs(options.seconds);
    while !is_done(summary.passed) {
        let mut life = Life::begin(options, summary.passed);
        while !is_done(summary.passed) && life.kills < KILLS_PER_FOLDER {
            life.kill_and_check(options);
            summary.findings = life.findings();
            if !summary.findings.is_empty() {
                summary.failed = 1;
                summary.folder = Some(life.server.keep_folder());
                break;
            }
            summary.passed += 1;
            // Whoever reads the progress may have gone away; the run is worth its end all the same.
            let seconds = clock.elapsed().as_secs();
            let _ = writeln!(progress, "kill {}, {seconds} s: {:?}", summary.passed, life.world.tally());
        }
        for (kind, count) in life.world.tally() {
            *summary.tally.entry(kind).or_default() += count;
        }
        if summary.failed > 0 {
            break;
        }
    }
    summary
}

/// One data folder from its beginning.
struct Life {
    server: Server,
    world: World,
    place: u64,
    kills: u64,
}

impl Life {
    fn begin(options: &Options, place: u64) -> Self {
        let limits =
            json!({ "log": { "level": "warn" }, "atoll": { "uploads": { "maxPerClient": 100_000 } } });
        let server = Server::start_with(&options.program, limits);
        Self { server, world: World::new(options.seed), place, kills: 0 }
    }

    fn kill_and_check(&mut self, options: &Options) {
        let luck = Luck::new(options.seed, &[4, self.place, self.kills]);
        let before = options.forget.then(|| self.copy_of_data());
        self.load_until_killed(options, &luck);
        if let Some(before) = before {
            self.put_back(&before);
        }
        while luck.chance(KILLED_WHILE_STARTING_PERCENT) {
            self.server.launch();
            std::thread::sleep(Duration::from_millis(luck.below(MAX_START_MILLIS) as u64));
            self.server.kill();
        }
        if luck.chance(SWEPT_PERCENT) {
            self.sweep(&luck);
        }
        self.kills += 1;
        self.server.launch();
        match self.server.wait_until_ready() {
            Ok(()) => verify(&self.world, self.server.address(), &luck),
            Err(why) => self.world.find(format!("{why}; {}", self.server.log_end())),
        }
    }

    fn load_until_killed(&mut self, options: &Options, luck: &Luck) {
        let is_over = AtomicBool::new(false);
        let life =
            if luck.chance(SHORT_LIFE_PERCENT) { luck.below(60) } else { luck.between(60, MAX_LIFE_MILLIS) };
        let (world, address) = (&self.world, self.server.address());
        std::thread::scope(|scope| {
            for worker in 0..options.workers {
                let luck = Luck::new(options.seed, &[5, self.place, self.kills, worker as u64]);
                let mut client = Client::new(world, address, &is_over);
                scope.spawn(move || load::work(&mut client, &luck));
            }
            std::thread::sleep(Duration::from_millis(life as u64));
            is_over.store(true, Ordering::SeqCst);
            self.server.kill();
        });
    }

    /// Removes what no repository links: nothing that is looked for afterwards, also when the sweep is killed itself.
    fn sweep(&self, luck: &Luck) {
        let config = self.server.config();
        let command = ["gc", "--config", &config.to_string_lossy()];
        if luck.chance(SWEEP_KILLED_PERCENT) {
            self.server.interrupt(&command, Duration::from_millis(luck.below(MAX_START_MILLIS) as u64));
        }
        let swept = self.server.run(&command);
        if !swept.status.success() {
            self.world.find(format!("the sweep failed with {}: {}", swept.status, swept.output));
        }
    }

    fn findings(&self) -> Vec<String> {
        let mut findings = self.world.findings();
        findings.extend(self.server.panic_in_log());
        findings
    }

    /// Stops the server for the copy: a database must not be copied while it is written.
    fn copy_of_data(&mut self) -> PathBuf {
        let copy = self.server.folder().join("before");
        self.server.kill();
        let _ = fs::remove_dir_all(&copy);
        copy_tree(&self.server.data(), &copy).expect("the data can be copied");
        self.server.start_again();
        copy
    }

    fn put_back(&self, before: &Path) {
        fs::remove_dir_all(self.server.data()).expect("the data can be removed");
        copy_tree(before, &self.server.data()).expect("the data can be copied");
    }
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
