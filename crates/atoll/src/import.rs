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
    refuse_within(root, settings)?;
    import(settings, |host| Ok(find_layouts(host.files.as_ref(), root)?))
}

/// Imports one OCI layout into a repository.
pub(crate) fn layout(
    settings: &Settings,
    folder: &Path,
    repository: Repository,
) -> Result<ExitCode, Failure> {
    refuse_within(folder, settings)?;
    import(settings, |_host| Ok(vec![Found { repository, folder: folder.to_owned() }]))
}

/// A source is only read, so the data folder cannot be it, nor lie in it.
fn refuse_within(source: &Path, settings: &Settings) -> Result<(), Failure> {
    let own = settings.storage.root_directory.as_path();
    // The folder itself may be yet to come.
    let known = own.ancestors().find_map(|folder| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        folder.canonicalize().ok()
    });
    let source_known = source.canonicalize().ok();
    if own == source || known.zip(source_known).is_some_and(|(own, source)| own.starts_with(source)) {
        return Err(Failure::Usage(format!(
            "`{}` is the source, and the data folder is that or lies in it: set `storage.rootDirectory` to an empty folder elsewhere",
            source.display()
        )));
    }
    Ok(())
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
