//! What is on beyond the distribution specification.

use std::path::PathBuf;

use crate::merged::Merged;
use crate::problem::Problem;

/// What is on beyond the distribution specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extensions {
    /// The GraphQL search; none if it is off.
    pub search: Option<Search>,
    /// Whether the web interface is on; search is then on, too.
    pub ui: bool,
    /// The folder that holds the web interface; none for our own.
    pub ui_folder: Option<PathBuf>,
    /// The page for Prometheus; none if it is off.
    pub metrics: Option<Metrics>,
}

/// Bounds of search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The most rows of one answer; beyond that pages must be asked for.
    pub max_rows: u32,
}

/// The page for Prometheus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Its path, which begins with `/` and is not below `/v2`.
    pub path: String,
    /// Repositories that get values of their own; the rest share one.
    pub repository_labels: usize,
}

impl Extensions {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        let search = Search { max_rows: merged.number("atoll.search.maxRows")? };
        let metrics = Metrics {
            path: merged.text("extensions.metrics.prometheus.path")?,
            repository_labels: merged.number("atoll.metrics.repositoryLabels")?,
        };
        Ok(Self {
            search: merged.enabled("extensions.search").then_some(search),
            ui: merged.enabled("extensions.ui"),
            ui_folder: merged.optional_text("extensions.ui.path").map(PathBuf::from),
            metrics: merged.enabled("extensions.metrics").then_some(metrics),
        })
    }
}
