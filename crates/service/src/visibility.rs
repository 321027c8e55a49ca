//! What a caller may see in lists. Every leaf filters by this itself, so that no coordinator can widen an answer.

use std::sync::Arc;

use atoll_oci::Repository;
use serde::{Deserialize, Serialize};

/// Which repositories lists may show.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Visibility {
    /// Every repository.
    Everything,
    /// No repository.
    Nothing,
    /// Of the patterns that match a name, the longest decides; without one it is hidden.
    Patterns(Arc<[Pattern]>),
}

/// Shows or hides the names that match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pattern {
    /// `*` stands for any text within a component, `**` for any text, `?` for one character within a component.
    pub glob: String,
    /// Whether names that match are shown.
    pub admits: bool,
}

impl Visibility {
    /// Whether lists may show this repository.
    pub fn admits(&self, repository: &Repository) -> bool {
        match self {
            Self::Everything => true,
            Self::Nothing => false,
            Self::Patterns(patterns) => {
                let matching = patterns.iter().filter(|pattern| pattern.matches(repository.as_str()));
                matching.max_by_key(|pattern| pattern.glob.len()).is_some_and(|pattern| pattern.admits)
            }
        }
    }
}

impl Pattern {
    /// Whether a name matches the whole pattern.
    pub fn matches(&self, name: &str) -> bool {
        matches(self.glob.as_bytes(), name.as_bytes())
    }
}

/// Walks both texts and goes back to the latest star when they part: linear in practice, at worst the product of the lengths.
/// A `*` that would have to pass a slash hands over to the latest `**`.
fn matches(glob: &[u8], name: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut within: Option<(usize, usize)> = None;
    let mut across: Option<(usize, usize)> = None;
    loop {
        match (glob.get(at), name.get(read)) {
            (Some(b'*'), _) if glob.get(at + 1) == Some(&b'*') => {
                at += 2;
                // `a/**` matches what is below `a`; `**/b` matches `b` itself as well.
                if glob.get(at) == Some(&b'/')
                    && matches(glob.get(at + 1..).unwrap_or_default(), name.get(read..).unwrap_or_default())
                {
                    return true;
                }
                (across, within) = (Some((at, read)), None);
            }
            (Some(b'*'), _) => {
                at += 1;
                within = Some((at, read));
            }
            (None, None) => return true,
            (Some(b'?'), Some(found)) if *found != b'/' => (at, read) = (at + 1, read + 1),
            (Some(wanted), Some(found)) if wanted == found => (at, read) = (at + 1, read + 1),
            _ => {
                let retry = within.filter(|(_, from)| name.get(*from).is_some_and(|byte| *byte != b'/'));
                if let Some((star, from)) = retry {
                    within = Some((star, from + 1));
                    (at, read) = (star, from + 1);
                } else if let Some((star, from)) = across.filter(|(_, from)| *from < name.len()) {
                    (across, within) = (Some((star, from + 1)), None);
                    (at, read) = (star, from + 1);
                } else {
                    return false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
