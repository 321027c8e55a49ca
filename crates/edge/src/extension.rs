//! Where other surfaces plug in, such as a search API or a user interface.

use std::sync::Arc;

use atoll_host::BoxFuture;
use atoll_net as net;
use atoll_service::{Body, Caller};
use http::{HeaderMap, Method};

/// Answers everything below one path prefix, with statuses and headers of its own.
pub trait Extension: Send + Sync {
    /// Answers one request.
    fn call(&self, request: ExtensionRequest) -> BoxFuture<'static, http::Response<net::Body>>;
}

/// A request as an extension gets it.
pub struct ExtensionRequest {
    /// The method.
    pub method: Method,
    /// The path as it was sent, still encoded.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// Who asks.
    pub caller: Caller,
}

/// Extensions by prefix, the longest prefix first.
#[derive(Clone, Default)]
pub(crate) struct Extensions(Vec<(String, Arc<dyn Extension>)>);

impl Extensions {
    pub(crate) fn add(&mut self, prefix: &str, extension: Arc<dyn Extension>) {
        self.0.push((prefix.trim_end_matches('/').to_owned(), extension));
        self.0.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    }

    /// The extension whose prefix covers the path, in whole components.
    pub(crate) fn find(&self, path: &str) -> Option<&Arc<dyn Extension>> {
        let covers = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.iter().find(|(prefix, _)| covers(prefix)).map(|(_, extension)| extension)
    }
}
