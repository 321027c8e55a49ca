//! `atoll gc` and `atoll index rebuild`.

use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use atoll_config::Settings;
use atoll_host::Host;
use atoll_index::{Index, Unobserved};
use atoll_oci::Digest;
use atoll_service::{Admin as _, Caller};
use atoll_store::{FileStore, Folder, Store as _};
use bytes::Bytes;
use futures_util::TryStreamExt as _;

use crate::assemble::{Assembly, INDEX_FILE, assemble, block_on, index_options, node_options};
use crate::cluster::folder_options;
use crate::failure::Failure;
use crate::output::say;

/// The index while it is being made.
const NEW_FILE: &str = "rebuilt.redb";

/// The index that was replaced.
const OLD_FILE: &str = "replaced.redb";

/// Sweeps the store once. The server is not running, so nothing is young enough to be spared but uploads.
pub(crate) fn sweep(settings: &Settings) -> Result<ExitCode, Failure> {
    block_on(settings, async |host: Host| {
        expect_data(settings, &host)?;
        let Assembly { local, folder: _lock, .. } = assemble(settings, &host, Arc::new(Unobserved)).await?;
        local.reconfigure(atoll_registry::Options { sweep_grace: Duration::ZERO, ..node_options(settings) });
        let report = local.sweep(&Caller::internal("gc")).await;
        let report = report.map_err(|source| Failure::Node { doing: "the sweep ended early", source })?;
        say(&format!(
            "looked at {} blobs; removed {} blobs ({} bytes) and {} idle uploads",
            report.looked_at, report.blobs, report.bytes, report.uploads
        ))?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes the index anew beside the old one, then puts it in its place; the old one is kept under another name. Of a log that is damaged
/// only what lies before the damage is taken, if `accepts_loss`; else it is refused.
pub(crate) fn rebuild(settings: &Settings, accepts_loss: bool) -> Result<ExitCode, Failure> {
    block_on(settings, async |host: Host| {
        expect_data(settings, &host)?;
        let root = settings.storage.root_directory.clone();
        let folder = Folder::open(&root, &folder_options(settings), &host)?;
        let failed = |source| Failure::index(&root, source);
        let (old_file, new_file, kept) = (root.join(INDEX_FILE), root.join(NEW_FILE), root.join(OLD_FILE));
        // Left over from a rebuild that was interrupted.
        atoll_index::discard(host.files.as_ref(), &new_file).map_err(failed)?;
        let rebuilt = {
            let options = index_options(settings, &folder, &old_file);
            let old =
                Index::open(&atoll_index::Options { accepts_loss, ..options }, &host).map_err(failed)?;
            let new = Index::open(&index_options(settings, &folder, &new_file), &host).map_err(failed)?;
            let store = FileStore::open(&root, &atoll_store::Options::default(), host.clone());
            let store = store.map_err(|source| Failure::Store { folder: root.clone(), source })?;
            let body = |digest: &Digest| stored_manifest(&store, digest);
            atoll_index::rebuild(&old.snapshot(), &new, body).await.map_err(failed)?
        };
        atoll_index::replace(host.files.as_ref(), &new_file, &old_file, &kept).map_err(failed)?;
        say(&format!(
            "the index was rebuilt: {} repositories, {} manifests ({} could not be read again); the old one is `{}`",
            rebuilt.repositories,
            rebuilt.manifests,
            rebuilt.unread_manifests,
            kept.display()
        ))?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes sure that there is something to look after: a folder that is named by mistake must not be made, and an index that is lost must
/// not count as an empty one.
fn expect_data(settings: &Settings, host: &Host) -> Result<(), Failure> {
    let root = settings.storage.root_directory.as_path();
    Folder::require(root, host)?;
    let index = host.files.entry(&root.join(INDEX_FILE));
    index.map(drop).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::NoIndex { folder: root.to_owned() },
        _ => Failure::System { doing: "the index cannot be looked at", source: error },
    })
}

/// The bytes of a large manifest; `None` if they are gone or cannot be read.
fn stored_manifest(store: &FileStore, digest: &Digest) -> Option<Bytes> {
    let read = async {
        let content = store.read(digest, Vec::new()).await.ok()??;
        let pieces: Vec<Bytes> = content.stream.try_collect().await.ok()?;
        Some(Bytes::from(pieces.concat()))
    };
    // The rebuild asks for a few bodies in a command that does nothing else: waiting for them on this thread harms nobody.
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(read))
}
