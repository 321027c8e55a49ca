//! The node itself: its parts, its settings, and the work it does by itself.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use atoll_host::{Host, Shutdown};
use atoll_index::{Index, Snapshot};
use atoll_oci::Repository;
use atoll_placement::{ClusterKey, MemberId, Shard};
use atoll_service::{Bearings, Error, Origin, SweepReport};
use atoll_store::Store;

use crate::disk::{ContentBytes, Disk};
use crate::pins::Pins;
use crate::promises::{Changing, Promises};
use crate::pulls::Pulls;
use crate::search::Search;
use crate::uploads::Sessions;

/// How often counted pulls are written: a crash loses at most this much of them.
const PULLS_FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// How often the store is swept.
const SWEEP_INTERVAL: Duration = Duration::from_hours(1);

/// Settings of a node.
#[derive(Debug, Clone)]
pub struct Options {
    /// Accept manifests whose parts are not in the repository.
    pub sparse: bool,
    /// Most repositories the registry may hold; `None`: no limit.
    pub max_repositories: Option<u64>,
    /// Most uploads one client may have open.
    pub max_uploads_per_client: usize,
    /// An upload that nobody touched for so long is given up.
    pub uploads_expire_after: Duration,
    /// Bytes that no repository links stay this long, so that a push in progress finds what it has just sent.
    pub sweep_grace: Duration,
    /// Writes are refused while fewer bytes than this are free.
    pub low_water_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sparse: false,
            max_repositories: None,
            max_uploads_per_client: 200,
            uploads_expire_after: Duration::from_hours(24),
            sweep_grace: Duration::from_hours(1),
            low_water_bytes: 256 << 20,
        }
    }
}

/// Hears what a node does by itself.
pub trait Observer: Send + Sync {
    /// A sweep ended: with what it removed, or early.
    fn swept(&self, report: Option<&SweepReport>, took: Duration);

    /// The repositories whose size is asked for: those of which nothing was told yet, or all of them.
    fn wanted(&self, all: bool) -> Vec<Repository>;

    /// Bytes of all blobs that a repository links; `None` for one that is gone.
    fn measured(&self, repository: &Repository, bytes: Option<u64>);
}

/// What a node is made of.
pub struct Parts {
    /// Its rows.
    pub index: Arc<Index>,
    /// Its bytes.
    pub store: Arc<dyn Store>,
    /// Where reads look for what is not here.
    pub origin: Arc<dyn Origin>,
    /// Who this member is. Which shards it serves is for its rows to say.
    pub member: MemberId,
    /// The cluster's key, for upload ids.
    pub key: ClusterKey,
    /// The outside world.
    pub host: Host,
}

/// One member's own part of the registry.
pub struct LocalNode {
    pub(crate) parts: Parts,
    options: ArcSwap<Options>,
    pub(crate) disk: Arc<Disk>,
    pub(crate) pins: Arc<Pins>,
    pub(crate) pulls: Pulls,
    pub(crate) promises: Promises,
    pub(crate) sessions: Arc<Sessions>,
    /// Who knows the cluster, for what the node tells other members of itself.
    pub(crate) bearings: Mutex<Option<Arc<dyn Bearings>>>,
    /// Repositories that the other members hold.
    pub(crate) elsewhere: AtomicU64,
    pub(crate) content: ContentBytes,
    /// Empty unless search is switched on.
    pub(crate) search: OnceLock<Search>,
}

impl LocalNode {
    /// A node over its parts. It does nothing by itself until [`LocalNode::run`].
    pub fn new(parts: Parts, options: Options) -> Arc<Self> {
        let disk = Arc::new(Disk::new(Arc::clone(&parts.store), parts.host.clone()));
        let options = ArcSwap::from_pointee(options);
        Arc::new(Self {
            disk,
            pins: Arc::new(Pins::new()),
            pulls: Pulls::new(),
            promises: Promises::new(parts.host.random.as_ref()),
            sessions: Arc::new(Sessions::new()),
            bearings: Mutex::new(None),
            elsewhere: AtomicU64::new(0),
            content: ContentBytes::default(),
            search: OnceLock::new(),
            parts,
            options,
        })
    }

    /// Follows other settings from the next request on.
    pub fn reconfigure(&self, options: Options) {
        self.options.store(Arc::new(options));
    }

    pub(crate) fn options(&self) -> Arc<Options> {
        self.options.load_full()
    }

    /// To be called before anything is changed that an answer may show, and kept until it is.
    pub(crate) async fn changing(&self) -> Changing<'_> {
        self.promises.change(self.parts.host.clock.as_ref()).await
    }

    /// Refuses a write below the low-water mark.
    pub(crate) async fn admit_write(&self) -> Result<(), Error> {
        self.disk.admit_write(self.options().low_water_bytes).await
    }

    /// The node's own upkeep: writes counted pulls and sweeps the store, until the signal; then writes the last counts.
    pub async fn run(self: Arc<Self>, shutdown: Shutdown, observer: Arc<dyn Observer>) {
        tokio::select! {
            () = self.keep_up(shutdown, observer.as_ref()) => {}
            () = self.count_content() => {}
        }
    }

    async fn keep_up(&self, mut shutdown: Shutdown, observer: &dyn Observer) {
        let clock = &self.parts.host.clock;
        let mut swept = clock.elapsed();
        loop {
            tokio::select! {
                () = clock.sleep(PULLS_FLUSH_INTERVAL) => {}
                () = shutdown.signalled() => break,
            }
            self.flush_pulls().await;
            if clock.elapsed().saturating_sub(swept) >= SWEEP_INTERVAL {
                swept = clock.elapsed();
                self.sweep_and_tell(observer).await;
            }
        }
        self.flush_pulls().await;
    }

    async fn sweep_and_tell(&self, observer: &dyn Observer) {
        let began = self.parts.host.clock.elapsed();
        let swept = self.sweep_store().await;
        observer.swept(swept.as_ref().ok(), self.parts.host.clock.elapsed().saturating_sub(began));
        match swept {
            Ok(SweepReport { blobs, bytes, uploads, .. }) => {
                tracing::info!(blobs, bytes, uploads, "swept the store of what no repository links");
            }
            Err(error) => tracing::warn!(error = %error, "the sweep of the store ended early"),
        }
    }

    /// The rows as of now, for a question about a repository. Refused if its shard is not served here: what is read from these rows
    /// was true at a moment when nobody else served it.
    pub(crate) fn own(&self, repository: &Repository) -> Result<Snapshot, Error> {
        let snapshot = self.parts.index.snapshot();
        snapshot.admit(snapshot.shard_of(repository))?;
        Ok(snapshot)
    }

    /// The rows as of now, for a question about whole shards. Refused unless all of them are served here.
    pub(crate) fn own_shards(&self, shards: &[Shard]) -> Result<Snapshot, Error> {
        let snapshot = self.parts.index.snapshot();
        shards.iter().try_for_each(|shard| snapshot.admit(*shard))?;
        Ok(snapshot)
    }
}
