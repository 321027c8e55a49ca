//! What an import tells while it runs and when it is done.

use atoll_oci::Repository;

use crate::Error;

/// Told of every step.
pub trait Progress: Send + Sync {
    /// A repository begins; `manifests` are to come.
    fn repository(&self, name: &Repository, manifests: usize);

    /// So many bytes more were copied.
    fn copied(&self, bytes: u64);

    /// One manifest more is in.
    fn manifest(&self);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn repository(&self, _name: &Repository, _manifests: usize) {}

    fn copied(&self, _bytes: u64) {}

    fn manifest(&self) {}
}

/// One thing that could not be imported; everything else went on.
#[derive(Debug)]
pub struct Failure {
    /// In which repository.
    pub repository: Repository,
    /// Why.
    pub error: Error,
}

/// What came of an import.
#[derive(Debug, Default)]
pub struct Report {
    /// Repositories that are in, whole.
    pub repositories: u64,
    /// Manifests and indexes that are in.
    pub manifests: u64,
    /// Tags that are set.
    pub tags: u64,
    /// Blobs that were copied.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that were here already.
    pub blobs_present: u64,
    /// What could not be imported.
    pub failures: Vec<Failure>,
}
