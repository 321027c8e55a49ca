//! Putting a node together from settings: the same for serving, importing and upkeep.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use atoll_cluster::{RoutedNode, Routes};
use atoll_config::Settings;
use atoll_host::Host;
use atoll_index::{Index, Location, Observer};
use atoll_registry::{LocalNode, Parts};
use atoll_service::{NoOrigin, Node};
use atoll_store::{FileStore, Folder, Store as _};

use crate::cluster::folder_options;
use crate::failure::Failure;

/// File name of the index below the data folder.
pub(crate) const INDEX_FILE: &str = "index.redb";

/// A node and what keeps it alive.
pub(crate) struct Assembly {
    /// Holds the lock of the data folder.
    pub(crate) folder: Folder,
    /// The member's own part.
    pub(crate) local: Arc<LocalNode>,
    /// The whole, as clients see it.
    pub(crate) routed: Arc<RoutedNode>,
}

/// Opens the data folder and puts the node together over it.
pub(crate) async fn assemble(
    settings: &Settings,
    host: &Host,
    observer: Arc<dyn Observer>,
) -> Result<Assembly, Failure> {
    let root = settings.storage.root_directory.as_path();
    let folder = Folder::open(root, &folder_options(settings), host)?;
    let store_options = atoll_store::Options { durable: settings.storage.commit };
    let store = FileStore::open(root, &store_options, host.clone())
        .map_err(|source| Failure::Store { folder: root.to_owned(), source })?;
    let index_file = root.join(INDEX_FILE);
    refuse_without_index(&index_file, &store, host).await?;
    let mut options = index_options(settings, &folder, &index_file);
    options.observer = observer;
    let index = Index::open(&options, host).map_err(|source| Failure::index(root, source))?;
    let (member, key) = (folder.member(), folder.cluster_key());
    let parts = Parts {
        index: Arc::new(index),
        store: Arc::new(store),
        origin: Arc::new(NoOrigin),
        member,
        key,
        host: host.clone(),
    };
    let local = LocalNode::new(parts, node_options(settings));
    let table = Routes::alone(key, folder.shards(), (member, Arc::clone(&local) as Arc<dyn Node>));
    let follows = Arc::clone(&local);
    let whole = RoutedNode::new(table, host.clone(), atoll_cluster::Options::default());
    let routed = Arc::new(whole.with_changes(Arc::new(move || follows.freshness())));
    Ok(Assembly { folder, local, routed })
}

/// An index that is lost must not be taken for one that was never there: nothing would want the content any more, and the next sweep
/// would remove it.
async fn refuse_without_index(file: &Path, store: &FileStore, host: &Host) -> Result<(), Failure> {
    let folder = || file.parent().unwrap_or(file).to_owned();
    match host.files.entry(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        // Opening it tells what else may be wrong with it.
        _ => return Ok(()),
    }
    let kept = store.list(None, 1).await.map_err(|source| Failure::Store { folder: folder(), source })?;
    if kept.is_empty() { Ok(()) } else { Err(Failure::NoIndex { folder: folder() }) }
}

/// How the index of a data folder is opened.
pub(crate) fn index_options(settings: &Settings, folder: &Folder, file: &Path) -> atoll_index::Options {
    let mut options =
        atoll_index::Options::new(Location::File(file.to_owned()), folder.cluster_key(), folder.shards());
    options.cache_bytes = usize::try_from(settings.index.cache_size.bytes()).unwrap_or(usize::MAX);
    options.is_durable = settings.storage.commit;
    options.is_alone = settings.cluster.is_none();
    options
}

/// The part of the settings that the node itself follows.
pub(crate) fn node_options(settings: &Settings) -> atoll_registry::Options {
    atoll_registry::Options {
        sparse: settings.http.compat.sparse,
        max_repositories: settings.storage.max_repositories.map(std::num::NonZeroU64::get),
        max_uploads_per_client: settings.uploads.max_per_client,
        uploads_expire_after: settings.uploads.expire_after,
        low_water_bytes: settings.storage.low_water_mark.bytes(),
        ..atoll_registry::Options::default()
    }
}

/// Runs a command to its end on a runtime of its own.
pub(crate) fn block_on<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(Host) -> Result<T, Failure>,
) -> Result<T, Failure> {
    atoll_host::keep_freed_memory();
    let threads = settings.tasks.blocking_threads;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(threads)
        .build()
        .map_err(|source| Failure::System { doing: "the runtime cannot start", source })?;
    runtime.block_on(async { work(Host::system(threads)).await })
}
