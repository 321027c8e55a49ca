//! The recorder: typed methods for everything that is counted, and the text that Prometheus scrapes.
//!
//! A recorder is a value, not a global: the composition root makes one and hands clones to whoever counts. Recording a
//! request takes no allocation and no lock that is held for longer than a look-up.

mod cluster;
mod http;
mod repositories;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text as openmetrics};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use crate::names::metric;

pub use cluster::{PeerCall, PeerOutcome, ShardCounts};
pub use http::{InFlight, Request};
pub use repositories::{NO_REPOSITORY, OTHER_REPOSITORIES};

/// `Content-Type` of [`Recorder::render`]: the text format 0.0.4 that zot answers with.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How many repositories get a label of their own unless the settings say otherwise; the rest share one.
pub const DEFAULT_MAX_REPOSITORIES: usize = 1_000;

/// Upper bounds of the commit latency buckets, in seconds: a flush takes from tens of microseconds to seconds.
const COMMIT_BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];
/// Upper bounds of the batch size buckets, in commands.
const BATCH_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// Upper bounds of the garbage collection buckets, in seconds.
const GC_BUCKETS: [f64; 7] = [0.05, 0.5, 1.0, 5.0, 30.0, 60.0, 600.0];

/// What a recorder has to know before it starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many repositories get a label of their own; every further one is counted under [`OTHER_REPOSITORIES`].
    pub max_repositories: usize,
    /// What is running, for `zot_info`.
    pub build: Build,
}

/// The build facts behind `zot_info`.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// Source revision.
    pub commit: String,
    /// Which flavour of the binary.
    pub binary_type: String,
    /// Compiler version; scraped as `goVersion`, the label that dashboards know.
    pub toolchain: String,
    /// Product version.
    pub version: String,
}

/// What a garbage collection removed, by sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Removed {
    /// Bytes of a blob.
    Blob,
    /// A manifest row.
    Manifest,
    /// An upload that nobody finished.
    Upload,
}

/// Counts everything; clones are cheap and share the numbers.
#[derive(Debug, Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    registry: Registry,
    http: http::Http,
    cluster: cluster::Cluster,
    repositories: repositories::Repositories,
    gc_runs: Family<GcLabels, Counter>,
    gc_duration: Histogram,
    gc_deleted: Family<RemovedLabels, Counter>,
    free_bytes: Gauge,
    uploads_open: Gauge,
    index_commit: Histogram,
    index_batch: Histogram,
    log_dropped: Counter,
    audit_dropped: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GcLabels {
    error: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RemovedLabels {
    r#type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
#[expect(non_snake_case, reason = "these are the label names of zot_info on the wire")]
struct InfoLabels {
    commit: String,
    binaryType: String,
    goVersion: String,
    version: String,
}

impl Recorder {
    /// A recorder with all numbers at zero.
    pub fn new(options: Options) -> Self {
        let mut registry = Registry::default();
        describe(&mut registry, options.build);
        let shared = Shared {
            http: http::Http::register(&mut registry),
            cluster: cluster::Cluster::register(&mut registry),
            repositories: repositories::Repositories::new(options.max_repositories),
            gc_runs: counter(&mut registry, metric::GC_RUNS, "Garbage collections", Family::default()),
            gc_duration: histogram(
                &mut registry,
                metric::GC_DURATION,
                "Duration of a garbage collection",
                GC_BUCKETS,
            ),
            gc_deleted: counter(
                &mut registry,
                metric::GC_DELETED,
                "What garbage collections removed",
                Family::default(),
            ),
            free_bytes: gauge(&mut registry, metric::STORE_FREE_BYTES, "Free bytes on the disk of the store"),
            uploads_open: gauge(&mut registry, metric::UPLOADS_OPEN, "Uploads begun and not finished"),
            index_commit: histogram(
                &mut registry,
                metric::INDEX_COMMIT,
                "Time to a durable commit",
                COMMIT_BUCKETS,
            ),
            index_batch: histogram(
                &mut registry,
                metric::INDEX_BATCH,
                "Commands in one commit",
                BATCH_BUCKETS,
            ),
            log_dropped: counter(
                &mut registry,
                metric::LOG_LINES_DROPPED,
                "Log lines lost",
                Counter::default(),
            ),
            audit_dropped: counter(
                &mut registry,
                metric::AUDIT_RECORDS_DROPPED,
                "Audit records lost",
                Counter::default(),
            ),
            registry,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Notes that a request began; the guard notes its end when it is dropped.
    pub fn request_started(&self) -> InFlight {
        self.shared.http.started()
    }

    /// Counts an answered request. An error answer never opens a label for a repository: a scanner that asks for names
    /// that do not exist must not use up the labels.
    pub fn request_finished(&self, request: &Request<'_>) {
        self.shared.http.finished(request);
        self.shared.repositories.finished(request);
    }

    /// Adds received request body bytes.
    pub fn bytes_received(&self, bytes: u64) {
        self.shared.http.request_bytes.inc_by(bytes);
    }

    /// Adds sent response body bytes.
    pub fn bytes_sent(&self, bytes: u64) {
        self.shared.http.response_bytes.inc_by(bytes);
    }

    /// Counts a pushed manifest.
    pub fn image_uploaded(&self, repository: &str) {
        self.shared.repositories.uploaded(repository);
    }

    /// Counts a pulled manifest.
    pub fn image_downloaded(&self, repository: &str) {
        self.shared.repositories.downloaded(repository);
    }

    /// Sets the bytes that a repository links. A repository beyond the bound of labels is left out: a gauge cannot be
    /// shared.
    pub fn repository_bytes(&self, repository: &str, bytes: u64) {
        self.shared.repositories.stored(repository, bytes);
    }

    /// The repositories that have a label: all of them, or those whose bytes were never set.
    pub fn repositories(&self, all: bool) -> Vec<Box<str>> {
        self.shared.repositories.names(all)
    }

    /// Gives the label of a removed repository back.
    pub fn repository_removed(&self, repository: &str) {
        self.shared.repositories.removed(repository);
    }

    /// Counts a garbage collection and how long it took.
    pub fn gc_finished(&self, duration: Duration, failed: bool) {
        self.shared.gc_runs.get_or_create(&GcLabels { error: failed }).inc();
        self.shared.gc_duration.observe(duration.as_secs_f64());
    }

    /// Counts what a garbage collection removed.
    pub fn gc_removed(&self, what: Removed, count: u64) {
        let r#type = match what {
            Removed::Blob => "blob",
            Removed::Manifest => "manifest",
            Removed::Upload => "upload",
        };
        self.shared.gc_deleted.get_or_create(&RemovedLabels { r#type }).inc_by(count);
    }

    /// Sets the free bytes on the disk of the store.
    pub fn store_free_bytes(&self, bytes: u64) {
        self.shared.free_bytes.set(bytes.try_into().unwrap_or(i64::MAX));
    }

    /// Sets the number of uploads that are begun and not finished.
    pub fn uploads_open(&self, count: usize) {
        self.shared.uploads_open.set(count.try_into().unwrap_or(i64::MAX));
    }

    /// Counts a durable commit of the index: how long it took and how many commands shared it.
    pub fn index_committed(&self, duration: Duration, commands: u32) {
        self.shared.index_commit.observe(duration.as_secs_f64());
        self.shared.index_batch.observe(f64::from(commands));
    }

    /// Everything in the Prometheus text format 0.0.4, to be served as [`CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut encoded = String::new();
        // Writing into a string cannot fail; a metric that reports otherwise is left out rather than panicked over.
        if openmetrics::encode_registry(&mut encoded, &self.shared.registry).is_err() {
            tracing::error!("a metric could not be encoded; the page of metrics is incomplete");
        }
        let mut page = text::plain(&encoded);
        self.shared.repositories.render(&mut page);
        page
    }

    pub(crate) fn log_dropped(&self) -> Counter {
        self.shared.log_dropped.clone()
    }

    pub(crate) fn audit_dropped(&self) -> Counter {
        self.shared.audit_dropped.clone()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { max_repositories: DEFAULT_MAX_REPOSITORIES, build: Build::default() }
    }
}

fn describe(registry: &mut Registry, build: Build) {
    let info = Family::<InfoLabels, Gauge>::default();
    registry.register(metric::INFO, "What is running", info.clone());
    let labels = InfoLabels {
        commit: build.commit,
        binaryType: build.binary_type,
        goVersion: build.toolchain,
        version: build.version,
    };
    info.get_or_create(&labels).set(1);
}

/// Registers a counter. The library appends `_total` to the name of every counter by itself.
fn counter<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name.strip_suffix("_total").unwrap_or(name), help, metric.clone());
    metric
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

fn histogram<const N: usize>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    buckets: [f64; N],
) -> Histogram {
    let histogram = Histogram::new(buckets);
    registry.register(name, help, histogram.clone());
    histogram
}
