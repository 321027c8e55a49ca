//! The run: which rows, in which order, and what is made of them.

mod blob_get;
mod blob_put;
mod cluster;
mod lists;
mod manifest_get;
mod manifest_put;
mod pushes;
mod search;
mod search_growth;
mod search_pushes;
mod standing;

use std::io::Write as _;

use clap::ValueEnum as _;

use crate::command_line::{Row, RunOptions};
use crate::error::Error;
use crate::stage::Stage;
use crate::stopwatch::Stopwatch;
use crate::table::{self, Line};
use crate::{machine, peers, process, report};

/// Connections of the load by GET.
const CONNECTIONS: usize = 8;

/// Measures the chosen rows, prints the table and writes it where it belongs.
pub(crate) fn run(options: &RunOptions) -> Result<(), Error> {
    peers::check()?;
    process::allow_many_files()?;
    let stage = Stage::set(options)?;
    let about = described(&stage, options);
    let chosen = if options.only.is_empty() { Row::value_variants() } else { &options.only };
    let mut lines = Vec::new();
    for row in chosen {
        let watch = Stopwatch::started();
        lines.extend(measured(*row, &stage)?);
        eprintln!("atoll-bench: {row:?} took {:.0} s", watch.elapsed().as_secs_f64());
    }
    let text = format!("{about}\n\n{}", table::rendered(&lines));
    // Nobody to tell when standard output is gone.
    let _gone = std::io::stdout().write_all(text.as_bytes());
    match &options.document {
        Some(document) => report::write(document, &text),
        None => Ok(()),
    }
}

fn measured(row: Row, stage: &Stage) -> Result<Vec<Line>, Error> {
    match row {
        Row::BlobGet => blob_get::measure(stage),
        Row::BlobPut => blob_put::measure(stage),
        Row::ManifestGet => manifest_get::measure(stage),
        Row::ManifestPut => manifest_put::measure(stage),
        Row::Lists => lists::measure(stage),
        Row::Standing => standing::measure(stage),
        Row::Cluster => cluster::measure(stage),
        Row::Search => search::measure(stage),
        Row::SearchGrowth => search_growth::measure(stage),
        Row::SearchPushes => search_pushes::measure(stage),
    }
}

fn described(stage: &Stage, options: &RunOptions) -> String {
    let date = options.date.as_deref().map(|date| format!("{date}. ")).unwrap_or_default();
    let size = if options.quick { "Quick run. " } else { "" };
    let [nginx, registry] = peers::versions();
    format!(
        "{date}{size}{}. Beside: {nginx}; {registry}. Measured: {}.",
        machine::described(stage.path()),
        machine::version_of(&stage.atoll, "--version"),
    )
}
