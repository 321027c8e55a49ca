//! What is logged.

use std::path::PathBuf;

use crate::merged::Merged;
use crate::problem::Problem;

/// What is logged, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The least important lines that are logged.
    pub level: Level,
    /// File that lines are appended to; none for standard output.
    pub output: Option<PathBuf>,
    /// File that gets one line for each successful write; none for no such lines.
    pub audit: Option<PathBuf>,
}

/// How important a line is, the least important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Every step.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What a running server does.
    Info,
    /// What somebody should look at.
    Warn,
    /// What failed.
    Error,
}

impl Level {
    /// The level's word in a configuration file, in small letters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of a word that the table allows; zot's `fatal` and `panic` are errors here, where nothing panics.
    fn from_word(word: &str) -> Self {
        let known = [Self::Trace, Self::Debug, Self::Info, Self::Warn];
        known.into_iter().find(|level| level.word() == word).unwrap_or(Self::Error)
    }
}

impl Log {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        Ok(Self {
            level: Level::from_word(&merged.text("log.level")?),
            output: merged.optional_text("log.output").map(PathBuf::from),
            audit: merged.optional_text("log.audit").map(PathBuf::from),
        })
    }
}
