//! What a request asks for, in one typed value.

use atoll_oci::{Algorithm, Digest, Reference, Repository, Tag};
use atoll_service::{BlobAddress, GetManifest, Mark, SearchMethod, UploadAddress};

/// One verb of the surface with everything its path and query say. Headers and body are read where the verb is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `GET /v2/`: is this a registry?
    Ping,
    /// `GET /v2/_catalog`.
    Catalog(Page),
    /// `GET /v2/NAME/tags/list`.
    Tags {
        /// The repository.
        repository: Repository,
        /// Which part of the list.
        page: Page,
    },
    /// `GET /v2/NAME/manifests/REFERENCE`.
    GetManifest(GetManifest),
    /// `HEAD /v2/NAME/manifests/REFERENCE`.
    HeadManifest(GetManifest),
    /// `PUT /v2/NAME/manifests/REFERENCE`.
    PutManifest {
        /// The repository.
        repository: Repository,
        /// Tag or digest to store it under.
        reference: Reference,
        /// Further tags to point at it; only beside a digest.
        tags: Vec<Tag>,
    },
    /// `DELETE /v2/NAME/manifests/REFERENCE`.
    DeleteManifest {
        /// The repository.
        repository: Repository,
        /// Tag or digest.
        reference: Reference,
    },
    /// `GET /v2/NAME/referrers/DIGEST`.
    Referrers {
        /// The repository.
        repository: Repository,
        /// The manifest that is referred to.
        subject: Digest,
        /// Only these artifact types; all when empty.
        artifact_types: Vec<String>,
        /// Which part of the list.
        place: ReferrerPlace,
    },
    /// `HEAD /v2/NAME/blobs/DIGEST`.
    HeadBlob {
        /// Which blob.
        address: BlobAddress,
        /// The registry that a mirror's client meant (`ns`), for pull-through.
        upstream: Option<String>,
    },
    /// `GET /v2/NAME/blobs/DIGEST`.
    GetBlob {
        /// Which blob.
        address: BlobAddress,
        /// The registry that a mirror's client meant (`ns`), for pull-through.
        upstream: Option<String>,
    },
    /// `DELETE /v2/NAME/blobs/DIGEST`.
    DeleteBlob(BlobAddress),
    /// `POST /v2/NAME/blobs/uploads/`.
    StartUpload(StartUpload),
    /// `GET /v2/NAME/blobs/uploads/ID`.
    UploadStatus(UploadAddress),
    /// `PATCH /v2/NAME/blobs/uploads/ID`.
    PatchUpload(UploadAddress),
    /// `PUT /v2/NAME/blobs/uploads/ID?digest=`.
    FinishUpload {
        /// Which upload.
        address: UploadAddress,
        /// What the whole content must hash to.
        digest: Digest,
    },
    /// `DELETE /v2/NAME/blobs/uploads/ID`.
    CancelUpload(UploadAddress),
    /// `GET /livez`: does the process answer?
    Livez,
    /// `GET /readyz`: should it be sent requests?
    Readyz,
    /// `GET /startupz`: has it started?
    Startupz,
    /// The page that Prometheus scrapes.
    Metrics,
    /// `GET /v2/_oci/ext/discover`.
    Discover,
    /// `GET` or `POST` of `/v2/_zot/ext/search`. What is asked only the search understands.
    Search {
        /// Where the query is.
        method: SearchMethod,
        /// What stands behind the question mark, as it was sent.
        query: Option<String>,
    },
    /// `GET /v2/_zot/ext/mgmt`: what clients have to know before they log in.
    Management,
    /// `PUT /v2/_zot/ext/userprefs`.
    ToggleMark {
        /// Which mark.
        mark: Mark,
        /// The repository, not yet parsed: who may not ask does not learn what is wrong with it.
        repository: String,
    },
    /// `GET /v2/_atoll/cluster`: who the members are and what they hold.
    Cluster,
    /// `OPTIONS` of a known path.
    Options(Methods),
}

/// A part of a list in the order of its names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many; `None` for as many as one page holds.
    pub limit: Option<usize>,
    /// Only what sorts behind this text, which need not be in the list.
    pub last: Option<String>,
}

/// A part of a list of referrers, which is in the order of pushing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferrerPlace {
    /// At most so many; `None` for the configured page.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub after: Option<u64>,
}

/// How an upload begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartUpload {
    /// The repository that the blob goes to.
    pub repository: Repository,
    /// The request carries the whole blob, which has this digest.
    pub digest: Option<Digest>,
    /// First try to link a blob that is here already.
    pub mount: Option<Mounting>,
    /// The algorithm that the digest will have.
    pub algorithm: Option<Algorithm>,
}

/// A blob that may be here already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounting {
    /// Its digest.
    pub digest: Digest,
    /// The repository that has it; `None` for any.
    pub from: Option<Repository>,
}

/// The methods of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Methods {
    /// All of them, as `Allow` lists them.
    pub allow: &'static str,
    /// Those that pages of other origins may use, as `Access-Control-Allow-Methods` lists them; `None`: no page may.
    pub cors: Option<&'static str>,
}

impl Action {
    /// The repository that the request names.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Tags { repository, .. }
            | Self::PutManifest { repository, .. }
            | Self::DeleteManifest { repository, .. }
            | Self::Referrers { repository, .. } => Some(repository),
            Self::GetManifest(request) | Self::HeadManifest(request) => Some(&request.repository),
            Self::HeadBlob { address, .. } | Self::GetBlob { address, .. } | Self::DeleteBlob(address) => {
                Some(&address.repository)
            }
            Self::StartUpload(start) => Some(&start.repository),
            Self::UploadStatus(address)
            | Self::PatchUpload(address)
            | Self::FinishUpload { address, .. }
            | Self::CancelUpload(address) => Some(&address.repository),
            Self::Ping
            | Self::Catalog(_)
            | Self::Livez
            | Self::Readyz
            | Self::Startupz
            | Self::Metrics
            | Self::Discover
            | Self::Search { .. }
            | Self::Management
            | Self::ToggleMark { .. }
            | Self::Cluster
            | Self::Options(_) => None,
        }
    }

    /// Whether the request is about the server itself: such requests pass the limits, or nobody could see why others do not.
    pub(crate) fn is_about_the_server(&self) -> bool {
        matches!(self, Self::Livez | Self::Readyz | Self::Startupz | Self::Metrics)
    }

    /// The methods that pages of other origins may use here. zot has none for blobs, uploads and the pushing of manifests.
    pub(crate) fn cors(&self) -> Option<&'static str> {
        match self {
            Self::Ping
            | Self::Catalog(_)
            | Self::Tags { .. }
            | Self::Referrers { .. }
            | Self::Discover
            | Self::Management
            | Self::Cluster => crate::route::LIST.cors,
            Self::Search { .. } => crate::route::SEARCH.cors,
            Self::ToggleMark { .. } => crate::route::PREFERENCES.cors,
            Self::GetManifest(_) | Self::HeadManifest(_) | Self::DeleteManifest { .. } => {
                crate::route::MANIFEST.cors
            }
            Self::Options(methods) => methods.cors,
            _ => None,
        }
    }

    /// Whether the answer tells pages of other origins the methods as well: where zot's own web interface may be such a page.
    pub(crate) fn tells_methods(&self) -> bool {
        matches!(
            self,
            Self::Options(_)
                | Self::Discover
                | Self::Search { .. }
                | Self::Management
                | Self::ToggleMark { .. }
        )
    }
}
