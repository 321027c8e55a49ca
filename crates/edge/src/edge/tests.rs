//! The surface as a client sees it, over services that record what they are asked.

mod blobs;
mod extensions;
mod fake;
mod lists;
mod manifests;
mod operations;
mod pages;
mod records;
mod uploads;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use atoll_host::Host;
use atoll_net::{Handler as _, Incoming, Peer};
use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_placement::{ClusterKey, MemberId, UploadId};
use atoll_service::{Reporter, Search};
use atoll_telemetry::metrics::{self, Recorder};
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;

use super::{Edge, Services};
use crate::options::Options;
use fake::Fake;

struct Bench {
    fake: Arc<Fake>,
    recorder: Recorder,
    edge: Edge,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Bench {
    fn new(fake: Fake) -> Self {
        Self::with_options(fake, Options::default())
    }

    /// Without anything beside the distribution API.
    fn plain(fake: Fake) -> Self {
        Self::build(fake, Options::default(), false)
    }

    fn with_options(fake: Fake, options: Options) -> Self {
        Self::build(fake, options, true)
    }

    fn build(fake: Fake, options: Options, has_extensions: bool) -> Self {
        let fake = Arc::new(fake);
        let recorder = Recorder::new(metrics::Options::default());
        let services = Services {
            manifests: Arc::<Fake>::clone(&fake),
            blobs: Arc::<Fake>::clone(&fake),
            queries: Arc::<Fake>::clone(&fake),
            admin: Arc::<Fake>::clone(&fake),
            preferences: Arc::<Fake>::clone(&fake),
            search: has_extensions.then(|| Arc::<Fake>::clone(&fake) as Arc<dyn Search>),
            cluster: has_extensions.then(|| Arc::<Fake>::clone(&fake) as Arc<dyn Reporter>),
        };
        let host = Host { clock: Arc::new(fake::Frozen), ..Host::system(1) };
        let edge = Edge::new(options, services, host, recorder.clone()).unwrap();
        Self { fake, recorder, edge }
    }

    async fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Incoming::from_bytes(body.to_owned())).unwrap();
        let address: SocketAddr = "192.0.2.7:4000".parse().unwrap();
        let response = self.edge.call(request, Peer { address, local: address, tls: None }).await;
        let (head, body) = response.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(_broken) => Bytes::from_static(b"<broken>"),
        };
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", target, headers, "").await
    }
}

impl Reply {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The values of a header joined, empty if it is missing.
    fn header(&self, name: &str) -> String {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(", ")
    }

    fn check(&self, status: u16, headers: &[(&str, &str)]) {
        assert_eq!(self.status, status, "{}", self.text());
        for (name, expected) in headers {
            assert_eq!(self.header(name), *expected, "{name}");
        }
    }

    fn code(&self) -> String {
        self.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }
}

fn digest(content: &str) -> Digest {
    digest_of(Algorithm::Sha256, content.as_bytes())
}

fn upload() -> UploadId {
    UploadId::issue(ClusterKey([3; 16]), "a/b", MemberId(1), 99)
}
