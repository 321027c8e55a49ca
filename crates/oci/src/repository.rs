//! Repository names.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Error, written};

/// Longest name accepted, in bytes; the specification leaves room for a host name of as many (distribution-spec, "Pulling manifests").
const MAX_LENGTH_BYTES: usize = 255;

/// A repository name: components of lower-case letters and digits with single separators (`.`, `_`, `__`, dashes), joined by `/`.
///
/// Cheap to clone. Ordered by bytes; the catalog's own order is [`Repository::compare_components`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Repository(Arc<str>);

impl Repository {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path components, from the left.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The order of `_catalog`: components compared one after another, so that `redis/exporter` comes before `redis-cluster`.
    pub fn compare_components(&self, other: &Self) -> Ordering {
        let (mut ours, mut theirs) = (self.0.bytes(), other.0.bytes());
        // Where two names part, the one whose component ends there comes first, and before it the one that ends as a whole.
        let weight = |byte: Option<u8>| byte.map(|byte| if byte == b'/' { 0 } else { byte });
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return Ordering::Equal,
                (one, other) if one == other => {}
                (one, other) => return weight(one).cmp(&weight(other)),
            }
        }
    }
}

impl FromStr for Repository {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = text.len() <= MAX_LENGTH_BYTES && text.split('/').all(is_component);
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(Error::Repository(text.chars().take(MAX_LENGTH_BYTES).collect()))
        }
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    if !(bytes.first().is_some_and(is_word) && bytes.last().is_some_and(is_word)) {
        return false;
    }
    bytes
        .split(is_word)
        .all(|run| matches!(run, b"" | b"." | b"_" | b"__") || run.iter().all(|byte| *byte == b'-'))
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Repository {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        written::parsed(deserializer)
    }
}

#[cfg(test)]
mod tests;
