//! Kills real servers again and again and checks that nothing they acknowledged is lost.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use atoll_host::{Random as _, SystemRandom};
use atoll_testkit::crash::{Options, Summary, run};
use clap::Parser;

/// From so many kills on, every kind of write must have happened.
const ENOUGH_KILLS: u64 = 20;

/// Most members; each is a process on this machine.
const MAX_MEMBERS: i64 = 16;

/// Kills real servers again and again and checks that nothing they acknowledged is lost.
#[derive(Parser)]
struct Arguments {
    /// The server program.
    #[arg(long)]
    server: PathBuf,
    /// What everything random follows from; another one each time if it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// At least so many kills.
    #[arg(long, default_value_t = 40)]
    kills: u64,
    /// At least so many seconds.
    #[arg(long, default_value_t = 0)]
    seconds: u64,
    /// Members of a cluster; one is a server that runs alone.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MAX_MEMBERS))]
    members: u16,
    /// Clients at a time.
    #[arg(long, default_value_t = 8)]
    workers: usize,
    /// Makes the servers forget what they were told before the kills: the run must fail then.
    #[arg(long)]
    forget: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| {
        let mut bytes = [0; 8];
        SystemRandom.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    });
    let options = Options {
        // Servers run in folders of their own, from where a relative path would lead elsewhere.
        program: std::path::absolute(&arguments.server).unwrap_or(arguments.server),
        seed,
        kills: arguments.kills,
        seconds: arguments.seconds,
        members: usize::from(arguments.members),
        workers: arguments.workers,
        forget: arguments.forget,
    };
    let mut summary = run(&options, &mut io::stderr());
    if summary.failed == 0 && options.kills >= ENOUGH_KILLS {
        demand_proof(&mut summary, options.members);
    }
    match report(&summary, &options) {
        Ok(()) if summary.failed == 0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// A run in which something never happened says nothing about it.
fn demand_proof(summary: &mut Summary, members: usize) {
    let unproven = summary.unproven();
    if !unproven.is_empty() {
        summary.findings.push(format!("in the whole run none of these was acknowledged: {unproven:?}"));
    }
    if members > 1 && summary.looks_past == 0 {
        summary.findings.push("nothing was looked for through another member".to_owned());
    }
    if members > 1 && summary.unavailable == 0 {
        summary.findings.push("nobody ever noticed that a member was down".to_owned());
    }
    summary.failed = u64::from(!summary.findings.is_empty());
}

fn report(summary: &Summary, options: &Options) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in &summary.findings {
        writeln!(out, "- {finding}")?;
    }
    for folder in &summary.folders {
        writeln!(out, "a server's folder is kept: {}", folder.display())?;
    }
    if options.members > 1 {
        let Summary { looks_past, unavailable, .. } = summary;
        writeln!(
            out,
            "{} members, {looks_past} looks past the member that acknowledged, {unavailable} requests refused during outages",
            options.members
        )?;
    }
    writeln!(
        out,
        "seed {}, {} acknowledged writes: {:?}",
        options.seed,
        summary.acknowledged(),
        summary.tally
    )?;
    writeln!(out, "crash: {} passed, {} failed", summary.passed, summary.failed)
}
