//! A foreign crate with an owner is used by its owner alone: what it is for has one room.

use crate::metadata::Crate;
use crate::violation::Violation;

#[cfg(test)]
mod tests;

/// From this rank on, crates are tools and proofs around the product; they may use what they need.
const TOOLS: u32 = 7;

/// Foreign crates that are used beside their owner, owned twice, or owned and not used.
pub(crate) fn check(crates: &[Crate]) -> Vec<Violation> {
    let mut found = Vec::new();
    for owner in crates {
        for foreign in &owner.owns {
            if !uses(owner, foreign) {
                let sentence = format!("owns `{foreign}` and does not depend on it; remove it from `owns`");
                found.push(Violation::new(&owner.name, sentence));
            }
            for other in crates.iter().filter(|other| other.name != owner.name) {
                if other.owns.contains(foreign) {
                    let sentence =
                        format!("owns `{foreign}`, and so does {}; a crate has one owner", owner.name);
                    found.push(Violation::new(&other.name, sentence));
                } else if uses(other, foreign) && other.rank.is_none_or(|rank| rank < TOOLS) {
                    let sentence = format!(
                        "depends on `{foreign}`, which {} owns; ask that crate for what is needed",
                        owner.name
                    );
                    found.push(Violation::new(&other.name, sentence));
                }
            }
        }
    }
    found
}

/// Tests may speak to the product with any client, so their dependencies do not count.
fn uses(one: &Crate, foreign: &str) -> bool {
    one.dependencies.iter().any(|dependency| dependency.name == foreign && !dependency.is_dev)
}
