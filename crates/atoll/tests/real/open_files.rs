//! What happens when the system lets the server open few files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use atoll_testkit::Server;
use atoll_testkit::wire::Request;
use serde_json::json;

use crate::content::sha256;
use crate::registry::{Registry, program};

/// Files that the server may open.
const FEW: usize = 200;

#[test]
fn idle_connections_leave_files_to_those_who_work() {
    let place = Server::prepare(program(), json!({}));
    let limited = place.folder().join("limited");
    let script = format!("#!/bin/sh\nulimit -n {FEW}\nexec '{}' \"$@\"\n", program().display());
    fs::write(&limited, script).unwrap();
    fs::set_permissions(&limited, fs::Permissions::from_mode(0o700)).unwrap();
    let registry = Registry { server: Server::start_with(&limited, json!({})) };
    let digest = registry.push_blob("a", "here before");
    let mut working = registry.server.connect();
    assert_eq!(working.ask(&Request::new("GET", "/v2/")).unwrap().status, 200);

    let mut idle = Vec::new();
    for _ in 0..2 * FEW {
        let mut connection = registry.server.connect();
        connection.send(&Request::new("GET", "/v2/").head()).unwrap();
        idle.push(connection);
    }
    for connection in idle.iter_mut().take(FEW / 4) {
        assert_eq!(connection.read_response(false).unwrap().status, 200);
    }
    for round in 0..50 {
        let read = working.ask(&Request::new("GET", format!("/v2/a/blobs/{digest}"))).unwrap();
        assert_eq!((read.status, read.text()), (200, "here before".to_owned()), "round {round}");
        let content = format!("new {round}");
        let place = format!("/v2/a/blobs/uploads/?digest={}", sha256(&content));
        let push = Request::new("POST", place).field("Content-Type", "application/octet-stream");
        assert_eq!(working.ask(&push.content(content.as_bytes())).unwrap().status, 201, "round {round}");
    }
    assert!(registry.server.log().contains("connections are served at a time and not 20000"));
}
