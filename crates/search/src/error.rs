//! What can be wrong with facts that were read.

use atoll_fault::Kind;

/// Why facts could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// They are not what was written.
    #[error("the facts of a manifest are damaged")]
    Damaged(#[from] postcard::Error),
    /// A newer program wrote them.
    #[error("the facts of a manifest have version {found}, this program knows {known}")]
    Newer {
        /// As found; zero for nothing at all.
        found: u8,
        /// Known here.
        known: u8,
    },
}

impl Error {
    /// The kind of fault.
    pub fn kind(&self) -> Kind {
        Kind::Internal
    }
}
