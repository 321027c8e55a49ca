//! Uploads that go wrong, and what stays of them.

use std::time::Duration;

use atoll_testkit::wire::{Request, Response};
use serde_json::json;

use crate::content::{noise, sha256};
use crate::registry::Registry;

/// The answer to a question for an upload's status, as soon as nobody is writing to it any more.
fn status_at_rest(registry: &Registry, location: &str, expected: &str) -> Response {
    // The server notices on its own time that a client is gone.
    for _ in 0..200 {
        let status = registry.get(location);
        if status.field("range") == Some(expected) {
            return status;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    registry.get(location)
}

#[test]
fn a_chunk_whose_range_and_length_differ_is_refused_and_the_upload_stays() {
    let registry = Registry::start();
    let location = registry.begin("lengths");
    for range in ["0-8", "0-10"] {
        let request =
            Request::new("PATCH", location.as_str()).field("Content-Range", range).content("0123456789");
        let answer = registry.ask(&request);
        assert_eq!(answer.told(), "400 SIZE_INVALID", "{range}");
    }
    for range in ["x-y", "9-0", "-5", "5", ""] {
        let request =
            Request::new("PATCH", location.as_str()).field("Content-Range", range).content("0123456789");
        assert_eq!(registry.ask(&request).status, 416, "{range:?}");
    }
    assert_eq!(registry.patch(&location, 0, b"0123456789").told(), "202");
    assert_eq!(registry.finish(&location, &sha256("0123456789"), b"").told(), "201");
}

#[test]
fn a_streamed_chunk_that_is_not_as_long_as_its_range_is_refused() {
    let registry = Registry::start();
    for (range, sent) in [("0-9", "01234"), ("0-4", "0123456789")] {
        let location = registry.begin("lengths");
        let request = Request::new("PATCH", location.as_str()).field("Content-Range", range).chunks([sent]);
        assert_eq!(registry.ask(&request).status, 400, "{range} with {} bytes", sent.len());
        assert_eq!(registry.get(&location).status, 204, "the upload stays");
    }
}

#[test]
fn a_client_that_goes_away_in_the_middle_finds_its_bytes_again() {
    let registry = Registry::start();
    let content = noise(20, 300_000);
    let location = registry.begin("away");
    assert_eq!(registry.patch(&location, 0, &content[..1000]).told(), "202");
    {
        let mut connection = registry.server.connect();
        let request = Request::new("PATCH", location.as_str())
            .field("Content-Range", "1000-299999")
            .field("Content-Length", "299000");
        connection.send(&request.head()).unwrap();
        connection.send(&content[1000..200_000]).unwrap();
    }
    let status = status_at_rest(&registry, &location, "0-199999");
    assert_eq!((status.status, status.field("range")), (204, Some("0-199999")));
    assert_eq!(registry.finish(&location, &sha256(&content), &content[200_000..]).told(), "201");
    assert!(registry.get(&format!("/v2/away/blobs/{}", sha256(&content))).body == content);
}

#[test]
fn a_body_that_ends_early_finishes_nothing() {
    let registry = Registry::start();
    let content = noise(21, 10_000);
    let digest = sha256(&content);
    let location = registry.begin("early");
    let mut connection = registry.server.connect();
    let request = Request::new("PUT", format!("{location}?digest={digest}")).field("Content-Length", "10000");
    connection.send(&request.head()).unwrap();
    connection.send(&content[..6000]).unwrap();
    connection.finish_sending().unwrap();
    if let Ok(answer) = connection.read_response(false) {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_eq!(registry.head(&format!("/v2/early/blobs/{digest}")).status, 404);
    let status = status_at_rest(&registry, &location, "0-5999");
    assert_eq!((status.status, status.field("range")), (204, Some("0-5999")));
    assert_eq!(registry.finish(&location, &digest, &content[6000..]).told(), "201");
}

#[test]
fn a_chunked_body_without_its_end_finishes_nothing() {
    let registry = Registry::start();
    let location = registry.begin("early");
    let mut connection = registry.server.connect();
    let head = Request::new("PUT", format!("{location}?digest={}", sha256("hello")))
        .field("Transfer-Encoding", "chunked");
    connection.send(&head.head()).unwrap();
    connection.send(b"5\r\nhello\r\n").unwrap();
    connection.finish_sending().unwrap();
    if let Ok(answer) = connection.read_response(false) {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_eq!(registry.head(&format!("/v2/early/blobs/{}", sha256("hello"))).status, 404);
}

#[test]
fn the_last_request_may_be_repeated_when_its_answer_was_lost() {
    let registry = Registry::start();
    let location = registry.begin("repeated");
    let digest = sha256("content");
    assert_eq!(registry.finish(&location, &digest, b"content").told(), "201");
    let again = registry.finish(&location, &digest, b"content");
    assert_eq!((again.status, again.location()), (201, format!("/v2/repeated/blobs/{digest}")));
}

#[test]
fn an_upload_belongs_to_its_repository() {
    let registry = Registry::start();
    let location = registry.begin("mine");
    let elsewhere = location.replace("/v2/mine/", "/v2/yours/");
    for method in ["GET", "PATCH", "DELETE"] {
        let answer = registry.ask(&Request::new(method, elsewhere.as_str()));
        assert_eq!(answer.told(), "404 BLOB_UPLOAD_UNKNOWN", "{method}");
    }
    assert_eq!(registry.finish(&elsewhere, &sha256("x"), b"x").told(), "404 BLOB_UPLOAD_UNKNOWN");
    assert_eq!(registry.get(&location).status, 204, "nothing happened to it");
}

#[test]
fn made_up_uploads_are_unknown() {
    let registry = Registry::start();
    for id in ["00000000-0000-4000-8000-000000000000", "not-an-id", "%00", "a".repeat(500).as_str()] {
        let target = format!("/v2/made/blobs/uploads/{id}");
        let answer = registry.ask(&Request::new("PATCH", target.as_str()).content("bytes"));
        assert!(matches!(answer.status, 400 | 404), "{id}: {}", answer.told());
    }
}

#[test]
fn an_upload_ends_only_with_a_digest() {
    let registry = Registry::start();
    let location = registry.begin("ends");
    assert_eq!(registry.ask(&Request::new("PUT", location.as_str()).content("bytes")).status, 400);
    assert_eq!(registry.get(&location).status, 204, "the upload stays");
}

#[test]
fn a_client_may_have_only_so_many_uploads_open() {
    let registry = Registry::start_with(json!({ "atoll": { "uploads": { "maxPerClient": 3 } } }));
    let open: Vec<String> = (0..3).map(|_| registry.begin("many")).collect();
    let refused = registry.ask(&Request::new("POST", "/v2/many/blobs/uploads/"));
    assert_eq!(refused.told(), "429 TOOMANYREQUESTS");
    assert!(refused.field("retry-after").is_some());
    assert_eq!(registry.delete(&open[0]).status, 204);
    let freed = registry.begin("many");
    assert_eq!(registry.finish(&freed, &sha256("x"), b"x").told(), "201");
    registry.begin("many");
}

#[test]
fn an_idle_upload_expires_and_a_busy_one_does_not() {
    let mut registry = Registry::start_with(json!({ "atoll": { "uploads": { "expireAfter": "1h" } } }));
    let (idle, busy) = (registry.begin("expiry"), registry.begin("expiry"));
    for location in [&idle, &busy] {
        assert_eq!(registry.patch(location, 0, b"bytes").told(), "202");
    }
    assert!(registry.server.stop().success());
    age(&registry, idle.rsplit('/').next().unwrap(), Duration::from_hours(2));
    let config = registry.server.config();
    let swept = registry.server.run(&["gc", "--config", config.to_str().unwrap()]);
    assert!(swept.status.success(), "{}", swept.output);
    assert!(swept.output.contains("1 idle uploads"), "{}", swept.output);
    registry.server.start_again();
    assert_eq!(registry.get(&idle).told(), "404 BLOB_UPLOAD_UNKNOWN");
    assert_eq!(registry.get(&busy).field("range"), Some("0-4"));
}

/// Makes the upload's file look as if nobody had touched it for this long.
fn age(registry: &Registry, upload: &str, by: Duration) {
    let mut waiting = vec![registry.server.data()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            } else if entry.file_name().to_string_lossy().contains(upload) {
                let file = std::fs::File::options().write(true).open(entry.path()).unwrap();
                file.set_modified(file.metadata().unwrap().modified().unwrap() - by).unwrap();
                return;
            }
        }
    }
    panic!("no file of the upload {upload}");
}
