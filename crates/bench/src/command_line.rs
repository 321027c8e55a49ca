//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures the product beside its peers.
#[derive(Debug, Parser)]
#[command(name = "atoll-bench")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Measures everything, prints the table and, if asked to, writes it into a document.
    Run(RunOptions),
    /// The limit of uploads: receives, hashes, writes and flushes, and does nothing else.
    Floor {
        /// Loopback port to listen on.
        #[arg(long)]
        port: u16,
        /// Where the files go.
        #[arg(long)]
        folder: PathBuf,
    },
    /// The limit of answers: the product's HTTP stack with one constant behind it.
    Constant {
        /// Loopback port to listen on.
        #[arg(long)]
        port: u16,
        /// Size of the answer.
        #[arg(long)]
        bytes: usize,
    },
    /// The limit of searches: the product's server over answers that are made already.
    Prebuilt {
        /// Loopback port to listen on.
        #[arg(long)]
        port: u16,
    },
}

/// What `run` can be told.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// Two minutes instead of twenty: less data, fewer and shorter rounds.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only these rows, by default all.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Row>,
    /// The program to measure.
    #[arg(long, env = "ATOLL_BIN", default_value = "target/release/atoll")]
    pub(crate) atoll: PathBuf,
    /// Where the data of all contestants goes, below a folder of its own that is removed at the end.
    #[arg(long, default_value = "target")]
    pub(crate) work: PathBuf,
    /// The day that the table bears, such as 2026-11-23.
    #[arg(long)]
    pub(crate) date: Option<String>,
    /// The document whose table is replaced; without it nothing is written.
    #[arg(long)]
    pub(crate) document: Option<PathBuf>,
}

/// The rows of the table, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Row {
    /// Pulls of blobs.
    BlobGet,
    /// Pushes of a large blob.
    BlobPut,
    /// Pulls of a small manifest.
    ManifestGet,
    /// Pushes of manifests by many clients.
    ManifestPut,
    /// Pages of long lists.
    Lists,
    /// Start and memory.
    Standing,
    /// A cluster, beside the member that has what is asked for, and beside a single server.
    Cluster,
    /// Searches, beside the same API with answers that are made already.
    Search,
    /// Searches in registries of different sizes, and what the search costs starts and memory.
    SearchGrowth,
    /// What the search costs pushes.
    SearchPushes,
}
