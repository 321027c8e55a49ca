//! Every crate has a rank and depends on lower ranks only, so that arrows between rooms point down.

use crate::metadata::Crate;
use crate::violation::Violation;

#[cfg(test)]
mod tests;

/// Test doubles and contract suites: the tests of any crate may use it, whatever its rank.
const TESTKIT: &str = "atoll-testkit";

/// Crates without a rank, and dependencies that do not point down.
pub(crate) fn check(crates: &[Crate]) -> Vec<Violation> {
    let mut found = Vec::new();
    for one in crates {
        let Some(rank) = one.rank else {
            let sentence = "has no rank; add `rank = N` under `[package.metadata.atoll]` in its Cargo.toml";
            found.push(Violation::new(&one.name, sentence));
            continue;
        };
        for dependency in &one.dependencies {
            let Some(other) = crates.iter().find(|c| c.name == dependency.name) else { continue };
            if dependency.is_dev && other.name == TESTKIT {
                continue;
            }
            // A crate without a rank has its own violation.
            if let Some(below) = other.rank.filter(|below| *below >= rank) {
                let sentence = format!(
                    "has rank {rank} and depends on {} of rank {below}; a crate may depend on lower ranks only",
                    other.name
                );
                found.push(Violation::new(&one.name, sentence));
            }
        }
    }
    found
}
