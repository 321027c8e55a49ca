use atoll_service::Error;

use super::fake::{Fake, MANIFEST};
use super::{Bench, digest};
use crate::options::Options;

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";

#[tokio::test]
async fn a_manifest_is_answered_with_its_exact_bytes_type_and_digest() {
    let bench = Bench::new(Fake::default());
    let digest = digest(MANIFEST).to_string();
    let reply = bench.get("/v2/a/b/manifests/v1?ns=docker.io", &[]).await;
    reply.check(
        200,
        &[
            ("content-type", OCI),
            ("docker-content-digest", &digest),
            ("etag", &format!("\"{digest}\"")),
            ("docker-distribution-api-version", "registry/2.0"),
            ("x-content-type-options", "nosniff"),
            ("access-control-allow-origin", "*"),
        ],
    );
    assert_eq!(reply.text(), MANIFEST);
    let asked = r#"get GetManifest { repository: a/b, reference: Tag(v1), upstream: Some("docker.io") }"#;
    assert_eq!(bench.fake.asked(), [asked]);
}

#[tokio::test]
async fn head_of_a_manifest_tells_its_length_and_counts_nothing() {
    let bench = Bench::new(Fake { media_type: Some("application/vnd.other+json"), ..Fake::default() });
    let reply = bench.send("HEAD", "/v2/a/manifests/v1", &[], "").await;
    reply.check(200, &[("content-type", "application/vnd.other+json"), ("content-length", "19")]);
    assert_eq!(reply.text(), "");
    assert!(bench.fake.asked()[0].starts_with("head "));
    assert!(!bench.recorder.render().contains("zot_repo_downloads_total{repo=\"a\"}"));
}

#[tokio::test]
async fn a_manifest_that_the_client_has_is_not_sent_again_and_not_counted() {
    let bench = Bench::new(Fake::default());
    let etag = format!("\"{}\"", digest(MANIFEST));
    for method in ["GET", "HEAD"] {
        let reply = bench.send(method, "/v2/a/manifests/v1", &[("if-none-match", &etag)], "").await;
        reply.check(304, &[("etag", &etag), ("content-type", ""), ("content-length", "")]);
        assert_eq!(reply.text(), "");
    }
    assert!(bench.fake.asked().iter().all(|asked| asked.starts_with("head ")));
    let reply = bench.get("/v2/a/manifests/v1", &[("if-none-match", "\"sha256:other\"")]).await;
    assert_eq!((reply.status, reply.text()), (200, MANIFEST));
}

#[tokio::test]
async fn a_manifest_that_is_not_what_the_client_wants_is_not_sent() {
    let bench = Bench::new(Fake::default());
    let etag = format!("\"{}\"", digest(MANIFEST));
    for (value, status) in [(&*etag, 200), ("*", 200), ("\"sha256:other\"", 412), (&format!("W/{etag}"), 412)]
    {
        for method in ["GET", "HEAD"] {
            let reply = bench.send(method, "/v2/a/manifests/v1", &[("if-match", value)], "").await;
            assert_eq!(reply.status, status, "{method} {value}");
        }
    }
    let nowhere = Bench::new(Fake { is_empty: true, ..Fake::default() });
    assert_eq!(nowhere.get("/v2/a/manifests/v1", &[("if-match", "*")]).await.status, 404);
}

#[tokio::test]
async fn a_push_goes_on_only_if_its_preconditions_hold() {
    let etag = format!("\"{}\"", digest(MANIFEST));
    for (name, value, where_it_is, where_nothing_is) in [
        ("if-none-match", "*", 412, 201),
        ("if-none-match", &*etag, 412, 201),
        ("if-none-match", "\"sha256:other\"", 201, 201),
        ("if-match", "*", 201, 412),
        ("if-match", &*etag, 201, 412),
        ("if-match", "\"sha256:other\"", 412, 412),
    ] {
        for (is_empty, status) in [(false, where_it_is), (true, where_nothing_is)] {
            for reference in ["v1".to_owned(), digest(MANIFEST).to_string()] {
                let bench = Bench::new(Fake { is_empty, ..Fake::default() });
                let target = format!("/v2/a/manifests/{reference}");
                let reply =
                    bench.send("PUT", &target, &[("content-type", OCI), (name, value)], "bytes").await;
                assert_eq!(reply.status, status, "{name}: {value} at {reference}, empty: {is_empty}");
                let is_stored = bench.fake.asked().iter().any(|asked| asked.starts_with("put "));
                assert_eq!(is_stored, status == 201);
            }
        }
    }
}

#[tokio::test]
async fn a_push_with_preconditions_is_refused_if_another_one_came_between() {
    let came_between =
        || Fake { is_empty: true, unpushed: Some(Error::Denied("update".to_owned())), ..Fake::default() };
    let bench = Bench::new(came_between());
    let new = [("content-type", OCI), ("if-none-match", "*")];
    assert_eq!(bench.send("PUT", "/v2/a/manifests/v1", &new, "bytes").await.status, 412);
    assert_eq!(bench.fake.asked().last().unwrap(), "set v1 create true update false");
    let bench = Bench::new(Fake { is_empty: false, ..came_between() });
    let known = [("content-type", OCI), ("if-match", "*")];
    assert_eq!(bench.send("PUT", "/v2/a/manifests/v1", &known, "bytes").await.status, 412);
    assert_eq!(bench.fake.asked().last().unwrap(), "set v1 create false update true");
    let plain = Bench::new(came_between());
    assert_eq!(plain.send("PUT", "/v2/a/manifests/v1", &[("content-type", OCI)], "bytes").await.status, 403);
}

#[tokio::test]
async fn a_manifest_is_removed_only_if_the_preconditions_hold() {
    let etag = format!("\"{}\"", digest(MANIFEST));
    let bench = Bench::new(Fake::default());
    for (name, value, status) in [
        ("if-match", &*etag, 202),
        ("if-match", "*", 202),
        ("if-match", "\"sha256:other\"", 412),
        ("if-none-match", "*", 412),
    ] {
        let reply = bench.send("DELETE", "/v2/a/manifests/v1", &[(name, value)], "").await;
        assert_eq!(reply.status, status, "{name}: {value}");
    }
    assert_eq!(bench.fake.asked().iter().filter(|asked| asked.starts_with("remove ")).count(), 2);
}

#[tokio::test]
async fn a_manifest_is_stored_under_a_tag() {
    let bench = Bench::new(Fake { subject: Some(digest("subject")), ..Fake::default() });
    let reply = bench.send("PUT", "/v2/a/b/manifests/v1", &[("content-type", OCI)], "bytes").await;
    let digest_text = digest(MANIFEST).to_string();
    reply.check(
        201,
        &[
            ("location", &format!("/v2/a/b/manifests/{digest_text}")),
            ("docker-content-digest", &digest_text),
            ("oci-subject", &digest("subject").to_string()),
            ("oci-tag", ""),
            ("content-type", ""),
            ("access-control-allow-origin", ""),
        ],
    );
    assert_eq!(bench.fake.asked(), [format!("put a/b None [v1] {OCI} bytes")]);
    assert!(bench.recorder.render().contains("zot_repo_uploads_total{repo=\"a/b\"} 1\n"));
}

#[tokio::test]
async fn a_manifest_is_stored_under_its_digest_and_several_tags() {
    let bench = Bench::new(Fake::default());
    let target = format!("/v2/a/manifests/{}?tag=t1&tag=t2", digest(MANIFEST));
    let reply = bench.send("PUT", &target, &[("content-type", OCI)], "bytes").await;
    reply.check(201, &[("oci-tag", "t1, t2"), ("oci-subject", "")]);
    assert_eq!(bench.fake.asked(), [format!("put a Some({}) [t1, t2] {OCI} bytes", digest(MANIFEST))]);
}

#[tokio::test]
async fn the_media_type_must_be_exactly_one_that_is_accepted() {
    let strict = Bench::new(Fake::default());
    for media_type in ["application/json", "", &format!("{OCI}; charset=utf-8"), DOCKER, "nonsense"] {
        let reply = strict.send("PUT", "/v2/a/manifests/v1", &[("content-type", media_type)], "x").await;
        assert_eq!((reply.status, reply.code()), (415, "MANIFEST_INVALID".to_owned()), "{media_type}");
        assert_eq!(reply.json()["errors"][0]["detail"]["mediaType"], media_type);
    }
    assert_eq!(strict.send("PUT", "/v2/a/manifests/v1", &[], "x").await.status, 415);
    assert_eq!(strict.fake.asked(), [""; 0]);
    let docker = Bench::with_options(Fake::default(), Options { docker_schema2: true, ..Options::default() });
    assert_eq!(docker.send("PUT", "/v2/a/manifests/v1", &[("content-type", DOCKER)], "x").await.status, 201);
}

#[tokio::test]
async fn a_manifest_beyond_the_limit_never_reaches_the_node() {
    let bench = Bench::with_options(Fake::default(), Options { manifest_bytes: 4, ..Options::default() });
    for headers in [&[("content-type", OCI)][..], &[("content-type", OCI), ("content-length", "5")]] {
        let reply = bench.send("PUT", "/v2/a/manifests/v1", headers, "12345").await;
        assert_eq!((reply.status, reply.code()), (413, "MANIFEST_INVALID".to_owned()));
    }
    assert_eq!(bench.fake.asked(), [""; 0]);
    assert_eq!(bench.send("PUT", "/v2/a/manifests/v1", &[("content-type", OCI)], "1234").await.status, 201);
}

#[tokio::test]
async fn a_wrong_digest_makes_the_manifest_invalid() {
    let (expected, computed) = (digest("a"), digest("b"));
    let bench = Bench::new(Fake::failing(Error::DigestMismatch { expected, computed }));
    let reply =
        bench.send("PUT", &format!("/v2/a/manifests/{expected}"), &[("content-type", OCI)], "x").await;
    assert_eq!((reply.status, reply.code()), (400, "MANIFEST_INVALID".to_owned()));
}

#[tokio::test]
async fn a_manifest_is_removed_by_tag_or_digest() {
    let bench = Bench::new(Fake::default());
    bench.send("DELETE", "/v2/a/manifests/v1", &[], "").await.check(202, &[("docker-content-digest", "")]);
    let target = format!("/v2/a/manifests/{}", digest("x"));
    bench.send("DELETE", &target, &[], "").await.check(202, &[]);
    assert_eq!(bench.fake.asked(), ["remove a v1".to_owned(), format!("remove a {}", digest("x"))]);
    let in_use = Error::ManifestInUse { digest: digest("x"), index: digest("y") };
    let reply = Bench::new(Fake::failing(in_use)).send("DELETE", &target, &[], "").await;
    assert_eq!((reply.status, reply.code()), (405, "DENIED".to_owned()));
}

#[tokio::test]
async fn an_error_to_head_has_headers_but_no_body() {
    let repository = "no/such".parse().unwrap();
    let bench = Bench::new(Fake::failing(Error::RepositoryUnknown(repository)));
    let reply = bench.send("HEAD", "/v2/no/such/manifests/1", &[], "").await;
    reply.check(404, &[("content-type", "application/json")]);
    assert_eq!(reply.text(), "");
    assert!(reply.header("content-length").parse::<usize>().unwrap() > 0);
}
