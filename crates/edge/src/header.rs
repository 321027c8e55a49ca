//! Names of the headers that the `http` library does not know. Lower case, as that library wants constants.

use http::HeaderName;

pub(crate) const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub(crate) const UPLOAD_UUID: HeaderName = HeaderName::from_static("blob-upload-uuid");
pub(crate) const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
pub(crate) const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
pub(crate) const OCI_FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");
pub(crate) const OCI_CHUNK_MIN: HeaderName = HeaderName::from_static("oci-chunk-min-length");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Content types of our own answers.
pub(crate) const JSON: &str = "application/json";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
