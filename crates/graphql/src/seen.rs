//! Which questions were asked lately. Most come once: what is kept for those only pushes out what is asked again.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher as _};

use crate::generations::{Bounds, Generations};
use crate::limits::QUESTIONS_REMEMBERED;

/// Marks of what was asked. Two questions may share one, which costs a place among what is kept and nothing else.
pub(crate) struct Seen(Generations<u64, ()>);

impl Seen {
    pub(crate) fn new() -> Self {
        Self(Generations::new(Bounds { entries: QUESTIONS_REMEMBERED, bytes: usize::MAX }))
    }

    /// Whether this was asked before, lately; it counts as asked from now on.
    pub(crate) fn again(&self, question: &impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        question.hash(&mut hasher);
        let mark = hasher.finish();
        let was_asked = self.0.get(&mark).is_some();
        if !was_asked {
            self.0.put(mark, (), 0);
        }
        was_asked
    }
}

#[cfg(test)]
mod tests;
