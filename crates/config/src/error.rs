//! Why there are no settings.

use std::path::PathBuf;

use atoll_fault::Kind;

use crate::problem::Problem;

/// Problems shown by one error; a file with more is better read again after these are repaired.
pub(crate) const PROBLEMS_SHOWN_MAX: usize = 50;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not there, or may not be read.
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file as named by the caller.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is larger than [`crate::FILE_BYTES_MAX`].
    #[error("the configuration file {} is larger than {most_bytes} bytes: is it the right file?", path.display())]
    TooLarge {
        /// The file as named by the caller.
        path: PathBuf,
        /// The most that is read.
        most_bytes: u64,
    },
    /// The file's name announces a format that is not read here.
    #[error("the configuration file {} is named as {format}: write it as JSON (.json) or YAML (.yaml)", path.display())]
    Format {
        /// The file as named by the caller.
        path: PathBuf,
        /// The format that the name announces.
        format: String,
    },
    /// The text is neither JSON nor YAML.
    #[error("the configuration file {} is not valid {format}: {source}", path.display())]
    Syntax {
        /// The file as named by the caller.
        path: PathBuf,
        /// `JSON` or `YAML`.
        format: &'static str,
        /// Where the text breaks the grammar.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The configuration can be read, and is wrong: everything that is wrong with it.
    #[error("{}", listed(problems))]
    Invalid {
        /// At least one, in the order in which they were found.
        problems: Vec<Problem>,
    },
    /// A text that should be a size is none.
    #[error(
        "`{text}` is not a size: write a number of bytes, or a number with KB, MB, GB, TB, KiB, MiB, GiB or TiB"
    )]
    Size {
        /// The text as given.
        text: String,
    },
    /// A text that should be a duration is none.
    #[error("`{text}` is not a duration: write numbers with units, such as 90s, 1h30m or 150ms")]
    Duration {
        /// The text as given.
        text: String,
    },
}

impl Error {
    /// How a caller should react: a configuration is wrong until somebody changes it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Kind::NotFound
            }
            Self::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                Kind::Denied
            }
            Self::Unreadable { .. } => Kind::Internal,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::Format { .. } => Kind::Unsupported,
            Self::Syntax { .. } | Self::Invalid { .. } | Self::Size { .. } | Self::Duration { .. } => {
                Kind::Invalid
            }
        }
    }

    /// What is wrong with the configuration, where it could be read; empty otherwise.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems } => problems,
            _ => &[],
        }
    }
}

fn listed(problems: &[Problem]) -> String {
    if let [only] = problems {
        return format!("the configuration is not valid: {only}");
    }
    let mut lines = vec![format!("the configuration is not valid, {} problems:", problems.len())];
    lines.extend(problems.iter().take(PROBLEMS_SHOWN_MAX).map(|problem| format!("  - {problem}")));
    if problems.len() > PROBLEMS_SHOWN_MAX {
        lines.push(format!("  and {} more", problems.len() - PROBLEMS_SHOWN_MAX));
    }
    lines.join("\n")
}
