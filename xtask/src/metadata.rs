//! The crates of the workspace, as `cargo metadata` tells them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::error::Error;

#[cfg(test)]
mod tests;

/// The workspace that the current folder belongs to.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) crates: Vec<Crate>,
}

/// One crate of the workspace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crate {
    pub(crate) name: String,
    /// `[package.metadata.atoll] rank`; it may depend on lower ranks only.
    pub(crate) rank: Option<u32>,
    /// `[package.metadata.atoll] owns`: foreign crates that no other crate may use.
    pub(crate) owns: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
    /// Its folder, relative to the root.
    pub(crate) folder: String,
    /// The files that its libraries, programs, tests and benches begin with, relative to the root.
    pub(crate) roots: Vec<String>,
}

/// A line of a `[dependencies]` table.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Used by tests, benches and examples only.
    pub(crate) is_dev: bool,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self, Error> {
        // Cargo tells its subcommands which cargo they belong to.
        let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let command = format!("{program} {}", arguments.join(" "));
        let output = Command::new(program)
            .args(arguments)
            .output()
            .map_err(|source| Error::Start { command: command.clone(), source })?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Error::Failed { command, message });
        }
        Self::parse(&output.stdout)
    }

    /// Reads the JSON of `cargo metadata --no-deps`.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Error> {
        let raw: RawWorkspace = serde_json::from_slice(json)?;
        let root = raw.workspace_root;
        let relative =
            |path: &PathBuf| path.strip_prefix(&root).unwrap_or(path).to_string_lossy().into_owned();
        let crates = raw
            .packages
            .iter()
            .map(|package| Crate {
                name: package.name.clone(),
                rank: package.house().and_then(|house| house.rank),
                owns: package.house().map(|house| house.owns.clone()).unwrap_or_default(),
                dependencies: package
                    .dependencies
                    .iter()
                    .map(|raw| Dependency {
                        name: raw.name.clone(),
                        is_dev: raw.kind.as_deref() == Some("dev"),
                    })
                    .collect(),
                folder: package.manifest_path.parent().map(|p| relative(&p.to_owned())).unwrap_or_default(),
                roots: package.targets.iter().map(|target| relative(&target.src_path)).collect(),
            })
            .collect();
        Ok(Self { root, crates })
    }
}

#[derive(Deserialize)]
struct RawWorkspace {
    workspace_root: PathBuf,
    packages: Vec<RawPackage>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<RawDependency>,
    targets: Vec<RawTarget>,
    metadata: Option<BTreeMap<String, serde_json::Value>>,
}

impl RawPackage {
    fn house(&self) -> Option<RawHouse> {
        let value = self.metadata.as_ref()?.get("atoll")?;
        RawHouse::deserialize(value).ok()
    }
}

#[derive(Deserialize)]
struct RawHouse {
    rank: Option<u32>,
    #[serde(default)]
    owns: Vec<String>,
}

#[derive(Deserialize)]
struct RawDependency {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct RawTarget {
    src_path: PathBuf,
}
