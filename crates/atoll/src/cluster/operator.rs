//! What an operator may have a running member do: `POST /v2/_atoll/cluster/drain`.
//!
//! There are no logins for operators, so a member obeys only who asks from its own machine and proves to know the cluster's
//! key, which stands in the member's configuration. A front on the same machine hands on requests of everybody, and they lack
//! the proof.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use atoll_config::Settings;
use atoll_edge::{Extension, ExtensionRequest};
use atoll_host::BoxFuture;
use atoll_net::Body;
use atoll_oci::{Algorithm, digest_of};
use atoll_placement::ClusterKey;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

use super::Reach;
use super::ask::ask;
use crate::cli::say;
use crate::failure::Failure;

/// The path that a running member takes the order at.
pub(crate) const DRAIN_PATH: &str = "/v2/_atoll/cluster/drain";

/// The query that takes an order back.
const UNDO: &str = "undo";

/// What a member can be told to do.
#[async_trait]
pub(crate) trait Drain: Send + Sync {
    /// Gives all shards away, or takes the share again. Remembered over restarts.
    async fn drain(&self, is_draining: bool) -> Result<(), String>;
}

#[async_trait]
impl Drain for atoll_cluster::membership::Membership {
    async fn drain(&self, is_draining: bool) -> Result<(), String> {
        Self::drain(self, is_draining).await.map_err(|error| error.to_string())
    }
}

/// Takes an operator's orders.
pub(crate) struct Operator {
    member: Arc<dyn Drain>,
    proof: String,
}

impl Operator {
    /// Orders for this member of the cluster with this key.
    pub(crate) fn new(member: Arc<dyn Drain>, key: ClusterKey) -> Self {
        Self { member, proof: proof(key) }
    }

    /// Why the request is not an operator's.
    fn refusal(&self, request: &ExtensionRequest) -> Option<&'static str> {
        let is_local =
            request.caller.address.is_some_and(|address| address.ip().to_canonical().is_loopback());
        if !is_local {
            return Some("orders are taken from the member's own machine only");
        }
        let given = request.headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        let is_proven = given.is_some_and(|given| equal(given, self.proof.as_bytes()));
        (!is_proven)
            .then_some("the order does not prove to know the cluster's key: use `atoll cluster drain`")
    }
}

impl Extension for Operator {
    fn call(&self, request: ExtensionRequest) -> BoxFuture<'static, Response<Body>> {
        let refusal = self.refusal(&request);
        let member = Arc::clone(&self.member);
        Box::pin(async move {
            if request.path != DRAIN_PATH {
                return answer(StatusCode::NOT_FOUND, "");
            }
            if request.method != Method::POST {
                let mut refused = answer(StatusCode::METHOD_NOT_ALLOWED, "");
                refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
                return refused;
            }
            if let Some(reason) = refusal {
                return answer(StatusCode::FORBIDDEN, reason);
            }
            let is_draining = request.query.as_deref() != Some(UNDO);
            match member.drain(is_draining).await {
                Ok(()) => answer(StatusCode::NO_CONTENT, ""),
                Err(reason) => answer(StatusCode::SERVICE_UNAVAILABLE, &reason),
            }
        })
    }
}

fn answer(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::full(text.to_owned()));
    *response.status_mut() = status;
    if !text.is_empty() {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        *response.headers_mut() = HeaderMap::from_iter([(header::CONTENT_TYPE, plain)]);
    }
    response
}

/// What proves to know the key, without telling it.
fn proof(key: ClusterKey) -> String {
    let labelled = [b"atoll operator\0".as_slice(), &key.0].concat();
    format!("Atoll {}", digest_of(Algorithm::Sha256, &labelled).encoded())
}

/// Compares all bytes whatever the first ones are, so that the time tells nothing.
fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |found, (a, b)| found | (a ^ b)) == 0
}

/// `atoll cluster drain`.
pub(super) fn drain(settings: &Settings, reach: &Reach, undo: bool) -> Result<ExitCode, Failure> {
    let Some(cluster) = &settings.cluster else {
        return Err(Failure::Usage(
            "the configuration has no `cluster`: name the member's file by `--config`".to_owned(),
        ));
    };
    let path = if undo { format!("{DRAIN_PATH}?{UNDO}") } else { DRAIN_PATH.to_owned() };
    ask(reach, (Method::POST, &path), Some(&proof(cluster.key)))?;
    let begun = if undo { "takes its share again" } else { "gives its shards to the others" };
    say(&format!("the member {begun}: `atoll cluster status` shows how far it is"));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
