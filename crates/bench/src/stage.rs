//! Where a run happens, and how large it is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::command_line::RunOptions;
use crate::error::Error;

/// How large a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// How often the contestants of a row take turns.
    pub(crate) rounds: usize,
    /// How long one turn takes.
    pub(crate) turn: Duration,
    /// Pushes of a large blob for each contestant.
    pub(crate) pushes: usize,
    /// Tags in the repository of the tags page.
    pub(crate) tags: usize,
    /// Referrers of the subject of the referrers page.
    pub(crate) referrers: usize,
    /// Repositories for start and memory.
    pub(crate) repositories: usize,
    /// Slow uploads at a time.
    pub(crate) uploads: usize,
}

const FULL: Scale = Scale {
    rounds: 5,
    turn: Duration::from_secs(5),
    pushes: 9,
    tags: 100_000,
    referrers: 10_000,
    repositories: 10_000,
    uploads: 1_000,
};

const QUICK: Scale = Scale {
    rounds: 3,
    turn: Duration::from_secs(1),
    pushes: 5,
    tags: 5_000,
    referrers: 1_000,
    repositories: 1_000,
    uploads: 1_000,
};

/// Where a run happens. Its folder is removed at the end.
pub(crate) struct Stage {
    pub(crate) scale: Scale,
    pub(crate) atoll: PathBuf,
    folder: TempDir,
}

impl Stage {
    pub(crate) fn set(options: &RunOptions) -> Result<Self, Error> {
        if !options.atoll.is_file() {
            let program = options.atoll.display().to_string();
            return Err(Error::Missing { program, remedy: "`make build` builds it" });
        }
        let absolute =
            |path: &Path| path.canonicalize().map_err(Error::io(format!("finding {}", path.display())));
        let folder = tempfile::Builder::new().prefix("atoll-bench.").tempdir_in(absolute(&options.work)?);
        let folder = folder.map_err(Error::io(format!("making a folder in {}", options.work.display())))?;
        // A copy: a build while the run goes on must not change what is measured.
        let atoll = folder.path().join("atoll");
        std::fs::copy(&options.atoll, &atoll).map_err(Error::io("copying the program to measure"))?;
        Ok(Self { scale: if options.quick { QUICK } else { FULL }, atoll, folder })
    }

    /// The folder of the run.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new folder for one contestant of one row.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).map_err(Error::io(format!("making {}", path.display())))?;
        Ok(path)
    }
}

/// Writes a file of a contestant.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Error> {
    std::fs::write(path, content).map_err(Error::io(format!("writing {}", path.display())))
}
