//! `atoll import`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use atoll_config::Settings;
use atoll_host::Host;
use atoll_import::{Found, Importer, Progress, Report, find_layouts};
use atoll_index::Unobserved;
use atoll_oci::Repository;
use indicatif::{ProgressBar, ProgressStyle};

use crate::assemble::{Assembly, assemble, block_on};
use crate::failure::{Failure, describe};
use crate::output;

/// Imports every repository below the root folder of a zot server.
pub(crate) fn zot(settings: &Settings, root: &Path) -> Result<ExitCode, Failure> {
    let own = settings.storage.root_directory.as_path();
    if own == root
        || own.canonicalize().ok().is_some_and(|own| root.canonicalize().is_ok_and(|root| own == root))
    {
        return Err(Failure::Usage(format!(
            "`{}` is the source and the data folder at once: set `storage.rootDirectory` to an empty folder",
            root.display()
        )));
    }
    import(settings, |host| Ok(find_layouts(host.files.as_ref(), root)?))
}

/// Imports one OCI layout into a repository.
pub(crate) fn layout(
    settings: &Settings,
    folder: &Path,
    repository: Repository,
) -> Result<ExitCode, Failure> {
    import(settings, |_host| Ok(vec![Found { repository, folder: folder.to_owned() }]))
}

fn import(
    settings: &Settings,
    find: impl FnOnce(&Host) -> Result<Vec<Found>, Failure>,
) -> Result<ExitCode, Failure> {
    block_on(settings, async |host: Host| {
        let found = find(&host)?;
        let Assembly { routed, local, folder: _lock } =
            assemble(settings, &host, Arc::new(Unobserved)).await?;
        let bar = Bar::new(found.len());
        let report = Importer::new(routed.as_ref(), &host, &bar).import(&found).await;
        bar.0.finish_and_clear();
        local.flush_pulls().await;
        tell(&report)
    })
}

fn tell(report: &Report) -> Result<ExitCode, Failure> {
    for failure in &report.failures {
        output::tell(&format!("{}: {}", failure.repository, describe(&failure.error)));
    }
    output::say(&format!(
        "{} repositories, {} manifests, {} tags; {} blobs copied ({} bytes), {} were here; {} failures",
        report.repositories,
        report.manifests,
        report.tags,
        report.blobs,
        report.bytes,
        report.blobs_present,
        report.failures.len()
    ))?;
    Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A bar on the terminal, in repositories; silent where nobody looks.
struct Bar(ProgressBar);

impl Bar {
    fn new(repositories: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(repositories).unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} repositories  {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn repository(&self, name: &Repository, manifests: usize) {
        self.0.set_message(format!("{name} ({manifests} entries)"));
        self.0.inc(1);
    }

    fn copied(&self, _bytes: u64) {
        self.0.tick();
    }

    fn manifest(&self) {
        self.0.tick();
    }
}
