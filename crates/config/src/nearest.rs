//! The known key that a misspelt one was most likely meant to be.

use crate::keys;

/// How alike two names must be (Jaro-Winkler, 0 to 1) for one to be offered in place of the other.
const LIKENESS_MIN: f64 = 0.8;

/// The known key most like `name`: a sibling, else the same name elsewhere.
///
/// `pattern` is the path of the stanza in the table; `written` is the same path as the user wrote it, and begins the answer.
pub(crate) fn nearest(pattern: &str, written: &str, name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let sibling = keys::children(pattern)
        .map(|(sibling, _)| (strsim::jaro_winkler(&sibling.to_lowercase(), &lower), sibling))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(left, _), (right, _)| left.total_cmp(right));
    if let Some((_, sibling)) = sibling {
        return Some(if written.is_empty() { sibling.to_owned() } else { format!("{written}.{sibling}") });
    }
    let elsewhere = keys::all().filter(|key| last(key.path).eq_ignore_ascii_case(name));
    elsewhere.min_by_key(|key| key.path.len()).map(|key| key.path.to_owned())
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
