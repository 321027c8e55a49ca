//! What stops an import, or one repository of it.

use std::path::PathBuf;

use atoll_fault::Kind;
use atoll_oci::Digest;

/// Why something could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the source could not be read.
    #[error("`{path}` could not be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the source is not what it should be.
    #[error("`{path}` is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// An entry of an `index.json` cannot be read; the others can.
    #[error("the entry {position} of `{path}` cannot be read: {why}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// Which entry, counted from 1.
        position: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A file of the source is no manifest that a registry could keep.
    #[error("`{path}` cannot be imported: {why}")]
    NotAManifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A manifest has a name that cannot be a tag: it is in, without the name.
    #[error("the manifest {digest} is imported without its name {name:?}, which cannot be a tag")]
    NotATag {
        /// The manifest.
        digest: Box<Digest>,
        /// Its name in `index.json`.
        name: String,
    },
    /// The folder is not an OCI layout.
    #[error("`{0}` is not an OCI layout: it lacks `oci-layout` or `index.json`")]
    NotALayout(PathBuf),
    /// The folder holds no repository.
    #[error("`{0}` holds no repository: no folder below it has `oci-layout`, `index.json` and `blobs`")]
    NothingFound(PathBuf),
    /// The registry refused a part.
    #[error("the registry refused {what}")]
    Refused {
        /// Which part.
        what: String,
        /// Why.
        #[source]
        source: atoll_service::Error,
    },
    /// The pool for reading files is gone.
    #[error("reading was abandoned")]
    Abandoned,
}

impl Error {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Read { .. } | Self::Abandoned => Kind::Internal,
            Self::Damaged { .. }
            | Self::Entry { .. }
            | Self::NotAManifest { .. }
            | Self::NotATag { .. }
            | Self::NotALayout(_) => Kind::Invalid,
            Self::NothingFound(_) => Kind::NotFound,
            Self::Refused { source, .. } => source.kind(),
        }
    }
}
