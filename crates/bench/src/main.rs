//! `make bench`: starts the product, its peers and the limits of the machine, loads them in turns and prints ratios.
//!
//! Must not know: the product's insides. It sees a program that is started with a file and speaks HTTP, like every peer;
//! only the limits that are made here (`floor`, `constant`, `prebuilt`) are built from the product's own parts.

mod client;
mod command_line;
mod constant;
mod contest;
mod error;
mod floor;
mod images;
mod load;
mod machine;
mod peers;
mod prebuilt;
mod process;
mod report;
mod rows;
mod stage;
mod stopwatch;
mod table;

use std::process::ExitCode;

use clap::Parser as _;

use crate::command_line::{Arguments, Task};

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Run(options) => rows::run(&options),
        Task::Floor { port, folder } => floor::run(port, &folder),
        Task::Constant { port, bytes } => constant::run(port, bytes),
        Task::Prebuilt { port } => prebuilt::run(port),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("atoll-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
