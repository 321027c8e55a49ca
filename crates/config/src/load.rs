//! From sources to settings.

use std::path::{Path, PathBuf};

use crate::environment::{self, flags, layers};
use crate::error::Error;
use crate::machine::{NoMachine, ThisMachine};
use crate::merged::Merged;
use crate::problem::Origin;
use crate::raw;
use crate::settings::{Settings, settle};

/// What stands in for a file where none is given: a server for this machine alone, with the web interface.
const LOCAL_DEFAULTS: [(&str, &str); 4] = [
    ("storage.rootDirectory", "./data"),
    ("extensions.search.enable", "true"),
    ("extensions.ui.enable", "true"),
    // What `docker push` sends: a first try must not fail for a switch that nobody has heard of yet.
    ("http.compat", r#"["docker2s2"]"#),
];

/// Where settings come from, the weakest first; within each, later ones win.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// zot's configuration files, JSON or YAML.
    pub files: Vec<PathBuf>,
    /// The whole environment; variables that begin with `ATOLL__` set keys.
    pub environment: Vec<(String, String)>,
    /// Keys with dots, and their values, as given by flags of the command line.
    pub overrides: Vec<(String, String)>,
}

/// Reads all sources and gives valid settings, with a warning for each written key that has no effect.
///
/// # Errors
/// The first file that cannot be read or parsed; else everything that is wrong with the keys and values, together.
pub fn load(sources: &Sources) -> Result<Settings, Error> {
    let mut merged = Merged::empty();
    if sources.files.is_empty() {
        for (key, value) in LOCAL_DEFAULTS {
            merged.lay(&Origin::Defaults, &environment::nested(key, ".", value));
        }
    }
    for path in &sources.files {
        merged.lay(&Origin::File(path.clone()), &raw::read(path)?);
    }
    for (origin, value) in layers(&sources.environment).chain(flags(&sources.overrides)) {
        merged.lay(&origin, &value);
    }
    settle(merged, &ThisMachine)
}

/// Gives the settings of one file's text alone; `path` names it in errors, and its ending says how it is written. Which member of a
/// cluster the server is must stand in the text: neither this machine nor the name service is asked.
///
/// # Errors
/// Those of [`load`].
pub fn parse(path: &Path, text: &str) -> Result<Settings, Error> {
    let mut merged = Merged::empty();
    merged.lay(&Origin::File(path.to_owned()), &raw::parse(path, text)?);
    settle(merged, &NoMachine)
}

impl Settings {
    /// The settings of a server that is given no file: 127.0.0.1:8080, `./data`, search and web interface on.
    ///
    /// # Errors
    /// None, as long as the table of keys agrees with itself.
    pub fn local_defaults() -> Result<Self, Error> {
        load(&Sources::default())
    }
}

#[cfg(test)]
pub(crate) mod tests;
