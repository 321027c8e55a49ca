//! A broken house rule: where, and a sentence that says what to do.

use std::fmt;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// A crate, a file, or a file and line.
    pub(crate) place: String,
    /// What is wrong and what to do.
    pub(crate) sentence: String,
}

impl Violation {
    pub(crate) fn new(place: impl fmt::Display, sentence: impl Into<String>) -> Self {
        Self { place: place.to_string(), sentence: sentence.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}
