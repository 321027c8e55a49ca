//! The files of the repository as git sees them: tracked, or new and not ignored.

use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::source::Source;
use crate::violation::Violation;

/// Recorded answers of another registry: data of its making, in its words.
const RECORDED: &[&str] =
    &["tests/golden/answers/", "tests/golden/cases.json", "tests/golden/introspection.json"];

/// One text file. Files that are not UTF-8 are not ours to judge.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Relative to the root, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether it holds tests only; such files may be longer.
    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.starts_with("tests/") || self.path.contains("/tests/")
    }
}

/// All files of the repository.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    pub(crate) fn load(root: &Path) -> Result<Self, Error> {
        let command = "git ls-files --cached --others --exclude-standard -z";
        let output = Command::new("git")
            .args(command.split(' ').skip(1))
            .current_dir(root)
            .output()
            .map_err(|source| Error::Start { command: command.to_owned(), source })?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Error::Failed { command: command.to_owned(), message });
        }
        let names = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut files = Vec::new();
        for name in names.split('\0').filter(|name| !name.is_empty() && !is_recorded(name)) {
            let path = root.join(name);
            match std::fs::read(&path) {
                Ok(bytes) => files
                    .extend(String::from_utf8(bytes).ok().map(|text| File { path: name.to_owned(), text })),
                // Deleted, and the deletion is not committed yet.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Read { path, source }),
            }
        }
        Ok(Self { files })
    }

    pub(crate) fn find(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The Rust files, parsed; one that does not parse becomes a violation.
    pub(crate) fn sources(&self, violations: &mut Vec<Violation>) -> Vec<Source> {
        let mut sources = Vec::new();
        for file in self.files.iter().filter(|file| is_rust(&file.path)) {
            match Source::parse(file) {
                Ok(source) => sources.push(source),
                Err(violation) => violations.push(violation),
            }
        }
        sources
    }
}

/// Whether the path names a Rust file.
pub(crate) fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

fn is_recorded(path: &str) -> bool {
    RECORDED.iter().any(|prefix| path.starts_with(prefix))
}
