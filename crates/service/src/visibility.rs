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

/// Walks the name once, and keeps all places of the glob where the rest of the name may go on: at worst the product of the lengths,
/// whatever the stars.
fn matches(glob: &[u8], name: &[u8]) -> bool {
    let is_plain = |(wanted, found): &(&u8, &u8)| wanted == found && !is_wild(**wanted);
    let plain = glob.iter().zip(name).take_while(is_plain).count();
    let (glob, name) = (glob.get(plain..).unwrap_or_default(), name.get(plain..).unwrap_or_default());
    match glob {
        b"" => name.is_empty(),
        b"**" => true,
        b"*" => !name.contains(&b'/'),
        [wanted, ..] if !is_wild(*wanted) => false,
        _ => Places::walk(glob, name),
    }
}

fn is_wild(byte: u8) -> bool {
    byte == b'*' || byte == b'?'
}

/// What a glob asks for, step by step.
enum Step {
    Byte(u8),
    /// One byte within a component.
    One,
    /// Any bytes within a component.
    Within,
    /// Any bytes.
    Across,
    /// Nothing, or what the next two steps ask for.
    Either,
}

/// `a/**` matches what is below `a`; `**/b` matches `b` itself as well.
fn steps(mut glob: &[u8]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(glob.len() + 1);
    while let Some((first, behind)) = glob.split_first() {
        glob = behind;
        match (first, behind) {
            (b'*', [b'*', rest @ ..]) => {
                if rest.first() == Some(&b'/') {
                    steps.push(Step::Either);
                }
                steps.push(Step::Across);
                glob = rest;
            }
            (b'*', _) => steps.push(Step::Within),
            (b'?', _) => steps.push(Step::One),
            (byte, _) => steps.push(Step::Byte(*byte)),
        }
    }
    steps
}

/// The steps that may come next.
struct Places {
    are_reached: Vec<bool>,
    reached: Vec<usize>,
}

impl Places {
    fn walk(glob: &[u8], name: &[u8]) -> bool {
        let steps = steps(glob);
        let none = || Self { are_reached: vec![false; steps.len() + 1], reached: Vec::new() };
        let (mut now, mut next) = (none(), none());
        now.reach(&steps, 0);
        for byte in name {
            now.take(&steps, *byte, &mut next);
            std::mem::swap(&mut now, &mut next);
            if now.reached.is_empty() {
                return false;
            }
        }
        now.are_reached.last().copied().unwrap_or_default()
    }

    /// A step may come next, and so may those behind it if it can do without a byte.
    fn reach(&mut self, steps: &[Step], mut at: usize) {
        while let Some(is_reached) = self.are_reached.get_mut(at).filter(|is_reached| !**is_reached) {
            *is_reached = true;
            self.reached.push(at);
            match steps.get(at) {
                Some(Step::Either) => {
                    self.reach(steps, at + 1);
                    at += 3;
                }
                Some(Step::Across | Step::Within) => at += 1,
                Some(Step::Byte(_) | Step::One) | None => return,
            }
        }
    }

    /// What may come next behind a further byte; nothing may any more here.
    fn take(&mut self, steps: &[Step], byte: u8, next: &mut Self) {
        for at in self.reached.drain(..) {
            if let Some(is_reached) = self.are_reached.get_mut(at) {
                *is_reached = false;
            }
            match steps.get(at) {
                Some(Step::Byte(wanted)) if *wanted == byte => next.reach(steps, at + 1),
                Some(Step::One) if byte != b'/' => next.reach(steps, at + 1),
                Some(Step::Within) if byte != b'/' => next.reach(steps, at),
                Some(Step::Across) => next.reach(steps, at),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
