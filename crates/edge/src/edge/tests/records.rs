use atoll_service::Error;

use super::Bench;
use super::digest;
use super::fake::{BLOB, Fake, MANIFEST};

#[tokio::test]
async fn a_request_id_is_echoed_or_given() {
    let bench = Bench::new(Fake::default());
    bench.get("/v2/", &[("x-request-id", "build-17")]).await.check(200, &[("x-request-id", "build-17")]);
    let (first, second) =
        (bench.get("/v2/", &[]).await, bench.get("/nowhere", &[("x-request-id", "bad id")]).await);
    assert_eq!((first.header("x-request-id").len(), second.header("x-request-id").len()), (16, 16));
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn a_fault_of_ours_hides_its_cause_behind_the_request_id() {
    let bench = Bench::new(Fake::failing(Error::Internal("secret path /data".to_owned())));
    let reply = bench.get("/v2/a/manifests/1", &[("x-request-id", "r1")]).await;
    assert_eq!((reply.status, reply.code()), (500, "UNKNOWN".to_owned()));
    assert!(!reply.text().contains("secret"));
    assert_eq!(reply.json()["errors"][0]["detail"]["request_id"], "r1");
}

#[tokio::test]
async fn every_answer_is_counted_once_with_the_bytes_that_were_sent() {
    let bench = Bench::new(Fake::default());
    bench.get("/v2/a/manifests/1", &[]).await.check(200, &[]);
    bench.get(&format!("/v2/a/blobs/{}", digest(BLOB)), &[]).await.check(200, &[]);
    bench.send("HEAD", "/v2/a/manifests/1", &[], "").await.check(200, &[]);
    let page = bench.recorder.render();
    assert!(page.contains("zot_http_requests_total{method=\"GET\",code=\"200\"} 2\n"), "{page}");
    assert!(page.contains(&format!("atoll_http_response_bytes_total {}\n", MANIFEST.len() + BLOB.len())));
    assert!(page.contains("zot_http_repo_latency_seconds_count{repo=\"a\"} 3\n"));
    assert!(page.contains("atoll_http_in_flight 0\n"));
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_counted_as_gone() {
    let bench = Bench::new(Fake::default());
    let request = http::Request::get("/v2/").body(atoll_net::Incoming::from_bytes("")).unwrap();
    let address = "192.0.2.7:4000".parse().unwrap();
    let peer = atoll_net::Peer { address, local: address, tls: None };
    let exchange = crate::exchange::Exchange::begin(
        &bench.edge.shared.records,
        request.method().clone(),
        request.uri().clone(),
        bench.edge.shared.identifier.caller(request.headers(), &peer),
    );
    drop(exchange);
    assert!(bench.recorder.render().contains("zot_http_requests_total{method=\"GET\",code=\"499\"} 1\n"));
}

#[tokio::test]
async fn changes_are_audited_and_reads_are_not() {
    let folder = std::env::temp_dir().join(format!("atoll-edge-audit-{}", std::process::id()));
    let file = folder.with_extension("log");
    let mut bench = Bench::new(Fake::default());
    let tasks = bench.edge.shared.host.tasks.clone();
    let audit = atoll_telemetry::audit::Audit::open(&file, &tasks, &bench.recorder).unwrap();
    bench.edge = bench.edge.with_audit(audit.clone());
    bench.get("/v2/a/manifests/1", &[]).await.check(200, &[]);
    let json = [("content-type", "application/json")];
    bench.send("POST", "/v2/_zot/ext/search", &json, "{}").await.check(200, &[]);
    bench
        .send("DELETE", "/v2/a/manifests/1?access_token=t0psecret", &[("x-request-id", "d1")], "")
        .await
        .check(202, &[]);
    audit.flush();
    let lines = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let record: serde_json::Value = serde_json::from_str(lines.trim()).unwrap();
    assert_eq!(record["action"], "DELETE");
    assert_eq!(record["object"], "/v2/a/manifests/1?access_token=******");
    assert_eq!(record["status"], 202);
    assert_eq!(record["requestId"], "d1");
    assert_eq!(record["clientIP"], "192.0.2.7:4000");
}
