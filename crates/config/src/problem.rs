//! What is wrong, or without effect, about one key; and where the key was written.

use std::fmt;
use std::path::PathBuf;

/// Where a key was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is a default, or it is missing.
    Defaults,
    /// In this file.
    File(PathBuf),
    /// In the environment variable of this name.
    Environment(String),
    /// By a flag of the command line that sets this key.
    Flag(String),
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key's full path as far as it is known, such as `http.tls.cert` or `http.ratelimit.methods[1].rate`.
    pub key: String,
    /// Where it was written.
    pub origin: Origin,
    /// What is wrong about it.
    pub cause: Cause,
}

/// What can be wrong about a key. A value is quoted only where the key cannot hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No such key is known.
    Unknown {
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// The key is written twice in one stanza (letters' case does not make a difference).
    Duplicate,
    /// The value is not what the key takes.
    Mismatch {
        /// The value as written, shortened.
        found: String,
        /// What the key takes, in words.
        expected: String,
    },
    /// The key must be given and is not; says what it is for.
    Missing(&'static str),
    /// The key is known and cannot be honoured, and starting without it could expose, lose or withhold data.
    Refused {
        /// The keys written below it, relative to it.
        written: Vec<String>,
        /// Why, and what to do.
        because: &'static str,
    },
    /// The value alone is fine, but not together with the rest or with what is on the disk.
    Inconsistent(String),
}

/// Something about a key that somebody should know, most often that it has no effect in this version; the server starts all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The topmost key that this is about.
    pub key: String,
    /// The keys written below it, relative to it.
    pub written: Vec<String>,
    /// Where it was written.
    pub origin: Origin,
    /// What happens instead, or what to do.
    pub because: &'static str,
    /// Whether the key does what it says all the same.
    pub has_effect: bool,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => Ok(()),
            Self::File(path) => write!(f, " in {}", path.display()),
            Self::Environment(variable) => write!(f, " in the environment variable {variable}"),
            Self::Flag(key) => write!(f, " in the flag that sets {key}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, origin, cause } = self;
        match cause {
            Cause::Unknown { nearest: Some(nearest) } => {
                write!(f, "unknown key `{key}`{origin}: did you mean `{nearest}`?")
            }
            Cause::Unknown { nearest: None } => {
                write!(f, "unknown key `{key}`{origin}: no known key is like it, see the list of keys")
            }
            Cause::Duplicate => write!(f, "`{key}`{origin} is written twice: keep one of the two"),
            Cause::Mismatch { found, expected } => {
                write!(f, "`{key}`{origin} is {found}, but must be {expected}")
            }
            Cause::Missing(purpose) => write!(f, "`{key}`{origin} is missing: {purpose}"),
            Cause::Refused { written, because } => {
                write!(f, "`{key}`{}{origin} cannot be honoured: {because}", Below(written))
            }
            Cause::Inconsistent(sentence) => write!(f, "`{key}`{origin}: {sentence}"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, written, origin, because, has_effect } = self;
        let verdict = if *has_effect { "" } else { " has no effect" };
        write!(f, "`{key}`{}{origin}{verdict}: {because}", Below(written))
    }
}

/// The most keys below another one that a sentence lists.
const BELOW_SHOWN_MAX: usize = 6;

/// Renders ` (with a, b.c)`, or nothing.
struct Below<'a>(&'a [String]);

impl fmt::Display for Below<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(shown) = self.0.get(..BELOW_SHOWN_MAX.min(self.0.len())).filter(|shown| !shown.is_empty())
        else {
            return Ok(());
        };
        match self.0.len() - shown.len() {
            0 => write!(f, " (with {})", shown.join(", ")),
            more => write!(f, " (with {} and {more} more)", shown.join(", ")),
        }
    }
}
