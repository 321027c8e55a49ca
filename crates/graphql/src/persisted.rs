//! Queries that clients register once and name by their hash from then on (Apollo's automatic persisted queries).

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, ServerError};
use atoll_oci::{Algorithm, digest_of};

use crate::generations::{Bounds, Generations};
use crate::limits::{KEPT_PERSISTED_BYTES, PERSISTED_KEPT};

/// The only version there is.
const VERSION: i64 = 1;

/// Registered queries by the hex digits of their SHA-256.
pub(crate) struct Persisted(Generations<String, Arc<str>>);

/// How a request names a registered query.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    version: i64,
    #[serde(default, rename = "sha256Hash")]
    hash: String,
}

impl Persisted {
    pub(crate) fn new() -> Self {
        Self(Generations::new(Bounds { entries: PERSISTED_KEPT, bytes: KEPT_PERSISTED_BYTES }))
    }

    /// The text that a request means: registers what comes with its hash, finds what comes as a hash alone.
    pub(crate) fn resolve(&self, text: String, named: Option<Named>) -> Result<String, ServerError> {
        let Some(named) = named else { return Ok(text) };
        if named.version != VERSION {
            return Err(ServerError::new("unsupported APQ version", None));
        }
        if text.is_empty() {
            let found = self.0.get(&named.hash).map(|text| text.as_ref().to_owned());
            return found.ok_or_else(not_found);
        }
        if digest_of(Algorithm::Sha256, text.as_bytes()).encoded() != named.hash {
            return Err(ServerError::new("provided APQ hash does not match query", None));
        }
        let bytes = text.len() + named.hash.len();
        self.0.put(named.hash, text.as_str().into(), bytes);
        Ok(text)
    }
}

fn not_found() -> ServerError {
    let mut error = ServerError::new("PersistedQueryNotFound", None);
    let mut more = ErrorExtensionValues::default();
    more.set("code", "PERSISTED_QUERY_NOT_FOUND");
    error.extensions = Some(more);
    error
}
