//! What the commands take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Where the server is, and as whom it is asked.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Reach {
    /// Address of the server
    #[arg(long, env = "ATOLL_URL", default_value = "http://127.0.0.1:8080")]
    pub(super) url: String,
    /// Whom to log in as
    #[arg(long, value_name = "NAME:PASSWORD", env = "ATOLL_USER", hide_env_values = true)]
    pub(super) user: Option<String>,
    /// PEM file with the authorities that the server's certificate is checked against, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,
}

/// How the answer is printed.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Show {
    /// Form of the output
    #[arg(long, short, value_enum, default_value_t)]
    pub(super) output: Output,
}

/// How much is printed.
#[derive(Args)]
#[group(skip)]
pub(crate) struct List {
    /// Most rows to print
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) limit: u32,
}

/// Forms of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
    /// For people and programs
    Yaml,
}

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// How well the name matches
    #[default]
    Relevance,
    /// The latest update first
    Updated,
    /// Names ascending
    Name,
    /// The most pulled first
    Downloads,
}

impl Sort {
    /// As the search calls it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Relevance => "RELEVANCE",
            Self::Updated => "UPDATE_TIME",
            Self::Name => "ALPHABETIC_ASC",
            Self::Downloads => "DOWNLOADS",
        }
    }
}

/// Arguments of `atoll search`.
#[derive(Args)]
pub(crate) struct Search {
    /// Part of a repository's name, `name:tag`, `:tag`, or `sha256:` and a digest
    #[arg(required = true)]
    pub(super) words: Vec<String>,
    /// Order of the rows
    #[arg(long, value_enum, default_value_t)]
    pub(super) sort: Sort,
    #[command(flatten)]
    pub(super) list: List,
    #[command(flatten)]
    pub(super) reach: Reach,
    #[command(flatten)]
    pub(super) show: Show,
}

/// `atoll repo`.
#[derive(Subcommand)]
pub(crate) enum RepositoryCommand {
    /// Lists the repositories
    List {
        /// Order of the rows
        #[arg(long, value_enum, default_value_t = Sort::Name)]
        sort: Sort,
        #[command(flatten)]
        list: List,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        show: Show,
    },
}

/// `atoll image`.
#[derive(Subcommand)]
pub(crate) enum ImageCommand {
    /// Lists the images of a repository
    List {
        /// The repository
        repository: String,
        #[command(flatten)]
        list: List,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        show: Show,
    },
    /// Shows one image with its manifests
    Show {
        /// The image, as `repository:tag`
        image: String,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        show: Show,
    },
    /// Lists the images with a manifest, config or layer of this digest
    Digest {
        /// The digest, or a part of it
        digest: String,
        #[command(flatten)]
        list: List,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        show: Show,
    },
    /// Lists the images that this one is built upon
    Base {
        /// The image, as `repository:tag`
        image: String,
        #[command(flatten)]
        list: List,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        show: Show,
    },
    /// Lists the images that are built upon this one
    Derived {
        /// The image, as `repository:tag`
        image: String,
        #[command(flatten)]
        list: List,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        show: Show,
    },
}
