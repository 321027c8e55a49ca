//! The third step: settings that are valid, as plain data in rooms.

mod cluster;
mod extensions;
mod http;
mod log;
mod rooms;
mod storage;

use crate::checks::check;
use crate::error::Error;
use crate::judge::judge;
use crate::machine::Machine;
use crate::merged::Merged;
use crate::problem::{Problem, Warning};

pub use cluster::{Cluster, ClusterSecret, Member, Trust};
pub use extensions::{Extensions, Metrics, Search};
pub use http::{Compat, Http, MethodRate, RateLimit, Tls};
pub use log::{Level, Log};
pub use rooms::{Index, Limits, Shutdown, Tasks, Uploads};
pub use storage::Storage;

/// One valid configuration. It is made by [`crate::load`] alone, so whoever holds one need not check it again.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The address and its limits (`http`).
    pub http: Http,
    /// Encryption (`http.tls`); plain HTTP without it.
    pub tls: Option<Tls>,
    /// Where and how content is kept (`storage`, `atoll.storage`).
    pub storage: Storage,
    /// What is logged (`log`).
    pub log: Log,
    /// What is on beyond the distribution specification (`extensions`).
    pub extensions: Extensions,
    /// Uploads on their way (`atoll.uploads`).
    pub uploads: Uploads,
    /// The database of metadata (`atoll.index`).
    pub index: Index,
    /// What may be asked (`atoll.limits`).
    pub limits: Limits,
    /// How the server stops (`atoll.shutdown`).
    pub shutdown: Shutdown,
    /// Work inside the process (`atoll.tasks`).
    pub tasks: Tasks,
    /// Parts that metadata is split into, 1 to 4096 (`atoll.shards`); a data folder that exists has its own number.
    pub shards: u16,
    /// The members that serve one registry together (`cluster`, `atoll.cluster`); none for a server that is alone.
    pub cluster: Option<Cluster>,
    /// Written keys without effect, or with advice; each is worth one line in the log.
    pub warnings: Vec<Warning>,
}

/// Valid settings, or everything that is wrong.
///
/// The machine is asked who this server is among several members.
pub(crate) fn settle(mut merged: Merged, machine: &dyn Machine) -> Result<Settings, Error> {
    let (mut warnings, refusals) = judge(&merged.root);
    let (cluster, found) = cluster::read(&merged, machine);
    warnings.extend(found.warnings);
    let mut problems = std::mem::take(&mut merged.problems);
    for problem in refusals.into_iter().chain(check(&merged)).chain(found.problems) {
        // A key with a wrong value counts as missing later on: the first complaint is the true one.
        if problems.iter().all(|earlier| earlier.key != problem.key) {
            problems.push(problem);
        }
    }
    if problems.is_empty() {
        read(&merged, cluster, warnings).map_err(|problem| Error::Invalid { problems: vec![problem] })
    } else {
        Err(Error::Invalid { problems })
    }
}

fn read(merged: &Merged, cluster: Option<Cluster>, warnings: Vec<Warning>) -> Result<Settings, Problem> {
    Ok(Settings {
        http: Http::read(merged)?,
        tls: Tls::read(merged)?,
        storage: Storage::read(merged)?,
        log: Log::read(merged)?,
        extensions: Extensions::read(merged)?,
        uploads: Uploads::read(merged)?,
        index: Index::read(merged)?,
        limits: Limits::read(merged)?,
        shutdown: Shutdown::read(merged)?,
        tasks: Tasks::read(merged)?,
        shards: merged.number("atoll.shards")?,
        cluster,
        warnings,
    })
}
