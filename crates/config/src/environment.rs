//! Environment variables and flags as layers: `ATOLL__HTTP__PORT=8081` and `http.port=8081` write the same key.

use crate::problem::Origin;
use crate::raw::{self, Value};

/// What the names of variables that set keys begin with.
const PREFIX: &str = "ATOLL__";
/// What stands between the parts of a key in a variable's name.
const SEPARATOR: &str = "__";
/// The most parts that a key is split into, more than any legal key has; the rest stays one (unknown) name.
const PARTS_MAX: usize = 16;

/// One layer for each variable that sets a key; all others are none of ours.
pub(crate) fn layers(environment: &[(String, String)]) -> impl Iterator<Item = (Origin, Value)> {
    environment.iter().filter_map(|(name, value)| {
        let key = name.strip_prefix(PREFIX)?;
        Some((Origin::Environment(name.clone()), nested(key, SEPARATOR, value)))
    })
}

/// One layer for each flag; the parts of its key are separated by dots.
pub(crate) fn flags(overrides: &[(String, String)]) -> impl Iterator<Item = (Origin, Value)> {
    overrides.iter().map(|(key, value)| (Origin::Flag(key.clone()), nested(key, ".", value)))
}

/// A map in a map for each part of the key, and the text in the innermost one.
pub(crate) fn nested(key: &str, separator: &str, text: &str) -> Value {
    let parts: Vec<_> = key.splitn(PARTS_MAX, separator).collect();
    parts.into_iter().rev().fold(value(text), |inner, part| Value::Map(vec![(part.to_owned(), inner)]))
}

/// Lists and maps can be given as JSON; everything else is the text itself.
fn value(text: &str) -> Value {
    let structured = if text.starts_with(['[', '{']) { raw::json(text).ok() } else { None };
    structured.unwrap_or_else(|| Value::Text(text.to_owned()))
}

#[cfg(test)]
mod tests;
