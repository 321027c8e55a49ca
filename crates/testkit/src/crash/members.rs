//! The servers of a run: one that runs alone, or the members of a cluster. Each has a folder of its own.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::Options;
use super::luck::Luck;
use super::universe::REPOSITORIES;
use crate::server::{Server, free_port};
use crate::wire::{Connection, Request, Response};

/// The key of the cluster.
const KEY: &str = "9d41c6f07ab2e853";

/// How long members may take to hear one another after a start, and between two looks whether they did.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The longest time after which a starting server, or a sweep, is killed.
pub(super) const MAX_START_MILLIS: usize = 40;

/// Out of a hundred sweeps, so many are killed once and begun again.
const SWEEP_KILLED_PERCENT: usize = 50;

/// The servers.
pub(super) struct Members {
    each: Vec<Server>,
}

impl Members {
    /// Starts them over empty folders.
    pub(super) fn start(options: &Options) -> Result<Self, String> {
        let each: Vec<Server> =
            (0..options.members).map(|_| Server::prepare(&options.program, json!({}))).collect();
        let links: Vec<String> = each.iter().map(|_| format!("127.0.0.1:{}", free_port())).collect();
        for (server, link) in each.iter().zip(&links) {
            server.configure(settings(&each, (link, &links)));
        }
        let mut members = Self { each };
        members.start_again()?;
        Ok(members)
    }

    pub(super) fn count(&self) -> usize {
        self.each.len()
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.each.iter().map(Server::address).collect()
    }

    /// Whether a member takes connections.
    pub(super) fn listens(&self, member: usize) -> bool {
        Connection::open(self.each[member].address()).is_ok()
    }

    pub(super) fn kill(&mut self, member: usize) {
        self.each[member].kill();
    }

    pub(super) fn kill_all(&mut self) {
        self.each.iter_mut().for_each(Server::kill);
    }

    pub(super) fn launch(&mut self, member: usize) {
        self.each[member].launch();
    }

    /// Starts those that do not run and waits until every member can serve whatever it is asked.
    pub(super) fn start_again(&mut self) -> Result<(), String> {
        for server in &mut self.each {
            if !server.is_running() {
                server.launch();
            }
        }
        for server in &mut self.each {
            server.wait_until_ready().map_err(|why| format!("{why}; {}", server.log_end()))?;
        }
        if self.each.len() > 1 { self.await_one_another() } else { Ok(()) }
    }

    /// Waits until each member has heard every other one since all of them are ready, and then until it answers: one that was away is
    /// left alone for a moment even when it is back.
    fn await_one_another(&self) -> Result<(), String> {
        let clock = SystemClock::new();
        let needed: Vec<String> = REPOSITORIES.iter().map(|name| format!("/v2/{name}/tags/list")).collect();
        let needed: Vec<&str> = needed.iter().map(String::as_str).chain(["/v2/_catalog"]).collect();
        for server in &self.each {
            let mut report = Value::Null;
            while !has_heard_all(&report, clock.elapsed()) {
                if clock.elapsed() > PATIENCE {
                    return Err(format!("the members did not settle: {report}; {}", server.log_end()));
                }
                std::thread::sleep(LOOK_EVERY);
                report = report_of(server).unwrap_or_default();
            }
            for target in &needed {
                while ask(server, target).is_none_or(|answer| answer.status == 503) {
                    if clock.elapsed() > PATIENCE {
                        return Err(format!("{target} is still unavailable; {}", server.log_end()));
                    }
                    std::thread::sleep(LOOK_EVERY);
                }
            }
        }
        Ok(())
    }

    /// Removes what no repository links from the folder of a member that is down: nothing that is looked for afterwards, also when
    /// the sweep is killed itself.
    pub(super) fn sweep(&self, member: usize, luck: &Luck) -> Result<(), String> {
        let server = &self.each[member];
        let config = server.config();
        let command = ["gc", "--config", &config.to_string_lossy()];
        if luck.chance(SWEEP_KILLED_PERCENT) {
            server.interrupt(&command, Duration::from_millis(luck.below(MAX_START_MILLIS) as u64));
        }
        let swept = server.run(&command);
        if swept.status.success() {
            return Ok(());
        }
        Err(format!("the sweep failed with {}: {}", swept.status, swept.output))
    }

    /// Copies the data of each, for [`Members::put_back`]. They are stopped for it: a database must not be copied while it is written.
    pub(super) fn keep_copies(&mut self) -> Result<(), String> {
        self.kill_all();
        for server in &self.each {
            let _ = fs::remove_dir_all(copy_of(server));
            copy_tree(&server.data(), &copy_of(server)).expect("the data can be copied");
        }
        self.start_again()
    }

    /// Makes each of them, which must be down, forget everything since the copy.
    pub(super) fn put_back(&self) {
        for server in &self.each {
            fs::remove_dir_all(server.data()).expect("the data can be removed");
            copy_tree(&copy_of(server), &server.data()).expect("the data can be copied");
        }
    }

    pub(super) fn panics(&self) -> impl Iterator<Item = String> {
        self.each.iter().filter_map(Server::panic_in_log)
    }

    /// Leaves the folders on the disk; gives their paths.
    pub(super) fn keep_folders(&mut self) -> Vec<PathBuf> {
        self.each.iter_mut().map(Server::keep_folder).collect()
    }
}

/// What each server is configured with: its own link, and where all links are.
fn settings(each: &[Server], (link, links): (&str, &[String])) -> Value {
    let mut settings = json!({
        "log": { "level": "warn" },
        "atoll": { "uploads": { "maxPerClient": 100_000 } },
    });
    if each.len() > 1 {
        let addresses: Vec<String> = each.iter().map(|server| server.address().to_string()).collect();
        let reached = addresses.iter().zip(links);
        let reached: Vec<Value> =
            reached.map(|(address, link)| json!({ "address": address, "link": link })).collect();
        settings["cluster"] = json!({ "members": addresses, "hashKey": KEY });
        settings["atoll"]["cluster"] = json!({ "members": reached, "link": { "listen": link } });
    }
    settings
}

/// What a member says of the cluster; nothing while it does not answer.
fn report_of(server: &Server) -> Option<Value> {
    let answer = ask(server, "/v2/_atoll/cluster")?;
    (answer.status == 200).then(|| answer.json())
}

fn ask(server: &Server, target: &str) -> Option<Response> {
    let asked = Request::new("GET", target).field("Connection", "close");
    Connection::open(server.address()).ok()?.ask(&asked).ok()
}

fn has_heard_all(report: &Value, within: Duration) -> bool {
    let is_empty = |list: &str| report[list].as_array().is_some_and(Vec::is_empty);
    let is_heard = |member: &Value| {
        member["state"] == "up"
            && member["lastHeardMillis"]
                .as_u64()
                .is_some_and(|millis| u128::from(millis) < within.as_millis())
    };
    is_empty("missing")
        && is_empty("moves")
        && report["members"].as_array().is_some_and(|all| all.iter().all(is_heard))
}

fn copy_of(server: &Server) -> PathBuf {
    server.folder().join("before")
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
