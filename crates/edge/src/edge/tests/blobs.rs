use atoll_service::Error;

use super::fake::{BLOB, Fake};
use super::{Bench, Reply, digest};

fn path() -> String {
    format!("/v2/a/b/blobs/{}", digest(BLOB))
}

async fn ranged(range: &str) -> Reply {
    Bench::new(Fake::default()).get(&path(), &[("range", range)]).await
}

#[tokio::test]
async fn a_blob_is_answered_with_its_type_digest_and_length() {
    let bench = Bench::new(Fake {
        media_type: Some("application/vnd.oci.image.layer.v1.tar+gzip"),
        ..Fake::default()
    });
    let digest = digest(BLOB).to_string();
    let expected = [
        ("content-type", "application/vnd.oci.image.layer.v1.tar+gzip"),
        ("docker-content-digest", &*digest),
        ("accept-ranges", "bytes"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("access-control-allow-origin", ""),
    ];
    let reply = bench.get(&path(), &[]).await;
    reply.check(200, &expected);
    assert_eq!(reply.text(), BLOB);
    let head = bench.send("HEAD", &path(), &[], "").await;
    head.check(200, &expected);
    head.check(200, &[("content-length", "20")]);
    assert_eq!(bench.fake.asked(), ["read a/b ranges false", "stat a/b"]);
}

#[tokio::test]
async fn a_blob_of_no_or_of_a_hostile_type_is_bytes() {
    for media_type in [None, Some(""), Some("text/html\r\nX-Evil: 1"), Some("é")] {
        let bench = Bench::new(Fake { media_type, ..Fake::default() });
        let reply = bench.get(&path(), &[]).await;
        reply.check(200, &[("content-type", "application/octet-stream"), ("x-evil", "")]);
        let parts = bench.get(&path(), &[("range", "bytes=0-1,5-6")]).await;
        assert!(parts.text().contains("Content-Type: application/octet-stream\r\n"), "{}", parts.text());
    }
}

#[tokio::test]
async fn one_range_is_answered_with_its_place() {
    for (range, place, content) in [
        ("bytes=0-9", "bytes 0-9/20", "0123456789"),
        ("bytes=15-", "bytes 15-19/20", "fghij"),
        ("bytes=-5", "bytes 15-19/20", "fghij"),
        ("bytes=0-999", "bytes 0-19/20", BLOB),
        ("bytes=-999", "bytes 0-19/20", BLOB),
        ("bytes=0-4,3-9", "bytes 0-9/20", "0123456789"),
    ] {
        let reply = ranged(range).await;
        reply.check(206, &[("content-range", place), ("content-type", "application/octet-stream")]);
        assert_eq!(reply.text(), content, "{range}");
    }
}

#[tokio::test]
async fn several_ranges_are_answered_in_parts() {
    let reply = ranged("bytes=0-1,10-12").await;
    let content_type = reply.header("content-type");
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert_eq!((reply.status, boundary.len()), (206, 32));
    let part = "Content-Type: application/octet-stream\r\nContent-Range: bytes";
    let expected = format!(
        "--{boundary}\r\n{part} 0-1/20\r\n\r\n01\r\n--{boundary}\r\n{part} 10-12/20\r\n\r\nabc\r\n--{boundary}--\r\n"
    );
    assert_eq!(reply.text(), expected);
    reply.check(206, &[("content-range", "")]);
}

#[tokio::test]
async fn a_range_that_cannot_be_read_is_answered_with_the_size() {
    let seventeen = format!("bytes={}", (0..17).map(|i| format!("{i}-{i}")).collect::<Vec<_>>().join(","));
    for range in ["bytes=9-5", "items=0-5", "bytes=a-b", "bytes=", &seventeen] {
        ranged(range).await.check(416, &[("content-range", "bytes */20")]);
    }
    let bench = Bench::new(Fake::failing(Error::RangeUnsatisfiable { size: 20 }));
    bench.get(&path(), &[("range", "bytes=20-")]).await.check(416, &[("content-range", "bytes */20")]);
}

#[tokio::test]
async fn a_range_of_other_content_is_answered_with_the_whole() {
    let bench = Bench::new(Fake::default());
    let (same, other) = (format!("\"{}\"", digest(BLOB)), format!("\"{}\"", digest("other")));
    let reply = bench.get(&path(), &[("range", "bytes=0-1"), ("if-range", &same)]).await;
    assert_eq!((reply.status, reply.text()), (206, "01"));
    let reply = bench.get(&path(), &[("range", "bytes=0-1"), ("if-range", &other)]).await;
    assert_eq!((reply.status, reply.text()), (200, BLOB));
    let reply = bench.get(&path(), &[("range", "nonsense"), ("if-range", &other)]).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_blob_that_the_client_has_is_looked_for_but_not_sent_again() {
    let bench = Bench::new(Fake::default());
    let etag = format!("\"{}\"", digest(BLOB));
    for method in ["GET", "HEAD"] {
        bench.send(method, &path(), &[("if-none-match", &etag)], "").await.check(304, &[("etag", &etag)]);
    }
    assert_eq!(bench.fake.asked(), ["stat a/b", "stat a/b"]);
    let gone = Bench::new(Fake::failing(Error::BlobUnknown(digest(BLOB))));
    assert_eq!(gone.get(&path(), &[("if-none-match", &etag)]).await.status, 404);
}

#[tokio::test]
async fn a_blob_is_sent_or_removed_only_if_it_is_the_one_that_is_meant() {
    let (same, other) = (format!("\"{}\"", digest(BLOB)), format!("\"{}\"", digest("other")));
    let bench = Bench::new(Fake::default());
    for (value, read, change) in [(&*same, 200, 202), ("*", 200, 202), (&other, 412, 412)] {
        for (method, status) in [("GET", read), ("HEAD", read), ("DELETE", change)] {
            let reply = bench.send(method, &path(), &[("if-match", value)], "").await;
            assert_eq!(reply.status, status, "{method} {value}");
        }
    }
    assert_eq!(bench.fake.asked().iter().filter(|asked| asked.starts_with("unlink ")).count(), 2);
    let gone = Bench::new(Fake::failing(Error::BlobUnknown(digest(BLOB))));
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(gone.send(method, &path(), &[("if-match", &other)], "").await.status, 404, "{method}");
    }
}

#[tokio::test]
async fn a_blob_may_be_somewhere_else() {
    let bench = Bench::new(Fake { redirect: Some("https://store.example/x?signature=y"), ..Fake::default() });
    bench.get(&path(), &[]).await.check(307, &[("location", "https://store.example/x?signature=y")]);
}

#[tokio::test]
async fn a_blob_is_removed_unless_it_is_in_use() {
    let bench = Bench::new(Fake::default());
    bench.send("DELETE", &path(), &[], "").await.check(202, &[]);
    assert_eq!(bench.fake.asked(), ["unlink a/b true"]);
    let in_use = Error::BlobInUse { digest: digest(BLOB), manifest: digest("m") };
    let reply = Bench::new(Fake::failing(in_use)).send("DELETE", &path(), &[], "").await;
    assert_eq!((reply.status, reply.code()), (405, "DENIED".to_owned()));
}

#[tokio::test]
async fn a_malformed_digest_is_refused_by_every_method() {
    let bench = Bench::new(Fake::default());
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(bench.send(method, "/v2/a/blobs/sha256:zz", &[], "").await.status, 400);
    }
    assert_eq!(bench.get("/v2/a/blobs/latest", &[]).await.code(), "DIGEST_INVALID");
    assert_eq!(bench.fake.asked(), [""; 0]);
}
