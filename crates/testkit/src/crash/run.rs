//! Load, kill, start, check: again and again.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};

use super::Options;
use super::life::Life;
use super::tally::{Kind, Tally};

/// After so many kills new data folders begin: uploads that nobody knows of would fill the disk in the end.
const KILLS_PER_FOLDER: u64 = 100;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// Kills after which everything was as it must be.
    pub passed: u64,
    /// Looks that found something lost or torn: at most one, since the run ends there.
    pub failed: u64,
    /// Writes that were acknowledged, by kind.
    pub tally: Tally,
    /// Things that were looked for through another member than the one that acknowledged them.
    pub looks_past: u64,
    /// Requests that were answered, while members were down, that one of them is away.
    pub unavailable: u64,
    /// What was lost or torn.
    pub findings: Vec<String>,
    /// The folders of the servers, kept if something was wrong with them.
    pub folders: Vec<PathBuf>,
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

    fn add(&mut self, life: &Life) {
        for (kind, count) in life.world.tally() {
            *self.tally.entry(kind).or_default() += count;
        }
        self.looks_past += life.world.looks_past();
        self.unavailable += life.world.unavailable();
    }
}

/// Runs until both the floor of kills and the time are reached, or something is wrong. Tells `progress` how far it is.
pub fn run(options: &Options, progress: &mut dyn io::Write) -> Summary {
    let clock = SystemClock::new();
    let mut summary = Summary::default();
    let is_done =
        |passed: u64| passed >= options.kills && clock.elapsed() >= Duration::from_secs(options.seconds);
    while summary.failed == 0 && !is_done(summary.passed) {
        let mut life = match Life::begin(options, summary.passed) {
            Ok(life) => life,
            Err(why) => {
                summary.failed = 1;
                summary.findings.push(why);
                break;
            }
        };
        while !is_done(summary.passed) && life.kills < KILLS_PER_FOLDER {
            let kills = life.kill_and_check(options);
            summary.findings = life.findings();
            if !summary.findings.is_empty() {
                summary.failed = 1;
                summary.folders = life.keep_folders();
                break;
            }
            summary.passed += kills;
            // Whoever reads the progress may have gone away; the run is worth its end all the same.
            let seconds = clock.elapsed().as_secs();
            let _ = writeln!(progress, "kill {}, {seconds} s: {:?}", summary.passed, life.world.tally());
        }
        summary.add(&life);
    }
    summary
}
