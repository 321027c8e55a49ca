//! Atoll: an OCI registry in one binary. This is the composition root: the only place that reads settings and puts the rooms together.

mod address;
mod assemble;
mod banner;
mod build;
mod cli;
mod client;
mod cluster;
mod failure;
mod import;
mod members;
mod observe;
mod open_files;
mod output;
mod reload;
mod serve;
mod signals;
mod upkeep;
mod verify;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    output::end(match cli::Cli::try_parse() {
        Ok(command) => cli::run(command),
        Err(found) => output::explain(&found),
    })
}
