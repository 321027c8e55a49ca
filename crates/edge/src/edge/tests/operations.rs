use std::num::NonZeroU32;
use std::sync::Arc;

use atoll_host::BoxFuture;
use atoll_net as net;
use atoll_oci::{Repository, Tag};
use atoll_service::{Caller, Error, Grant, Visibility};
use http::{Method, Response};
use serde_json::json;

use super::fake::{BLOB, Fake};
use super::{Bench, digest};
use crate::action::Action;
use crate::extension::{Extension, ExtensionRequest};
use crate::options::{Options, RateLimit};
use crate::permit::Policy;

#[tokio::test]
async fn the_root_says_that_this_is_a_registry() {
    let bench = Bench::new(Fake::default());
    for headers in [&[][..], &[("x-zot-api-client", "zot-ui")]] {
        let reply = bench.get("/v2/", headers).await;
        let expected =
            [("content-type", "application/json"), ("docker-distribution-api-version", "registry/2.0")];
        reply.check(200, &expected);
        assert_eq!(reply.text(), "");
    }
    assert_eq!(bench.send("HEAD", "/v2/", &[], "").await.status, 200);
    let reply = bench.get("/v2", &[]).await;
    reply.check(404, &[("content-type", "text/plain; charset=utf-8")]);
    assert_eq!(reply.text(), "404 page not found\n");
}

#[tokio::test]
async fn pages_of_other_origins_learn_what_they_may_do() {
    let headers = "Authorization,content-type,X-ZOT-API-CLIENT";
    let bench = Bench::new(Fake::default());
    bench.send("OPTIONS", "/v2/", &[], "").await.check(
        204,
        &[
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", "GET,OPTIONS"),
            ("access-control-allow-headers", headers),
            ("allow", "GET, HEAD, OPTIONS"),
            ("vary", ""),
        ],
    );
    let manifest = bench.send("OPTIONS", "/v2/a/manifests/1", &[], "").await;
    manifest.check(204, &[("access-control-allow-methods", "HEAD,GET,DELETE,OPTIONS")]);
    let blob = bench.send("OPTIONS", &format!("/v2/a/blobs/{}", digest(BLOB)), &[], "").await;
    blob.check(204, &[("access-control-allow-origin", ""), ("allow", "GET, HEAD, DELETE, OPTIONS")]);
    let options = Options { allow_origin: Some("https://ui.example".to_owned()), ..Options::default() };
    let chosen = Bench::with_options(Fake::default(), options);
    chosen
        .get("/v2/", &[])
        .await
        .check(200, &[("access-control-allow-origin", "https://ui.example"), ("vary", "Origin")]);
}

#[tokio::test]
async fn ordinary_answers_name_the_origin_alone() {
    let bench = Bench::new(Fake::default());
    let reply = bench.get("/v2/a/manifests/1", &[]).await;
    reply.check(200, &[("access-control-allow-origin", "*"), ("access-control-allow-methods", "")]);
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones_and_nothing_else() {
    let bench = Bench::new(Fake::default());
    let reply = bench.send("POST", "/v2/nginx/manifests/1.24", &[], "").await;
    reply.check(405, &[("allow", "GET, HEAD, PUT, DELETE, OPTIONS"), ("content-type", "")]);
    assert_eq!(reply.text(), "");
    let reply = bench.send("PUT", "/v2/Scratch/manifests/1", &[], "x").await;
    reply.check(405, &[("content-type", "")]);
    assert_eq!(bench.send("TRACE", "/v2/", &[], "").await.status, 405);
}

#[tokio::test]
async fn probes_follow_the_life_of_the_server() {
    let bench = Bench::new(Fake::default());
    let status = async |path: &str| bench.get(path, &[]).await.status;
    assert_eq!((status("/livez").await, status("/readyz").await, status("/startupz").await), (200, 503, 503));
    bench.edge.readiness().begin();
    for path in ["/livez", "/readyz", "/startupz"] {
        let reply = bench.get(path, &[]).await;
        reply.check(200, &[("content-type", "text/plain; charset=utf-8")]);
        assert_eq!(reply.text(), "ok");
        bench.send("HEAD", path, &[], "").await.check(200, &[("content-length", "2")]);
    }
    bench.edge.readiness().end();
    assert_eq!((status("/livez").await, status("/readyz").await, status("/startupz").await), (200, 503, 200));
}

#[tokio::test]
async fn a_member_that_is_unwell_is_not_ready() {
    for error in
        [Error::Unavailable("the disk is gone".to_owned()), Error::Internal("no permission".to_owned())]
    {
        let bench = Bench::new(Fake::failing(error));
        bench.edge.readiness().begin();
        assert_eq!(bench.get("/readyz", &[]).await.status, 503);
        assert_eq!(bench.get("/livez", &[]).await.status, 200);
    }
}

#[tokio::test]
async fn metrics_are_where_the_settings_put_them() {
    assert_eq!(Bench::new(Fake::default()).get("/metrics", &[]).await.status, 404);
    let options = Options { metrics_path: Some("/numbers".to_owned()), ..Options::default() };
    let bench = Bench::with_options(Fake::default(), options);
    bench.get("/v2/a/b/manifests/1", &[]).await.check(200, &[]);
    let reply = bench.get("/numbers", &[]).await;
    reply.check(200, &[("content-type", "text/plain; version=0.0.4; charset=utf-8")]);
    assert!(
        reply.text().contains("zot_http_requests_total{method=\"GET\",code=\"200\"} 1\n"),
        "{}",
        reply.text()
    );
    assert!(reply.text().contains("zot_repo_downloads_total{repo=\"a/b\"} 1\n"));
}

#[tokio::test]
async fn discovery_lists_what_is_offered_in_the_order_of_zot() {
    let bench = Bench::plain(Fake::default());
    assert_eq!(bench.get("/v2/_oci/ext/discover", &[]).await.text(), r#"{"extensions":[]}"#);
    let search_alone = Bench::new(Fake::default());
    let reply = search_alone.get("/v2/_oci/ext/discover", &[]).await;
    reply
        .check(200, &[("content-type", "application/json"), ("access-control-allow-methods", "GET,OPTIONS")]);
    let extension = &reply.json()["extensions"][0];
    assert_eq!(extension["name"], "_zot");
    assert_eq!(extension["endpoints"], json!(["/v2/_zot/ext/search", "/v2/_zot/ext/mgmt"]));
    let everything = Options { preferences: true, ..Options::default() };
    let reply = Bench::with_options(Fake::default(), everything).get("/v2/_oci/ext/discover", &[]).await;
    assert_eq!(
        reply.json()["extensions"][0]["endpoints"],
        json!(["/v2/_zot/ext/search", "/v2/_zot/ext/userprefs", "/v2/_zot/ext/mgmt"])
    );
}

#[tokio::test]
async fn more_requests_than_the_rate_wait_but_probes_do_not() {
    let rate_limit = RateLimit { all: None, methods: vec![(Method::GET, NonZeroU32::MIN)] };
    let bench = Bench::with_options(Fake::default(), Options { rate_limit, ..Options::default() });
    assert_eq!(bench.get("/v2/", &[]).await.status, 200);
    let reply = bench.get("/v2/", &[]).await;
    reply.check(429, &[("retry-after", "1"), ("content-type", "text/plain; charset=utf-8")]);
    assert_eq!(reply.text(), "Too Many Requests\n");
    assert_eq!(bench.send("HEAD", "/v2/", &[], "").await.status, 200);
    assert_eq!(bench.get("/livez", &[]).await.status, 200);
}

#[tokio::test]
async fn new_rates_hold_from_the_next_request_on() {
    let bench = Bench::new(Fake::default());
    bench.edge.limit_rates(&RateLimit { all: Some(NonZeroU32::MIN), methods: Vec::new() });
    assert_eq!((bench.get("/v2/", &[]).await.status, bench.get("/v2/", &[]).await.status), (200, 429));
    bench.edge.limit_rates(&RateLimit::default());
    assert_eq!((bench.get("/v2/", &[]).await.status, bench.get("/v2/", &[]).await.status), (200, 200));
}

#[tokio::test]
async fn a_full_house_refuses_until_somebody_leaves() {
    let bench = Bench::with_options(Fake::default(), Options { in_flight: 0, ..Options::default() });
    let reply = bench.get("/v2/", &[]).await;
    reply.check(503, &[("retry-after", "1")]);
    assert_eq!(reply.code(), "UNAVAILABLE");
    assert_eq!(bench.get("/livez", &[]).await.status, 200);
    let bench = Bench::with_options(Fake::default(), Options { in_flight: 1, ..Options::default() });
    for _ in 0..3 {
        assert_eq!(bench.get("/v2/", &[]).await.status, 200);
    }
}

#[test]
fn an_origin_that_cannot_stand_in_a_header_is_refused_at_once() {
    let bench = Bench::new(Fake::default());
    let options = Options { allow_origin: Some("a\nb".to_owned()), ..Options::default() };
    let services = bench.edge.shared.services.clone();
    let made = super::Edge::new(options, services, bench.edge.shared.host.clone(), bench.recorder.clone());
    assert!(made.is_err_and(|error| error.to_string().contains("http.allowOrigin")));
}

struct Echo;

impl Extension for Echo {
    fn call(&self, request: ExtensionRequest) -> BoxFuture<'static, Response<net::Body>> {
        let text = format!("{} {} {:?}", request.method, request.path, request.query);
        Box::pin(async move { Response::builder().status(418).body(net::Body::full(text)).unwrap() })
    }
}

#[tokio::test]
async fn an_extension_answers_its_prefix_and_nothing_of_the_surface() {
    let mut bench = Bench::plain(Fake::default());
    bench.edge = bench.edge.with_route("/v2/_zot/ext/search/", Arc::new(Echo));
    let reply = bench.send("POST", "/v2/_zot/ext/search?query=x", &[], "body").await;
    reply.check(418, &[("x-content-type-options", "nosniff")]);
    assert_eq!(reply.text(), "POST /v2/_zot/ext/search Some(\"query=x\")");
    assert_eq!(bench.get("/v2/_zot/ext/search/below", &[]).await.status, 418);
    assert_eq!(bench.get("/v2/_zot/ext/searching", &[]).await.status, 404);
    assert_eq!(bench.get("/v2/", &[]).await.status, 200);
    let head = bench.send("HEAD", "/v2/_zot/ext/search", &[], "").await;
    assert_eq!((head.status, head.text()), (418, ""));
}

struct Closed;

impl Policy for Closed {
    fn admit(&self, _caller: &Caller, action: &Action) -> Result<(), crate::Error> {
        match action {
            Action::Ping => Err(crate::Error::Unauthenticated),
            _ => Ok(()),
        }
    }

    fn grant(&self, _caller: &Caller, _repository: &Repository, _tag: Option<&Tag>) -> Grant {
        Grant::default()
    }

    fn visibility(&self, _caller: &Caller) -> Visibility {
        Visibility::Nothing
    }
}

#[tokio::test]
async fn the_policy_decides_before_the_node_is_asked() {
    let mut bench = Bench::new(Fake::default());
    bench.edge = bench.edge.with_policy(Arc::new(Closed));
    let reply = bench.get("/v2/", &[]).await;
    reply.check(401, &[("www-authenticate", "Basic realm=\"Authorization Required\"")]);
    bench.send("DELETE", &format!("/v2/a/blobs/{}", digest(BLOB)), &[], "").await.check(202, &[]);
    bench.get("/v2/_catalog", &[]).await.check(200, &[]);
    let asked = ["unlink a false", "catalog ListCatalog { after: None, limit: 10000, visibility: Nothing }"];
    assert_eq!(bench.fake.asked(), asked);
}
