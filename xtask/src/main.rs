//! Chores of the repository. `cargo xtask tidy` checks the house rules that the compiler does not know.
//!
//! Must not know: anything about the product but the shape of its code. It depends on no crate of the workspace.

mod error;
mod metadata;
mod modules;
mod names;
mod owners;
mod phrases;
mod ranks;
mod sizes;
mod source;
mod tidy;
mod tree;
mod violation;

use std::io::Write;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => tidy::run(),
        _ => {
            return complain(USAGE);
        }
    };
    match outcome {
        Ok(report) => {
            let mut out = std::io::stdout().lock();
            // Nobody to tell when standard output is gone; the exit status still says it.
            let _ = write!(out, "{report}");
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => complain(&format!("xtask: {error}")),
    }
}

fn complain(sentence: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{sentence}");
    ExitCode::from(2)
}
