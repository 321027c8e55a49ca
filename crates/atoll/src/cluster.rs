//! `atoll cluster`: what an operator asks and does. Facts come from a running member, or from the configuration alone.

mod adopt;
mod ask;
mod identity;
mod layout;
mod operator;
mod status;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use atoll_placement::MemberId;
use clap::{Args, Subcommand, ValueEnum};

pub(crate) use ask::Unanswered;
pub(crate) use identity::folder_options;
pub(crate) use operator::Orders;

use crate::cli::{Flags, load};
use crate::failure::Failure;

/// `atoll cluster`.
#[derive(Subcommand)]
pub(crate) enum ClusterCommand {
    /// Shows the members, what is missing and what moves, as a running member sees it
    Status {
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        show: Show,
    },
    /// Shows which member should hold how many shards, by the configuration alone
    Layout {
        #[command(flatten)]
        flags: Flags,
        #[command(flatten)]
        show: Show,
    },
    /// Shows which member should hold a repository, by the configuration alone
    Owner {
        /// The repository
        repository: String,
        #[command(flatten)]
        flags: Flags,
        #[command(flatten)]
        show: Show,
    },
    /// Has the member on this machine give all its shards to the others, or take its share again
    Drain {
        /// Takes the share again
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        flags: Flags,
        #[command(flatten)]
        reach: Reach,
    },
    /// Gives a member up whose disk is lost for good: the others serve its shards anew, empty
    GiveUp {
        #[command(flatten)]
        loss: Loss,
        #[command(flatten)]
        flags: Flags,
        #[command(flatten)]
        reach: Reach,
    },
    /// Makes the data folder of a server that was alone that of a member; the server must not be running
    Adopt(Flags),
}

/// Where a member is reached.
#[derive(Args)]
pub(crate) struct Reach {
    /// Address of the member
    #[arg(long, env = "ATOLL_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// PEM file with the authorities that the member's certificate is checked against
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
}

/// Which member is lost.
#[derive(Args)]
pub(crate) struct Loss {
    /// Id of the member, as `atoll cluster status` shows it
    #[arg(value_parser = operator::parse_member)]
    member: MemberId,
    /// Does it; without this, it is only told what would be lost
    #[arg(long)]
    yes: bool,
    /// It is known that the member is still in the list of members
    #[arg(long)]
    still_listed: bool,
}

/// How facts are printed.
#[derive(Args)]
pub(crate) struct Show {
    /// Form of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Form,
}

/// Forms of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

/// Does what the command asks.
pub(crate) fn run(command: ClusterCommand) -> Result<ExitCode, Failure> {
    match command {
        ClusterCommand::Status { reach, show } => status::run(&reach, show.output),
        ClusterCommand::Layout { flags, show } => layout::run(&load(flags)?, show.output),
        ClusterCommand::Owner { repository, flags, show } => {
            let repository =
                repository.parse().map_err(|error: atoll_oci::Error| Failure::Usage(error.to_string()))?;
            layout::owner(&load(flags)?, &repository, show.output)
        }
        ClusterCommand::Drain { undo, flags, reach } => operator::drain(&load(flags)?, &reach, undo),
        ClusterCommand::GiveUp { loss, flags, reach } => operator::give_up(&load(flags)?, &reach, &loss),
        ClusterCommand::Adopt(flags) => adopt::run(&load(flags)?),
    }
}
