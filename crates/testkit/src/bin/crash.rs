//! Kills a real server again and again and checks that nothing it acknowledged is lost.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use atoll_host::{Random as _, SystemRandom};
use atoll_testkit::crash::{Options, Summary, run};
use clap::Parser;

/// From so many kills on, every kind of write must have happened.
const ENOUGH_KILLS: u64 = 20;

/// Kills a real server again and again and checks that nothing it acknowledged is lost.
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
    /// Clients at a time.
    #[arg(long, default_value_t = 8)]
    workers: usize,
    /// Makes the server forget what it was told before each kill: the run must fail then.
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
        program: arguments.server,
        seed,
        kills: arguments.kills,
        seconds: arguments.seconds,
        workers: arguments.workers,
        forget: arguments.forget,
    };
    let mut summary = run(&options, &mut io::stderr());
    let unproven = summary.unproven();
    if summary.failed == 0 && options.kills >= ENOUGH_KILLS && !unproven.is_empty() {
        summary.failed = 1;
        summary.findings.push(format!("in the whole run none of these was acknowledged: {unproven:?}"));
    }
    match report(&summary, seed) {
        Ok(()) if summary.failed == 0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn report(summary: &Summary, seed: u64) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in &summary.findings {
        writeln!(out, "- {finding}")?;
    }
    if let Some(folder) = &summary.folder {
        writeln!(out, "the server's folder is kept: {}", folder.display())?;
    }
    writeln!(out, "seed {seed}, {} acknowledged writes: {:?}", summary.acknowledged(), summary.tally)?;
    writeln!(out, "crash: {} passed, {} failed", summary.passed, summary.failed)
}
