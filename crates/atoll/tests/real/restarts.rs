//! What a restart must not change.

use atoll_testkit::wire::{Connection, Request};

use crate::content::{IMAGE, noise, sha256, subject};
use crate::registry::Registry;

#[test]
fn an_upload_goes_on_after_a_restart_and_after_a_kill() {
    let mut registry = Registry::start();
    let content = noise(30, 100_000);
    let location = registry.begin("resumed");
    assert_eq!(registry.patch(&location, 0, &content[..40_000]).told(), "202");
    assert!(registry.server.stop().success());
    registry.server.start_again();
    assert_eq!(registry.get(&location).field("range"), Some("0-39999"));
    assert_eq!(registry.patch(&location, 40_000, &content[40_000..70_000]).told(), "202");
    registry.server.kill();
    registry.server.start_again();
    assert_eq!(registry.get(&location).field("range"), Some("0-69999"));
    assert_eq!(registry.finish(&location, &sha256(&content), &content[70_000..]).told(), "201");
    assert!(registry.get(&format!("/v2/resumed/blobs/{}", sha256(&content))).body == content);
}

#[test]
fn everything_is_there_after_a_restart() {
    let mut registry = Registry::start();
    let image = registry.push_image("kept", "v1", "layer");
    let refers = registry.prepare_image("kept", "signature", &subject(IMAGE, &image.manifest));
    registry.put(&format!("kept/manifests/{}", sha256(&refers)), IMAGE, &refers);
    registry.push_image("kept", "gone", "another layer");
    registry.delete("/v2/kept/manifests/gone");
    assert!(registry.server.stop().success());
    registry.server.start_again();
    assert_eq!(registry.tags("kept"), ["v1"]);
    assert_eq!(registry.get("/v2/kept/manifests/v1").text(), image.manifest);
    assert_eq!(registry.get(&format!("/v2/kept/blobs/{}", image.layer)).text(), "layer");
    assert_eq!(registry.referrers("kept", &image.digest), [sha256(&refers)]);
    assert_eq!(registry.get("/v2/_catalog").text(), r#"{"repositories":["kept"]}"#);
}

/// A push of a blob whose first 100,000 bytes are on their way.
fn half_sent(registry: &Registry, repository: &str, content: &[u8]) -> Connection {
    let location = registry.begin(repository);
    let mut connection = registry.server.connect();
    let request = Request::new("PUT", format!("{location}?digest={}", sha256(content))).content(content);
    connection.send(&request.head()).unwrap();
    connection.send(&content[..100_000]).unwrap();
    connection
}

#[test]
fn a_transfer_under_way_may_finish_when_the_server_is_asked_to_stop() {
    let mut registry = Registry::start();
    let content = noise(31, 200_000);
    let mut connection = half_sent(&registry, "graceful", &content);
    let rest = content[100_000..].to_vec();
    std::thread::scope(|scope| {
        let finishing = scope.spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            connection.send(&rest).unwrap();
            connection.read_response(false).unwrap().status
        });
        assert!(registry.server.stop().success());
        assert_eq!(finishing.join().unwrap(), 201);
    });
    registry.server.start_again();
    assert!(registry.get(&format!("/v2/graceful/blobs/{}", sha256(&content))).body == content);
}

#[test]
fn a_second_signal_ends_transfers_at_once() {
    // Longer than anybody here waits for the end of a server.
    let mut registry =
        Registry::start_with(serde_json::json!({ "atoll": { "shutdown": { "grace": "10m" } } }));
    let content = noise(32, 200_000);
    let mut connection = half_sent(&registry, "hurried", &content);
    std::thread::sleep(std::time::Duration::from_millis(300));
    registry.server.signal("INT");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(registry.server.stop().success());
    assert!(connection.read_response(false).is_err());
    registry.server.start_again();
    assert_eq!(registry.get(&format!("/v2/hurried/blobs/{}", sha256(&content))).status, 404);
}

#[test]
fn the_index_can_be_made_anew() {
    let mut registry = Registry::start();
    let image = registry.push_image("rebuilt", "v1", "layer");
    assert!(registry.server.stop().success());
    let config = registry.server.config();
    let rebuilt = registry.server.run(&["index", "rebuild", "--config", config.to_str().unwrap()]);
    assert!(rebuilt.status.success(), "{}", rebuilt.output);
    registry.server.start_again();
    assert_eq!(registry.get("/v2/rebuilt/manifests/v1").text(), image.manifest);
    assert_eq!(registry.get(&format!("/v2/rebuilt/blobs/{}", image.layer)).text(), "layer");
}
