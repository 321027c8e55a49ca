//! Every key that may be written: what it takes, its default, what it means and what becomes of it.
//!
//! One table serves the reader, the JSON Schema, the printed reference and the tests. Paths write the elements of a list
//! as `[]` and any name of a named map as `*`. A key below one that is warned about or refused shares its verdict.

mod access;
mod atoll;
mod cluster;
mod extensions;
mod http;
mod login;
mod storage;
mod sync;
mod whole;

use crate::kind::Kind;

/// All legal keys, a slice for each room, parents before their children.
pub static TABLE: [&[Key]; 11] = [
    whole::KEYS,
    cluster::KEYS,
    http::KEYS,
    login::KEYS,
    access::KEYS,
    storage::KEYS,
    storage::SUB_KEYS,
    extensions::KEYS,
    sync::KEYS,
    atoll::KEYS,
    cluster::OWN_KEYS,
];

/// One legal key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The full path in its canonical spelling; reading does not mind the case of letters.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// The value when it is not written, as it would be written; none if there is nothing to assume.
    pub default: Option<&'static str>,
    /// What it is for, in one line.
    pub meaning: &'static str,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Whether a running server takes a change of it without a restart.
    pub live: bool,
}

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does what it says.
    Honoured,
    /// It is read and has no effect, as in zot.
    Accepted,
    /// The server starts, says so once, and does not do it.
    Warned {
        /// Which values this concerns; all others are honoured.
        when: Case,
        /// What happens instead.
        because: &'static str,
    },
    /// The server does not start, because to ignore it could expose, lose or withhold data.
    Refused {
        /// Which values this concerns; all others are honoured.
        when: Case,
        /// Why, and what to do.
        because: &'static str,
    },
}

/// Which values of a key a verdict concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Any value that is not empty.
    Written,
    /// A stanza whose `enable` is not false.
    NotDisabled,
    /// This value.
    Is(bool),
}

/// All keys in the table's order.
pub fn all() -> impl Iterator<Item = &'static Key> {
    TABLE.iter().copied().flatten()
}

/// The key of exactly this path.
pub fn find(path: &str) -> Option<&'static Key> {
    all().find(|key| key.path == path)
}

/// The keys directly below a path of the table, with their last names.
pub(crate) fn children(pattern: &str) -> impl Iterator<Item = (&'static str, &'static Key)> {
    let names = move |key: &'static Key| {
        let below =
            if pattern.is_empty() { key.path } else { key.path.strip_prefix(pattern)?.strip_prefix('.')? };
        (!below.contains(['.', '[', '*'])).then_some((below, key))
    };
    all().filter_map(names)
}

/// The key of that name below a path of the table, with its canonical spelling; letters' case does not matter.
pub(crate) fn child(pattern: &str, name: &str) -> Option<(&'static str, &'static Key)> {
    children(pattern).find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// A list's or a count's usual bound, far above anything sensible and below what overflows.
const MANY: i64 = 1_000_000_000;
/// A number from 0.
const COUNT: Kind = Kind::Integer { least: 0, most: MANY };
/// A number from 1.
const SOME: Kind = Kind::Integer { least: 1, most: MANY };

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { path, kind, default: None, meaning, verdict: Verdict::Honoured, live: false }
}

impl Key {
    const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Whether this key stands somewhere below the other one.
    pub(crate) fn is_below(&self, other: &Self) -> bool {
        self.path.strip_prefix(other.path).is_some_and(|rest| rest.starts_with(['.', '[']))
    }
}

const fn warned(because: &'static str) -> Verdict {
    Verdict::Warned { when: Case::Written, because }
}

const fn refused(because: &'static str) -> Verdict {
    Verdict::Refused { when: Case::Written, because }
}

#[cfg(test)]
mod tests;
