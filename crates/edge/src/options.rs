//! What the composition root decides about the surface.

use std::num::NonZeroU32;

use atoll_service::MAX_PAGE;
use http::Method;

/// Largest manifest accepted unless the settings say otherwise, in bytes (distribution-spec: at least 4 MiB).
pub const DEFAULT_MANIFEST_BYTES: usize = 4 << 20;
/// Most requests at a time unless the settings say otherwise.
pub const DEFAULT_IN_FLIGHT: usize = 10_000;
/// Referrers in one page where the client asks for no number: as many as there can be. Most clients, among them those that look for
/// signatures, read one page and do not follow its link.
pub const DEFAULT_REFERRERS_PAGE: usize = MAX_PAGE;

/// How the surface behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Accept manifests of Docker's schema 2 (`http.compat: ["docker2s2"]`).
    pub docker_schema2: bool,
    /// Largest manifest accepted, in bytes.
    pub manifest_bytes: usize,
    /// The realm of challenges.
    pub realm: String,
    /// The origin whose pages may read answers; `None` for every origin.
    pub allow_origin: Option<String>,
    /// The path of the metrics page; `None`: there is none.
    pub metrics_path: Option<String>,
    /// Requests per second.
    pub rate_limit: RateLimit,
    /// Most requests at a time.
    pub in_flight: usize,
    /// Whether users may keep stars and bookmarks; zot has them wherever it has its web interface.
    pub preferences: bool,
    /// Which program this is.
    pub build: Build,
    /// The chunk size in bytes below which uploads are slow, told to clients as `OCI-Chunk-Min-Length`.
    pub chunk_min_bytes: Option<u64>,
    /// Referrers in one page.
    pub referrers_page: usize,
    /// Answer the catalog with a warning when shards cannot be heard. Off: it is refused, because mirrors delete what a catalog does
    /// not show.
    pub partial_catalog: bool,
}

/// Which program this is, as the management page tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// The commit it was built from.
    pub commit: String,
    /// Its version.
    pub version: String,
    /// What is in it, in words joined by dashes.
    pub parts: String,
}

/// Requests per second that the server takes, with bursts of as many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// Of all methods together; `None`: any number.
    pub all: Option<NonZeroU32>,
    /// Of single methods.
    pub methods: Vec<(Method, NonZeroU32)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            docker_schema2: false,
            manifest_bytes: DEFAULT_MANIFEST_BYTES,
            realm: "Authorization Required".to_owned(),
            allow_origin: None,
            metrics_path: None,
            rate_limit: RateLimit::default(),
            in_flight: DEFAULT_IN_FLIGHT,
            preferences: false,
            build: Build::default(),
            chunk_min_bytes: None,
            referrers_page: DEFAULT_REFERRERS_PAGE,
            partial_catalog: false,
        }
    }
}
