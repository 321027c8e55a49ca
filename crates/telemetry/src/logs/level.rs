//! The levels of zot's configuration.

use std::str::FromStr;

use tracing::level_filters::LevelFilter;

use crate::Error;

/// zot's log levels. The default is zot's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Level {
    /// Everything, step by step.
    Trace,
    /// What a developer needs.
    #[default]
    Debug,
    /// What an operator wants to see.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something failed. zot's `fatal` and `panic` are read as this: nothing here is worse than an error.
    Error,
}

impl Level {
    pub(super) fn filter(self) -> LevelFilter {
        match self {
            Self::Trace => LevelFilter::TRACE,
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warn => LevelFilter::WARN,
            Self::Error => LevelFilter::ERROR,
        }
    }
}

impl FromStr for Level {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        match word.to_ascii_lowercase().as_str() {
            "trace" => Ok(Self::Trace),
            "debug" => Ok(Self::Debug),
            "info" => Ok(Self::Info),
            "warn" => Ok(Self::Warn),
            "error" | "fatal" | "panic" => Ok(Self::Error),
            _ => Err(Error::Level { level: word.to_owned() }),
        }
    }
}
