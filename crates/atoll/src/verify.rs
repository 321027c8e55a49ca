//! `atoll verify`: whether a server would start with this configuration, without starting one.
//!
//! What `serve` would read and open is read and looked at here; nothing is created, written or listened on. Not looked at is what
//! belongs to the moment of the start: the data folder, and whether the port is free.

use std::process::ExitCode;
use std::time::Duration;

use atoll_config::{Cluster, Settings, Sources, Trust};
use atoll_host::Host;
use atoll_net::{Mutual, MutualOptions, Server};
use atoll_telemetry::audit::Audit;
use atoll_telemetry::logs;

use crate::assemble::block_on;
use crate::failure::Failure;
use crate::output::{say, tell};
use crate::serve::{log_options, net_options, pages};

/// Reads the configuration as `serve` would and says what it finds.
pub(crate) fn run(sources: &Sources) -> Result<ExitCode, Failure> {
    let settings = atoll_config::load(sources)?;
    for warning in &settings.warnings {
        tell(&format!("warning: {warning}"));
    }
    block_on(&settings, async |host: Host| check(&settings, &host).await)?;
    say("the configuration is valid")?;
    Ok(ExitCode::SUCCESS)
}

/// What a start would meet, in the order of a start.
async fn check(settings: &Settings, host: &Host) -> Result<(), Failure> {
    logs::check(&log_options(settings))?;
    if let Some(cluster) = settings.cluster.as_ref().filter(|cluster| cluster.members.len() > 1) {
        check_link(cluster, host).await?;
    }
    if let Some(path) = &settings.log.audit {
        Audit::check(path)?;
    }
    if settings.extensions.ui {
        pages(settings, host)?;
    }
    Ok(Server::check(&net_options(settings), host).await?)
}

/// What this member proves itself with, and where the others call it.
async fn check_link(cluster: &Cluster, host: &Host) -> Result<(), Failure> {
    // What is derived from a secret was checked with the secret.
    if let Trust::Files { cert, key, authorities } = &cluster.trust {
        let files = MutualOptions::Files {
            cert: cert.clone(),
            key: key.clone(),
            authorities: vec![authorities.clone()],
            poll: Duration::MAX,
        };
        Mutual::load(files, host).await?;
    }
    let (addresses, port) = (vec![cluster.listen.host().to_owned()], cluster.listen.port());
    Ok(Server::check(&atoll_net::Options { addresses, port, ..atoll_net::Options::default() }, host).await?)
}
