//! Heads that are too large, and who may still speak afterwards.

use atoll_testkit::wire::Request;
use serde_json::json;

use crate::registry::Registry;

#[test]
fn a_head_that_is_too_large_is_refused() {
    let registry = Registry::start_with(json!({ "atoll": { "limits": { "headerBytes": "8KiB" } } }));
    let large = Request::new("GET", "/v2/").field("X-Large", "x".repeat(20_000));
    let many = (0..1000)
        .fold(Request::new("GET", "/v2/"), |request, number| request.field(&format!("X-{number}"), "y"));
    let long = Request::new("GET", format!("/v2/{}/tags/list", "a".repeat(20_000)));
    for request in [large, many, long] {
        let answer = registry.server.connect().ask(&request);
        // A server that has read enough may close before it has read everything, and the answer may be lost with it.
        if let Ok(answer) = answer {
            assert!(matches!(answer.status, 400 | 414 | 431), "{}", answer.told());
        }
    }
    assert_eq!(registry.get("/v2/").status, 200);
}

#[test]
fn a_head_without_end_does_not_grow_for_ever() {
    let registry = Registry::start();
    let before = registry.server.resident_bytes();
    let mut connection = registry.server.connect();
    connection.send(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ").unwrap();
    let piece = vec![b'y'; 64 << 10];
    // The server reads on for a moment, so that the client finds its answer, and forgets what it reads.
    for _ in 0..1000 {
        if connection.send(&piece).is_err() {
            break;
        }
    }
    if let Ok(answer) = connection.read_response(false) {
        assert_eq!(answer.status, 431);
    }
    let grown = registry.server.resident_bytes().saturating_sub(before);
    assert!(grown < 20 << 20, "{grown} bytes more are in memory");
    assert_eq!(registry.get("/v2/").status, 200);
}

#[test]
fn a_head_of_usual_size_passes() {
    let registry = Registry::start();
    let cookies = Request::new("GET", "/v2/")
        .field("Cookie", "c".repeat(8_000))
        .field("Authorization", "a".repeat(4_000));
    assert_eq!(registry.ask(&cookies).status, 200);
}

#[test]
fn the_id_of_a_request_is_told_back_if_it_is_harmless() {
    let registry = Registry::start();
    let told = |id: &str| {
        let answer = registry.ask(&Request::new("GET", "/v2/").field("X-Request-Id", id));
        answer.field("x-request-id").expect("an id").to_owned()
    };
    assert_eq!(told("my-id_1.2"), "my-id_1.2");
    for harmful in ["two words", "<script>", &"x".repeat(500), ""] {
        assert_ne!(told(harmful), harmful);
    }
    assert_ne!(told(""), told(""), "each request has its own");
}
