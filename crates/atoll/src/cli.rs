//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use atoll_config::{Settings, Sources};
use clap::{Args, Parser, Subcommand};

use crate::failure::Failure;
use crate::output::say;
use crate::{build, client, cluster, import, serve, upkeep, verify};

/// An OCI registry whose members answer as one.
#[derive(Parser)]
#[command(name = "atoll", version = long_version(), max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the registry; without a file on 127.0.0.1:8080, with its data in ./data
    Serve(Configuration),
    /// Says whether a configuration is valid, and what in it has no effect
    Verify(Configuration),
    /// Prints the JSON Schema (draft-07) of the configuration
    Schema,
    /// Brings repositories in from elsewhere; the server must not be running
    #[command(subcommand)]
    Import(Import),
    /// Removes bytes that no repository links, and idle uploads; the server must not be running
    Gc(Flags),
    /// Looks after the index
    #[command(subcommand)]
    Index(IndexCommand),
    /// Looks after the cluster
    #[command(subcommand)]
    Cluster(cluster::ClusterCommand),
    /// Looks for repositories and images on a server
    Search(client::Search),
    /// Shows the repositories of a server
    #[command(subcommand)]
    Repo(client::RepositoryCommand),
    /// Shows the images of a server
    #[command(subcommand)]
    Image(client::ImageCommand),
}

#[derive(Subcommand)]
enum Import {
    /// Copies all repositories from the root folder of a zot server, which is left as it is
    Zot {
        /// The root folder (`storage.rootDirectory`) of the zot server
        root: PathBuf,
        #[command(flatten)]
        flags: Flags,
    },
    /// Copies one OCI image layout
    Layout {
        /// The folder with `oci-layout` and `index.json`
        folder: PathBuf,
        /// The repository to copy it to
        #[arg(long)]
        repository: String,
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Subcommand)]
enum IndexCommand {
    /// Makes the index anew from what it holds and what the store has; the server must not be running
    Rebuild {
        /// Goes on without what is lost, where the log of the index is damaged
        #[arg(long)]
        accept_loss: bool,
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Args)]
struct Configuration {
    /// Configuration files, JSON or YAML; later ones win
    files: Vec<PathBuf>,
    #[command(flatten)]
    set: Overrides,
}

#[derive(Args)]
pub(crate) struct Flags {
    /// Configuration file, JSON or YAML; may be given several times
    #[arg(long = "config", short)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    set: Overrides,
}

#[derive(Args)]
struct Overrides {
    /// Sets one key, such as `http.port=8081`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
}

/// Does what the command line asks.
pub(crate) fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Serve(configuration) => serve::run(&sources(configuration.files, configuration.set)?),
        Command::Verify(configuration) => verify::run(&sources(configuration.files, configuration.set)?),
        Command::Schema => {
            say(&atoll_config::schema())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(Import::Zot { root, flags }) => import::zot(&load(flags)?, &root),
        Command::Import(Import::Layout { folder, repository, flags }) => {
            let repository =
                repository.parse().map_err(|error: atoll_oci::Error| Failure::Usage(error.to_string()))?;
            import::layout(&load(flags)?, &folder, repository)
        }
        Command::Gc(flags) => upkeep::sweep(&load(flags)?),
        Command::Index(IndexCommand::Rebuild { accept_loss, flags }) => {
            upkeep::rebuild(&load(flags)?, accept_loss)
        }
        Command::Cluster(command) => cluster::run(command),
        Command::Search(search) => client::search(&search),
        Command::Repo(command) => client::repositories(&command),
        Command::Image(command) => client::images(&command),
    }
}

pub(crate) fn load(flags: Flags) -> Result<Settings, Failure> {
    Ok(atoll_config::load(&sources(flags.files, flags.set)?)?)
}

fn sources(files: Vec<PathBuf>, set: Overrides) -> Result<Sources, Failure> {
    let pair = |text: String| match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(Failure::Usage(format!("`--set {text}` has no `=`: write `--set key=value`"))),
    };
    let overrides = set.overrides.into_iter().map(pair).collect::<Result<_, _>>()?;
    let utf8 = |(key, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((key.into_string().ok()?, value.into_string().ok()?))
    };
    let environment = std::env::vars_os().filter_map(utf8).collect();
    Ok(Sources { files, environment, overrides })
}

fn long_version() -> &'static str {
    static VERSION: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    VERSION.get_or_init(|| {
        format!(
            "{} (commit {}, distribution-spec {})",
            build::VERSION,
            build::COMMIT,
            build::DISTRIBUTION_SPEC
        )
    })
}

#[cfg(test)]
mod tests;
