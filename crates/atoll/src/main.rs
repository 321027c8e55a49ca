//! Atoll: an OCI registry in one binary. This is the composition root: the only place that reads settings and puts the rooms together.

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
mod reload;
mod serve;
mod signals;
mod upkeep;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let command = cli::Cli::parse();
    match cli::run(command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("atoll: {}", failure::describe(&failure));
            ExitCode::FAILURE
        }
    }
}
