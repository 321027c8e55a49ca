//! Where things lie.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atoll_oci::{Algorithm, Digest};
use atoll_placement::UploadId;

/// Prefix of files under `uploads` that belong to a [`crate::Store::put`]: of no use after a restart.
pub(super) const STAGED_PREFIX: &str = "put-";

/// The folders of a store. Cheap to clone.
#[derive(Clone)]
pub(super) struct Paths(Arc<Path>);

/// One of the 256 folders that content of one algorithm is spread over, by the first byte of its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Rack {
    pub(super) algorithm: Algorithm,
    pub(super) first_byte: u8,
}

impl Rack {
    pub(super) fn of(digest: &Digest) -> Self {
        Self {
            algorithm: digest.algorithm(),
            first_byte: digest.bytes().first().copied().unwrap_or_default(),
        }
    }
}

impl Paths {
    pub(super) fn new(root: &Path) -> Self {
        Self(root.into())
    }

    pub(super) fn root(&self) -> PathBuf {
        self.0.to_path_buf()
    }

    pub(super) fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    pub(super) fn algorithm(&self, algorithm: Algorithm) -> PathBuf {
        self.blobs().join(algorithm.name())
    }

    pub(super) fn rack(&self, rack: Rack) -> PathBuf {
        self.algorithm(rack.algorithm).join(format!("{:02x}", rack.first_byte))
    }

    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        self.rack(Rack::of(digest)).join(digest.encoded())
    }

    pub(super) fn uploads(&self) -> PathBuf {
        self.0.join("uploads")
    }

    pub(super) fn upload(&self, upload: UploadId) -> PathBuf {
        self.uploads().join(upload.to_string())
    }

    pub(super) fn staged(&self, name: impl Display) -> PathBuf {
        self.uploads().join(format!("{STAGED_PREFIX}{name}"))
    }
}
