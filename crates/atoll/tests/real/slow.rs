//! Clients that are slow, stop, or go away.

use std::time::Duration;

use atoll_testkit::wire::Request;
use serde_json::json;

use crate::content::{noise, sha256};
use crate::registry::Registry;

/// An idle time that a test can wait for.
fn impatient() -> Registry {
    Registry::start_with(json!({ "http": { "readTimeout": "1s", "writeTimeout": "1s" } }))
}

#[test]
fn a_body_that_stands_still_is_cut_and_what_came_is_kept() {
    let registry = impatient();
    let content = noise(50, 10_000);
    let location = registry.begin("stalled");
    let mut connection = registry.server.connect();
    let head = Request::new("PATCH", location.as_str())
        .field("Content-Range", "0-9999")
        .field("Content-Length", "10000");
    connection.send(&head.head()).unwrap();
    connection.send(&content[..4000]).unwrap();
    // The server answers or closes by itself; the client only waits.
    if let Ok(answer) = connection.read_response(false) {
        assert!(matches!(answer.status, 400 | 408), "{}", answer.told());
    }
    assert!(connection.is_closed());
    let status = registry.get(&location);
    assert_eq!((status.status, status.field("range")), (204, Some("0-3999")));
    assert_eq!(registry.finish(&location, &sha256(&content), &content[4000..]).told(), "201");
}

#[test]
fn a_body_that_moves_is_never_cut_however_slow() {
    let registry = impatient();
    let content = noise(51, 25);
    let location = registry.begin("moving");
    let mut connection = registry.server.connect();
    let head =
        Request::new("PUT", format!("{location}?digest={}", sha256(&content))).field("Content-Length", "25");
    connection.send(&head.head()).unwrap();
    for byte in &content {
        connection.send(&[*byte]).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(connection.read_response(false).unwrap().status, 201);
}

#[test]
fn a_head_that_is_never_finished_is_cut() {
    let registry = impatient();
    let mut connection = registry.server.connect();
    connection.send(b"GET /v2/ HTTP/1.1\r\nHo").unwrap();
    if let Ok(answer) = connection.read_response(false) {
        assert!(matches!(answer.status, 400 | 408), "{}", answer.told());
    }
    assert!(connection.is_closed());
}

#[test]
fn a_reader_that_stands_still_is_cut_and_one_that_moves_is_not() {
    let registry = impatient();
    let content = noise(52, 24 << 20);
    let digest = registry.push_blob("large", &content);
    let request = Request::new("GET", format!("/v2/large/blobs/{digest}"));

    let mut stalled = registry.server.connect();
    stalled.send(&request.encode()).unwrap();
    // The limit is looked after every few seconds only.
    std::thread::sleep(Duration::from_secs(8));
    let got = stalled.read_response(false);
    assert!(got.is_err(), "the rest came although nobody read for eight seconds");

    let mut moving = registry.server.connect();
    moving.send(&request.encode()).unwrap();
    assert_eq!(moving.read_head().unwrap().status, 200);
    let mut received = Vec::new();
    while received.len() < content.len() {
        let piece = (2 << 20).min(content.len() - received.len());
        received.extend(moving.take(piece).unwrap());
        std::thread::sleep(Duration::from_millis(150));
    }
    assert!(received == content);
}

#[test]
fn readers_that_leave_in_the_middle_harm_nobody() {
    let registry = Registry::start();
    let content = noise(53, 8 << 20);
    let digest = registry.push_blob("left", &content);
    for _ in 0..20 {
        let mut connection = registry.server.connect();
        connection.send(&Request::new("GET", format!("/v2/left/blobs/{digest}")).encode()).unwrap();
        connection.take(1000).unwrap();
    }
    assert!(registry.get(&format!("/v2/left/blobs/{digest}")).body == content);
}
