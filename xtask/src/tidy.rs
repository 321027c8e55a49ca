//! All house rules in one run.

use std::fmt;

use crate::error::Error;
use crate::metadata::Workspace;
use crate::tree::Tree;
use crate::violation::Violation;
use crate::{modules, names, owners, phrases, ranks, sizes};

/// What a run found.
#[derive(Debug)]
pub(crate) struct Report {
    crates: usize,
    files: usize,
    violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            writeln!(f, "{violation}")?;
        }
        let word = if self.is_clean() { "ok" } else { "FAILED" };
        let (crates, files, found) = (self.crates, self.files, self.violations.len());
        writeln!(f, "tidy: {word}; {crates} crates, {files} files, {found} broken rules")
    }
}

/// Checks the workspace that the current folder belongs to.
pub(crate) fn run() -> Result<Report, Error> {
    let workspace = Workspace::load()?;
    let tree = Tree::load(&workspace.root)?;
    let mut violations = ranks::check(&workspace.crates);
    violations.extend(owners::check(&workspace.crates));
    for file in &tree.files {
        violations.extend(names::check_path(file));
        violations.extend(phrases::check(file));
    }
    for source in tree.sources(&mut violations) {
        violations.extend(sizes::check(&source));
        violations.extend(names::check_definitions(&source));
        violations.extend(modules::check_file(&source));
    }
    violations.extend(modules::check_reachable(&workspace.crates, &tree));
    violations.sort();
    violations.dedup();
    Ok(Report { crates: workspace.crates.len(), files: tree.files.len(), violations })
}
