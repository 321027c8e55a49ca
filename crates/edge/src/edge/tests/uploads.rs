use atoll_service::Error;

use super::fake::Fake;
use super::{Bench, digest, upload};
use crate::options::Options;

const BYTES: (&str, &str) = ("content-type", "application/octet-stream");

fn path() -> String {
    format!("/v2/a/b/blobs/uploads/{}", upload())
}

fn finish() -> String {
    format!("{}?digest={}", path(), digest("x"))
}

#[tokio::test]
async fn an_upload_begins_empty() {
    let bench =
        Bench::with_options(Fake::default(), Options { chunk_min_bytes: Some(4096), ..Options::default() });
    let reply = bench.send("POST", "/v2/a/b/blobs/uploads/?digest-algorithm=sha512", &[], "").await;
    reply.check(
        202,
        &[
            ("location", &path()),
            ("range", "0-0"),
            ("blob-upload-uuid", &upload().to_string()),
            ("oci-chunk-min-length", "4096"),
        ],
    );
    assert_eq!(bench.fake.asked(), ["begin a/b Some(Sha512)"]);
    let plain = Bench::new(Fake::default()).send("POST", "/v2/a/b/blobs/uploads/?from=c/d", &[], "").await;
    plain.check(202, &[("oci-chunk-min-length", "")]);
}

#[tokio::test]
async fn a_blob_is_pushed_in_one_request() {
    let bench = Bench::new(Fake::default());
    let target = format!("/v2/a/b/blobs/uploads/?digest={}", digest("x"));
    let reply = bench.send("POST", &target, &[BYTES], "the bytes").await;
    reply.check(
        201,
        &[
            ("location", &format!("/v2/a/b/blobs/{}", digest("x"))),
            ("docker-content-digest", &digest("x").to_string()),
            ("blob-upload-uuid", &upload().to_string()),
            ("range", ""),
        ],
    );
    assert_eq!(bench.fake.asked(), ["begin a/b Some(Sha256)", "finish read the bytes"]);
}

#[tokio::test]
async fn a_push_in_one_request_must_be_declared_as_bytes() {
    let bench = Bench::new(Fake::default());
    let target = format!("/v2/a/b/blobs/uploads/?digest={}", digest("x"));
    for headers in
        [&[][..], &[("content-type", "text/plain")], &[("content-type", "application/octet-stream; a=b")]]
    {
        assert_eq!(bench.send("POST", &target, headers, "x").await.status, 415);
    }
    assert_eq!(bench.fake.asked(), [""; 0]);
}

#[tokio::test]
async fn an_upload_of_one_request_that_fails_is_given_up() {
    let chunk_refused = Bench::new(Fake::default());
    let target = format!("/v2/a/b/blobs/uploads/?digest={}", digest("x"));
    let reply = chunk_refused.send("POST", &target, &[BYTES, ("content-range", "nonsense")], "x").await;
    assert_eq!(reply.status, 416);
    assert_eq!(chunk_refused.fake.asked(), ["begin a/b Some(Sha256)", "cancel a/b"]);
}

#[tokio::test]
async fn a_push_in_one_request_whose_repository_moves_meanwhile_is_to_be_asked_again() {
    let bench = Bench::new(Fake { unfinished: Some(Error::UploadUnknown(upload())), ..Fake::default() });
    let target = format!("/v2/a/b/blobs/uploads/?digest={}", digest("x"));
    let reply = bench.send("POST", &target, &[BYTES], "the bytes").await;
    reply.check(503, &[("retry-after", "1")]);
    assert_eq!(reply.code(), "UNAVAILABLE");
    let begun = bench.send("PUT", &finish(), &[], "the bytes").await;
    assert_eq!((begun.status, begun.code()), (404, "BLOB_UPLOAD_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn a_blob_that_is_here_is_mounted_and_any_other_begins_an_upload() {
    let target = format!("/v2/a/b/blobs/uploads/?mount={}", digest("x"));
    let here = Bench::new(Fake { mountable: true, ..Fake::default() });
    let reply = here.send("POST", &format!("{target}&from=c/d"), &[], "").await;
    reply.check(201, &[("location", &format!("/v2/a/b/blobs/{}", digest("x"))), ("range", "")]);
    assert_eq!(here.fake.asked(), ["mount a/b from Some(c/d)"]);
    let elsewhere = Bench::new(Fake::default());
    elsewhere.send("POST", &target, &[], "").await.check(202, &[("location", &path()), ("range", "0-0")]);
    assert_eq!(elsewhere.fake.asked(), ["mount a/b from None", "begin a/b None"]);
    let malformed = elsewhere.send("POST", "/v2/a/b/blobs/uploads/?mount=nonsense", &[], "").await;
    assert_eq!((malformed.status, malformed.code()), (400, "DIGEST_INVALID".to_owned()));
}

#[tokio::test]
async fn a_streamed_chunk_is_appended_and_the_whole_size_told() {
    let bench = Bench::new(Fake { received: 10, ..Fake::default() });
    let reply = bench.send("PATCH", &path(), &[BYTES], " for an upload").await;
    reply
        .check(202, &[("location", &path()), ("range", "0-23"), ("blob-upload-uuid", &upload().to_string())]);
    assert_eq!(bench.fake.asked(), ["append None None", "append read  for an upload"]);
}

#[tokio::test]
async fn a_placed_chunk_carries_its_range_and_length() {
    let bench = Bench::new(Fake::default());
    for headers in [&[("content-range", "0-3"), ("content-length", "4")][..], &[("content-range", "0-3")]] {
        bench.send("PATCH", &path(), headers, "four").await.check(202, &[("range", "0-3")]);
    }
    let append = "append Some((0, 3)) Some(4)";
    assert_eq!(bench.fake.asked(), [append, "append read four", append, "append read four"]);
}

#[tokio::test]
async fn a_chunk_whose_headers_contradict_is_refused_unread() {
    let bench = Bench::new(Fake::default());
    for method in ["PATCH", "PUT"] {
        let contradiction = [("content-range", "0-3"), ("content-length", "5")];
        let reply = bench.send(method, &finish(), &contradiction, "fiver").await;
        assert_eq!((reply.status, reply.code()), (400, "SIZE_INVALID".to_owned()));
        for range in ["x-y", "3-0", "0-18446744073709551615"] {
            assert_eq!(
                bench.send(method, &finish(), &[("content-range", range)], "x").await.status,
                416,
                "{range}"
            );
        }
    }
    assert_eq!(bench.fake.asked(), [""; 0]);
}

#[tokio::test]
async fn a_chunk_out_of_order_is_told_where_the_upload_is() {
    let bench = Bench::new(Fake::failing(Error::UploadOutOfOrder { id: upload(), received: 10 }));
    for (method, target) in [("PATCH", path()), ("PUT", finish())] {
        let reply = bench.send(method, &target, &[("content-range", "15-23")], "an upload").await;
        reply.check(416, &[("range", "0-9"), ("blob-upload-uuid", &upload().to_string())]);
        assert_eq!(reply.code(), "BLOB_UPLOAD_INVALID");
        assert_eq!(reply.json()["errors"][0]["detail"]["session_id"], upload().to_string());
    }
}

#[tokio::test]
async fn an_upload_is_finished_with_or_without_a_last_chunk() {
    let bench = Bench::new(Fake::default());
    for body in ["", "the rest"] {
        let reply = bench.send("PUT", &finish(), &[], body).await;
        reply.check(
            201,
            &[
                ("location", &format!("/v2/a/b/blobs/{}", digest("x"))),
                ("docker-content-digest", &digest("x").to_string()),
                ("blob-upload-uuid", &upload().to_string()),
            ],
        );
    }
    assert_eq!(bench.fake.asked(), ["finish read ", "finish read the rest"]);
    let reply = bench.send("PUT", &path(), &[], "x").await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("`digest` is missing"));
}

#[tokio::test]
async fn an_upload_tells_how_far_it_is_and_can_be_given_up() {
    for (received, range) in [(0, "0-0"), (1, "0-0"), (10, "0-9")] {
        let bench = Bench::new(Fake { received, ..Fake::default() });
        for method in ["GET", "HEAD"] {
            let reply = bench.send(method, &path(), &[], "").await;
            reply.check(204, &[("location", &path()), ("range", range), ("content-length", "")]);
        }
    }
    let bench = Bench::new(Fake::default());
    bench.send("DELETE", &path(), &[], "").await.check(204, &[("location", ""), ("range", "")]);
    assert_eq!(bench.fake.asked(), ["cancel a/b"]);
}

#[tokio::test]
async fn an_id_that_was_never_issued_is_as_unknown_as_an_old_one() {
    let bench = Bench::new(Fake::failing(Error::UploadUnknown(upload())));
    for id in ["00000000-0000-4000-8000-000000000000", "nonsense", &upload().to_string()] {
        for method in ["GET", "PATCH", "DELETE", "PUT"] {
            let target = format!("/v2/a/b/blobs/uploads/{id}?digest={}", digest("x"));
            let reply = bench.send(method, &target, &[BYTES], "some bytes").await;
            assert_eq!(
                (reply.status, reply.code()),
                (404, "BLOB_UPLOAD_UNKNOWN".to_owned()),
                "{method} {id}"
            );
            assert!(reply.json()["errors"][0]["detail"]["session_id"].is_string());
        }
    }
}
