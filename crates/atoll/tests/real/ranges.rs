//! Parts of blobs (RFC 9110, section 14).

use atoll_testkit::wire::{Request, Response};

use crate::content::noise;
use crate::registry::Registry;

/// A blob of 2,048 bytes, its place, and a way to ask for parts of it.
struct Blob {
    registry: Registry,
    target: String,
    content: Vec<u8>,
}

impl Blob {
    fn push() -> Self {
        let registry = Registry::start();
        let content = noise(7, 2048);
        let target = format!("/v2/ranges/blobs/{}", registry.push_blob("ranges", &content));
        Self { registry, target, content }
    }

    fn part(&self, range: &str) -> Response {
        self.registry.ask(&Request::new("GET", self.target.as_str()).field("Range", range))
    }
}

#[test]
fn single_ranges_come_as_they_were_asked_and_are_cut_at_the_end() {
    let blob = Blob::push();
    for (asked, first, last) in [
        ("bytes=500-1499", 500, 1499),
        ("bytes=500-", 500, 2047),
        ("bytes=-500", 1548, 2047),
        ("bytes=2000-5000", 2000, 2047),
        ("bytes=0-0", 0, 0),
        ("bytes=-5000", 0, 2047),
        ("bytes=0-9,5-14", 0, 14),
        ("Bytes=, 0-9", 0, 9),
        ("bytes=2000-99999999999999999999", 2000, 2047),
    ] {
        let answer = blob.part(asked);
        assert_eq!(answer.status, 206, "{asked}");
        assert_eq!(
            answer.field("content-range"),
            Some(format!("bytes {first}-{last}/2048").as_str()),
            "{asked}"
        );
        assert!(answer.body == blob.content[first..=last], "{asked}");
    }
}

#[test]
fn ranges_that_cannot_be_served_are_refused_with_the_size() {
    let blob = Blob::push();
    let many =
        format!("bytes={}", (0..17).map(|n| format!("{}-{}", n * 4, n * 4)).collect::<Vec<_>>().join(","));
    for asked in [
        "bytes=500-0",
        "bytes=5000-10000",
        "bytes=2048-",
        "bytes=-0",
        "bytes=a-b",
        "bytes=",
        "bytes=-",
        "bytes=+1-2",
        "bytes=99999999999999999999-",
        "items=0-5",
        many.as_str(),
    ] {
        let answer = blob.part(asked);
        assert_eq!((answer.status, answer.field("content-range")), (416, Some("bytes */2048")), "{asked}");
    }
}

#[test]
fn several_ranges_come_as_one_body_of_parts_byte_for_byte() {
    let blob = Blob::push();
    let answer = blob.part("bytes=0-1,10-12,-3");
    assert_eq!(answer.status, 206);
    let boundary =
        answer.field("content-type").and_then(|kind| kind.strip_prefix("multipart/byteranges; boundary="));
    let boundary = boundary.expect("a boundary").to_owned();
    let mut expected = Vec::new();
    for (number, (first, last)) in [(0, 1), (10, 12), (2045, 2047)].into_iter().enumerate() {
        let line_break = if number == 0 { "" } else { "\r\n" };
        let head = format!(
            "{line_break}--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {first}-{last}/2048\r\n\r\n"
        );
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(&blob.content[first..=last]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert_eq!(String::from_utf8_lossy(&answer.body), String::from_utf8_lossy(&expected));
    assert!(answer.body == expected);
    assert_eq!(answer.field("content-length"), Some(expected.len().to_string().as_str()));
}

#[test]
fn a_range_counts_only_while_its_validator_still_fits() {
    let blob = Blob::push();
    let etag = blob.registry.head(&blob.target).field("etag").expect("an ETag").to_owned();
    let ask = |validator: &str| {
        let request = Request::new("GET", blob.target.as_str()).field("Range", "bytes=0-9");
        blob.registry.ask(&request.field("If-Range", validator))
    };
    assert_eq!((ask(&etag).status, ask(&etag).body.len()), (206, 10));
    for stale in [r#""something else""#, "Wed, 21 Oct 2015 07:28:00 GMT"] {
        assert_eq!((ask(stale).status, ask(stale).body.len()), (200, 2048), "{stale}");
    }
}

#[test]
fn a_head_with_a_range_tells_of_the_whole() {
    let blob = Blob::push();
    let head = blob.registry.ask(&Request::new("HEAD", blob.target.as_str()).field("Range", "bytes=0-9"));
    assert_eq!((head.status, head.field("content-length")), (200, Some("2048")));
    assert_eq!(head.field("accept-ranges"), Some("bytes"));
}

#[test]
fn no_range_of_an_empty_blob_can_be_served() {
    let registry = Registry::start();
    let target = format!("/v2/ranges/blobs/{}", registry.push_blob("ranges", ""));
    for asked in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
        let answer = registry.ask(&Request::new("GET", target.as_str()).field("Range", asked));
        assert_eq!((answer.status, answer.field("content-range")), (416, Some("bytes */0")), "{asked}");
    }
}
