//! Where a scanner for known vulnerabilities plugs in. Without one, every question is refused as zot refuses it when its own is off.

use std::collections::BTreeSet;

use async_trait::async_trait;
use atoll_oci::{Digest, Repository};
use serde::{Deserialize, Serialize};

use crate::{Caller, Error};

/// A package in which a vulnerability was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedPackage {
    /// Its name.
    pub name: String,
    /// Where in the image.
    pub path: String,
    /// The version found.
    pub installed: String,
    /// The version without the vulnerability; empty if there is none.
    pub fixed: String,
}

/// A vulnerability of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Its identifier, such as `CVE-2021-44228`.
    pub id: String,
    /// One line.
    pub title: String,
    /// All there is to say.
    pub description: String,
    /// A page about it.
    pub reference: String,
    /// `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `UNKNOWN` or `NONE`.
    pub severity: String,
    /// The packages that have it.
    pub packages: Vec<AffectedPackage>,
}

/// Finds known vulnerabilities in images.
#[async_trait]
pub trait Scanner: Send + Sync {
    /// Whether there is anybody who scans. If not, the other methods answer [`Error::FeatureOff`].
    fn is_on(&self) -> bool;

    /// The vulnerabilities of one manifest of a repository.
    async fn scan(
        &self,
        caller: &Caller,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Vec<Vulnerability>, Error>;

    /// What earlier scans found in a manifest, without looking again; `None` if there was none.
    async fn known(
        &self,
        caller: &Caller,
        repository: &Repository,
        manifest: &Digest,
    ) -> Result<Option<Vec<Vulnerability>>, Error>;

    /// The manifests, anywhere, that are known to have a vulnerability.
    async fn manifests_with(&self, caller: &Caller, id: &str) -> Result<BTreeSet<Digest>, Error>;
}

/// Nobody scans.
pub struct NoScanner;

fn off() -> Error {
    Error::FeatureOff("cve search is disabled".to_owned())
}

#[async_trait]
impl Scanner for NoScanner {
    fn is_on(&self) -> bool {
        false
    }

    async fn scan(
        &self,
        _caller: &Caller,
        _repository: &Repository,
        _manifest: &Digest,
    ) -> Result<Vec<Vulnerability>, Error> {
        Err(off())
    }

    async fn known(
        &self,
        _caller: &Caller,
        _repository: &Repository,
        _manifest: &Digest,
    ) -> Result<Option<Vec<Vulnerability>>, Error> {
        Err(off())
    }

    async fn manifests_with(&self, _caller: &Caller, _id: &str) -> Result<BTreeSet<Digest>, Error> {
        Err(off())
    }
}
